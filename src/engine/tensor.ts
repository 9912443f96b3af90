/** Pixels to tensor and back. Pure; tight loops over caller-owned memory. */
import { paddedSize, reflectedIndex } from './geometry';

/**
 * Writes a picture into a tensor, reflected outwards by the margin.
 * @param pixels RGBA, 4·width·height bytes.
 * @param tensor NCHW [1, 3, padded height, padded width], 0..1; every element is written.
 */
export function pixelsToTensor(
  pixels: Uint8ClampedArray,
  width: number,
  height: number,
  tensor: Float32Array,
): void {
  const padded = paddedSize(width, height);
  const plane = padded.width * padded.height;
  const columns = Int32Array.from(
    { length: padded.width },
    (_, x) => 4 * reflectedIndex(x - padded.left, width),
  );
  for (let y = 0; y < padded.height; y++) {
    const row = 4 * width * reflectedIndex(y - padded.top, height);
    let to = y * padded.width;
    for (let x = 0; x < padded.width; x++, to++) {
      const from = row + columns[x]!;
      tensor[to] = pixels[from]! / 255;
      tensor[to + plane] = pixels[from + 1]! / 255;
      tensor[to + 2 * plane] = pixels[from + 2]! / 255;
    }
  }
}

/**
 * Writes a pastiche over the picture it was made of, blended with it; alpha stays.
 * @param tensor NCHW [1, 3, padded height, padded width], 0..1.
 * @param pixels RGBA of the content image, 4·width·height bytes; becomes the result.
 * @param strength Share of the pastiche, 0..1.
 */
export function tensorToPixels(
  tensor: Float32Array,
  pixels: Uint8ClampedArray,
  width: number,
  height: number,
  strength: number,
): void {
  const padded = paddedSize(width, height);
  const plane = padded.width * padded.height;
  const painted = 255 * strength;
  const kept = 1 - strength;
  for (let y = 0; y < height; y++) {
    let from = (y + padded.top) * padded.width + padded.left;
    let to = 4 * y * width;
    // The clamped array rounds to the nearest byte.
    for (let x = 0; x < width; x++, from++, to += 4) {
      pixels[to] = painted * tensor[from]! + kept * pixels[to]!;
      pixels[to + 1] = painted * tensor[from + plane]! + kept * pixels[to + 1]!;
      pixels[to + 2] = painted * tensor[from + 2 * plane]! + kept * pixels[to + 2]!;
    }
  }
}
