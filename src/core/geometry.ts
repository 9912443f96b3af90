/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A rectangle in pixels. */
export interface Box extends Size {
  readonly x: number;
  readonly y: number;
}

/** Pixels per position of the bottleneck: the network halves the picture three times. */
export const BOTTLENECK_STRIDE = 8;

/** Reflection needs two positions in every row and column of the bottleneck. */
const MIN = 2 * BOTTLENECK_STRIDE;

/**
 * The size at which the network sees a picture of `size`: reflected to the right and below, up to
 * the next multiple of 8, at least 16.
 */
export function paddedSize({ width, height }: Size): Size {
  const padded = (length: number): number =>
    Math.max(MIN, Math.ceil(length / BOTTLENECK_STRIDE) * BOTTLENECK_STRIDE);
  return { width: padded(width), height: padded(height) };
}

/** A size reduced by a factor, to at least 1×1; enlarged if the factor is below 1. */
export function reducedSize({ width, height }: Size, factor: number): Size {
  const reduced = (length: number): number => Math.max(1, Math.round(length / factor));
  return { width: reduced(width), height: reduced(height) };
}

/**
 * The pixel at `index`, which may lie outside 0..length−1, of a line that is reflected outwards
 * without repeating its outermost pixels, as often as needed. As in numpy's `pad(mode="reflect")`; a
 * single pixel repeats.
 */
export function reflectedIndex(index: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const phase = ((index % period) + period) % period;
  return phase < length ? phase : period - phase;
}
