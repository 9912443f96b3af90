import { describe, expect, it } from 'vitest';

import { MAX_REGIONS, regionsOf, styleMap } from '../../src/core/regions/regional-style';
import { STYLE_DIM } from '../../src/core/style/style';

const SIZE = { width: 16, height: 8 };
const vector = (value: number): Float32Array => new Float32Array(STYLE_DIM).fill(value);

describe('regions', () => {
  it('are one where a vector is for the whole picture', () => {
    const style = vector(3);
    expect(regionsOf(style, SIZE).vectors).toEqual([style]);
    expect(styleMap(regionsOf(style, SIZE))).toBe(style);
  });

  it('become a map of style vectors', () => {
    const shares = Float32Array.of(1, 0.25, 0, 0.75);
    const map = styleMap(regionsOf({ vectors: [vector(4), vector(8)], shares }, SIZE));
    expect(map.length).toBe(2 * STYLE_DIM);
    expect([...map.slice(0, 4)]).toEqual([4, 7, 4, 7]);
  });

  it('are refused where they do not fit the picture', () => {
    const shares = Float32Array.of(1, 1, 0, 0);
    const vectors = [vector(1), vector(2)];
    expect(() => regionsOf({ vectors, shares }, { width: 24, height: 8 })).toThrow(RangeError);
    expect(() => regionsOf({ vectors: [], shares }, SIZE)).toThrow(RangeError);
    const short = [vector(1), new Float32Array(5)];
    expect(() => regionsOf({ vectors: short, shares }, SIZE)).toThrow(RangeError);
    const many = Array.from({ length: MAX_REGIONS + 1 }, () => vector(1));
    expect(() => regionsOf({ vectors: many, shares }, SIZE)).toThrow(RangeError);
  });
});
