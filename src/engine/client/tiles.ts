/** Divides a picture into tiles, which overlap and are blended where they do. Pure. */
import type { Box, Size } from '../../core/geometry';
import type { RenderOptions } from '../../core/style/render-options';

/** One tile, in pixels of the whole picture. */
export interface Tile {
  /** The part that the network sees. */
  readonly seen: Box;
  /** The part that is used: without the rim, where strokes lack their surroundings. */
  readonly used: Box;
  /** Width in pixels, at the left and top of `used`, over which it is blended with its neighbours. */
  readonly blend: { readonly left: number; readonly top: number };
}

export interface Tiling {
  /** Maximum side of the part that the network sees. */
  readonly side: number;
  /** Width of the rim that is seen but not used. */
  readonly rim: number;
  /** Width of the overlap in which neighbours are blended. */
  readonly blend: number;
}

/**
 * A tile of two megapixels needs some 230 MB in our kernels, 800 in onnxruntime-web. Within 48 px of
 * a cut a part is painted differently than in the whole picture (within 80 px with random weights).
 */
export const TILING: Tiling = { side: 1536, rim: 96, blend: 64 };

/** The network's grid of 8 px: tiles begin on that of the whole picture. */
const GRID = 8;

/**
 * The tiling for render options: the network sees tiles of the same size at all stroke sizes. A second
 * coat sees what the first one made of the border, and needs another.
 */
export function tilingFor({ strokeSize, secondCoat }: RenderOptions): Tiling {
  const scaled = (length: number): number => GRID * Math.round((length * strokeSize) / GRID);
  const rim = secondCoat > 0 ? 2 * TILING.rim : TILING.rim;
  return { side: scaled(TILING.side), rim: scaled(rim), blend: scaled(TILING.blend) };
}

/** The tiles of a picture, row by row from the top left. */
export function tilesOf({ width, height }: Size, tiling: Tiling): Tile[] {
  const columns = spansOf(width, tiling);
  const rows = spansOf(height, tiling);
  return rows.flatMap((row) =>
    columns.map((column) => ({
      seen: boxOf(column.seen, row.seen),
      used: boxOf(column.used, row.used),
      blend: { left: column.blend, top: row.blend },
    })),
  );
}

/** Approximate number of pixels of a slice, and its minimum thickness without rims. */
const SLICE_PIXELS = 1e6;
const MIN_SLICE = 256;

/** A slice across a strip, in pixels of the strip; it overlaps its neighbours. */
export type Slice = Pick<Tile, 'seen' | 'used'>;

/**
 * The slices of a strip along its longer side. They may be painted in any order.
 * @param manner Smaller strokes are painted in a larger picture, and need narrower rims.
 */
export function slicesOf({ width, height }: Size, manner: RenderOptions): Slice[] {
  const { rim, blend } = tilingFor(manner);
  const across = Math.min(width, height);
  const most = (SLICE_PIXELS * Math.min(1, manner.strokeSize ** 2)) / across;
  const side = GRID * Math.ceil(Math.max(MIN_SLICE + 2 * rim, most) / GRID);
  const spans = spansOf(Math.max(width, height), { side, rim, blend });
  const all: Range = [0, across];
  return spans.map(({ seen, used }) =>
    height >= width
      ? { seen: boxOf(all, seen), used: boxOf(all, used) }
      : { seen: boxOf(seen, all), used: boxOf(used, all) },
  );
}

type Range = readonly [from: number, to: number];

interface Span {
  readonly seen: Range;
  readonly used: Range;
  readonly blend: number;
}

function spansOf(length: number, { side, rim, blend }: Tiling): Span[] {
  if (length <= side) return [{ seen: [0, length], used: [0, length], blend: 0 }];
  const most = side - 2 * rim;
  // The fewest slices that cover the strip, of equal length.
  const count = Math.ceil((length - blend) / (most - blend));
  const step = (length - blend) / count;
  return Array.from({ length: count }, (_, i) => {
    const from = i === 0 ? 0 : onGrid(i * step);
    const to = i === count - 1 ? length : onGrid((i + 1) * step) + blend;
    const seen: Range = [Math.max(0, from - rim), Math.min(length, to + rim)];
    return { seen, used: [from, to], blend: i === 0 ? 0 : blend };
  });
}

function onGrid(place: number): number {
  return Math.floor(place / GRID) * GRID;
}

function boxOf([x, right]: Range, [y, bottom]: Range): Box {
  return { x, y, width: right - x, height: bottom - y };
}

/**
 * Writes a painted tile into a band of the picture, blended with what is there.
 * @param painted RGBA of `tile.seen`.
 * @param band RGBA of the picture's whole width, from its line `top` on.
 */
export function blendTile(
  painted: Uint8ClampedArray,
  { seen, used, blend }: Tile,
  band: Uint8ClampedArray,
  width: number,
  top: number,
): void {
  for (let y = 0; y < used.height; y++) {
    const row = y < blend.top ? (y + 0.5) / blend.top : 1;
    let from = 4 * ((used.y + y - seen.y) * seen.width + used.x - seen.x);
    let to = 4 * ((used.y + y - top) * width + used.x);
    for (let x = 0; x < used.width; x++, from += 4, to += 4) {
      const share = x < blend.left ? (row * (x + 0.5)) / blend.left : row;
      for (let channel = 0; channel < 4; channel++) {
        const before = band[to + channel]!;
        band[to + channel] = before + share * (painted[from + channel]! - before);
      }
    }
  }
}
