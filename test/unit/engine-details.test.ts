import { beforeAll, describe, expect, it } from 'vitest';

import { compileKernels } from '../../scripts/kernels.mjs';
import { canHaveDetails } from '../../src/core/geometry';
import { Details, DetailsOf } from '../../src/engine/worker/details';
import type { Size } from '../../src/core/geometry';

let module: WebAssembly.Module;

beforeAll(async () => {
  module = await WebAssembly.compile(new Uint8Array(await compileKernels('steady')));
}, 60_000);

type Colour = readonly [red: number, green: number, blue: number];

/** A picture from a function of the position. */
function picture({ width, height }: Size, colour: (x: number, y: number) => Colour) {
  const pixels = new Uint8ClampedArray(4 * width * height);
  for (let i = 0; i < width * height; i++) {
    pixels.set([...colour(i % width, Math.floor(i / width)), 255], 4 * i);
  }
  return pixels;
}

function noise(seed: number): () => Colour {
  let state = seed;
  const next = (): number => (state = (1664525 * state + 1013904223) % 2 ** 32) / 2 ** 24;
  return () => [next(), next(), next()];
}

/** The mean of the pixels that each pixel of the smaller size covers, computed directly. */
function reduced(pixels: Uint8ClampedArray, from: Size, to: Size): number[] {
  const out: number[] = [];
  const [sx, sy] = [from.width / to.width, from.height / to.height];
  for (let y = 0; y < to.height; y++) {
    for (let x = 0; x < to.width; x++) {
      for (let c = 0; c < 4; c++) {
        let sum = 0;
        for (let v = 0; v < from.height; v++) {
          const high = Math.min(v + 1, (y + 1) * sy) - Math.max(v, y * sy);
          if (high <= 0) continue;
          for (let u = 0; u < from.width; u++) {
            const wide = Math.min(u + 1, (x + 1) * sx) - Math.max(u, x * sx);
            if (wide > 0) sum += (high * wide * pixels[4 * (v * from.width + u) + c]!) / (sx * sy);
          }
        }
        out.push(sum);
      }
    }
  }
  return out;
}

function lightness([red, green, blue]: readonly number[]): number {
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

/** Bilinear interpolation, as expected from the kernels. */
function sample(
  pixels: ArrayLike<number>,
  { width, height }: Size,
  u: number,
  v: number,
): [number, number, number] {
  const [x, y] = [Math.max(0, Math.min(width - 1, u)), Math.max(0, Math.min(height - 1, v))];
  const [x0, y0] = [Math.min(width - 2, Math.floor(x)), Math.min(height - 2, Math.floor(y))];
  const [fx, fy] = [x - x0, y - y0];
  const at = (c: number, dx: number, dy: number): number =>
    pixels[4 * ((y0 + dy) * width + x0 + dx) + c]!;
  return [0, 1, 2].map(
    (c) =>
      (1 - fy) * ((1 - fx) * at(c, 0, 0) + fx * at(c, 1, 0)) +
      fy * ((1 - fx) * at(c, 0, 1) + fx * at(c, 1, 1)),
  ) as [number, number, number];
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
}

describe('details of a frame', () => {
  it.each([
    [
      { width: 48, height: 32 },
      { width: 24, height: 16 },
    ],
    [
      { width: 44, height: 31 },
      { width: 24, height: 16 },
    ],
    [
      { width: 60, height: 20 },
      { width: 8, height: 16 },
    ],
    [
      { width: 24, height: 16 },
      { width: 24, height: 16 },
    ],
  ])('are what %o has beyond %o, as calculated directly', (frame, inside) => {
    const source = picture(frame, noise(1));
    const painted = picture(inside, noise(2));
    const shift = { x: 0.3, y: -0.45 };
    const details = new Details(frame, inside, module);
    const small = details.take(source);
    expect(largestDifference(small, reduced(source, frame, inside))).toBeLessThan(3);

    const expected = picture(frame, (x, y) => {
      const place = (i: number, from: number, to: number): number => ((i + 0.5) * from) / to - 0.5;
      const [u, v] = [
        place(x, inside.width, frame.width),
        place(y, inside.height, frame.height),
      ] as const;
      const here = sample(source, frame, x, y);
      const beyond = lightness(here) - lightness(sample(small, inside, u, v));
      const told = Math.sign(beyond) * Math.max(0, Math.abs(beyond) - 4);
      const detail = (180 / 256) * told;
      const colour = sample(painted, inside, u - shift.x, v - shift.y);
      return [colour[0] + detail, colour[1] + detail, colour[2] + detail];
    });
    const found = new Uint8ClampedArray(source.length);
    details.add(painted, shift, found);
    expect(largestDifference(found, expected)).toBeLessThan(3.5);
  });

  it('bring an edge back that the small picture has lost, and no noise', () => {
    const [frame, inside] = [
      { width: 96, height: 32 },
      { width: 48, height: 16 },
    ];
    const details = new Details(frame, inside, module);
    const grey = picture(inside, () => [128, 128, 128]);
    const found = new Uint8ClampedArray(4 * frame.width * frame.height);
    const red = (x: number, y: number): number => found[4 * (y * frame.width + x)]!;
    // A line of one pixel.
    details.take(picture(frame, (x) => (x === 40 ? [240, 240, 240] : [60, 60, 60])));
    details.add(grey, { x: 0, y: 0 }, found);
    expect(red(40, 16)).toBeGreaterThan(170);
    expect(red(10, 16)).toBe(128);
    expect(red(44, 16)).toBe(128);
    details.take(picture(frame, (x, y) => ((x + y) % 2 ? [63, 63, 63] : [57, 57, 57])));
    details.add(grey, { x: 0, y: 0 }, found);
    expect(new Set(found)).toEqual(new Set([128, 255]));
  });

  it('are asked for only where the frame is the larger one', () => {
    expect(canHaveDetails({ width: 640, height: 360 }, { width: 480, height: 272 })).toBe(true);
    expect(canHaveDetails({ width: 642, height: 360 }, { width: 480, height: 272 })).toBe(false);
    expect(canHaveDetails({ width: 480, height: 272 }, { width: 640, height: 360 })).toBe(false);
    expect(canHaveDetails({ width: 64, height: 36 }, { width: 2, height: 1 })).toBe(false);
  });

  it('keep their room for the last few sizes', () => {
    const all = new DetailsOf(module);
    const size = (width: number): Size => ({ width, height: 16 });
    const first = all.of(size(40), size(20));
    expect(all.of(size(40), size(20))).toBe(first);
    for (const width of [44, 48, 52]) all.of(size(width), size(20));
    expect(all.of(size(40), size(20))).toBe(first);
    for (const width of [60, 64, 68, 72]) all.of(size(width), size(20));
    expect(all.of(size(40), size(20))).not.toBe(first);
  });
});
