/**
 * Converts pixels to tensors and back. Pixels are RGBA bytes, not premultiplied, as in ImageData;
 * tensors are NCHW [1,3,H,W] of 32-bit floats, RGB 0..1.
 */
import { reflectedIndex, type Size } from '../../core/geometry';
import { GRAIN_SIDE, grainTile, type GrainOrigin } from './grain';
import { keepColour } from './oklab';
import { resample, type Channel } from './resample';

/** Maximum change of a byte by grain. */
const REACH = 128;

/**
 * Byte + REACH to 0..1, clamped. The quotient is rounded to 32 bits, so that native engines get the
 * same numbers.
 */
const UNIT = Float32Array.from(
  { length: 256 + 2 * REACH },
  (_, index) => Math.min(255, Math.max(0, index - REACH)) / 255,
);

/** Length of the content tensor of a padded size, in floats. */
export function tensorLength(padded: Size): number {
  return 3 * padded.width * padded.height;
}

/**
 * Writes a picture into a content tensor, reflected outwards to the padded size, without alpha.
 * @param pixels RGBA, 4·width·height bytes.
 * @param padded `paddedSize(size)`.
 * @param grain Position of the picture in the grain; null for none.
 * @param tensor Receives {@link tensorLength} floats.
 */
export function pixelsToTensor(
  pixels: Uint8ClampedArray,
  size: Size,
  padded: Size,
  grain: GrainOrigin | null,
  tensor: Float32Array,
): void {
  const plane = padded.width * padded.height;
  const columns = Int32Array.from(
    { length: padded.width },
    (_, x) => 4 * reflectedIndex(x, size.width),
  );
  const tile = grain ? grainTile() : NO_GRAIN;
  const mask = grain ? GRAIN_SIDE - 1 : 0;
  let to = 0;
  for (let y = 0; y < padded.height; y++) {
    const row = 4 * size.width * reflectedIndex(y, size.height);
    const grainRow = grain ? ((y + grain.y) & mask) * GRAIN_SIDE : 0;
    const grainColumn = grain ? grain.x : 0;
    for (let x = 0; x < padded.width; x++, to++) {
      const from = row + columns[x]!;
      const shift = REACH + tile[grainRow + ((x + grainColumn) & mask)]!;
      tensor[to] = UNIT[pixels[from]! + shift]!;
      tensor[plane + to] = UNIT[pixels[from + 1]! + shift]!;
      tensor[2 * plane + to] = UNIT[pixels[from + 2]! + shift]!;
    }
  }
}

const NO_GRAIN = new Int8Array(1);

/** How a pastiche is blended with its original. */
export interface Finish {
  /** Share of the pastiche, 0..1: of the whole picture or, [height][width], of every pixel. */
  readonly strength: number | Float32Array;
  readonly keepColours: boolean;
}

/**
 * Resizes a pastiche.
 * @param tensor Of the padded size; the picture is its `size`.
 * @returns A tensor [1,3,H,W] of `wanted`, without a rim.
 */
export function resampleTensor(
  tensor: Float32Array,
  padded: Size,
  size: Size,
  wanted: Size,
): Float32Array {
  const resampled = new Float32Array(tensorLength(wanted));
  const channelOf = (data: Float32Array, whole: Size, part: Size, channel: number): Channel => ({
    ...part,
    data,
    offset: channel * whole.width * whole.height,
    step: 1,
    stride: whole.width,
  });
  for (let channel = 0; channel < 3; channel++) {
    resample(
      channelOf(tensor, padded, size, channel),
      channelOf(resampled, wanted, wanted, channel),
    );
  }
  return resampled;
}

/** Brings a tensor nearer to another of its shape, by a share of 0..1 of the way. */
export function blendTensors(tensor: Float32Array, other: Float32Array, share: number): void {
  for (let i = 0; i < tensor.length; i++) tensor[i]! += share * (other[i]! - tensor[i]!);
}

/**
 * Blends a pastiche tensor with its original: colours become
 * (1 − strength)·original + strength·pastiche, rounded; alpha stays.
 * @param tensor Of the padded size; the area beyond the picture is cut off.
 * @param finish With `keepColours` the pastiche first gets the original's chroma.
 * @param pixels The original, RGBA, 4·width·height bytes; the pastiche when this returns.
 */
export function tensorOntoPixels(
  tensor: Float32Array,
  padded: Size,
  size: Size,
  { strength, keepColours }: Finish,
  pixels: Uint8ClampedArray,
): void {
  const plane = padded.width * padded.height;
  const strengths = typeof strength === 'number' ? null : strength;
  let share = typeof strength === 'number' ? strength : 0;
  const colour = new Float64Array(3);
  let to = 0;
  for (let y = 0; y < size.height; y++) {
    let from = y * padded.width;
    for (let x = 0; x < size.width; x++, from++, to += 4) {
      if (strengths) share = strengths[to >> 2]!;
      const keep = 1 - share;
      const gain = 255 * share;
      if (keepColours) {
        const green = tensor[plane + from]!;
        keepColour(pixels, to, tensor[from]!, green, tensor[2 * plane + from]!, colour);
        pixels[to] = keep * pixels[to]! + gain * colour[0]!;
        pixels[to + 1] = keep * pixels[to + 1]! + gain * colour[1]!;
        pixels[to + 2] = keep * pixels[to + 2]! + gain * colour[2]!;
        continue;
      }
      // A clamped array rounds half to even, as numpy does, and clamps.
      pixels[to] = keep * pixels[to]! + gain * tensor[from]!;
      pixels[to + 1] = keep * pixels[to + 1]! + gain * tensor[plane + from]!;
      pixels[to + 2] = keep * pixels[to + 2]! + gain * tensor[2 * plane + from]!;
    }
  }
}
