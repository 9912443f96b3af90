/** A picture seen from afar: enough to tell whether it has changed. Pure, but for the drawing. */

/** Sides of a sample, in pixels. */
const SIDE = 32;

/** RGBA, 4·32·32 bytes. */
export type Sample = Uint8ClampedArray;

/** Samples of one picture differ by less than this anywhere, 0..255. */
const SAME = 3;

/**
 * A sample of what can be drawn.
 * @returns Null where its pixels may not be read.
 */
export function sampleOf(image: CanvasImageSource): Sample | null {
  const context = new OffscreenCanvas(SIDE, SIDE).getContext('2d', { willReadFrequently: true });
  if (!context) return null;
  context.imageSmoothingQuality = 'high';
  try {
    context.drawImage(image, 0, 0, SIDE, SIDE);
    return context.getImageData(0, 0, SIDE, SIDE).data;
  } catch {
    return null;
  }
}

/** Whether two samples show the same; nothing is the same as what can't be read. */
export function sameSample(a: Sample | null, b: Sample | null): boolean {
  if (!a || !b) return false;
  return a.every((value, i) => Math.abs(value - b[i]!) < SAME);
}

/** Whether there is nothing on it at all. */
export function isBlank(sample: Sample): boolean {
  return sample.every((value) => value === 0);
}

/** Whether all of it has one colour. */
export function isUniform(sample: Sample): boolean {
  return sample.every((value, i) => Math.abs(value - sample[i % 4]!) < SAME);
}
