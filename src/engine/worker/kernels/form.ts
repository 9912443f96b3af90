/** Recognises, in a model file, the one form of network that our kernels run. Pure. */
import { STYLE_DIM } from '../../../core/style/style';
import { modelGraph, type ModelGraph } from '../model-file';

/** The widths and depths in which networks of this form differ. */
export interface NetworkForm {
  /** Channels of the encoder's three convolutions, at 1/2, 1/4 and 1/8 of the resolution. */
  readonly channels: readonly [number, number, number];
  /** Residual blocks at 1/8. */
  readonly blocks: number;
  /** Residual blocks at 1/4, behind a skip connection; without any there is no detail path. */
  readonly detailBlocks: number;
}

/** A network of this form, with its weights. */
export interface FormedNetwork {
  readonly form: NetworkForm;
  /** The weight of a name in network.py: [outputs][inputs][height][width]. */
  weight(name: string): Float32Array;
}

/** Outputs of the last convolution: three colours of four pixels. */
export const LAST_OUTPUTS = 12;

/** Kernels work on 8 channels at a time. */
const CHANNEL_MULTIPLE = 8;

/**
 * Reads a network.
 * @param file An ONNX file.
 * @throws {RangeError} if it is damaged, or as {@link formOf} does.
 */
export function readNetwork(file: Uint8Array): FormedNetwork {
  const graph = modelGraph(file);
  return {
    form: formOf(graph),
    weight(name) {
      const tensor = graph.tensors.get(name);
      if (!tensor) throw new RangeError(`the network has no ${name}`);
      return tensor.data;
    },
  };
}

/**
 * The form of a network.
 * @throws {RangeError} that says where it is any other than that of models/training/pastiche_training/network.py.
 */
export function formOf(graph: ModelGraph): NetworkForm {
  const outputsOf = (name: string): number => graph.tensors.get(name)?.dims[0] ?? 0;
  const names = [...graph.tensors.keys()];
  const form: NetworkForm = {
    channels: [
      outputsOf('encoder.0.weight'),
      outputsOf('encoder.2.weight'),
      outputsOf('encoder.4.weight'),
    ],
    blocks: names.filter((name) => /^blocks\.\d+\.conv1\.weight$/.test(name)).length,
    detailBlocks: names.filter((name) => /^detail_blocks\.\d+\.conv1\.weight$/.test(name)).length,
  };
  checkForm(graph, form);
  return form;
}

function checkForm(graph: ModelGraph, form: NetworkForm): void {
  if (form.channels.some((count) => count === 0 || count % CHANNEL_MULTIPLE !== 0)) {
    throw new RangeError(`the network has ${form.channels.join(', ')} channels`);
  }
  const shapes = shapesOf(form);
  for (const [name, dims] of shapes) {
    const tensor = graph.tensors.get(name);
    const size = dims.reduce((product, dim) => product * dim, 1);
    if (tensor?.dims.join() !== dims.join() || tensor.data.length !== size) {
      throw new RangeError(`${name} is of shape ${tensor?.dims.join('×') ?? 'none'}`);
    }
  }
  checkOperators(graph, form, new Set(shapes.keys()));
}

/** Prefixes of the residual blocks' weight names, in the order in which the blocks run. */
export function blockNames({ blocks, detailBlocks }: NetworkForm): {
  /** At 1/8. */
  blocks: string[];
  /** At 1/4. */
  details: string[];
} {
  const named = (list: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `${list}.${i}`);
  return { blocks: named('blocks', blocks), details: named('detail_blocks', detailBlocks) };
}

/** All residual blocks, with their widths. */
export function residualBlocks(form: NetworkForm): { name: string; channels: number }[] {
  const [, c2, c3] = form.channels;
  const { blocks, details } = blockNames(form);
  return [
    ...blocks.map((name) => ({ name, channels: c3 })),
    ...details.map((name) => ({ name, channels: c2 })),
  ];
}

/** The skip connections of the detail path, each from the encoder to the same size in the decoder. */
export function skipsOf({
  channels: [c1, c2],
  detailBlocks,
}: NetworkForm): { name: string; channels: number }[] {
  if (detailBlocks === 0) return [];
  return [
    { name: 'skips.0', channels: c2 },
    { name: 'skips.1', channels: c1 },
  ];
}

/**
 * Goes the way from a network's input to its output, as torch.onnx exports network.py, by what is
 * connected to what: in whatever order a file has it. Throws a RangeError where the way ends.
 */
function checkOperators(graph: ModelGraph, form: NetworkForm, weights: ReadonlySet<string>): void {
  const find = finderIn(graph, weights);
  const convolved = (x: string, name: string, operator = 'Conv'): string =>
    find(operator, x, ...[`${name}.weight`, `${name}.bias`].filter((part) => weights.has(part)));
  const padded = (x: string, name: string, operator?: string): string =>
    convolved(find('Pad', x, ''), name, operator);
  const strided = (x: string, name: string): string => find('Relu', padded(x, name));
  const ofStyle = (name: string): string => convolved('style', name);
  const modulated = (x: string, scale: string, shift: string): string =>
    find('Add', find('Mul', x, scale), shift);

  const half = strided('content', 'encoder.0');
  const quarter = strided(half, 'encoder.2');
  const content = convolved(strided(quarter, 'encoder.4'), 'fusion.content_half');
  const fusion = [ofStyle('fusion.scale'), ofStyle('fusion.style_half')] as const;
  const fused = find('Relu', modulated(content, ...fusion));
  // What a single style vector grows to a map by.
  const extent = find('Mul', find('Slice', fused, '', '', '', ''), '');
  const grown = (name: string): string =>
    find('Resize', find('Add', ofStyle(name), extent), '', '');

  type OfStyle = (name: string) => string;
  const normalised = (x: string, name: string, of: OfStyle): string =>
    modulated(find('InstanceNormalization', x, '', ''), of(`${name}.scale`), of(`${name}.shift`));
  const block = (x: string, name: string, of: OfStyle): string => {
    const first = find('Relu', normalised(padded(x, `${name}.conv1`), `${name}.norm1`, of));
    return find('Add', x, normalised(padded(first, `${name}.conv2`), `${name}.norm2`, of));
  };
  const enlarged = (x: string, name: string, skipped: string, skip: string): string => {
    const larger = padded(x, `${name}.deconv`, 'ConvTranspose');
    const painted = modulated(larger, grown(`${name}.scale`), grown(`${name}.shift`));
    const rectified = find('Relu', painted);
    return form.detailBlocks > 0 ? find('Add', rectified, convolved(skipped, skip)) : rectified;
  };
  const { blocks, details } = blockNames(form);
  const small = blocks.reduce((x, name) => block(x, name, ofStyle), fused);
  const middle = enlarged(small, 'decoder.0', quarter, 'skips.0');
  const detailed = details.reduce((x, name) => block(x, name, grown), middle);
  const large = enlarged(detailed, 'decoder.1', half, 'skips.1');
  if (find('Sigmoid', find('DepthToSpace', padded(large, 'last.0'))) !== find(OUTPUT)) {
    throw new RangeError('the network goes on after its last layer');
  }
}

/**
 * Finds what an operator makes of these, in either order where that makes no difference.
 * @param weights Constants that go by their names; all others are ''.
 * @throws {RangeError} where the graph has none.
 */
function finderIn(
  { nodes, output }: ModelGraph,
  weights: ReadonlySet<string>,
): (operator: string, ...inputs: string[]) => string {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node])));
  const names = new Map([...weights, 'content', 'style'].map((name) => [name, name]));
  /** By operator and inputs: what is made twice of the same goes by one name. */
  const made = new Map<string, string>();
  const keyOf = (operator: string, inputs: readonly string[]): string =>
    [operator, ...(/^(Add|Mul)$/.test(operator) ? [...inputs].sort() : inputs)].join('|');
  const nameOf = (value: string): string => {
    const known = names.get(value);
    const node = makers.get(value);
    if (known !== undefined || !node) return known ?? '';
    const key = keyOf(node.operator, node.inputs.map(nameOf));
    const name = made.get(key) ?? value;
    made.set(key, name);
    names.set(value, name);
    return name;
  };
  made.set(keyOf(OUTPUT, []), nameOf(output));
  return (operator, ...inputs) => {
    const name = made.get(keyOf(operator, inputs));
    if (name !== undefined) return name;
    throw new RangeError(`the network has no ${operator} of ${inputs.filter(Boolean).join(', ')}`);
  };
}

/** Stands for the graph's output where an operator is looked for. */
const OUTPUT = 'output';

function shapesOf(form: NetworkForm): Map<string, number[]> {
  const [c1, c2, c3] = form.channels;
  const shapes = new Map([
    ['encoder.0.weight', [c1, 3, 6, 6]],
    ['encoder.0.bias', [c1]],
    ['encoder.2.weight', [c2, c1, 4, 4]],
    ['encoder.2.bias', [c2]],
    ['encoder.4.weight', [c3, c2, 4, 4]],
    ['encoder.4.bias', [c3]],
    ['fusion.content_half.weight', [c3, c3, 1, 1]],
    ['fusion.content_half.bias', [c3]],
    ['fusion.style_half.weight', [c3, STYLE_DIM, 1, 1]],
    ['fusion.scale.weight', [c3, STYLE_DIM, 1, 1]],
    ['fusion.scale.bias', [c3]],
    ['last.0.weight', [LAST_OUTPUTS, c1, 3, 3]],
    ['last.0.bias', [LAST_OUTPUTS]],
  ]);
  for (const [name, inputs, outputs] of [
    ['decoder.0', c3, c2],
    ['decoder.1', c2, c1],
  ] as const) {
    shapes.set(`${name}.deconv.weight`, [inputs, outputs, 4, 4]);
    shapes.set(`${name}.deconv.bias`, [outputs]);
    shapes.set(`${name}.scale.weight`, [outputs, STYLE_DIM, 1, 1]);
    shapes.set(`${name}.scale.bias`, [outputs]);
    shapes.set(`${name}.shift.weight`, [outputs, STYLE_DIM, 1, 1]);
  }
  for (const { name, channels } of residualBlocks(form)) {
    for (const half of [1, 2]) {
      shapes.set(`${name}.conv${half}.weight`, [channels, channels, 3, 3]);
      for (const part of ['scale', 'shift']) {
        shapes.set(`${name}.norm${half}.${part}.weight`, [channels, STYLE_DIM, 1, 1]);
        shapes.set(`${name}.norm${half}.${part}.bias`, [channels]);
      }
    }
  }
  for (const { name, channels } of skipsOf(form)) {
    shapes.set(`${name}.weight`, [channels, channels, 1, 1]);
    shapes.set(`${name}.bias`, [channels]);
  }
  return shapes;
}
