/**
 * Grain: faint noise added to every still picture before it is painted. In a flat area nothing else
 * decides where a stroke goes, so the painting there could only repeat from cell to cell; the network
 * was trained with noise (models/training/pastiche_training/grain.py, with the same tile number by number).
 * Video frames get none: strokes that stay put while things move look like a dirty window.
 */
import type { PaintJob } from '../../protocol/paint';

/** Side of the tile that repeats, in pixels. */
export const GRAIN_SIDE = 256;

/** Sizes of the grains in pixels; each octave has the same deviation. */
const OCTAVES = [1, 4, 16];

/** Deviation of an octave, in 1/255, before it is smoothed. */
const DEVIATION = 255 * 0.02;

/** Position of a picture in the grain, in pixels: a tile of a larger picture continues its grain. */
export interface GrainOrigin {
  readonly x: number;
  readonly y: number;
}

/** Where a picture's grain begins, in the pixels that the network sees; null for no grain. */
export function grainOf({ priority, origin, manner }: PaintJob): GrainOrigin | null {
  const seen = (place: number): number => Math.round(place / manner.strokeSize) % GRAIN_SIDE;
  return priority === 'frame' ? null : { x: seen(origin.x), y: seen(origin.y) };
}

let tile: Int8Array | null = null;

/** The tile: {@link GRAIN_SIDE}² integers to add to bytes, row by row. Made once. */
export function grainTile(): Int8Array {
  tile ??= makeTile();
  return tile;
}

function makeTile(): Int8Array {
  const sum = new Float64Array(GRAIN_SIDE * GRAIN_SIDE);
  const random = uniformNumbers();
  for (const size of OCTAVES) {
    const side = GRAIN_SIDE / size;
    const knots = Float64Array.from({ length: side * side }, random);
    const knot = (row: number, column: number): number =>
      knots[(row % side) * side + (column % side)]!;
    for (let y = 0; y < GRAIN_SIDE; y++) {
      const row = Math.floor(y / size);
      const down = (y % size) / size;
      for (let x = 0; x < GRAIN_SIDE; x++) {
        const column = Math.floor(x / size);
        const across = (x % size) / size;
        const above = knot(row, column) * (1 - across) + knot(row, column + 1) * across;
        const below = knot(row + 1, column) * (1 - across) + knot(row + 1, column + 1) * across;
        sum[y * GRAIN_SIDE + x]! += above * (1 - down) + below * down;
      }
    }
  }
  return Int8Array.from(sum, (value) => Math.floor(DEVIATION * value + 0.5));
}

/** A fixed sequence of uniform numbers of deviation 1: the generator of Numerical Recipes. */
function uniformNumbers(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return Math.sqrt(3) * (state / 2 ** 31 - 1);
  };
}
