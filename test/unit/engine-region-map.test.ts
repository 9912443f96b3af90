import { describe, expect, it } from 'vitest';

import {
  regionalStyle,
  strengthMap,
  WHOLE,
  type RegionMap,
} from '../../src/core/regions/region-map';
import { STYLE_DIM } from '../../src/core/style/style';

const vector = (value: number): Float32Array => new Float32Array(STYLE_DIM).fill(value);

/** The left half is the region's. */
const HALVES: RegionMap = {
  width: 4,
  height: 1,
  shares: Uint8Array.of(255, 255, 0, 0),
  part: WHOLE,
};
const SIZE = { width: 32, height: 16 };

describe('the style of every position', () => {
  const vectors = [vector(1), vector(2)];

  it("is the region's within and the base's without", () => {
    const painted = { map: HALVES, vectors, strengths: [1, 1] };
    const { shares } = regionalStyle(painted, SIZE, SIZE);
    expect([...shares]).toEqual([1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1]);
  });

  it('counts a region by how much of it is seen', () => {
    const map = { ...HALVES, shares: Uint8Array.of(51, 51, 51, 51) };
    const { shares } = regionalStyle({ map, vectors, strengths: [1, 0.25] }, SIZE, SIZE);
    expect(shares[0]).toBeCloseTo(0.5);
    expect(shares[8]).toBeCloseTo(0.5);
  });

  it('is that of a region where only the original is to be seen', () => {
    const { shares } = regionalStyle({ map: HALVES, vectors, strengths: [1, 0] }, SIZE, SIZE);
    expect([...shares.slice(0, 8)]).toEqual(Array.from({ length: 8 }, () => 1));
  });

  it('is that of the last pixels where the picture is reflected outwards', () => {
    const painted = { map: HALVES, vectors, strengths: [1, 1] };
    const { shares } = regionalStyle(painted, { width: 17, height: 9 }, { width: 24, height: 16 });
    expect([...shares.slice(0, 6)]).toEqual([1, 0, 0, 1, 0, 0]);
  });

  it('is that of the part that the picture is', () => {
    const map = { ...HALVES, part: { x: 0.5, y: 0, width: 0.5, height: 1 } };
    const { shares } = regionalStyle({ map, vectors, strengths: [1, 1] }, SIZE, SIZE);
    expect([...shares.slice(0, 8)]).toEqual(Array.from({ length: 8 }, () => 0));
  });

  it('has shares that sum to one, whatever the sizes', () => {
    const shares = Uint8Array.from({ length: 2 * 37 * 23 }, (_, i) => (i * 7919) % 127);
    const map = {
      width: 37,
      height: 23,
      shares,
      part: { x: 0.1, y: 0.2, width: 0.7, height: 0.4 },
    };
    const painted = { map, vectors: [...vectors, vector(3)], strengths: [0.3, 0, 1] };
    const style = regionalStyle(painted, { width: 61, height: 45 }, { width: 64, height: 48 });
    for (let at = 0; at < 48; at++) {
      const sum = style.shares[at]! + style.shares[48 + at]! + style.shares[96 + at]!;
      expect(sum).toBeCloseTo(1, 5);
    }
  });
});

describe('the strength of every pixel', () => {
  it('runs from region to base between the middles of two texels', () => {
    const strength = strengthMap(
      { map: HALVES, vectors: [], strengths: [1, 0.5] },
      { width: 8, height: 2 },
    );
    expect([...strength.slice(0, 8)]).toEqual([1, 1, 1, 0.875, 0.625, 0.5, 0.5, 0.5]);
    expect(strength.slice(8)).toEqual(strength.slice(0, 8));
  });

  it('joins without a step where a picture is painted in parts', () => {
    const shares = Uint8Array.from({ length: 16 }, (_, i) => 17 * i);
    const map = { width: 16, height: 1, shares, part: WHOLE };
    const whole = strengthMap({ map, vectors: [], strengths: [1, 0] }, { width: 64, height: 1 });
    const right = { ...map, part: { x: 0.25, y: 0, width: 0.75, height: 1 } };
    const part = strengthMap(
      { map: right, vectors: [], strengths: [1, 0] },
      { width: 48, height: 1 },
    );
    for (const [at, strength] of part.entries()) expect(strength).toBeCloseTo(whole[16 + at]!, 6);
  });
});
