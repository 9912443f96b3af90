import { expect, test } from 'vitest';

import { workingSize } from '../../src/core/fit';
import { isStrip, pixelBudget } from '../../src/page/pictures/pixel-budget';

const VIEW = { width: 1280, height: 800 };

test('a picture that fits the screen has the budget', () => {
  expect(pixelBudget(1.5, { width: 800, height: 600 }, VIEW)).toBe(1.5e6);
  expect(pixelBudget(1.5, { width: 1, height: 1 }, VIEW)).toBe(1.5e6);
});

test('a strip is painted as large as it is shown', () => {
  const strip = { width: 800, height: 15_000 };
  expect(workingSize(strip, strip, pixelBudget(1.5, strip, VIEW))).toEqual(strip);
});

test('nothing is painted with more than the engine takes, but what the person chose', () => {
  const endless = { width: 800, height: 100_000 };
  expect(pixelBudget(1.5, endless, VIEW)).toBe(16e6);
  expect(pixelBudget(16, endless, VIEW)).toBe(16e6);
});

test('what is painted in slices may be larger, and is much larger than the screen', () => {
  const endless = { width: 800, height: 100_000 };
  expect(pixelBudget(1.5, endless, VIEW, true)).toBe(48e6);
  expect(isStrip(endless, VIEW)).toBe(true);
  expect(isStrip({ width: 9000, height: 500 }, VIEW)).toBe(true);
  expect(isStrip({ width: 1280, height: 900 }, VIEW)).toBe(false);
  // Painted at once, it is there in no more time.
  expect(isStrip({ width: 300, height: 3000 }, VIEW)).toBe(false);
});
