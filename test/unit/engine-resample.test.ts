import { describe, expect, test } from 'vitest';

import { resample, resamplePixels, type Channel } from '../../src/engine/worker/resample';
import { reducedSize, type Size } from '../../src/core/geometry';
import { resampleTensor, tensorLength } from '../../src/engine/worker/tensor';

const plane = (size: Size, data = new Float32Array(size.width * size.height)): Channel => ({
  ...size,
  data,
  offset: 0,
  step: 1,
  stride: size.width,
});

function resampled(from: Channel, to: Size): number[] {
  const result = plane(to);
  resample(from, result);
  return [...result.data];
}

const SIZES: [Size, Size][] = [
  [
    { width: 1, height: 1 },
    { width: 7, height: 3 },
  ],
  [
    { width: 40, height: 3 },
    { width: 3, height: 40 },
  ],
  [
    { width: 16, height: 16 },
    { width: 5, height: 33 },
  ],
];

describe.each(SIZES)('from $width×$height', (from, to) => {
  test('a flat picture stays flat', () => {
    const data = new Float32Array(from.width * from.height).fill(0.375);
    for (const value of resampled(plane(from, data), to)) expect(value).toBeCloseTo(0.375, 6);
  });
});

test('the same size is the same picture', () => {
  const size = { width: 9, height: 5 };
  const data = Float32Array.from({ length: 45 }, (_, i) => Math.fround(Math.sin(i)));
  expect(resampled(plane(size, data), size)).toEqual([...data]);
});

test('a slope stays a slope, away from its ends', () => {
  const from = { width: 32, height: 1 };
  const data = Float32Array.from({ length: 32 }, (_, x) => x + 0.5);
  for (const width of [16, 64, 40]) {
    const result = resampled(plane(from, data), { width, height: 1 });
    const scale = 32 / width;
    for (let x = 0; x < width; x++) {
      const place = (x + 0.5) * scale;
      if (place < 6 || place > 26) continue;
      expect(result[x]).toBeCloseTo(place, 4);
    }
  }
});

test('reducing leaves nothing of the finest stripes', () => {
  const from = { width: 64, height: 1 };
  const data = Float32Array.from({ length: 64 }, (_, x) => x % 2);
  const result = resampled(plane(from, data), { width: 16, height: 1 });
  for (const value of result.slice(2, -2)) expect(value).toBeCloseTo(0.5, 2);
});

test('pixels keep their channels apart and become opaque', () => {
  const pixels = new Uint8ClampedArray(4 * 6 * 4);
  for (let i = 0; i < 24; i++) pixels.set([200, 100, 50, 7], 4 * i);
  const result = resamplePixels(pixels, { width: 6, height: 4 }, { width: 3, height: 5 });
  for (let i = 0; i < 15; i++) {
    expect([...result.slice(4 * i, 4 * i + 4)]).toEqual([200, 100, 50, 255]);
  }
});

test("a tensor's rim has no part in its other size", () => {
  const padded = { width: 16, height: 16 };
  const tensor = new Float32Array(tensorLength(padded)).fill(99);
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < 9; y++) {
      const row = (channel * 16 + y) * 16;
      tensor.fill(channel / 4, row, row + 5);
    }
  }
  const wanted = { width: 10, height: 18 };
  const result = resampleTensor(tensor, padded, { width: 5, height: 9 }, wanted);
  expect(result).toHaveLength(3 * 180);
  result.forEach((value, i) => expect(value).toBeCloseTo(Math.floor(i / 180) / 4, 6));
});

test('a size is reduced to one pixel at least, in its own proportions', () => {
  expect(reducedSize({ width: 100, height: 50 }, 2)).toEqual({ width: 50, height: 25 });
  expect(reducedSize({ width: 3, height: 1 }, 4)).toEqual({ width: 1, height: 1 });
  expect(reducedSize({ width: 3, height: 1 }, 0.5)).toEqual({ width: 6, height: 2 });
});
