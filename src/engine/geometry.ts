/** Sizes in pixels that the network works at. Pure. */

/** Pixels reflected outwards on every side, which keep zero padding's marks out of the picture. */
export const MARGIN = 8;

/** The network halves the picture three times. */
const MULTIPLE = 8;

export interface PaddedSize {
  /** Size of the network's input, multiples of 8. */
  readonly width: number;
  readonly height: number;
  /** Where the picture begins in it. */
  readonly left: number;
  readonly top: number;
}

/** The network's size for a picture of width × height pixels: a margin all round, then right and
 * bottom up to a multiple of 8. */
export function paddedSize(width: number, height: number): PaddedSize {
  const up = (length: number): number => Math.ceil((length + 2 * MARGIN) / MULTIPLE) * MULTIPLE;
  return { width: up(width), height: up(height), left: MARGIN, top: MARGIN };
}

/**
 * Which pixel stands at a place outside the picture: reflected about the edge pixels, as often as
 * it takes (numpy's `pad` with mode `reflect`). A single pixel repeats.
 */
export function reflectedIndex(index: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const within = ((index % period) + period) % period;
  return within < length ? within : period - within;
}
