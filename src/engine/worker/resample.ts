/** Resizes pictures by a separable cubic filter (Catmull-Rom), widened for reduction. */
import type { Size } from '../../core/geometry';

/** One channel of a picture in an array: bytes of RGBA, or a plane of a tensor. */
export interface Channel extends Size {
  readonly data: Float32Array | Uint8ClampedArray;
  /** Index of the first pixel. */
  readonly offset: number;
  /** Distance between neighbours in a row, in indices. */
  readonly step: number;
  /** Distance between rows, in indices. */
  readonly stride: number;
}

/** The taps of each output position: first index, number, and weights. */
interface Taps {
  readonly first: Int32Array;
  readonly most: number;
  /** `most` weights per position, zero beyond the number of taps. They sum to 1. */
  readonly weights: Float64Array;
}

/**
 * Resizes one channel. Pixels are areas: the outer edges of both sizes coincide. Bytes are rounded
 * and clamped; floats are not, and may overshoot.
 */
export function resample(from: Channel, to: Channel): void {
  const columns = tapsOf(from.width, to.width);
  const rows = tapsOf(from.height, to.height);
  const narrow = new Float32Array(to.width * from.height);
  for (let y = 0; y < from.height; y++) {
    const row = from.offset + y * from.stride;
    for (let x = 0; x < to.width; x++) {
      let at = row + columns.first[x]! * from.step;
      let sum = 0;
      for (let i = x * columns.most, end = i + columns.most; i < end; i++, at += from.step) {
        const weight = columns.weights[i]!;
        if (weight !== 0) sum += weight * from.data[at]!;
      }
      narrow[y * to.width + x] = sum;
    }
  }
  const line = new Float64Array(to.width);
  for (let y = 0; y < to.height; y++) {
    line.fill(0);
    for (let tap = 0; tap < rows.most; tap++) {
      const weight = rows.weights[y * rows.most + tap]!;
      if (weight === 0) continue;
      const row = (rows.first[y]! + tap) * to.width;
      for (let x = 0; x < to.width; x++) line[x]! += weight * narrow[row + x]!;
    }
    let at = to.offset + y * to.stride;
    for (let x = 0; x < to.width; x++, at += to.step) to.data[at] = line[x]!;
  }
}

/** Resizes an RGBA picture; the result is opaque, as the network's content is. */
export function resamplePixels(pixels: Uint8ClampedArray, from: Size, to: Size): Uint8ClampedArray {
  const resampled = new Uint8ClampedArray(4 * to.width * to.height).fill(255);
  for (let channel = 0; channel < 3; channel++) {
    resample(bytesOf(pixels, from, channel), bytesOf(resampled, to, channel));
  }
  return resampled;
}

/** One channel of RGBA bytes: 0 for red … 3 for alpha. */
export function bytesOf(data: Uint8ClampedArray, size: Size, channel: number): Channel {
  return { ...size, data, offset: channel, step: 4, stride: 4 * size.width };
}

function tapsOf(from: number, to: number): Taps {
  const scale = from / to;
  const width = Math.max(1, scale);
  const most = Math.min(from, Math.ceil(4 * width) + 1);
  const first = new Int32Array(to);
  const weights = new Float64Array(to * most);
  for (let place = 0; place < to; place++) {
    const centre = (place + 0.5) * scale - 0.5;
    const start = Math.min(Math.max(Math.ceil(centre - 2 * width), 0), from - most);
    first[place] = start;
    let sum = 0;
    for (let i = 0; i < most; i++) {
      const weight = cubic(Math.abs(start + i - centre) / width);
      weights[place * most + i] = weight;
      sum += weight;
    }
    for (let i = 0; i < most; i++) weights[place * most + i]! /= sum;
  }
  return { first, most, weights };
}

/** The Catmull-Rom kernel. */
function cubic(distance: number): number {
  if (distance >= 2) return 0;
  const square = distance * distance;
  return distance < 1
    ? 1.5 * square * distance - 2.5 * square + 1
    : -0.5 * square * distance + 2.5 * square - 4 * distance + 2;
}
