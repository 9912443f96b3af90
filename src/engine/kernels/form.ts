/** The one form of network that our kernels know, found again in a model file. Pure. */
import { STYLE_DIM } from '../../style/style';
import { modelGraph, type ModelGraph } from '../model-file';

/** What distinguishes networks of this form. */
export interface NetworkForm {
  /** Channels of the encoder's three convolutions. */
  readonly channels: readonly [number, number, number];
  /** Residual blocks. */
  readonly blocks: number;
}

/** A network of this form, with its weights. */
export interface FormedNetwork {
  readonly form: NetworkForm;
  /** The weight of that name, as network.py has it: [outputs][inputs][height][width]. */
  weight(name: string): Float32Array;
}

/** Outputs of the last convolution: three colours of four pixels. */
export const LAST_OUTPUTS = 12;

/** Kernels work on 8 channels at a time. */
const CHANNEL_MULTIPLE = 8;

/**
 * Reads a network.
 * @param file An ONNX file.
 * @throws {RangeError} if it is damaged, or of any other form than models/training/network.py.
 */
export function readNetwork(file: Uint8Array): FormedNetwork {
  const graph = modelGraph(file);
  const outputsOf = (name: string): number => graph.tensors.get(name)?.dims[0] ?? 0;
  const form: NetworkForm = {
    channels: [
      outputsOf('encoder.0.weight'),
      outputsOf('encoder.2.weight'),
      outputsOf('encoder.4.weight'),
    ],
    blocks: [...graph.tensors.keys()].filter((name) => name.endsWith('.conv1.weight')).length,
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

/** The graph's nodes, as torch.onnx exports network.py. */
function operatorsOf({ blocks }: NetworkForm): string[] {
  const strided = ['Pad', 'Conv', 'Relu'];
  const norm = ['InstanceNormalization', 'Conv', 'Mul', 'Conv', 'Add'];
  const block = ['Pad', 'Conv', ...norm, 'Relu', 'Pad', 'Conv', ...norm, 'Add'];
  const modulation = ['Conv', 'Conv', 'Add', 'Resize', 'Add', 'Resize'];
  const deconvolution = [...modulation, 'Pad', 'ConvTranspose', 'Mul', 'Add', 'Relu'];
  return [
    ...[...strided, ...strided, ...strided],
    ...['Conv', 'Conv', 'Mul', 'Conv', 'Add', 'Relu'],
    ...Array.from({ length: blocks }, () => block).flat(),
    // Of what a single style vector grows to a map.
    ...['Slice', 'Mul'],
    ...[...deconvolution, ...deconvolution],
    ...['Pad', 'Conv', 'DepthToSpace', 'Sigmoid'],
  ];
}

function shapesOf({ channels: [c1, c2, c3], blocks }: NetworkForm): Map<string, number[]> {
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
  for (let block = 0; block < blocks; block++) {
    for (const half of [1, 2]) {
      shapes.set(`blocks.${block}.conv${half}.weight`, [c3, c3, 3, 3]);
      for (const part of ['scale', 'shift']) {
        const name = `blocks.${block}.norm${half}.${part}`;
        shapes.set(`${name}.weight`, [c3, STYLE_DIM, 1, 1]);
        shapes.set(`${name}.bias`, [c3]);
      }
    }
  }
  return shapes;
}
