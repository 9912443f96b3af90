import { beforeAll, describe, expect, it } from 'vitest';

import { compileKernels } from '../../scripts/kernels.mjs';
import {
  TemporalStabiliser,
  TemporalStabilisers,
} from '../../src/engine/worker/stabiliser/stabiliser';

const SIZE = { width: 40, height: 24 };
const PIXELS = SIZE.width * SIZE.height;

let module: WebAssembly.Module;

beforeAll(async () => {
  module = await WebAssembly.compile(new Uint8Array(await compileKernels('steady')));
}, 60_000);

/** A picture with some structure, noise of this amplitude, and optionally a bright square. */
function frame(noise: number, seed: number, squareAt = -1): Uint8ClampedArray {
  let state = seed + 1;
  const random = (): number => (state = (1664525 * state + 1013904223) % 2 ** 32) / 2 ** 32;
  const pixels = new Uint8ClampedArray(4 * PIXELS);
  for (let i = 0; i < PIXELS; i++) {
    const x = i % SIZE.width;
    const y = Math.floor(i / SIZE.width);
    const inSquare = squareAt >= 0 && x >= squareAt && x < squareAt + 8 && y >= 8 && y < 16;
    for (let channel = 0; channel < 3; channel++) {
      const base = inSquare ? 240 : 60 + 2 * x + 20 * channel;
      pixels[4 * i + channel] = base + noise * (2 * random() - 1);
    }
    pixels[4 * i + 3] = 255;
  }
  return pixels;
}

function difference(a: Uint8ClampedArray, b: Uint8ClampedArray): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / (3 * PIXELS);
}

describe('TemporalStabiliser', () => {
  it('leaves the first frame and the first pastiche as they are', () => {
    const stabiliser = new TemporalStabiliser(SIZE, module);
    const first = frame(4, 0);
    const given = first.slice();
    stabiliser.takeFrame(given, 'scene');
    expect(given).toEqual(first);
    stabiliser.takePastiche(given);
    expect(given).toEqual(first);
  });

  it('takes most of the noise from what does not move', () => {
    const stabiliser = new TemporalStabiliser(SIZE, module);
    let before = new Uint8ClampedArray();
    let raw = new Uint8ClampedArray();
    const changes: [number, number][] = [];
    for (let i = 0; i < 30; i++) {
      const noisy = frame(5, 31 * i);
      const steady = noisy.slice();
      stabiliser.takeFrame(steady, 'scene');
      if (i > 10) changes.push([difference(noisy, raw), difference(steady, before)]);
      raw = noisy as typeof raw;
      before = steady;
    }
    const mean = (which: 0 | 1): number =>
      changes.reduce((sum, pair) => sum + pair[which], 0) / changes.length;
    expect(mean(1)).toBeLessThan(0.25 * mean(0));
  });

  it('lets what moves pass without a trail', () => {
    const stabiliser = new TemporalStabiliser(SIZE, module);
    for (let i = 0; i < 10; i++) {
      const given = frame(0, 0, 2 * i);
      const shown = given.slice();
      stabiliser.takeFrame(shown, 'scene');
      stabiliser.takePastiche(shown);
      expect(difference(shown, given)).toBeLessThan(0.6);
    }
  });

  it('lets a cut pass at once', () => {
    const stabiliser = new TemporalStabiliser(SIZE, module);
    for (let i = 0; i < 5; i++) stabiliser.takeFrame(frame(2, i), 'scene');
    const other = frame(0, 1).map((value, i) => (i % 4 === 3 ? value : 255 - value));
    const shown = other.slice();
    stabiliser.takeFrame(shown, 'scene');
    expect(difference(shown, other)).toBeLessThan(1);
  });

  it('takes the whole pastiche anew after a cut, where the frames are alike, too', () => {
    const size = { width: 64, height: 48 };
    const stabiliser = new TemporalStabiliser(size, module);
    // Both scenes have the same sky above.
    const scene = (ground: number): Uint8ClampedArray =>
      Uint8ClampedArray.from({ length: 4 * size.width * size.height }, (_, i) => {
        const y = Math.floor(i / 4 / size.width);
        return i % 4 === 3 ? 255 : y < 16 ? 200 : ground + 20 * Math.sin(i + y);
      });
    const paint = (ground: number, sky: number): Uint8ClampedArray => {
      stabiliser.takeFrame(scene(ground), 'scene');
      const pastiche = new Uint8ClampedArray(4 * size.width * size.height).fill(100);
      pastiche.fill(sky, 0, 4 * size.width * 16);
      stabiliser.takePastiche(pastiche);
      return pastiche;
    };
    for (let i = 0; i < 6; i++) paint(50, 120);
    const after = paint(150, 90);
    expect(after[0]).toBe(90);
    expect(after.at(-2)).toBe(100);
  });

  it('lets nothing stay behind what moves over a painting of its own', () => {
    const stabiliser = new TemporalStabiliser(SIZE, module);
    for (let i = 0; i < 10; i++) {
      const source = frame(0, 0, 2 * i);
      const painted = source.map((value, at) => (at % 4 === 3 ? value : 255 - value));
      const shown = painted.slice();
      stabiliser.takeFrame(source, 'scene');
      stabiliser.takePastiche(shown);
      const most = shown.reduce(
        (far, value, at) => Math.max(far, Math.abs(value - painted[at]!)),
        0,
      );
      expect(most).toBeLessThan(6);
    }
  });

  describe('follows', () => {
    const size = { width: 96, height: 64 };
    const count = size.width * size.height;

    /** An endless texture, and another one. */
    const texture = (x: number, y: number, which: number): number =>
      128 +
      40 * Math.sin(0.35 * x + 0.2 * y + which) +
      30 * Math.sin(0.13 * x - 0.41 * y + 2 * which) +
      25 * Math.sin(0.57 * x + 0.31 * y);

    const draw = (
      at: (x: number, y: number) => readonly [number, number, number],
    ): Uint8ClampedArray =>
      Uint8ClampedArray.from({ length: 4 * count }, (_, i) => {
        const pixel = Math.floor(i / 4);
        const place = at(pixel % size.width, Math.floor(pixel / size.width));
        return i % 4 === 3 ? 255 : texture(...place);
      });
    const zoom = (t: number): Uint8ClampedArray =>
      draw((x, y) => [48 + (x - 48) / 1.012 ** t, 32 + (y - 32) / 1.012 ** t, 0]);
    /** A disc that passes in front of something at rest. */
    const disc = (t: number): Uint8ClampedArray =>
      draw((x, y) => {
        const left = x - 30 - 1.4 * t;
        return Math.hypot(left, y - 32) < 22 ? [left, y, 3] : [x, y, 0];
      });

    it.each([
      ['a zoom', zoom],
      ['what goes by', disc],
    ])('%s: strokes that are new in every frame are merged', (_, frameAt) => {
      const stabiliser = new TemporalStabiliser(size, module);
      let state = 1;
      const random = (): number => (state = (1664525 * state + 1013904223) % 2 ** 32) / 2 ** 32;
      const away: number[] = [];
      for (let t = 0; t < 18; t++) {
        const source = frameAt(t);
        stabiliser.takeFrame(source.slice(), 'scene');
        const shown = source.map((value, i) => (i % 4 === 3 ? 255 : 0.5 * value + 60 * random()));
        stabiliser.takePastiche(shown);
        if (t < 8) continue;
        const plain = source.map((value, i) => (i % 4 === 3 ? 255 : 0.5 * value + 30));
        away.push(shown.reduce((sum, value, i) => sum + Math.abs(value - plain[i]!), 0));
      }
      const mean = away.reduce((sum, value) => sum + value, 0) / away.length / (3 * count);
      // Strokes that are not merged are 15 away.
      expect(mean).toBeLessThan(9);
    });

    it('what goes by, without a trail', () => {
      const stabiliser = new TemporalStabiliser(size, module);
      for (let t = 0; t < 18; t++) {
        const source = disc(t);
        const painted = source.map((value, i) => (i % 4 === 3 ? value : 255 - value));
        const shown = painted.slice();
        stabiliser.takeFrame(source, 'scene');
        stabiliser.takePastiche(shown);
        const sum = shown.reduce((all, value, i) => all + Math.abs(value - painted[i]!), 0);
        // The disc and what it hides are 60 apart.
        expect(sum / (3 * count)).toBeLessThan(6);
      }
    });
  });

  it('leaves everything as it is where it is not asked to steady', () => {
    const stabiliser = new TemporalStabiliser(SIZE, module);
    for (let i = 0; i < 4; i++) {
      const given = frame(5, 31 * i);
      const shown = given.slice();
      stabiliser.takeFrame(shown, i === 1 ? 'scene' : 'none');
      if (i !== 1) expect(shown).toEqual(given);
      stabiliser.takePastiche(shown);
      if (i !== 1) expect(shown).toEqual(given);
    }
  });

  it('keeps from flashing all the same', () => {
    const stabiliser = new TemporalStabiliser(SIZE, module);
    const means = [50, 200].map((value) => {
      stabiliser.takeFrame(frame(0, 0), 'none');
      const pastiche = new Uint8ClampedArray(4 * PIXELS).fill(value);
      stabiliser.takePastiche(pastiche);
      return pastiche[0]!;
    });
    expect(means[0]).toBe(50);
    expect(means[1]).toBeLessThan(80);
  });

  // Widths that fill no group of four, and pictures smaller than the neighbourhood.
  it.each([
    { width: 37, height: 11 },
    { width: 3, height: 2 },
    { width: 1, height: 1 },
  ])('gives a new frame the share that its neighbourhood asks for, $width×$height', (size) => {
    const { width, height } = size;
    const random = (seed: number): Uint8ClampedArray =>
      Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => {
        const noise = Math.abs(Math.sin(seed * 91.7 + i * 12.9898) * 43758.5453) % 1;
        // Still on the left, moving on the right.
        return 100 + ((i >> 2) % width > width / 2 ? 80 : 6) * noise;
      });
    const [before, now] = [random(1), random(2)];
    const stabiliser = new TemporalStabiliser(size, module);
    stabiliser.takeFrame(before.slice(), 'scene');
    const found = now.slice();
    stabiliser.takeFrame(found, 'scene');
    const clamp = (value: number, length: number): number =>
      Math.min(length - 1, Math.max(0, value));
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let dy = -2; dy <= 2; dy++) {
          for (let dx = -2; dx <= 2; dx++) {
            const at = 4 * (clamp(y + dy, height) * width + clamp(x + dx, width));
            for (let c = 0; c < 3; c++) sum += Math.abs(now[at + c]! - before[at + c]!);
          }
        }
        const moves = Math.min(1, Math.max(0, (sum / 25 - 14) / 28));
        const share = 0.12 + 0.88 * moves * moves * (3 - 2 * moves);
        const at = 4 * (y * width + x);
        for (let c = 0; c < 3; c++) {
          const expected = before[at + c]! + share * (now[at + c]! - before[at + c]!);
          expect(Math.abs(found[at + c]! - expected)).toBeLessThan(1.1);
        }
        expect(found[at + 3]).toBe(now[at + 3]);
      }
    }
  });

  it('leaves transparency alone', () => {
    const stabiliser = new TemporalStabiliser(SIZE, module);
    const pixels = frame(0, 0);
    pixels[3] = 7;
    stabiliser.takeFrame(pixels, 'scene');
    stabiliser.takePastiche(pixels);
    expect(pixels[3]).toBe(7);
  });
});

describe('TemporalStabilisers', () => {
  const look = 'look';

  it('remembers each stream, and begins anew with another size', () => {
    const stabilisers = new TemporalStabilisers(module);
    const first = stabilisers.of('a', SIZE, look);
    expect(stabilisers.of('a', SIZE, look)).toBe(first);
    expect(stabilisers.of('b', SIZE, look)).not.toBe(first);
    expect(stabilisers.of('a', { width: 8, height: 8 }, look)).not.toBe(first);
  });

  it('takes a pastiche of another style as it is', () => {
    const stabilisers = new TemporalStabilisers(module);
    const paint = (other: string, value: number): number => {
      const stabiliser = stabilisers.of('a', SIZE, other);
      stabiliser.takeFrame(frame(0, 0), 'scene');
      const pastiche = new Uint8ClampedArray(4 * PIXELS).fill(value);
      stabiliser.takePastiche(pastiche);
      return pastiche[0]!;
    };
    expect(paint(look, 100)).toBe(100);
    expect(paint(look, 200)).toBeLessThan(120);
    expect(paint('another', 200)).toBe(200);
  });

  it('forgets the streams that were used least recently', () => {
    const stabilisers = new TemporalStabilisers(module);
    const first = stabilisers.of('first', SIZE, look);
    for (let i = 0; i < 6; i++) stabilisers.of(String(i), SIZE, look);
    expect(stabilisers.of('first', SIZE, look)).not.toBe(first);
  });
});
