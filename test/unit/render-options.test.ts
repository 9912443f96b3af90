import * as v from 'valibot';
import { expect, test } from 'vitest';

import {
  storedRenderOptions,
  DEFAULT_RENDER_OPTIONS,
  sameRenderOptions,
  STROKE_SIZES,
  strokeSizeAt,
  strokeSizePlace,
  suitedRenderOptions,
} from '../../src/core/style/render-options';

test('a manner comes back as it was', () => {
  const manner = { keepColours: true, strokeSize: 1.75, secondCoat: 0.4 };
  expect(v.parse(storedRenderOptions, structuredClone(manner))).toEqual(manner);
});

test.each([undefined, null, 7, 'plain', [], { keepColours: 'yes', strokeSize: Number.NaN }])(
  'of %j, a plain one is made',
  (json) => {
    expect(v.parse(storedRenderOptions, json)).toEqual(DEFAULT_RENDER_OPTIONS);
  },
);

test('what was stored before there was a second coat has none', () => {
  const older = { keepColours: true, strokeSize: 2 };
  expect(v.parse(storedRenderOptions, older)).toEqual({ ...older, secondCoat: 0 });
});

test('numbers out of bounds are held at the bounds', () => {
  expect(v.parse(storedRenderOptions, { secondCoat: 3 }).secondCoat).toBe(1);
  expect(v.parse(storedRenderOptions, { secondCoat: -1 }).secondCoat).toBe(0);
  expect(v.parse(storedRenderOptions, { strokeSize: 100 }).strokeSize).toBe(STROKE_SIZES.most);
  expect(v.parse(storedRenderOptions, { strokeSize: 0.01 }).strokeSize).toBe(STROKE_SIZES.least);
});

test('manners are the same if they paint the same', () => {
  expect(
    sameRenderOptions(DEFAULT_RENDER_OPTIONS, { ...DEFAULT_RENDER_OPTIONS, strokeSize: 1 + 1e-9 }),
  ).toBe(true);
  expect(
    sameRenderOptions(DEFAULT_RENDER_OPTIONS, { ...DEFAULT_RENDER_OPTIONS, keepColours: true }),
  ).toBe(false);
  expect(
    sameRenderOptions(DEFAULT_RENDER_OPTIONS, { ...DEFAULT_RENDER_OPTIONS, strokeSize: 1.1 }),
  ).toBe(false);
  expect(
    sameRenderOptions(DEFAULT_RENDER_OPTIONS, { ...DEFAULT_RENDER_OPTIONS, secondCoat: 0.1 }),
  ).toBe(false);
});

test("the slider of stroke sizes reaches both bounds, and the network's own", () => {
  expect(strokeSizeAt(0)).toBe(STROKE_SIZES.least);
  expect(strokeSizeAt(1)).toBe(STROKE_SIZES.most);
  expect(strokeSizePlace(strokeSizeAt(0.7))).toBeCloseTo(0.7, 2);
  const sizes = Array.from({ length: 101 }, (_, step) => strokeSizeAt(step / 100));
  expect(sizes).toContain(1);
  expect(sizes.every((size, i) => i === 0 || size > sizes[i - 1]!)).toBe(true);
});

test.each([
  { width: 512, height: 512, strokeSize: 1, suited: 1 },
  { width: 1000, height: 448, strokeSize: 2, suited: 2 },
  { width: 360, height: 336, strokeSize: 1, suited: 0.75 },
  { width: 360, height: 336, strokeSize: 2, suited: 1.5 },
  { width: 64, height: 64, strokeSize: 1, suited: 0.6 },
  { width: 64, height: 64, strokeSize: 0.5, suited: STROKE_SIZES.least },
])(
  'strokes of $strokeSize in a picture of $width × $height are $suited',
  ({ width, height, strokeSize, suited }) => {
    const manner = suitedRenderOptions(
      { keepColours: true, strokeSize, secondCoat: 0 },
      { width, height },
    );
    expect(manner).toEqual({ keepColours: true, strokeSize: suited, secondCoat: 0 });
  },
);
