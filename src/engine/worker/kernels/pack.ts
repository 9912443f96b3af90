/** Puts weights into the order in which the kernels read them. Pure. */

/** Outputs that a kernel computes together. */
export const BLOCK = 8;

/** Products per tile of 4×4 in Winograd's F(4×4, 3×3). */
export const POINTS = 36;

/** Products per tile of 3×3 in Winograd's F(3×3, 2×2). */
export const POINTS_2X2 = 16;

/** Number of outputs, rounded up to whole blocks. */
export function paddedOutputs(outputs: number): number {
  return Math.ceil(outputs / BLOCK) * BLOCK;
}

/** A convolution to pack. */
export interface ConvolutionShape {
  readonly outputs: number;
  readonly inputs: number;
  /** Side of the kernel. */
  readonly side: number;
  /** Factor of every output; null for 1. */
  readonly gains?: Float32Array | null;
}

/**
 * Packs a convolution's weights.
 * @param weights [outputs][inputs][side][side]
 * @param target [blocks][side][side][inputs][8]; zeros remain where there are fewer outputs.
 */
export function packConvolution(
  weights: Float32Array,
  { outputs, inputs, side, gains = null }: ConvolutionShape,
  target: Float32Array,
): void {
  const taps = side * side;
  for (let output = 0; output < outputs; output++) {
    const block = Math.floor(output / BLOCK) * taps * inputs * BLOCK + (output % BLOCK);
    const gain = gains?.[output] ?? 1;
    for (let input = 0; input < inputs; input++) {
      const from = (output * inputs + input) * taps;
      for (let tap = 0; tap < taps; tap++) {
        target[block + (tap * inputs + input) * BLOCK] = gain * weights[from + tap]!;
      }
    }
  }
}

/**
 * A 1×1 convolution of one vector: matrix · vector + bias.
 * @param matrix [outputs][inputs]
 * @param target Receives the outputs.
 */
export function applyMatrix(
  matrix: Float32Array,
  vector: Float32Array,
  bias: Float32Array,
  target: Float32Array,
): void {
  const inputs = vector.length;
  for (let output = 0; output < bias.length; output++) {
    let sum = bias[output]!;
    const row = output * inputs;
    for (let input = 0; input < inputs; input++) sum += matrix[row + input]! * vector[input]!;
    target[output] = sum;
  }
}
