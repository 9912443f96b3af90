/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Pixels by which every picture is at least reflected outwards, on each side. The network's
 * convolutions pad with zeros, which shows at the rim; the rim is cut off again.
 */
export const MARGIN = 8;

/** The network halves the picture three times and doubles it again. */
const MULTIPLE = 8;

/**
 * The size at which the network sees a picture of `size`: {@link MARGIN} more on every side, and on
 * to the next multiple of 8 to the right and below.
 */
export function paddedSize({ width, height }: Size): Size {
  const padded = (length: number): number => Math.ceil((length + 2 * MARGIN) / MULTIPLE) * MULTIPLE;
  return { width: padded(width), height: padded(height) };
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
