import { expect, test } from 'vitest';

import { randomMix } from '../../src/pages/shared/mix/random-mix';
import { strengthOf } from '../../src/core/style/mix';

const IDS = ['a', 'b', 'c', 'd', 'e'];

test('paints the whole picture with two or three styles, one of them leading', () => {
  for (let i = 0; i < 200; i++) {
    const weights = Object.values(randomMix(IDS)).sort((a, b) => b - a);
    expect(weights.length).toBeGreaterThanOrEqual(2);
    expect(weights.length).toBeLessThanOrEqual(3);
    expect(weights[0]).toBeGreaterThanOrEqual(0.5);
    expect(strengthOf(Object.fromEntries(weights.entries()))).toBe(1);
  }
});

test('chooses every style sooner or later', () => {
  const leads = new Set<string>();
  for (let i = 0; i < 500; i++) {
    const entries = Object.entries(randomMix(IDS)).sort(([, a], [, b]) => b - a);
    leads.add(entries[0]![0]);
  }
  expect([...leads].sort()).toEqual(IDS);
});

test('makes do with few styles', () => {
  expect(randomMix([])).toEqual({});
  expect(randomMix(['a'])).toEqual({ a: 1 });
  expect(Object.keys(randomMix(['a', 'b'], () => 0)).sort()).toEqual(['a', 'b']);
});
