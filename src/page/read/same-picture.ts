/**
 * Compares two pictures at a small size: a capture of an element, and the file that it is supposed to
 * show. Pure.
 */
import type { Size } from '../../core/geometry';

/** Side of the compared pictures, in pixels. */
export const COMPARED_SIDE = 32;

/** Patches per side: a few covered ones don't count. */
const PATCHES = 4;

/**
 * Variance of lightness, 0..255 squared, that noise and compression cause in a patch: little, as each of
 * its pixels is the mean of many.
 */
const NOISE = 1;

/** Minimum likeness of the same picture: test/bench/likeness.mjs, docs/architecture.md. */
const SAME = 0.7;

/**
 * The likeness of two pictures: the median, over sixteen patches, of the correlation of their
 * lightness. Brightness, contrast and colour profiles make no difference, nor does the inversion of a
 * page that is darkened by a filter.
 * @param a RGBA, 32×32 pixels; `b` too.
 * @returns 0..1; null if they have too little contrast to tell, such as a sky or an empty page.
 */
export function likeness(a: Uint8ClampedArray, b: Uint8ClampedArray): number | null {
  const [first, second] = [lightness(a), lightness(b)];
  const side = COMPARED_SIDE / PATCHES;
  const correlations: number[] = [];
  for (let top = 0; top < COMPARED_SIDE; top += side) {
    for (let left = 0; left < COMPARED_SIDE; left += side) {
      const found = correlation(first, second, left, top, side);
      if (found !== null) correlations.push(found);
    }
  }
  if (correlations.length < PATCHES) return null;
  const sorted = correlations.toSorted((x, y) => x - y);
  return Math.abs(sorted[Math.floor(sorted.length / 2)]!);
}

/** Whether two samples compared by {@link likeness} are of the same picture; true if that is unknown. */
export function isAlike([a, b]: readonly [Uint8ClampedArray, Uint8ClampedArray]): boolean {
  return (likeness(a, b) ?? 1) >= SAME;
}

/** Whether a picture of one size can be one of the other, scaled. */
export function hasSameShape(a: Size, b: Size): boolean {
  if (a.width <= 0 || a.height <= 0 || b.width <= 0 || b.height <= 0) return true;
  const [small, large] = a.width * a.height < b.width * b.height ? [a, b] : [b, a];
  // Each side of the smaller one may be rounded, or cut by a pixel; the longer one gives the scale.
  const [long, short] =
    large.height > large.width ? (['height', 'width'] as const) : (['width', 'height'] as const);
  const scale = large[long] / small[long];
  return Math.abs(large[short] - small[short] * scale) <= 1.5 * (1 + scale);
}

/** Lightness of each pixel, 0..255 (Rec. 601). */
function lightness(pixels: Uint8ClampedArray): Float32Array {
  return Float32Array.from(
    { length: pixels.length / 4 },
    (_, i) => 0.299 * pixels[4 * i]! + 0.587 * pixels[4 * i + 1]! + 0.114 * pixels[4 * i + 2]!,
  );
}

/** Correlation in a square patch; null if it is flat in both. */
function correlation(
  a: Float32Array,
  b: Float32Array,
  left: number,
  top: number,
  side: number,
): number | null {
  let [sumA, sumB, sumAA, sumBB, sumAB] = [0, 0, 0, 0, 0];
  for (let y = top; y < top + side; y++) {
    for (let x = left; x < left + side; x++) {
      const [p, q] = [a[y * COMPARED_SIDE + x]!, b[y * COMPARED_SIDE + x]!];
      sumA += p;
      sumB += q;
      sumAA += p * p;
      sumBB += q * q;
      sumAB += p * q;
    }
  }
  const n = side * side;
  const varianceA = sumAA / n - (sumA / n) ** 2;
  const varianceB = sumBB / n - (sumB / n) ** 2;
  if (Math.max(varianceA, varianceB) < NOISE) return null;
  const covariance = sumAB / n - (sumA / n) * (sumB / n);
  return covariance / Math.sqrt((varianceA + NOISE / 4) * (varianceB + NOISE / 4));
}
