/**
 * Pixels to tensor and back. Pixels are RGBA bytes, not premultiplied, as in ImageData; tensors are
 * NCHW [1,3,H,W] of 32-bit floats, RGB 0..1.
 */
import { MARGIN, reflectedIndex, type Size } from './geometry';

/** The quotient as it is in 32-bit arithmetic, so that native engines get the same numbers. */
const UNIT = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/** Floats that the content tensor of a padded size needs. */
export function tensorLength(padded: Size): number {
  return 3 * padded.width * padded.height;
}

/**
 * Writes a picture into a content tensor, reflected outwards to the padded size. Alpha is left out.
 * @param pixels RGBA, 4·width·height bytes.
 * @param padded What paddedSize makes of `size`.
 * @param tensor Receives {@link tensorLength} floats.
 */
export function pixelsToTensor(
  pixels: Uint8ClampedArray,
  size: Size,
  padded: Size,
  tensor: Float32Array,
): void {
  const plane = padded.width * padded.height;
  const columns = Int32Array.from(
    { length: padded.width },
    (_, x) => 4 * reflectedIndex(x - MARGIN, size.width),
  );
  let to = 0;
  for (let y = 0; y < padded.height; y++) {
    const row = 4 * size.width * reflectedIndex(y - MARGIN, size.height);
    for (let x = 0; x < padded.width; x++, to++) {
      const from = row + columns[x]!;
      tensor[to] = UNIT[pixels[from]!]!;
      tensor[plane + to] = UNIT[pixels[from + 1]!]!;
      tensor[2 * plane + to] = UNIT[pixels[from + 2]!]!;
    }
  }
}

/**
 * Paints a pastiche tensor over the picture that it was made of: colours become
 * (1 − strength)·original + strength·pastiche, rounded; alpha stays.
 * @param tensor Of the padded size; its rim is cut off.
 * @param strength Share of the pastiche, 0..1.
 * @param pixels The original, RGBA, 4·width·height bytes; the pastiche when this returns.
 */
export function tensorOntoPixels(
  tensor: Float32Array,
  padded: Size,
  size: Size,
  strength: number,
  pixels: Uint8ClampedArray,
): void {
  const plane = padded.width * padded.height;
  const keep = 1 - strength;
  const gain = 255 * strength;
  let to = 0;
  for (let y = 0; y < size.height; y++) {
    let from = (y + MARGIN) * padded.width + MARGIN;
    for (let x = 0; x < size.width; x++, from++, to += 4) {
      // A clamped array rounds and clamps by itself, half to even as numpy does.
      pixels[to] = keep * pixels[to]! + gain * tensor[from]!;
      pixels[to + 1] = keep * pixels[to + 1]! + gain * tensor[plane + from]!;
      pixels[to + 2] = keep * pixels[to + 2]! + gain * tensor[2 * plane + from]!;
    }
  }
}
