import { describe, expect, it } from 'vitest';

import { paddedSize, reflectedIndex, type Size } from '../../src/core/geometry';
import { GRAIN_SIDE, grainTile, type GrainOrigin } from '../../src/engine/worker/grain';
import { pixelsToTensor, tensorLength, tensorOntoPixels } from '../../src/engine/worker/tensor';

const SIZES: Size[] = [
  { width: 1, height: 1 },
  { width: 2, height: 5 },
  { width: 16, height: 8 },
  { width: 37, height: 21 },
];

const WHOLLY = { strength: 1, keepColours: false };

/** The same noise every time. */
function picture({ width, height }: Size): Uint8ClampedArray {
  let state = 7;
  return Uint8ClampedArray.from({ length: 4 * width * height }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state >> 16;
  });
}

function tensorOf(
  pixels: Uint8ClampedArray,
  size: Size,
  grain: GrainOrigin | null = null,
): Float32Array {
  const padded = paddedSize(size);
  // Longer than needed and full of rubbish, as a buffer used before is.
  const tensor = new Float32Array(tensorLength(padded) + 5).fill(-9);
  pixelsToTensor(pixels, size, padded, grain, tensor);
  return tensor;
}

describe.each(SIZES)('a picture of $width×$height', (size) => {
  const padded = paddedSize(size);
  const original = picture(size);

  it('is written plane by plane, reflected outwards', () => {
    const tensor = tensorOf(original, size);
    for (let channel = 0; channel < 3; channel++) {
      for (let y = 0; y < padded.height; y++) {
        for (let x = 0; x < padded.width; x++) {
          const column = reflectedIndex(x, size.width);
          const row = reflectedIndex(y, size.height);
          const byte = original[4 * (row * size.width + column) + channel]!;
          const value = tensor[(channel * padded.height + y) * padded.width + x];
          expect(value).toBe(Math.fround(byte / 255));
        }
      }
    }
    expect([...tensor.slice(tensorLength(padded))]).toEqual([-9, -9, -9, -9, -9]);
  });

  it('comes back unchanged from a network that changes nothing', () => {
    const pixels = original.slice();
    const tensor = tensorOf(original, size);
    tensorOntoPixels(tensor, padded, size, WHOLLY, pixels);
    expect(pixels).toEqual(original);
  });

  it('keeps its alpha, and is blended by the strength', () => {
    const inverse = tensorOf(original, size).map((value) => 1 - value);
    for (const strength of [0, 0.25, 0.5, 1]) {
      const pixels = original.slice();
      tensorOntoPixels(inverse, padded, size, { strength, keepColours: false }, pixels);
      for (let i = 0; i < pixels.length; i++) {
        const byte = original[i]!;
        const blended = (1 - strength) * byte + strength * (255 - byte);
        if (i % 4 === 3) expect(pixels[i]).toBe(byte);
        else expect(Math.abs(pixels[i]! - blended)).toBeLessThanOrEqual(0.5001);
      }
    }
  });
});

it('gives a picture the grain of its place, and clamps', () => {
  const size = { width: 16, height: 16 };
  const original = picture(size);
  const tensor = tensorOf(original, size, { x: 250, y: 511 });
  const tile = grainTile();
  for (let y = 0; y < 16; y++) {
    for (let x = 0; x < 16; x++) {
      const grain = tile[((y + 511) % GRAIN_SIDE) * GRAIN_SIDE + ((x + 250) % GRAIN_SIDE)]!;
      const byte = Math.min(255, Math.max(0, original[4 * (16 * y + x) + 1]! + grain));
      expect(tensor[16 * 16 + 16 * y + x]).toBe(Math.fround(byte / 255));
    }
  }
});

it('clamps what the network paints beyond black and white', () => {
  const size = { width: 1, height: 1 };
  const padded = paddedSize(size);
  const plane = padded.width * padded.height;
  const tensor = new Float32Array(3 * plane);
  tensor.fill(1.7, 0, plane);
  tensor.fill(-0.3, plane, 2 * plane);
  tensor.fill(NaN, 2 * plane);
  const pixels = new Uint8ClampedArray([10, 20, 30, 40]);
  tensorOntoPixels(tensor, padded, size, WHOLLY, pixels);
  expect([...pixels]).toEqual([255, 0, 0, 40]);
});
