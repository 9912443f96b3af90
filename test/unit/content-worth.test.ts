import { describe, expect, test } from 'vitest';

import {
  distanceFromView,
  isWorthPainting,
  RateLimiter,
  nextToPaint,
} from '../../src/page/whole-page/worth';

const UNKNOWN = { width: 0, height: 0 };
const view = { width: 1000, height: 800 };

describe('isWorthPainting', () => {
  test.each([
    ['a photograph', { width: 320, height: 240 }, { width: 640, height: 480 }, true],
    ['one that is not there yet', { width: 320, height: 240 }, UNKNOWN, true],
    ['an icon', { width: 24, height: 24 }, { width: 512, height: 512 }, false],
    ['an avatar', { width: 48, height: 48 }, UNKNOWN, false],
    ['a small square', { width: 60, height: 60 }, UNKNOWN, false],
    ['a divider', { width: 900, height: 60 }, UNKNOWN, false],
    ['a strip of a comic', { width: 800, height: 15_000 }, { width: 800, height: 15_000 }, true],
    ['a ruler along the page', { width: 90, height: 3000 }, UNKNOWN, false],
    ['a panorama', { width: 1280, height: 85 }, { width: 3200, height: 212 }, true],
    ['a banner', { width: 1500, height: 110 }, UNKNOWN, true],
    ['a border', { width: 1280, height: 85 }, { width: 1280, height: 85 }, false],
    ['a stretched dot', { width: 600, height: 400 }, { width: 1, height: 1 }, false],
  ])('%s', (_, shown, natural, expected) => {
    expect(isWorthPainting(shown, natural)).toBe(expected);
  });
});

test('a box in sight is at no distance, others at that of their nearest edge', () => {
  const box = { width: 100, height: 100 };
  expect(distanceFromView({ x: 950, y: -50, ...box }, view)).toBe(0);
  expect(distanceFromView({ x: 0, y: 900, ...box }, view)).toBe(100);
  expect(distanceFromView({ x: -250, y: 0, ...box }, view)).toBe(150);
});

test('what is in sight is painted first, in reading order, then the nearest', () => {
  const at = (x: number, y: number) => ({ x, y, width: 100, height: 100 });
  const boxes = [at(0, 3000), at(400, 200), at(0, 200), at(0, -400)];
  const order: number[] = [];
  const left = [...boxes.keys()];
  while (left.length > 0) {
    const next = nextToPaint(
      left.map((i) => boxes[i]!),
      view,
    );
    order.push(...left.splice(next, 1));
  }
  expect(order).toEqual([2, 1, 3, 0]);
  expect(nextToPaint([], view)).toBe(-1);
});

test('the loop guard ends what goes on too often, and forgets with time', () => {
  const guard = new RateLimiter(2, 1000);
  expect([0, 10, 20].map((now) => guard.allows('a', now))).toEqual([true, true, false]);
  expect(guard.allows('b', 20)).toBe(true);
  expect(guard.allows('a', 1005)).toBe(true);
  expect(guard.allows('a', 1006)).toBe(false);
});

test('a guard counts what was done last, and forgets the first of many', () => {
  const guard = new RateLimiter(1, 1000);
  guard.allows('first', 0);
  for (let i = 0; i < 600; i++) guard.allows(`other ${i}`, 0);
  expect(guard.allows('other 599', 1)).toBe(false);
  expect(guard.allows('first', 1)).toBe(true);
});
