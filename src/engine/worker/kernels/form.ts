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
 * @throws {RangeError} if it is damaged, or of any other form than models/training/pastiche_training/network.py.
 */
export function readNetwork(file: Uint8Array): FormedNetwork {
  const graph = modelGraph(file);
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
  return {
    form,
    weight(name) {
      const tensor = graph.tensors.get(name);
      if (!tensor) throw new RangeError(`the network has no ${name}`);
      return tensor.data;
    },
  };
}

function checkForm(graph: ModelGraph, form: NetworkForm): void {
  if (form.channels.some((count) => count === 0 || count % CHANNEL_MULTIPLE !== 0)) {
    throw new RangeError(`the network has ${form.channels.join(', ')} channels`);
  }
  const operators = operatorsOf(form);
  if (graph.operators.join() !== operators.join()) {
    throw new RangeError('the network consists of other operators');
  }
  for (const [name, dims] of shapesOf(form)) {
    const tensor = graph.tensors.get(name);
    const size = dims.reduce((product, dim) => product * dim, 1);
    if (tensor?.dims.join() !== dims.join() || tensor.data.length !== size) {
      throw new RangeError(`${name} is of shape ${tensor?.dims.join('×') ?? 'none'}`);
    }
  }
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

/** The graph's nodes, as torch.onnx exports network.py, in {@link ModelGraph.operators}' order. */
function operatorsOf({ blocks, detailBlocks }: NetworkForm): string[] {
  const strided = ['Pad', 'Conv', 'Relu'];
  const block = (norm: string[]): string[] => [
    ...['Pad', 'Conv', ...norm, 'Relu', 'Pad', 'Conv', ...norm, 'Add'],
  ];
  const norm = ['InstanceNormalization', 'Conv', 'Mul', 'Conv', 'Add'];
  // Operators that expand a single style vector to a map; the first layer that needs it has them.
  const extent = ['Slice', 'Mul'];
  const modulated = (extent: string[] = []): string[] => [
    ...['Conv', ...extent, 'Add', 'Resize', 'Mul', 'Conv', 'Add', 'Resize', 'Add'],
  ];
  const deconvolution = (extent?: string[]): string[] => [
    ...['Pad', 'ConvTranspose', ...modulated(extent), 'Relu'],
  ];
  const skip = detailBlocks > 0 ? ['Conv', 'Add'] : [];
  const detailBlock = block(['InstanceNormalization', ...modulated()]);
  return [
    ...[...strided, ...strided, ...strided],
    ...['Conv', 'Conv', 'Mul', 'Conv', 'Add', 'Relu'],
    ...Array.from({ length: blocks }, () => block(norm)).flat(),
    ...[...deconvolution(extent), ...skip],
    ...Array.from({ length: detailBlocks }, () => detailBlock).flat(),
    ...[...deconvolution(), ...skip],
    ...['Pad', 'Conv', 'DepthToSpace', 'Sigmoid'],
  ];
}

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
