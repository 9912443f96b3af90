/**
 * Whether two pictures are the same, seen small: what the screen shows of an element, and a file that
 * is said to be what it shows. Pure.
 */
import type { Size } from '../../core/geometry';

/** Pictures are compared at so many pixels a side. */
export const COMPARED_SIDE = 32;

/** Patches a side: what covers some of them doesn't count. */
const PATCHES = 4;

/** Variance of lightness, 0..255 squared, that noise and compression make in a patch. */
const NOISE = 20;

/**
 * Pictures at least so much alike are the same. Measured on 400 photographs (docs/architecture.md).
 */
const SAME = 0.7;

/**
 * How much alike two pictures are: the median, over sixteen patches, of the correlation of their
 * lightness. Brightness, contrast and colour profiles make no difference, nor that a page darkened by
 * a filter shows a negative.
 * @param a RGBA, 32×32 pixels; `b` too.
 * @returns 0..1; null where there is too little in them to tell, such as a sky or an empty page.
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

/** Whether what is compared by {@link likeness} is the same picture; yes where nothing tells. */
export function isAlike([a, b]: readonly [Uint8ClampedArray, Uint8ClampedArray]): boolean {
  return (likeness(a, b) ?? 1) >= SAME;
}

/** Whether a picture of the one size can be one of the other, made larger or smaller. */
export function hasSameShape(a: Size, b: Size): boolean {
  if (a.width <= 0 || a.height <= 0 || b.width <= 0 || b.height <= 0) return true;
  const [small, large] = a.width * a.height < b.width * b.height ? [a, b] : [b, a];
  // Each side of the smaller one may have been rounded, or cut by a pixel; the longer one tells the scale.
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

/** Of a square patch; null where it is flat in both. */
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
