/**
 * The mixes of a picture's regions: masks of any size, spread over the picture, and the maps that the
 * network and the blend with the original take from them. Pure.
 */
import type { Size, Box } from '../geometry';
import type { RegionalStyle } from './regional-style';

/** Pixels between two positions of the network's style map. */
const STRIDE = 8;

/** Masks that lie over a picture. */
export interface RegionMap extends Size {
  /** [regions][height][width], 0..255; at a position they sum to 255 at most, the rest is the base. */
  readonly shares: Uint8Array;
  /** The part of the masks that the picture shows, in shares of their width and height. */
  readonly part: Box;
}

/** The whole of the masks. */
export const WHOLE: Box = { x: 0, y: 0, width: 1, height: 1 };

/** The mixes of a map: one entry for each region and, last, one for the base. */
export interface PaintedRegions {
  readonly map: RegionMap;
  readonly vectors: readonly Float32Array[];
  /** Each mix's share of the pastiche, 0..1; the rest is the original. */
  readonly strengths: readonly number[];
}

/**
 * The style of every position of the feature map. A region is weighted there by its strength: one
 * that is nearly the original doesn't colour the strokes of its neighbours.
 * @param seen Size at which the network sees the picture.
 * @param padded `paddedSize(seen)`.
 */
export function regionalStyle(
  { map, vectors, strengths }: PaintedRegions,
  seen: Size,
  padded: Size,
): RegionalStyle {
  const columns = cells(map.width, map.part.x, map.part.width, seen.width, padded.width);
  const rows = cells(map.height, map.part.y, map.part.height, seen.height, padded.height);
  const positions = columns.length * rows.length;
  const shares = new Float32Array(vectors.length * positions);
  const base = vectors.length - 1;
  for (const [y, row] of rows.entries()) {
    for (const [x, column] of columns.entries()) {
      const at = y * columns.length + x;
      let left = 1;
      for (let region = 0; region < base; region++) {
        const share = meanOver(map, region, column, row) / 255;
        left -= share;
        shares[region * positions + at] = share * strengths[region]!;
      }
      shares[base * positions + at] = Math.max(0, left) * strengths[base]!;
      toSumOfOne(shares, at, positions, strengths);
    }
  }
  return { vectors, shares };
}

/** Where nothing is painted, the region that is strongest elsewhere stands in, unseen. */
function toSumOfOne(
  shares: Float32Array,
  at: number,
  positions: number,
  strengths: readonly number[],
): void {
  let sum = 0;
  for (let i = at; i < shares.length; i += positions) sum += shares[i]!;
  if (sum > 0) for (let i = at; i < shares.length; i += positions) shares[i]! /= sum;
  else shares[at + positions * strengths.indexOf(Math.max(...strengths))] = 1;
}

/**
 * The share of the pastiche at every pixel of a picture, 0..1, [height][width].
 * @param size Of the picture.
 */
export function strengthMap({ map, strengths }: PaintedRegions, size: Size): Float32Array {
  const texels = map.width * map.height;
  const base = strengths.at(-1)!;
  const whole = new Float32Array(texels).fill(base);
  for (let region = 0; region < strengths.length - 1; region++) {
    const more = (strengths[region]! - base) / 255;
    for (let at = 0; at < texels; at++) whole[at]! += more * map.shares[region * texels + at]!;
  }
  const columns = places(map.width, map.part.x, map.part.width, size.width);
  const rows = places(map.height, map.part.y, map.part.height, size.height);
  const strength = new Float32Array(size.width * size.height);
  for (const [y, row] of rows.entries()) {
    const upper = row.first * map.width;
    const lower = row.second * map.width;
    for (const [x, { first, second, share }] of columns.entries()) {
      const above =
        whole[upper + first]! + share * (whole[upper + second]! - whole[upper + first]!);
      const below =
        whole[lower + first]! + share * (whole[lower + second]! - whole[lower + first]!);
      strength[y * size.width + x] = above + row.share * (below - above);
    }
  }
  return strength;
}

/** Texels from `first` to before `end` along one side of the masks. */
interface Cell {
  readonly first: number;
  readonly end: number;
}

/** For each position along one side of the feature map, the texels of the masks below it. */
function cells(
  length: number,
  start: number,
  extent: number,
  seen: number,
  padded: number,
): Cell[] {
  return Array.from({ length: padded / STRIDE }, (_, i) => {
    // Beyond the picture is its reflection: the last position's texels are close enough.
    const from = Math.min(i * STRIDE, seen - 1) / seen;
    const to = Math.min((i + 1) * STRIDE, seen) / seen;
    const first = Math.min(length - 1, Math.round((start + from * extent) * length));
    const end = Math.min(length, Math.round((start + to * extent) * length));
    return { first, end: Math.max(first + 1, end) };
  });
}

function meanOver(map: RegionMap, region: number, column: Cell, row: Cell): number {
  const offset = region * map.width * map.height;
  let sum = 0;
  for (let y = row.first; y < row.end; y++) {
    const line = offset + y * map.width;
    for (let x = column.first; x < column.end; x++) sum += map.shares[line + x]!;
  }
  return sum / ((row.end - row.first) * (column.end - column.first));
}

/** A position between the centres of two texels. */
interface Place {
  readonly first: number;
  readonly second: number;
  /** Weight of the second texel. */
  readonly share: number;
}

function places(length: number, start: number, extent: number, pixels: number): Place[] {
  return Array.from({ length: pixels }, (_, i) => {
    const at = (start + ((i + 0.5) / pixels) * extent) * length - 0.5;
    const clamped = Math.min(length - 1, Math.max(0, at));
    const first = Math.floor(clamped);
    return { first, second: Math.min(length - 1, first + 1), share: clamped - first };
  });
}
