import { expect, it } from 'vitest';

import { GRAIN_SIDE, grainTile } from '../../src/engine/worker/grain';

// models/training/tests has the same figures: the reference must give pictures the same grain.
it('is the grain that the reference gives', () => {
  const tile = grainTile();
  expect(tile).toHaveLength(GRAIN_SIDE * GRAIN_SIDE);
  expect([...tile.slice(0, 8)]).toEqual([6, 5, 5, 6, -8, -2, 5, 2]);
  expect(tile.reduce((sum, value, index) => sum + value * (index % 7), 0)).toBe(20595);
});

it('is faint and even', () => {
  const tile = grainTile();
  const mean = tile.reduce((sum, value) => sum + value, 0) / tile.length;
  const deviation = Math.sqrt(tile.reduce((sum, value) => sum + value * value, 0) / tile.length);
  expect(Math.abs(mean)).toBeLessThan(0.5);
  expect(deviation).toBeGreaterThan(4);
  expect(deviation).toBeLessThan(10);
});
