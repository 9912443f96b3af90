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

/** A box in shares of the sides of what it lies in. */
export function partOf({ x, y, width, height }: Box, whole: Size): Box {
  return {
    x: x / whole.width,
    y: y / whole.height,
    width: width / whole.width,
    height: height / whole.height,
  };
}

/** Pixels to one position of the bottleneck: the network halves the picture three times. */
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
 * Whether a frame that is painted at a smaller size can have its own details laid over it: its lines
 * are of whole groups of pixels, and what is painted is no line.
 */
export function canHaveDetails(frame: Size, inside: Size): boolean {
  const isSmaller = inside.width <= frame.width && inside.height <= frame.height;
  return isSmaller && frame.width % 4 === 0 && Math.min(inside.width, inside.height) >= 2;
}

/**
 * The pixel that stands at `index`, which may lie outside 0..length−1, when a line of pixels is
 * reflected outwards without repeating its outermost pixels, as often as needed. These are the
 * semantics of numpy's `pad(mode="reflect")`; a single pixel repeats.
 */
export function reflectedIndex(index: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const phase = ((index % period) + period) % period;
  return phase < length ? phase : period - phase;
}
