import { describe, expect, test } from 'vitest';

import { keepColour, oklabOf } from '../../src/engine/worker/oklab';

const bytes = (...rgb: [number, number, number]): Uint8ClampedArray =>
  new Uint8ClampedArray([...rgb, 255]);

function kept(photograph: Uint8ClampedArray, pastiche: [number, number, number]): number[] {
  const into = new Float64Array(3);
  keepColour(photograph, 0, ...pastiche, into);
  return [...into];
}

describe('Oklab', () => {
  test.each([
    ['white', [1, 1, 1], [1, 0, 0]],
    ['black', [0, 0, 0], [0, 0, 0]],
    ['red', [1, 0, 0], [0.62796, 0.22486, 0.12585]],
    ['green', [0, 1, 0], [0.86644, -0.23389, 0.1795]],
    ['blue', [0, 0, 1], [0.45201, -0.03246, -0.31153]],
  ] as const)('of %s is as published', (_, [r, g, b], expected) => {
    oklabOf(r, g, b).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4));
  });
});

describe('keeping colours', () => {
  test('of a pastiche that is the photograph changes no byte', () => {
    for (let i = 0; i < 2000; i++) {
      const rgb = [(i * 37) % 256, (i * 101) % 256, (i * 197) % 256] as [number, number, number];
      const [r, g, b] = rgb.map((byte) => byte / 255) as [number, number, number];
      const result = kept(bytes(...rgb), [r, g, b]).map((value) => Math.round(255 * value));
      expect(result).toEqual(rgb);
    }
  });

  test('takes lightness from the pastiche and chroma from the photograph', () => {
    const [, a, b] = oklabOf(180 / 255, 120 / 255, 90 / 255);
    const [lightness] = oklabOf(0.5, 0.5, 0.7);
    const result = kept(bytes(180, 120, 90), [0.5, 0.5, 0.7]) as [number, number, number];
    const found = oklabOf(...result);
    [lightness, a, b].forEach((value, i) => expect(found[i]).toBeCloseTo(value, 4));
  });

  test('of a colour that no screen shows keeps lightness and hue', () => {
    const [, a, b] = oklabOf(0, 0, 1);
    const [lightness] = oklabOf(0.9, 0.9, 0.9);
    const result = kept(bytes(0, 0, 255), [0.9, 0.9, 0.9]) as [number, number, number];
    const found = oklabOf(...result);
    expect(found[0]).toBeCloseTo(lightness, 2);
    expect(Math.atan2(found[2], found[1])).toBeCloseTo(Math.atan2(b, a), 1);
    expect(Math.hypot(found[1], found[2])).toBeLessThan(Math.hypot(a, b));
  });

  test('of a grey photograph is grey', () => {
    const [r, g, b] = kept(bytes(80, 80, 80), [0.9, 0.1, 0.3]) as [number, number, number];
    expect(r).toBeCloseTo(g, 3);
    expect(g).toBeCloseTo(b, 3);
  });

  test('clamps what is no colour', () => {
    for (const wrong of [Number.NaN, -3, 7, Infinity]) {
      for (const value of kept(bytes(1, 2, 3), [wrong, wrong, wrong])) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
      }
    }
  });
});
