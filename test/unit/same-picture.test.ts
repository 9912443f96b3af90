import { readFileSync } from 'node:fs';

import { PNG } from 'pngjs';
import { describe, expect, test } from 'vitest';

import { hasSameShape, isAlike, likeness } from '../../src/page/read/same-picture';

/** A picture of the fixtures, 32×32: every pixel the mean of what it stands for. */
function small(name: string, change = (value: number): number => value): Uint8ClampedArray {
  const file = readFileSync(new URL(`../fixtures/${name}.png`, import.meta.url));
  const { width, height, data } = PNG.sync.read(file);
  const pixels = new Uint8ClampedArray(4 * 32 * 32);
  for (let y = 0; y < 32; y++) {
    for (let x = 0; x < 32; x++) {
      const from = 4 * (Math.floor((y * height) / 32) * width + Math.floor((x * width) / 32));
      for (let c = 0; c < 3; c++) pixels[4 * (32 * y + x) + c] = change(data[from + c]!);
      pixels[4 * (32 * y + x) + 3] = 255;
    }
  }
  return pixels;
}

const PICTURE = small('content');

describe('one picture', () => {
  test.each<[string, (value: number) => number]>([
    ['as it is', (value) => value],
    ['with less contrast', (value) => 90 + value / 3],
    ['with another gamma', (value) => 255 * (value / 255) ** 0.6],
    ['as a negative', (value) => 255 - value],
  ])('%s', (_, change) => {
    expect(isAlike([PICTURE, small('content', change)])).toBe(true);
  });

  test('under something that covers a part of it', () => {
    const covered = PICTURE.slice();
    covered.fill(0, 4 * 32 * 24);
    expect(isAlike([PICTURE, covered])).toBe(true);
  });
});

test.each<[string, (value: number) => number]>([
  ['a picture', (value) => value],
  ['a dark picture', (value) => value / 20],
])('%s is told from others', (_, change) => {
  const picture = small('content', change);
  const turned = new Uint8ClampedArray(picture.length);
  for (let i = 0; i < 32 * 32; i++) {
    const other = 32 * (i % 32) + Math.floor(i / 32);
    turned.set(picture.subarray(4 * i, 4 * i + 4), 4 * other);
  }
  expect(isAlike([picture, small('content', (value) => change(value) * 0.8)])).toBe(true);
  expect(isAlike([picture, turned])).toBe(false);
  expect(isAlike([picture, new Uint8ClampedArray(4 * 32 * 32).fill(8)])).toBe(false);
});

test('nothing can be told of what is flat', () => {
  const grey = new Uint8ClampedArray(4 * 32 * 32).fill(128);
  expect(likeness(grey, grey)).toBeNull();
});

test.each([
  [800, 600, 400, 300, true],
  [800, 600, 401, 300, true],
  [800, 600, 80, 60, true],
  [1201, 800, 300, 200, true],
  // A strip's shorter side is rounded by more than a thousandth.
  [2000, 17000, 939, 7984, true],
  [17000, 2000, 7984, 939, true],
  [2000, 17000, 900, 7984, false],
  [800, 600, 600, 800, false],
  [800, 600, 400, 225, false],
  [800, 600, 0, 0, true],
])('%i×%i and %i×%i have one shape: %s', (w, h, w2, h2, expected) => {
  expect(hasSameShape({ width: w, height: h }, { width: w2, height: h2 })).toBe(expected);
});
