/** A tiny version of a picture: enough to detect changes. Pure, except for the drawing. */

/** Sides of a sample, in pixels. */
const SIDE = 32;

/** RGBA, 4·32·32 bytes. */
export type Sample = Uint8ClampedArray;

/** Samples of the same picture differ by less than this in every channel, 0..255. */
const SAME = 3;

/** A canvas for samples, until it is tainted. */
let readable: OffscreenCanvasRenderingContext2D | null = null;

/**
 * A sample of anything that can be drawn.
 * @returns Null if its pixels can't be read.
 */
export function sampleOf(image: CanvasImageSource): Sample | null {
  readable ??= new OffscreenCanvas(SIDE, SIDE).getContext('2d', { willReadFrequently: true });
  if (!readable) return null;
  readable.imageSmoothingQuality = 'high';
  try {
    readable.clearRect(0, 0, SIDE, SIDE);
    readable.drawImage(image, 0, 0, SIDE, SIDE);
    return readable.getImageData(0, 0, SIDE, SIDE).data;
  } catch {
    readable = null;
    return null;
  }
}

/** Whether two samples are of the same picture; an unreadable one equals nothing. */
export function sameSample(a: Sample | null, b: Sample | null): boolean {
  if (!a || !b) return false;
  return a.every((value, i) => Math.abs(value - b[i]!) < SAME);
}

/** Whether it is completely blank. */
export function isBlank(sample: Sample): boolean {
  return sample.every((value) => value === 0);
}

/** Whether it has a single colour. */
export function isUniform(sample: Sample): boolean {
  return sample.every((value, i) => Math.abs(value - sample[i % 4]!) < SAME);
}
