import { describe, expect, it } from 'vitest';

import {
  backgroundSize,
  fittedSize,
  intersection,
  pictureBox,
  viewedBox,
  workingSize,
} from '../../src/core/fit';

const BOX = { width: 400, height: 200 };
const SQUARE = { width: 100, height: 100 };

describe('viewedBox', () => {
  const fill = (): typeof BOX & { x: number; y: number } => ({ x: 10, y: 20, ...BOX });

  it('is that of the whole where nothing is said', () => {
    expect(viewedBox('none', SQUARE, fill)).toEqual(fill());
  });

  it('is as much larger as the part that is seen is smaller', () => {
    const asked: unknown[] = [];
    const box = viewedBox('inset(10% 30px 40% 20%)', SQUARE, (part) => {
      asked.push(part);
      return fill();
    });
    expect(asked).toEqual([{ width: 50, height: 50 }]);
    expect(box).toEqual({ x: 10 - 20 * 8, y: 20 - 10 * 4, width: 800, height: 400 });
  });

  it('leaves out what leaves nothing', () => {
    expect(viewedBox('inset(60%)', SQUARE, fill)).toEqual(fill());
  });
});

describe('fittedSize', () => {
  it.each([
    ['fill', 400, 200],
    ['contain', 200, 200],
    ['cover', 400, 400],
    ['none', 100, 100],
    ['scale-down', 100, 100],
  ] as const)('draws a square with object-fit %s at %i×%i', (fit, width, height) => {
    expect(fittedSize(fit, BOX, SQUARE)).toEqual({ width, height });
  });

  it('shrinks, but never enlarges, with scale-down', () => {
    expect(fittedSize('scale-down', BOX, { width: 800, height: 800 })).toEqual({
      width: 200,
      height: 200,
    });
  });
});

describe('pictureBox', () => {
  it('centres by default and may be larger than the box', () => {
    expect(pictureBox('cover', '50% 50%', BOX, SQUARE)).toEqual({
      x: 0,
      y: -100,
      width: 400,
      height: 400,
    });
  });

  it('is told from the box, wherever that is itself', () => {
    const box = { x: 7, y: 9, ...BOX };
    expect(pictureBox('fill', '50% 50%', box, SQUARE)).toEqual({ x: 0, y: 0, ...BOX });
  });

  it('takes lengths and percentages of the free space', () => {
    const box = pictureBox('contain', '12px 100%', BOX, SQUARE);
    expect(box).toEqual({ x: 12, y: 0, width: 200, height: 200 });
  });
});

describe('object-position', () => {
  it.each([
    ['calc(100% - 10px) calc(100% + 30px)', 190, 30],
    ['-20px 25%', -20, 0],
    ['calc(-10px + 50%) 50%', 90, 0],
  ])('%s', (position, x, y) => {
    expect(pictureBox('contain', position, BOX, SQUARE)).toMatchObject({ x, y });
  });
});

describe('backgroundSize', () => {
  it.each([
    ['auto', 100, 100],
    ['cover', 400, 400],
    ['contain', 200, 200],
    ['50%', 200, 200],
    ['auto 50%', 100, 100],
    ['30px 60px', 30, 60],
  ])('understands %s', (computed, width, height) => {
    expect(backgroundSize(computed, BOX, SQUARE)).toEqual({ width, height });
  });
});

describe('workingSize', () => {
  it('is the shown size where the budget allows it', () => {
    expect(workingSize({ width: 300, height: 200 }, { width: 3000, height: 2000 }, 1e6)).toEqual({
      width: 300,
      height: 200,
    });
  });

  it('keeps the aspect ratio within the budget', () => {
    const size = workingSize({ width: 3000, height: 2000 }, { width: 3000, height: 2000 }, 1e6);
    expect(size.width * size.height).toBeLessThan(1.005e6);
    expect(size.width / size.height).toBeCloseTo(1.5, 2);
  });

  it('is at least one pixel', () => {
    const sliver = { width: 10_000, height: 1 };
    expect(workingSize(sliver, sliver, 1000).height).toBe(1);
  });
});

describe('intersection', () => {
  it('is null for boxes that only touch', () => {
    const left = { x: 0, y: 0, width: 10, height: 10 };
    expect(intersection(left, { ...left, x: 10 })).toBeNull();
    expect(intersection(left, { ...left, x: 6, y: -4 })).toEqual({
      x: 6,
      y: 0,
      width: 4,
      height: 6,
    });
  });
});
