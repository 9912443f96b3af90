/** A network's weights in the kernels' memory. */
import { STYLE_DIM } from '../../../core/style/style';
import { LAST_OUTPUTS, residualBlocks, skipsOf, type FormedNetwork } from './form';
import { applyMatrix, BLOCK, packConvolution, paddedOutputs, POINTS_2X2 } from './pack';
import { packedLengths, type Kernels, type Layout } from './plan';

const FLOAT = 4;

/** Memory that {@link writeWeights} needs, in bytes. */
export function packingBytes({ form }: FormedNetwork, layout: Layout): number {
  return layout.end + FLOAT * 16 * form.channels[2] ** 2;
}

/**
 * Writes all weights that don't depend on the style.
 * @param buffer The kernels' memory, at least {@link packingBytes} long.
 */
export function writeWeights(
  network: FormedNetwork,
  layout: Layout,
  buffer: ArrayBufferLike,
  kernels: Pick<Kernels, 'packWinograd2x2' | 'packWinograd'>,
): void {
  const [c1, c2, c3] = network.form.channels;
  const room = roomIn(network, layout, buffer);
  const address = (name: string): number => layout.weights.get(name)!;
  const scratch = layout.scratch[0]!;
  /** Copies a weight to where a kernel can pack it. */
  const staged = (name: string, length: number): number => {
    const area = new Float32Array(buffer, layout.end, length).fill(0);
    area.set(network.weight(`${name}.weight`));
    return layout.end;
  };

  const image = { inputs: 3, outputs: c1, side: 6 };
  packConvolution(network.weight('encoder.0.weight'), image, room('encoder.0'));

  // [outputs][inputs][4][4]: each of the four pixels of a square has its own 2×2 weights.
  for (const [name, inputs, outputs] of [
    ['encoder.2', c1, c2],
    ['encoder.4', c2, c3],
  ] as const) {
    const from = staged(name, 16 * inputs * outputs);
    for (let part = 0; part < 4; part++) {
      const first = from + FLOAT * (4 * (part >> 1) + (part & 1));
      const to = address(name) + FLOAT * part * inputs * BLOCK;
      kernels.packWinograd2x2(
        ...[first, FLOAT * 16 * inputs, FLOAT * 16, FLOAT * 8, FLOAT * 2],
        ...[inputs, 4 * inputs, outputs / BLOCK, to, scratch],
      );
    }
  }
  // [inputs][outputs][4][4]: an even output uses the last tap for the preceding input and the second
  // for its own; an odd one the third for its own and the first for the next.
  for (const [name, inputs, outputs] of [
    ['decoder.0', c3, c2],
    ['decoder.1', c2, c1],
  ] as const) {
    const from = staged(`${name}.deconv`, 16 * inputs * outputs);
    for (let phase = 0; phase < 4; phase++) {
      const first = from + FLOAT * (4 * (3 - (phase >> 1)) + (3 - (phase & 1)));
      const to = address(name) + FLOAT * phase * POINTS_2X2 * inputs * outputs;
      kernels.packWinograd2x2(
        ...[first, FLOAT * 16, FLOAT * 16 * outputs, FLOAT * -8, FLOAT * -2],
        ...[inputs, inputs, outputs / BLOCK, to, scratch],
      );
    }
  }
  const last = paddedOutputs(LAST_OUTPUTS);
  const lastWeights = staged('last.0', 9 * c1 * last);
  kernels.packWinograd(lastWeights, c1, last / BLOCK, address('last'), scratch);
  for (const { name, channels } of residualBlocks(network.form)) {
    for (const convolution of [`${name}.conv1`, `${name}.conv2`]) {
      const weights = staged(convolution, 9 * channels * channels);
      kernels.packWinograd(weights, channels, channels / BLOCK, address(convolution), scratch);
    }
  }
  const skips = skipsOf(network.form);
  for (const { name, channels } of skips) {
    const shape = { inputs: channels, outputs: channels, side: 1 };
    packConvolution(network.weight(`${name}.weight`), shape, room(name));
  }

  for (const name of ['encoder.0', 'encoder.2', 'encoder.4', ...skips.map((skip) => skip.name)]) {
    room(`${name}.bias`).set(network.weight(`${name}.bias`));
  }
  room('last.bias').set(network.weight('last.0.bias'));
}

/**
 * Writes all weights that depend on the style: once per mix, not once per picture.
 * @param styles A style vector for each region, at most MAX_REGIONS of them.
 */
export function writeStyle(
  network: FormedNetwork,
  layout: Layout,
  buffer: ArrayBufferLike,
  styles: readonly Float32Array[],
): void {
  const room = roomIn(network, layout, buffer);
  /** Applies a layer that is linear in the style to all styles: [regions][outputs]. */
  const applied = (layer: string, target: string, bias?: Float32Array): void => {
    const weights = network.weight(`${layer}.weight`);
    const outputs = weights.length / STYLE_DIM;
    for (const [region, style] of styles.entries()) {
      const part = room(target).subarray(region * outputs, (region + 1) * outputs);
      applyMatrix(weights, style, bias ?? network.weight(`${layer}.bias`), part);
    }
  };
  /** A modulated layer: (convolution + bias) · gain + shift. */
  const modulated = (name: string, convolution: string, scale: string, shift: string): void => {
    const bias = network.weight(`${convolution}.bias`);
    applied(scale, `${name}.gain`);
    applied(shift, `${name}.bias`, new Float32Array(bias.length));
    const [gains, shifts] = [room(`${name}.gain`), room(`${name}.bias`)];
    for (let at = 0; at < styles.length * bias.length; at++) {
      shifts[at]! += gains[at]! * bias[at % bias.length]!;
    }
  };
  modulated('fusion', 'fusion.content_half', 'fusion.scale', 'fusion.style_half');
  for (const name of ['decoder.0', 'decoder.1']) {
    modulated(name, `${name}.deconv`, `${name}.scale`, `${name}.shift`);
  }
  const half = network.weight('fusion.content_half.weight');
  const side = network.form.channels[2];
  // The gains of several regions are applied afterwards; a single gain becomes part of the weights.
  const gains = styles.length > 1 ? null : room('fusion.gain');
  packConvolution(half, { inputs: side, outputs: side, side: 1, gains }, room('fusion'));
  for (const { name } of residualBlocks(network.form)) {
    for (const norm of [`${name}.norm1`, `${name}.norm2`]) {
      applied(`${norm}.scale`, `${norm}.scale`);
      applied(`${norm}.shift`, `${norm}.shift`);
    }
  }
}

function roomIn(
  { form }: FormedNetwork,
  layout: Layout,
  buffer: ArrayBufferLike,
): (name: string) => Float32Array {
  const lengths = packedLengths(form);
  return (name) => new Float32Array(buffer, layout.weights.get(name), lengths.get(name));
}
