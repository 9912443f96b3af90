import { readFileSync } from 'node:fs';

import * as ort from 'onnxruntime-web';
import { beforeAll, describe, expect, it } from 'vitest';

import { compileKernels } from '../../scripts/kernels.mjs';
import {
  anchoredSize,
  GridAnchor,
  placeFrame,
  takeOutFrame,
} from '../../src/engine/worker/stabiliser/grid-anchor';
import { paddedSize, reflectedIndex, type Size } from '../../src/core/geometry';
import { SceneFollower, type Shift } from '../../src/engine/worker/stabiliser/scene-shift';
import { TemporalStabiliser } from '../../src/engine/worker/stabiliser/stabiliser';
import { pixelsToTensor, tensorLength, tensorOntoPixels } from '../../src/engine/worker/tensor';
import { STYLE_DIM } from '../../src/core/style/style';

const SIZE = { width: 160, height: 96 };

let module: WebAssembly.Module;

beforeAll(async () => {
  module = await WebAssembly.compile(new Uint8Array(await compileKernels('steady')));
}, 60_000);

/** A landscape of soft waves without repetition nearby, 0..255. */
function landscape(x: number, y: number): number {
  const slow = Math.sin(x / 17 + Math.sin(y / 23)) + Math.sin(y / 13 - Math.cos(x / 31));
  return 128 + 30 * slow + 25 * Math.sin(x / 4.1 + y / 9.3) + 20 * Math.cos(y / 3.7 - x / 11);
}

/** Pseudorandom numbers in 0..1, the same in every run. */
let state = 1;
function random(): number {
  state = (1664525 * state + 1013904223) % 2 ** 32;
  return state / 2 ** 32;
}

/** A camera's frame of a scene at (x, y), with noise of this amplitude. */
function seen(
  x: number,
  y: number,
  noise = 0,
  scene = landscape,
  { width, height } = SIZE,
): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at += 4) {
      const value = scene(column - x, row - y) + noise * (2 * random() - 1);
      pixels[at] = pixels[at + 1] = pixels[at + 2] = value;
    }
  }
  return pixels;
}

describe('SceneFollower', () => {
  it.each([
    [3, 0],
    [-5, 2],
    [0.4, -0.3],
    [17, -11],
    [1.5, 1.5],
  ])('follows a camera that pans by (%d, %d) a frame, within a quarter of a pixel', (x, y) => {
    const follower = new SceneFollower(SIZE, module);
    expect(follower.take(seen(0, 0, 3))).toBeNull();
    let before = { x: 0, y: 0 };
    for (let frame = 1; frame <= 20; frame++) {
      const place = follower.take(seen(frame * x, frame * y, 3))!;
      expect(Math.abs(place.x - before.x - x)).toBeLessThan(0.25);
      expect(Math.abs(place.y - before.y - y)).toBeLessThan(0.25);
      before = place;
    }
  });

  it.each([
    [157, 91],
    [33, 35],
  ])('follows in a frame of %d × %d', (width, height) => {
    const size = { width, height };
    const follower = new SceneFollower(size, module);
    follower.take(seen(0, 0, 1, landscape, size));
    const place = follower.take(seen(2, 1, 1, landscape, size))!;
    expect(Math.abs(place.x - 2)).toBeLessThan(0.25);
    expect(Math.abs(place.y - 1)).toBeLessThan(0.25);
  });

  it('does not follow in a tiny frame', () => {
    const size = { width: 18, height: 35 };
    const follower = new SceneFollower(size, module);
    follower.take(seen(0, 0, 1, landscape, size));
    expect(follower.take(seen(2, 1, 1, landscape, size))).toEqual({ x: 0, y: 0 });
  });

  it('does not drift where nothing moves but noise', () => {
    const follower = new SceneFollower(SIZE, module);
    follower.take(seen(0, 0, 8));
    for (let frame = 0; frame < 100; frame++) {
      const place = follower.take(seen(0, 0, 8));
      expect(Math.hypot(place!.x, place!.y)).toBeLessThan(0.3);
    }
  });

  it('stays with the scene while something crosses it', () => {
    const follower = new SceneFollower(SIZE, module);
    for (let frame = 0; frame < 20; frame++) {
      const passing = (x: number, y: number): number =>
        Math.abs(x - 6 * frame) < 15 && y > 30 ? 240 : landscape(x, y);
      const place = follower.take(seen(0, 0, 2, passing));
      if (frame > 0) expect(Math.hypot(place!.x, place!.y)).toBeLessThan(0.5);
    }
  });

  it('takes stripes for still along themselves', () => {
    const stripes = (_: number, y: number): number => 128 + 90 * Math.sin(y / 5);
    const follower = new SceneFollower(SIZE, module);
    follower.take(seen(0, 0, 3, stripes));
    for (let frame = 1; frame < 10; frame++) {
      const place = follower.take(seen(0, 2 * frame, 3, stripes));
      expect(Math.abs(place!.x)).toBeLessThan(0.5);
      expect(Math.abs(place!.y - 2 * frame)).toBeLessThan(0.5);
    }
  });

  it('stays where a plain picture shows nothing that could move', () => {
    const follower = new SceneFollower(SIZE, module);
    follower.take(seen(0, 0, 0, () => 90));
    expect(follower.take(seen(5, 5, 0, () => 90))).toEqual({ x: 0, y: 0 });
  });

  it('begins anew at a cut', () => {
    const follower = new SceneFollower(SIZE, module);
    follower.take(seen(0, 0));
    follower.take(seen(4, 0));
    const other = (x: number, y: number): number => (Math.sin(x * y) > 0 ? 250 : 5);
    expect(follower.take(seen(0, 0, 0, other))).toBeNull();
    expect(follower.take(seen(0, 0, 0, other))).toEqual({ x: 0, y: 0 });
  });
});

describe('GridAnchor', () => {
  it('keeps the scene at its place in squares of 8 pixels', () => {
    const anchor = new GridAnchor(SIZE, module);
    for (let frame = 0; frame < 40; frame++) {
      const offset = anchor.take(seen(3 * frame, -frame, 2)).offset;
      expect((3 * frame + offset.x) % 8).toBe(0);
      expect(Math.abs((-frame + offset.y) % 8)).toBe(0);
    }
  });

  it('does not move to and fro where the scene lies between two pixels', () => {
    const anchor = new GridAnchor(SIZE, module);
    anchor.take(seen(0, 0, 3));
    const offsets = new Set<string>();
    for (let frame = 0; frame < 60; frame++) {
      offsets.add(JSON.stringify(anchor.take(seen(0.5, 0, 3)).offset));
    }
    expect(offsets.size).toBe(1);
  });

  it('moves nothing until something has moved, nor after a cut', () => {
    const anchor = new GridAnchor(SIZE, module);
    const none = { x: 0, y: 0 };
    const still = { offset: none, moved: none, fraction: none, measured: none };
    for (let frame = 0; frame < 10; frame++) {
      expect(anchor.take(seen(0, 0, 5))).toEqual({ ...still, isFirst: frame === 0 });
    }
    expect(anchor.take(seen(8, 0, 5))).toMatchObject({ offset: none, moved: { x: 8, y: 0 } });
    const other = (x: number, y: number): number => (Math.sin(x * y) > 0 ? 250 : 5);
    expect(anchor.take(seen(0, 0, 0, other))).toEqual({ ...still, isFirst: true });
  });

  it.each([
    [0.64, 0],
    [0.2, -0.35],
    [-1.3, 0.7],
  ])('follows a scene that moves by (%d, %d) a frame, pixel by fraction', (x, y) => {
    const anchor = new GridAnchor(SIZE, module);
    const held = { x: 0, y: 0 };
    let before: Shift | null = null;
    for (let frame = 0; frame < 50; frame++) {
      const { moved, fraction } = anchor.take(seen(x * frame, y * frame, 2));
      held.x += moved.x;
      held.y += moved.y;
      expect(Math.max(Math.abs(fraction.x), Math.abs(fraction.y))).toBeLessThan(1);
      const place = { x: held.x + fraction.x, y: held.y + fraction.y };
      // It takes some frames to tell movement from noise.
      if (before && frame > 15) {
        expect(Math.abs(place.x - before.x - x)).toBeLessThan(0.3);
        expect(Math.abs(place.y - before.y - y)).toBeLessThan(0.3);
      }
      before = place;
    }
  });

  it('stands where something crosses a scene that stands', () => {
    const anchor = new GridAnchor(SIZE, module);
    for (let frame = 0; frame < 20; frame++) {
      const passing = (x: number, y: number): number =>
        Math.abs(x - 6 * frame) < 15 && y > 30 ? 240 : landscape(x, y);
      const { fraction, moved } = anchor.take(seen(0, 0, 2, passing));
      expect(moved).toEqual({ x: 0, y: 0 });
      expect(Math.hypot(fraction.x, fraction.y)).toBeLessThan(0.1);
    }
  });

  it('places a frame, reflects it outwards and takes it out again', () => {
    const frame = seen(0, 0, 20);
    const { width, height } = anchoredSize(SIZE);
    const anchored = new Uint8ClampedArray(4 * width * height);
    const offset = { x: 3, y: 6 };
    placeFrame(frame, SIZE, offset, anchored);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const column = reflectedIndex(x - offset.x, SIZE.width);
        const row = reflectedIndex(y - offset.y, SIZE.height);
        expect(anchored[4 * (y * width + x)]).toBe(frame[4 * (row * SIZE.width + column)]);
      }
    }
    const out = new Uint8ClampedArray(frame.length);
    takeOutFrame(anchored, SIZE, offset, out);
    expect(out).toEqual(frame);
  });
});

describe('TemporalStabiliser', () => {
  /** Mean error of frames of a camera that pans, against those without noise. */
  function noiseLeft(care: 'none' | 'screen' | 'scene'): number {
    const stabiliser = new TemporalStabiliser(SIZE, module);
    let sum = 0;
    for (let frame = 0; frame < 30; frame++) {
      const pixels = seen(2 * frame, frame, 5);
      stabiliser.takeFrame(pixels, care);
      if (frame < 15) continue;
      const clean = seen(2 * frame, frame);
      sum += pixels.reduce((all, value, i) => all + Math.abs(value - clean[i]!), 0);
    }
    return sum / (15 * 3 * SIZE.width * SIZE.height);
  }

  it('takes most of the noise from a scene that a camera pans over', () => {
    const left = noiseLeft('scene');
    expect(left).toBeLessThan(0.5 * noiseLeft('none'));
    expect(left).toBeLessThan(0.5 * noiseLeft('screen'));
  });

  it('shows a scene that moves by fractions of a pixel as one that lies on whole pixels', () => {
    const stabiliser = new TemporalStabiliser(SIZE, module);
    const place = { x: 0, y: 0 };
    for (let frame = 0; frame < 40; frame++) {
      const [x, y] = [0.64 * frame, -0.3 * frame];
      const pixels = seen(x, y, 2);
      const placed = stabiliser.takeFrame(pixels, 'scene')!;
      if (frame < 20) continue;
      place.x = x - placed.fraction.x;
      place.y = y - placed.fraction.y;
      const wanted = seen(Math.round(place.x), Math.round(place.y));
      let sum = 0;
      for (let row = 8; row < SIZE.height - 8; row++) {
        for (let column = 8; column < SIZE.width - 8; column++) {
          const at = 4 * (row * SIZE.width + column);
          sum += Math.abs(pixels[at]! - wanted[at]!);
        }
      }
      expect(sum / ((SIZE.width - 16) * (SIZE.height - 16))).toBeLessThan(4);
    }
  });
});

describe('the live network on a scene that moves', () => {
  let session: ort.InferenceSession;
  let vector: Float32Array;

  beforeAll(async () => {
    const { styles } = JSON.parse(readFileSync('models/styles.json', 'utf8')) as {
      styles: { vector: number[] }[];
    };
    vector = Float32Array.from(styles[0]!.vector);
    session = await ort.InferenceSession.create(readFileSync('models/pastiche-live.onnx'));
  });

  async function paint(pixels: Uint8ClampedArray, size: Size): Promise<Uint8ClampedArray> {
    const padded = paddedSize(size);
    const content = new Float32Array(tensorLength(padded));
    pixelsToTensor(pixels, size, padded, null, content);
    const { pastiche } = await session.run({
      content: new ort.Tensor(content, [1, 3, padded.height, padded.width]),
      style: new ort.Tensor(vector, [1, STYLE_DIM, 1, 1]),
    });
    const painted = pixels.slice();
    const plain = { strength: 1, keepColours: false };
    tensorOntoPixels(pastiche!.data as Float32Array, padded, size, plain, painted);
    return painted;
  }

  /** Mean change between corresponding points of two pastiches, away from the edges. */
  function change(before: Uint8ClampedArray, now: Uint8ClampedArray, x: number, y: number): number {
    let sum = 0;
    let count = 0;
    for (let row = 24; row < SIZE.height - 24; row++) {
      for (let at = row * SIZE.width + 24; at < (row + 1) * SIZE.width - 24; at++, count++) {
        sum += Math.abs(now[4 * at]! - before[4 * (at - y * SIZE.width - x)]!);
      }
    }
    return sum / count;
  }

  it('paints the same strokes where it is anchored, and others where not', async () => {
    const [first, second] = [seen(0, 0, 4), seen(3, 1, 4)];
    const anchor = new GridAnchor(SIZE, module);
    const { width, height } = anchoredSize(SIZE);
    const anchored = async (frame: Uint8ClampedArray): Promise<Uint8ClampedArray> => {
      const { offset } = anchor.take(frame);
      const placed = new Uint8ClampedArray(4 * width * height);
      placeFrame(frame, SIZE, offset, placed);
      const painted = frame.slice();
      takeOutFrame(await paint(placed, { width, height }), SIZE, offset, painted);
      return painted;
    };
    const before = await anchored(first);
    const steady = await anchored(second);
    const plain = await paint(second, SIZE);
    expect(change(before, steady, 3, 1)).toBeLessThan(0.5 * change(before, plain, 3, 1));
  });

  it('paints no dots along the right edge, wherever the frame lies', async () => {
    const size = { width: 240, height: 136 };
    const frame = seen(0, 0, 3, landscape, size);
    const { width, height } = anchoredSize(size);
    for (const offset of [
      { x: 0, y: 0 },
      { x: 7, y: 3 },
    ]) {
      const placed = new Uint8ClampedArray(4 * width * height);
      placeFrame(frame, size, offset, placed);
      const painted = frame.slice();
      takeOutFrame(await paint(placed, { width, height }), size, offset, painted);
      const inside = Math.max(...[40, 60, 80, 100, 120].map((x) => roughness(painted, size, x)));
      for (let x = size.width - 12; x < size.width; x++) {
        expect(roughness(painted, size, x), `column ${x}`).toBeLessThan(1.6 * inside);
      }
    }
  });

  /** Mean second difference along a column, which is large where dots are below each other. */
  function roughness(pixels: Uint8ClampedArray, { width, height }: Size, x: number): number {
    const at = (y: number): number => pixels[4 * (y * width + x)]!;
    let sum = 0;
    for (let y = 1; y < height - 1; y++) sum += Math.abs(2 * at(y) - at(y - 1) - at(y + 1));
    return sum / (height - 2);
  }
});
