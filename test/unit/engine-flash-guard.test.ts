import { describe, expect, it } from 'vitest';

import { FlashGuard } from '../../src/engine/worker/stabiliser/flash-guard';

const PIXELS = 64 * 36;

function grey(value: number): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray(4 * PIXELS).fill(value);
  for (let i = 3; i < pixels.length; i += 4) pixels[i] = 255;
  return pixels;
}

/** The limited pastiches of these greys, for frames of those. */
function shown(frames: readonly number[], pastiches: readonly number[]): number[] {
  const guard = new FlashGuard();
  return frames.map((frame, i) => {
    guard.takeFrame(grey(frame));
    const pixels = grey(pastiches[i]!);
    guard.limit(pixels);
    return pixels[0]!;
  });
}

describe('a guard against flashes', () => {
  it('lets a pastiche change as much as its source', () => {
    expect(shown([20, 220, 20], [30, 240, 25])).toEqual([30, 240, 30 - 5]);
  });

  it('leaves small changes alone', () => {
    expect(shown([100, 100, 100], [100, 115, 100])).toEqual([100, 115, 100]);
  });

  it('keeps a pastiche that flashes under a still source below a tenth of the brightest', () => {
    const flashing = Array.from({ length: 24 }, (_, i) => (i % 2 === 0 ? 40 : 200));
    const result = shown(Array<number>(24).fill(120), flashing);
    const changes = result.slice(1).map((value, i) => Math.abs(value - result[i]!));
    expect(Math.max(...changes)).toBeLessThan(25.5);
  });

  it('arrives at a lasting change within a second', () => {
    const steps = [100, ...Array<number>(24).fill(200)];
    const result = shown(Array<number>(25).fill(120), steps);
    expect(result.at(-1)).toBe(200);
    expect(result).toEqual(result.toSorted((a, b) => a - b));
  });

  it('lets what looks different on purpose be different at once', () => {
    const guard = new FlashGuard();
    for (const [value, expected] of [
      [40, 40],
      [200, 200],
    ] as const) {
      guard.takeFrame(grey(120));
      guard.forget();
      const pixels = grey(value);
      guard.limit(pixels);
      expect(pixels[0]).toBe(expected);
    }
  });

  it('leaves alpha alone, and pictures without pixels', () => {
    const guard = new FlashGuard();
    guard.takeFrame(new Uint8ClampedArray(0));
    guard.limit(new Uint8ClampedArray(0));
    const pixels = grey(200);
    guard.limit(pixels);
    expect(pixels[3]).toBe(255);
  });
});
