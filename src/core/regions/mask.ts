/**
 * Masks that tools draw: bytes, 0 outside and 255 inside, soft in between. Positions and lengths
 * are in pixels of the mask; a pixel's centre is at half a pixel. Pure.
 */

export interface Mask {
  readonly width: number;
  readonly height: number;
  /** [height][width] */
  readonly data: Uint8Array<ArrayBuffer>;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A tool's effect: its mark is added to the mask, or taken from it. */
export type Effect = 'add' | 'erase';

export function emptyMask(width: number, height: number): Mask {
  return { width, height, data: new Uint8Array(width * height) };
}

export function copyOf({ width, height, data }: Mask): Mask {
  return { width, height, data: data.slice() };
}

export function isEmpty({ data }: Mask): boolean {
  return data.every((value) => value === 0);
}

/** Swaps inside and outside. */
export function inverted({ width, height, data }: Mask): Mask {
  return { width, height, data: data.map((value) => 255 - value) };
}

/** A mark's coverage, 0..1, of the pixel centred at a position. */
type Coverage = (x: number, y: number) => number;

/** Coverage at an outline, which is soft for half a pixel to each side. */
function soft(distanceInside: number): number {
  return Math.min(1, Math.max(0, distanceInside + 0.5));
}

/** Draws a mark within a box; where the mask is stronger already, it stays. */
function lay(
  { width, height, data }: Mask,
  effect: Effect,
  [left, top, right, bottom]: readonly [number, number, number, number],
  coverage: Coverage,
): void {
  const endX = Math.min(width, Math.ceil(right));
  const endY = Math.min(height, Math.ceil(bottom));
  for (let y = Math.max(0, Math.floor(top)); y < endY; y++) {
    for (let x = Math.max(0, Math.floor(left)); x < endX; x++) {
      const mark = 255 * coverage(x + 0.5, y + 0.5);
      if (mark === 0) continue;
      const at = y * width + x;
      data[at] =
        effect === 'add'
          ? Math.max(data[at]!, Math.round(mark))
          : Math.min(data[at]!, Math.round(255 - mark));
    }
  }
}

/** Shape of a brush's mark. */
export interface Brush {
  readonly radius: number;
  /** Share of the radius that is fully inside, 0..1; the rest fades out. */
  readonly hardness: number;
}

/** The mark of a brush that is moved in a straight line; both ends may be the same point. */
export function brushLine(
  mask: Mask,
  effect: Effect,
  from: Point,
  to: Point,
  { radius, hardness }: Brush,
): void {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const squared = dx * dx + dy * dy;
  // At least as wide as the soft outline, so that the smallest brush still leaves a dot.
  const fade = Math.max(1, radius * (1 - hardness));
  const reach = radius + 0.5;
  const box = [
    Math.min(from.x, to.x) - reach,
    Math.min(from.y, to.y) - reach,
    Math.max(from.x, to.x) + reach,
    Math.max(from.y, to.y) + reach,
  ] as const;
  lay(mask, effect, box, (x, y) => {
    const along = squared === 0 ? 0 : ((x - from.x) * dx + (y - from.y) * dy) / squared;
    const nearest = Math.min(1, Math.max(0, along));
    const distance = Math.hypot(x - from.x - nearest * dx, y - from.y - nearest * dy);
    const inside = Math.min(1, Math.max(0, (reach - distance) / fade));
    return inside * inside * (3 - 2 * inside);
  });
}

/** Two opposite corners, in any order. */
export function fillRectangle(mask: Mask, effect: Effect, a: Point, b: Point): void {
  const [left, right] = [Math.min(a.x, b.x), Math.max(a.x, b.x)];
  const [top, bottom] = [Math.min(a.y, b.y), Math.max(a.y, b.y)];
  lay(mask, effect, [left - 1, top - 1, right + 1, bottom + 1], (x, y) =>
    Math.min(soft(x - left), soft(right - x), soft(y - top), soft(bottom - y)),
  );
}

/** The ellipse in the rectangle of two opposite corners. */
export function fillEllipse(mask: Mask, effect: Effect, a: Point, b: Point): void {
  const [rx, ry] = [Math.abs(a.x - b.x) / 2, Math.abs(a.y - b.y) / 2];
  if (rx === 0 || ry === 0) return;
  const [cx, cy] = [(a.x + b.x) / 2, (a.y + b.y) / 2];
  lay(mask, effect, [cx - rx - 1, cy - ry - 1, cx + rx + 1, cy + ry + 1], (x, y) => {
    const [u, v] = [(x - cx) / rx, (y - cy) / ry];
    const level = Math.hypot(u, v);
    // The level's distance from 1, divided by its slope, approximates the distance to the outline.
    const slope = level === 0 ? 1 / Math.min(rx, ry) : Math.hypot(u / rx, v / ry) / level;
    return soft((1 - level) / slope);
  });
}

/** The area within a closed line, by the even-odd rule; used by the lasso. */
export function fillPolygon(mask: Mask, effect: Effect, corners: readonly Point[]): void {
  if (corners.length < 3) return;
  const xs = corners.map(({ x }) => x);
  const ys = corners.map(({ y }) => y);
  const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)] as const;
  const covered = polygonCoverage(mask, corners);
  lay(mask, effect, box, (x, y) => covered[Math.floor(y) * mask.width + Math.floor(x)]!);
}

/** Scan lines per row of pixels. */
const SCANS = 4;

/** The polygon's coverage of every pixel of the mask, 0..1. */
function polygonCoverage({ width, height }: Mask, corners: readonly Point[]): Float32Array {
  const covered = new Float32Array(width * height);
  for (let line = 0; line < height * SCANS; line++) {
    const y = (line + 0.5) / SCANS;
    const crossings = corners
      .flatMap((a, i) => {
        const b = corners[(i + 1) % corners.length]!;
        const crosses = a.y <= y !== b.y <= y;
        return crosses ? [a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x)] : [];
      })
      .sort((a, b) => a - b);
    const row = Math.floor(line / SCANS) * width;
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const from = Math.max(0, crossings[i]!);
      const to = Math.min(width, crossings[i + 1]!);
      for (let x = Math.floor(from); x < to; x++) {
        covered[row + x]! += (Math.min(x + 1, to) - Math.max(x, from)) / SCANS;
      }
    }
  }
  return covered;
}

/** A gradient from inside at `from` and before it to outside at `to` and beyond. */
export function fillGradient(mask: Mask, effect: Effect, from: Point, to: Point): void {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const squared = dx * dx + dy * dy;
  if (squared === 0) return;
  lay(mask, effect, [0, 0, mask.width, mask.height], (x, y) => {
    const along = ((x - from.x) * dx + (y - from.y) * dy) / squared;
    return Math.min(1, Math.max(0, 1 - along));
  });
}

/**
 * A mask with its outline softened by three running means, which approximate a Gaussian.
 * @param radius Width of the fade to each side, in pixels; 0 leaves the mask as it is.
 */
export function feathered(mask: Mask, radius: number): Mask {
  const reach = Math.round(radius / Math.sqrt(3));
  if (reach < 1) return mask;
  let data: Float32Array = Float32Array.from(mask.data);
  for (let i = 0; i < 3; i++) {
    data = meanOfRows(data, mask.width, mask.height, reach);
    data = transposed(
      meanOfRows(transposed(data, mask.width), mask.height, mask.width, reach),
      mask.height,
    );
  }
  return { ...mask, data: Uint8Array.from(data, Math.round) };
}

/** Running means over `reach` pixels to each side within rows; border pixels are repeated outwards. */
export function meanOfRows(
  data: Float32Array,
  width: number,
  height: number,
  reach: number,
): Float32Array {
  const means = new Float32Array(data.length);
  const count = 2 * reach + 1;
  for (let y = 0; y < height; y++) {
    const row = y * width;
    const at = (x: number): number => data[row + Math.min(width - 1, Math.max(0, x))]!;
    let sum = 0;
    for (let x = -reach; x <= reach; x++) sum += at(x);
    for (let x = 0; x < width; x++) {
      means[row + x] = sum / count;
      sum += at(x + reach + 1) - at(x - reach);
    }
  }
  return means;
}

/** Transposes [height][width] to [width][height]. */
export function transposed(data: Float32Array, width: number): Float32Array {
  const height = data.length / width;
  const turned = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) turned[x * height + y] = data[y * width + x]!;
  }
  return turned;
}
