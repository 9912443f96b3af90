import { describe, expect, it } from 'vitest';

import {
  brushLine,
  emptyMask,
  feathered,
  fillEllipse,
  fillGradient,
  fillPolygon,
  fillRectangle,
  inverted,
  isEmpty,
  type Mask,
} from '../../src/core/regions/mask';

/** Area inside the mask, in pixels. */
function area({ data }: Mask): number {
  return data.reduce((sum, value) => sum + value, 0) / 255;
}

const at = ({ width, data }: Mask, x: number, y: number): number => data[y * width + x]!;

describe('shapes', () => {
  it('cover the area that they have', () => {
    const rectangle = emptyMask(64, 48);
    fillRectangle(rectangle, 'add', { x: 10.5, y: 40 }, { x: 30, y: 8.25 });
    expect(area(rectangle)).toBeCloseTo(19.5 * 31.75, -1);
    const ellipse = emptyMask(64, 48);
    fillEllipse(ellipse, 'add', { x: 4, y: 4 }, { x: 60, y: 44 });
    expect(area(ellipse) / (Math.PI * 28 * 20)).toBeCloseTo(1, 2);
    const triangle = emptyMask(64, 48);
    fillPolygon(triangle, 'add', [
      { x: 2, y: 2 },
      { x: 62, y: 2 },
      { x: 2, y: 46 },
    ]);
    expect(area(triangle) / ((60 * 44) / 2)).toBeCloseTo(1, 2);
  });

  it('leave the middle of a crossing line outside by the even-odd rule', () => {
    const star = emptyMask(100, 100);
    const corners = Array.from({ length: 5 }, (_, i) => {
      const angle = (4 * Math.PI * i) / 5;
      return { x: 50 + 45 * Math.sin(angle), y: 50 - 45 * Math.cos(angle) };
    });
    fillPolygon(star, 'add', corners);
    expect(at(star, 50, 50)).toBe(0);
    expect(at(star, 50, 15)).toBe(255);
  });

  it('may lie beyond the mask', () => {
    const mask = emptyMask(16, 16);
    fillRectangle(mask, 'add', { x: -50, y: -50 }, { x: 8, y: 50 });
    fillEllipse(mask, 'add', { x: 100, y: 100 }, { x: 200, y: 200 });
    fillPolygon(mask, 'add', [
      { x: -20, y: -20 },
      { x: -10, y: -20 },
      { x: -10, y: -10 },
    ]);
    expect(area(mask)).toBeCloseTo(8 * 16, 0);
  });

  it('take away what they cover', () => {
    const mask = inverted(emptyMask(32, 32));
    fillRectangle(mask, 'erase', { x: 0, y: 0 }, { x: 16, y: 32 });
    expect(area(mask)).toBeCloseTo(16 * 32, -1);
    fillPolygon(mask, 'erase', [
      { x: 0, y: 0 },
      { x: 32, y: 0 },
      { x: 32, y: 32 },
      { x: 0, y: 32 },
    ]);
    expect(isEmpty(mask)).toBe(true);
  });

  it('of no size mark nothing', () => {
    const mask = emptyMask(8, 8);
    const place = { x: 4, y: 4 };
    fillEllipse(mask, 'add', place, place);
    fillGradient(mask, 'add', place, place);
    fillPolygon(mask, 'add', [place, place]);
    expect(isEmpty(mask)).toBe(true);
  });
});

describe('a brush', () => {
  const brush = { radius: 6, hardness: 1 };

  it('leaves a dot where it is set down, also the smallest', () => {
    const mask = emptyMask(32, 32);
    brushLine(mask, 'add', { x: 16, y: 16 }, { x: 16, y: 16 }, brush);
    expect(area(mask) / (Math.PI * 36)).toBeCloseTo(1, 1);
    const small = emptyMask(8, 8);
    brushLine(small, 'add', { x: 4.5, y: 4.5 }, { x: 4.5, y: 4.5 }, { radius: 0.5, hardness: 0 });
    expect(isEmpty(small)).toBe(false);
  });

  it('marks a line of one width, and erases it', () => {
    const mask = emptyMask(64, 32);
    const [from, to] = [
      { x: 10, y: 16 },
      { x: 54, y: 16 },
    ];
    brushLine(mask, 'add', from, to, brush);
    expect(at(mask, 32, 16)).toBe(255);
    expect(at(mask, 32, 11)).toBe(255);
    expect(at(mask, 32, 8)).toBe(0);
    brushLine(mask, 'erase', from, to, { radius: 8, hardness: 1 });
    expect(isEmpty(mask)).toBe(true);
  });

  it('is not made weaker by a softer stroke over it', () => {
    const mask = emptyMask(32, 32);
    brushLine(mask, 'add', { x: 16, y: 16 }, { x: 16, y: 16 }, brush);
    const before = mask.data.slice();
    brushLine(mask, 'add', { x: 18, y: 16 }, { x: 18, y: 16 }, { radius: 6, hardness: 0 });
    for (const [i, value] of before.entries()) expect(mask.data[i]).toBeGreaterThanOrEqual(value);
  });
});

describe('soft masks', () => {
  it('run from inside to outside along a gradient', () => {
    const mask = emptyMask(101, 3);
    fillGradient(mask, 'add', { x: 20.5, y: 1 }, { x: 80.5, y: 1 });
    expect(at(mask, 0, 1)).toBe(255);
    expect(at(mask, 50, 1)).toBeCloseTo(128, -0.5);
    expect(at(mask, 100, 1)).toBe(0);
  });

  it('fade over the radius, and keep their area', () => {
    const mask = emptyMask(96, 96);
    fillRectangle(mask, 'add', { x: 32, y: 32 }, { x: 64, y: 64 });
    const soft = feathered(mask, 12);
    expect(area(soft) / area(mask)).toBeCloseTo(1, 2);
    expect(at(soft, 48, 48)).toBeGreaterThan(235);
    expect(at(soft, 32, 48)).toBeGreaterThan(100);
    expect(at(soft, 32, 48)).toBeLessThan(155);
    expect(at(soft, 12, 48)).toBe(0);
    expect(feathered(mask, 0)).toBe(mask);
  });

  it('stay as they are at the rim of the picture', () => {
    const whole = inverted(emptyMask(20, 20));
    expect([...feathered(whole, 9).data]).toEqual([...whole.data]);
  });
});
