import { describe, expect, test } from 'vitest';

import {
  keepKnownStyles,
  normaliseMix,
  strengthOf,
  styleVectorOf,
  styleVectorShares,
} from '../../src/core/style/mix';
import { STYLE_DIM, type Style } from '../../src/core/style/style';

const style = (id: string, value: number): Style => ({
  id,
  title: id,
  artist: '',
  year: '',
  vector: new Float32Array(STYLE_DIM).fill(value),
});

describe('normaliseMix', () => {
  test('leaves a mix alone', () => {
    expect(normaliseMix({ a: 0.5, b: 0.25 })).toEqual({ a: 0.5, b: 0.25 });
    expect(normaliseMix({})).toEqual({});
  });

  test('drops what is negative, invisible or no number', () => {
    const weights = { a: 0.5, b: -1, c: 0, d: 0.001, e: Number.NaN, f: Infinity };
    expect(normaliseMix(weights)).toEqual({ a: 0.5 });
  });

  test('scales weights that sum to more than 1', () => {
    expect(normaliseMix({ a: 1, b: 3 })).toEqual({ a: 0.25, b: 0.75 });
  });

  test('twice is the same as once', () => {
    const once = normaliseMix({ a: 1, b: 1, c: 1 });
    expect(normaliseMix(once)).toEqual(once);
  });

  test('takes names that objects already have', () => {
    const mix = normaliseMix(
      JSON.parse('{"__proto__": 0.5, "constructor": 0.5}') as object as Record<string, number>,
    );
    expect(Object.entries(mix)).toHaveLength(2);
    expect(Object.getPrototypeOf(mix)).toBe(Object.prototype);
  });
});

describe('strengthOf', () => {
  test('is the sum of the weights', () => {
    expect(strengthOf({})).toBe(0);
    expect(strengthOf({ a: 0.25, b: 0.5 })).toBe(0.75);
  });

  test('of thirds is exactly 1', () => {
    expect(strengthOf(normaliseMix({ a: 1, b: 1, c: 1 }))).toBe(1);
    expect(strengthOf(normaliseMix({ a: 0.1, b: 0.2, c: 0.7 }))).toBe(1);
  });
});

describe('styleVectorShares', () => {
  test('sum to 1, keep the order and are even for even weights', () => {
    const { a, b, c } = styleVectorShares({ a: 0.1, b: 0.3, c: 0.1 });
    expect(a! + b! + c!).toBeCloseTo(1);
    expect(a).toBe(c);
    expect(b! / a!).toBeCloseTo(3 ** 0.7);
    expect(styleVectorShares({ a: 0.25, b: 0.25 })).toEqual({ a: 0.5, b: 0.5 });
  });

  test('a single style is itself, whatever its weight', () => {
    expect(styleVectorShares({ a: 0.4 })).toEqual({ a: 1 });
    expect(styleVectorShares({})).toEqual({});
  });
});

describe('styleVectorOf', () => {
  const styles = [style('a', 1), style('b', 5)];

  test('is the superposition of the shares', () => {
    const mix = { a: 0.3, b: 0.1 };
    const { a, b } = styleVectorShares(mix);
    const vector = styleVectorOf(mix, styles);
    expect(vector).toHaveLength(STYLE_DIM);
    for (const value of vector) expect(value).toBeCloseTo(a! + 5 * b!);
  });

  test('of an empty mix is zero', () => {
    expect([...styleVectorOf({}, styles)]).toEqual(new Array(STYLE_DIM).fill(0));
  });

  test('of an unknown style names it', () => {
    expect(() => styleVectorOf({ a: 0.5, gone: 0.5 }, styles)).toThrow(/"gone"/);
  });
});

test('keepKnownStyles drops the others', () => {
  expect(keepKnownStyles({ a: 0.5, gone: 0.5 }, ['a', 'b'])).toEqual({ a: 0.5 });
});
