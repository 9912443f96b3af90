/** Tells a part of a sprite sheet from a part of a picture. Pure. */
import type { Box } from '../../core/geometry';
import type { Picture } from '../show/picture';

/** Width of the margin around a part that is examined, in pixels. */
export const BESIDE = 2;

/** Maximum difference between the colours of an empty area, 0..255. */
const BARE = 12;

/** Minimum difference between adjacent parts, 0..255, and as a multiple of that between their own pixels. */
const SEAM = [12, 3] as const;

/** Minimum standard deviation of the pixels of a part that shows something, 0..255. */
const CONTENTS = 12;

/**
 * Whether a picture's position in its box shows one part of many: moved by a length to the left or up
 * at its own size, or twice as large as the box.
 * @param placing Computed `background-size` or `object-fit`, and position.
 */
export function isPart({ size, position }: NonNullable<Picture['placing']>): boolean {
  if (/^(cover|contain|fill)/.test(size)) return false;
  const shares = [...size.matchAll(/([\d.]+)%/g)].map(([, share]) => Number(share));
  return shares.some((share) => share >= 200) || /(^|\s)-[\d.]+px/.test(position);
}

/**
 * Whether a box contains a complete part of a sheet: along each of its edges inside the sheet there is
 * an empty area, or a boundary between two parts.
 * @param pixels RGBA of the box and of {@link BESIDE} pixels around it, within the sheet.
 */
export function isWholePart(
  { data, width, height }: Pick<ImageData, 'data' | 'width' | 'height'>,
  box: Box,
): boolean {
  /** Colours of a line beside an edge; lines within the box count up from 0, others down from -1. */
  const lineAt = (isColumn: boolean, at: number): number[] =>
    Array.from({ length: isColumn ? box.height : box.width }, (_, i) => {
      const x = isColumn ? at : box.x + i;
      const y = isColumn ? box.y + i : at;
      return coloursOf(data, y * width + x);
    }).flat();
  const edges: (readonly [isColumn: boolean, inside: number, outwards: 1 | -1])[] = [];
  if (box.x >= BESIDE) edges.push([true, box.x, -1]);
  if (box.y >= BESIDE) edges.push([false, box.y, -1]);
  if (box.x + box.width + BESIDE <= width) edges.push([true, box.x + box.width - 1, 1]);
  if (box.y + box.height + BESIDE <= height) edges.push([false, box.y + box.height - 1, 1]);
  const isClean = edges.every(([isColumn, inside, outwards]) => {
    const line = (k: number): number[] => lineAt(isColumn, inside + k * outwards);
    const [inner, last, first, outer] = [line(-1), line(0), line(1), line(2)];
    const isBare = isFlat([...last, ...first]);
    const [least, times] = SEAM;
    const around = Math.max(difference(inner, last), difference(first, outer));
    return isBare || difference(last, first) > Math.max(least, times * around);
  });
  if (edges.length === 0 || !isClean) return false;
  const all = Array.from({ length: box.height }, (_, y) => lineAt(false, box.y + y)).flat();
  return spread(all) > CONTENTS;
}

/** Red, green, blue and opacity of a pixel; invisible pixels have one colour. */
function coloursOf(data: ArrayLike<number>, pixel: number): number[] {
  const alpha = data[4 * pixel + 3]!;
  return [0, 1, 2].map((channel) => (data[4 * pixel + channel]! * alpha) / 255).concat(alpha);
}

function isFlat(colours: readonly number[]): boolean {
  return colours.every((value, i) => Math.abs(value - colours[i % 4]!) < BARE);
}

function difference(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}

/** Standard deviation of the channels from their means. */
function spread(colours: readonly number[]): number {
  const means = [0, 1, 2, 3].map((channel) => {
    const own = colours.filter((_, i) => i % 4 === channel);
    return own.reduce((sum, value) => sum + value, 0) / own.length;
  });
  const sum = colours.reduce((total, value, i) => total + (value - means[i % 4]!) ** 2, 0);
  return Math.sqrt(sum / colours.length);
}
