import { expect, it } from 'vitest';

import { WHOLE } from '../../src/core/regions/region-map';
import { STYLE_DIM } from '../../src/core/style/style';
import { RegionMaps } from '../../src/engine/worker/region-maps';

const SIZE = { width: 32, height: 16 };
const SIZES = { size: SIZE, seen: SIZE, padded: SIZE };

/** The left half is the region's. */
const MASKS = { width: 4, height: 1, shares: Uint8Array.of(255, 255, 0, 0) };
const REGIONS = { id: 1, mixes: [{ wave: 1 }], part: WHOLE };

const styles = (...strengths: number[]): { vector: Float32Array; strength: number }[] =>
  strengths.map((strength) => ({ vector: new Float32Array(STYLE_DIM), strength }));

it('masks are mapped once for frames that want the same', () => {
  const maps = new RegionMaps();
  const first = maps.of({ ...REGIONS, masks: MASKS }, styles(1, 0.5), SIZES);
  expect([...first.style.shares.slice(0, 4)]).toEqual([1, 1, 0, 0]);
  expect([first.strength[0], first.strength[31]]).toEqual([1, 0.5]);
  const again = styles(1, 0.5);
  const next = maps.of(REGIONS, again, SIZES);
  expect(next.style.shares).toBe(first.style.shares);
  expect(next.strength).toBe(first.strength);
  // Styles may be others all the same.
  expect(next.style.vectors).toEqual(again.map(({ vector }) => vector));
});

it('masks are mapped anew for another part, strength or size', () => {
  const maps = new RegionMaps();
  maps.of({ ...REGIONS, masks: MASKS }, styles(1, 0.5), SIZES);
  const part = { x: 0.5, y: 0, width: 0.5, height: 1 };
  expect(maps.of({ ...REGIONS, part }, styles(1, 0.5), SIZES).strength[8]).toBe(0.5);
  expect(maps.of(REGIONS, styles(0.25, 1), SIZES).strength[0]).toBe(0.25);
  const small = { width: 16, height: 16 };
  const sizes = { size: small, seen: small, padded: small };
  expect(maps.of(REGIONS, styles(0.25, 1), sizes).style.shares).toHaveLength(8);
});

it('masks that were never sent are refused', () => {
  expect(() => new RegionMaps().of(REGIONS, styles(1, 1), SIZES)).toThrow(RangeError);
});
