import { describe, expect, it } from 'vitest';

import { emptyMask, fillEllipse, fillRectangle, type Mask } from '../../src/core/regions/mask';
import {
  alongEdges,
  segmentObject,
  segmentSubject,
  type Picture,
} from '../../src/core/regions/segment';

type Colour = readonly [number, number, number];

/** Layers of flat colour with noise, each where its mask is. */
function drawn(width: number, height: number, ...layers: (readonly [Mask, Colour])[]): Picture {
  const data = new Uint8ClampedArray(4 * width * height);
  let state = 7;
  const noise = (): number => {
    state = (state * 48271) % 2147483647;
    return (state / 2147483647 - 0.5) * 36;
  };
  for (let i = 0; i < width * height; i++) {
    const colour = [0, 0, 0];
    for (const [mask, paint] of layers) {
      const share = mask.data[i]! / 255;
      for (let c = 0; c < 3; c++) colour[c]! += share * (paint[c]! - colour[c]!);
    }
    data.set([...colour.map((value) => value + noise()), 255], 4 * i);
  }
  return { width, height, data };
}

function shape(width: number, height: number, fill: (mask: Mask) => void): Mask {
  const mask = emptyMask(width, height);
  fill(mask);
  return mask;
}

/** Intersection over union. */
function overlap(a: Mask, b: Mask): number {
  let both = 0;
  let any = 0;
  for (const [i, value] of a.data.entries()) {
    both += Math.min(value, b.data[i]!);
    any += Math.max(value, b.data[i]!);
  }
  return both / any;
}

const W = 160;
const H = 120;
const whole = shape(W, H, (mask) =>
  fillRectangle(mask, 'add', { x: -9, y: -9 }, { x: 999, y: 999 }),
);
const ground = shape(W, H, (mask) =>
  fillRectangle(mask, 'add', { x: -9, y: 80 }, { x: 999, y: 999 }),
);
/** A figure of two colours: a head over a body. */
const head = shape(W, H, (mask) => fillEllipse(mask, 'add', { x: 66, y: 22 }, { x: 94, y: 54 }));
const body = shape(W, H, (mask) => fillEllipse(mask, 'add', { x: 54, y: 50 }, { x: 106, y: 112 }));
const figure = shape(W, H, (mask) => {
  fillEllipse(mask, 'add', { x: 66, y: 22 }, { x: 94, y: 54 });
  fillEllipse(mask, 'add', { x: 54, y: 50 }, { x: 106, y: 112 });
});
const portrait = drawn(
  W,
  H,
  [whole, [150, 185, 215]],
  [ground, [110, 140, 90]],
  [body, [150, 40, 50]],
  [head, [230, 190, 160]],
);

describe('the subject', () => {
  it('is found in front of sky and ground', () => {
    expect(overlap(segmentSubject(portrait), figure)).toBeGreaterThan(0.85);
  });

  it('is found within a box, and nothing outside of it', () => {
    const mask = segmentSubject(portrait, [
      { x: 48, y: 16 },
      { x: 112, y: 116 },
    ]);
    expect(overlap(mask, figure)).toBeGreaterThan(0.9);
    expect(mask.data[5 * W + 5]).toBe(0);
  });

  it('is something, or nothing, in a picture of one colour', () => {
    const flat = drawn(W, H, [whole, [90, 90, 90]]);
    expect(segmentSubject(flat).data).toHaveLength(W * H);
  });

  it('of a single pixel is a single pixel', () => {
    const pixel: Picture = { width: 1, height: 1, data: Uint8ClampedArray.of(9, 9, 9, 255) };
    expect(segmentSubject(pixel).data).toHaveLength(1);
    expect(segmentObject(pixel, { x: 0, y: 0 }).data).toHaveLength(1);
  });
});

describe('the object at a place', () => {
  const ball = shape(W, H, (mask) => fillEllipse(mask, 'add', { x: 16, y: 66 }, { x: 48, y: 98 }));
  const box = shape(W, H, (mask) =>
    fillRectangle(mask, 'add', { x: 90, y: 58 }, { x: 140, y: 100 }),
  );
  const still = drawn(W, H, [whole, [190, 180, 165]], [ball, [60, 90, 170]], [box, [170, 120, 50]]);

  it.each([
    ['a ball', { x: 30, y: 80 }, ball],
    ['a box', { x: 115, y: 80 }, box],
  ])('%s is found where it is clicked', (_, place, expected) => {
    expect(overlap(segmentObject(still, place), expected)).toBeGreaterThan(0.85);
  });
});

describe('an edge', () => {
  it('is followed by a mask that was drawn roughly, and small', () => {
    const [width, height] = [320, 240];
    const real = shape(width, height, (mask) =>
      fillEllipse(mask, 'add', { x: 90, y: 50 }, { x: 230, y: 200 }),
    );
    const full = shape(width, height, (mask) =>
      fillRectangle(mask, 'add', { x: -9, y: -9 }, { x: 999, y: 999 }),
    );
    const picture = drawn(width, height, [full, [40, 60, 80]], [real, [220, 200, 120]]);
    const rough = shape(80, 60, (mask) =>
      fillEllipse(mask, 'add', { x: 21.5, y: 11.5 }, { x: 58.5, y: 51 }),
    );
    const fitted = alongEdges(rough, picture);
    const enlarged = shape(width, height, (mask) =>
      fillEllipse(mask, 'add', { x: 86, y: 46 }, { x: 234, y: 204 }),
    );
    expect(overlap(fitted, real)).toBeGreaterThan(overlap(enlarged, real) + 0.03);
    expect(overlap(fitted, real)).toBeGreaterThan(0.93);
  });
});
