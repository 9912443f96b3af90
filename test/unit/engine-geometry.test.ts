import { describe, expect, it } from 'vitest';

import { paddedSize, reflectedIndex } from '../../src/core/geometry';

describe('paddedSize', () => {
  it('is the next multiple of 8', () => {
    for (const length of [9, 63, 64, 65, 1080]) {
      const { width, height } = paddedSize({ width: length, height: 2 * length });
      expect(width % 8).toBe(0);
      expect(width - length).toBeGreaterThanOrEqual(0);
      expect(width - length).toBeLessThan(8);
      expect(height).toBe(paddedSize({ width: 2 * length, height: 1 }).width);
    }
  });

  it('adds nothing to what fits, and no side is under 16', () => {
    expect(paddedSize({ width: 256, height: 1 })).toEqual({ width: 256, height: 16 });
  });
});

describe('reflectedIndex', () => {
  // numpy.pad([0, 1, 2], 7, mode="reflect")
  it('reflects as often as needed, without repeating the edge', () => {
    const line = Array.from({ length: 17 }, (_, i) => reflectedIndex(i - 7, 3));
    expect(line).toEqual([1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1]);
  });

  it('repeats a single pixel, and alternates between two', () => {
    expect([-8, -1, 0, 1, 23].map((index) => reflectedIndex(index, 1))).toEqual([0, 0, 0, 0, 0]);
    expect([-2, -1, 0, 1, 2, 3].map((index) => reflectedIndex(index, 2))).toEqual([
      0, 1, 0, 1, 0, 1,
    ]);
  });
});
