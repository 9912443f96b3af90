/**
 * Finds the subject of a picture, or the object at a point, without any download: as in GrabCut
 * (Rother, Kolmogorov and Blake 2004), two mixtures of colours are fitted in turn to the presumed
 * inside and outside. Instead of a graph cut, a guided filter makes neighbours agree; it is soft at
 * hair and leaves, and takes milliseconds. Pure.
 */
import { boxMean, guidedFilter } from './guided-filter';
import type { Mask, Point } from './mask';

/** A small picture. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** RGBA, not premultiplied. */
  readonly data: Uint8ClampedArray;
}

/** Side of the pictures to segment, in pixels: enough for shapes, and fast. */
export const SEGMENT_SIDE = 256;

/** Colours in each mixture. */
const COLOURS = 5;
const ROUNDS = 6;
/** How strongly neighbours agree, and within which fraction of the longest side. */
const AGREEMENT = 4;
const NEIGHBOURHOOD = 1 / 48;
/** Lightness variance within one surface. */
const SMOOTH_SURFACE = 2e-3;
/** Limit of a colour's log-odds: no colour alone decides. */
const MAX_EVIDENCE = 4;

/**
 * The subject: the part that differs from the picture's border and tends to be in its middle.
 * @param within Rectangle that the user has drawn around it; everything outside is outside.
 */
export function segmentSubject(picture: Picture, within?: readonly [Point, Point]): Mask {
  const { width, height } = picture;
  const [a, b] = within ?? [
    { x: 0, y: 0 },
    { x: width, y: height },
  ];
  const [left, right] = [Math.min(a.x, b.x), Math.max(a.x, b.x)];
  const [top, bottom] = [Math.min(a.y, b.y), Math.max(a.y, b.y)];
  // A rectangle is drawn tightly around the subject; without one, less is known.
  const [certainty, slope] = within ? [2, 3] : [1.3, 2.3];
  const prior = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = (2 * (x + 0.5 - left)) / (right - left) - 1;
      const v = (2 * (y + 0.5 - top)) / (bottom - top) - 1;
      const isWithin = Math.max(Math.abs(u), Math.abs(v)) < 1;
      // Without a rectangle, the subject is in the middle, or stands below it.
      const reach = within
        ? Math.max(Math.abs(u), Math.abs(v)) ** 4
        : u * u + (v > 0 ? 0.7 : 1) * v * v;
      prior[y * width + x] = isWithin ? certainty - slope * reach : -9;
    }
  }
  return segment(picture, prior, (parts) =>
    parts.filter(({ size }) => size > 0.15 * largest(parts)),
  );
}

/** Pixels farther from the point than this, by the colours on the way, belong to another object. */
const MAX_OBJECT_DISTANCE = 0.16;

/** The object at a point: all that can be reached from there without crossing strong edges. */
export function segmentObject(picture: Picture, place: Point): Mask {
  const { width, height } = picture;
  const x = Math.min(width - 1, Math.max(0, Math.floor(place.x)));
  const y = Math.min(height - 1, Math.max(0, Math.floor(place.y)));
  const distances = edgeDistances(picture, y * width + x);
  const prior = distances.map((distance) => 3 - 6 * Math.min(1, distance / MAX_OBJECT_DISTANCE));
  return segment(picture, prior, (parts) => parts.filter(({ has }) => has(y * width + x)));
}

function largest(parts: readonly Part[]): number {
  return Math.max(0, ...parts.map(({ size }) => size));
}

/** Connected pixels that are inside. */
interface Part {
  readonly size: number;
  has(at: number): boolean;
}

/**
 * @param prior Log-odds that a pixel is inside, regardless of its colour.
 * @param keep Selects the connected parts to keep.
 */
function segment(
  picture: Picture,
  prior: Float32Array,
  keep: (parts: readonly Part[]) => readonly Part[],
): Mask {
  const { width, height } = picture;
  const colours = coloursOf(picture);
  const guide = lightnessOf(picture);
  const reach = Math.max(2, Math.round(NEIGHBOURHOOD * Math.max(width, height)));
  let inside = prior.map(sigmoid);
  for (let round = 0; round < ROUNDS; round++) {
    const within = fitColours(colours, inside);
    const without = fitColours(
      colours,
      inside.map((share) => 1 - share),
    );
    const odds = prior.map((before, i) => {
      const evidence = logLikelihood(colours, i, within) - logLikelihood(colours, i, without);
      return before + Math.min(MAX_EVIDENCE, Math.max(-MAX_EVIDENCE, evidence));
    });
    for (let pass = 0; pass < 2; pass++) {
      const agreed = guidedFilter({ width, height, data: inside }, guide, reach, SMOOTH_SURFACE);
      inside = odds.map((value, i) => sigmoid(value + AGREEMENT * (2 * agreed[i]! - 1)));
    }
  }
  const data = new Uint8Array(inside.length);
  for (const part of keep(partsOf(inside, width))) {
    for (let i = 0; i < data.length; i++) {
      if (part.has(i)) data[i] = 255;
    }
  }
  fillHoles(data, width);
  // The sharp parts decide which pixels are inside, the shares how softly they end.
  for (let i = 0; i < data.length; i++) {
    if (data[i] === 255 && inside[i]! < 0.9) {
      data[i] = Math.round(255 * Math.min(1, inside[i]! / 0.9));
    }
  }
  return { width, height, data };
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/** Three numbers per pixel, in which equal steps are about equally visible. */
function coloursOf({ data }: Picture): Float32Array {
  const colours = new Float32Array((data.length / 4) * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    const [red, green, blue] = [data[from]! / 255, data[from + 1]! / 255, data[from + 2]! / 255];
    colours[to] = (red + green + blue) / 3;
    colours[to + 1] = red - green;
    colours[to + 2] = (red + green) / 2 - blue;
  }
  return colours;
}

/** Lightness of every pixel, 0..1. */
export function lightnessOf({ data }: Picture): Float32Array {
  return Float32Array.from(
    { length: data.length / 4 },
    (_, i) => (0.3 * data[4 * i]! + 0.59 * data[4 * i + 1]! + 0.11 * data[4 * i + 2]!) / 255,
  );
}

/** One colour of a mixture: a ball of Gaussian density. */
interface Colour {
  readonly mean: readonly [number, number, number];
  readonly variance: number;
  readonly share: number;
}

const MIN_VARIANCE = 4e-4;

/** A mixture of colours fitted to weighted pixels by a few rounds of k-means. */
function fitColours(colours: Float32Array, weights: Float32Array): Colour[] {
  const count = weights.length;
  let means = Array.from({ length: COLOURS }, (_, k) => {
    // Weighted quantiles of lightness would need a sort; evenly spread pixels serve as well.
    const start = heaviestNear(weights, Math.floor(((k + 0.5) / COLOURS) * count));
    return [0, 1, 2].map((channel) => colours[3 * start + channel]!);
  });
  let fitted: Colour[] = [];
  for (let round = 0; round < 4; round++) {
    const sums = means.map(() => ({ weight: 1e-6, colour: [0, 0, 0], square: 0 }));
    for (let i = 0; i < count; i++) {
      const weight = weights[i]!;
      if (weight < 0.02) continue;
      let nearest = 0;
      let least = Infinity;
      for (const [k, mean] of means.entries()) {
        const distance = squaredDistance(colours, i, mean);
        if (distance < least) [nearest, least] = [k, distance];
      }
      const sum = sums[nearest]!;
      sum.weight += weight;
      sum.square += weight * least;
      for (let c = 0; c < 3; c++) sum.colour[c]! += weight * colours[3 * i + c]!;
    }
    const total = sums.reduce((all, { weight }) => all + weight, 0);
    means = sums.map(({ weight, colour }) => colour.map((value) => value / weight));
    fitted = sums.map(({ weight, square }, k) => ({
      mean: means[k] as [number, number, number],
      variance: Math.max(MIN_VARIANCE, square / weight / 3),
      share: weight / total,
    }));
  }
  return fitted;
}

function heaviestNear(weights: Float32Array, place: number): number {
  const reach = Math.floor(weights.length / (2 * COLOURS));
  let best = place;
  for (let i = place - reach; i <= place + reach; i += 7) {
    if ((weights[i] ?? 0) > weights[best]!) best = i;
  }
  return best;
}

function squaredDistance(colours: Float32Array, i: number, mean: readonly number[]): number {
  const a = colours[3 * i]! - mean[0]!;
  const b = colours[3 * i + 1]! - mean[1]!;
  const c = colours[3 * i + 2]! - mean[2]!;
  return a * a + b * b + c * c;
}

function logLikelihood(colours: Float32Array, i: number, mixture: readonly Colour[]): number {
  let likelihood = 1e-9;
  for (const { mean, variance, share } of mixture) {
    const distance = squaredDistance(colours, i, mean) / variance;
    likelihood += (share * Math.exp(-distance / 2)) / variance ** 1.5;
  }
  return Math.log(likelihood);
}

/** The connected parts of the pixels more likely inside, the largest first. */
function partsOf(inside: Float32Array, width: number): Part[] {
  const labels = new Int32Array(inside.length);
  const sizes: number[] = [];
  for (let start = 0; start < inside.length; start++) {
    if (inside[start]! < 0.5 || labels[start] !== 0) continue;
    const label = sizes.length + 1;
    sizes.push(
      flood(start, width, inside.length, (at) => {
        if (inside[at]! < 0.5 || labels[at] !== 0) return false;
        labels[at] = label;
        return true;
      }),
    );
  }
  return sizes
    .map((size, i) => ({ size, has: (at: number) => labels[at] === i + 1 }))
    .sort((a, b) => b.size - a.size);
}

/** Makes inside whatever is outside but not connected to the border. */
function fillHoles(data: Uint8Array, width: number): void {
  const height = data.length / width;
  const outside = new Uint8Array(data.length);
  const enter = (at: number): boolean => {
    if (data[at] !== 0 || outside[at] === 1) return false;
    outside[at] = 1;
    return true;
  };
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    if (x === 0 || y === 0 || x === width - 1 || y === height - 1) {
      flood(i, width, data.length, enter);
    }
  }
  for (let i = 0; i < data.length; i++) if (outside[i] === 0) data[i] = 255;
}

/** Visits connected pixels; returns how many of them `enter` accepted. */
function flood(
  start: number,
  width: number,
  length: number,
  enter: (at: number) => boolean,
): number {
  if (!enter(start)) return 0;
  const waiting = [start];
  let size = 0;
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    size += 1;
    const x = at % width;
    if (x > 0 && enter(at - 1)) waiting.push(at - 1);
    if (x < width - 1 && enter(at + 1)) waiting.push(at + 1);
    if (at >= width && enter(at - width)) waiting.push(at - width);
    if (at + width < length && enter(at + width)) waiting.push(at + width);
  }
  return size;
}

/** Cost of crossing the whole picture: small enough that all of an object is within reach. */
const STEP = 0.08;

/** Radius, in pixels, over which colours are averaged: noise is no edge. */
const BLUR = 1;

/** Distance of every pixel from a point, by the colours crossed on the cheapest path. */
function edgeDistances(picture: Picture, start: number): Float32Array {
  const { width, height } = picture;
  const colours = blurred(coloursOf(picture), width, height);
  const step = STEP / Math.max(width, height);
  const noise = medianChange(colours, width);
  const distances = new Float32Array(width * height).fill(Infinity);
  distances[start] = 0;
  const relax = (at: number, from: number): void => {
    const change = Math.max(0, changeBetween(colours, at, from) - 2 * noise);
    distances[at] = Math.min(distances[at]!, distances[from]! + step + change);
  };
  // Sweeps in alternating directions converge like Dijkstra's algorithm, without a queue.
  for (let sweep = 0; sweep < 8; sweep++) {
    const back = sweep % 2 === 0 ? -1 : 1;
    for (let n = 0; n < distances.length; n++) {
      const at = back === -1 ? n : distances.length - 1 - n;
      const x = at % width;
      if (x + back >= 0 && x + back < width) relax(at, at + back);
      const across = at + back * width;
      if (across >= 0 && across < distances.length) relax(at, across);
      if (x - back >= 0 && x - back < width) relax(at, at - back);
    }
  }
  return distances;
}

function changeBetween(colours: Float32Array, a: number, b: number): number {
  const mean = [colours[3 * b]!, colours[3 * b + 1]!, colours[3 * b + 2]!];
  return Math.sqrt(squaredDistance(colours, a, mean));
}

function medianChange(colours: Float32Array, width: number): number {
  const pixels = colours.length / 3;
  const changes = Array.from({ length: pixels }, (_, at) =>
    at % width === 0 ? 0 : changeBetween(colours, at, at - 1),
  ).sort((a, b) => a - b);
  return changes[Math.floor(pixels / 2)] ?? 0;
}

function blurred(colours: Float32Array, width: number, height: number): Float32Array {
  const means = new Float32Array(colours.length);
  for (let channel = 0; channel < 3; channel++) {
    const data = Float32Array.from(
      { length: width * height },
      (_, at) => colours[3 * at + channel]!,
    );
    for (const [at, mean] of boxMean({ width, height, data }, BLUR).entries()) {
      means[3 * at + channel] = mean;
    }
  }
  return means;
}

/**
 * A mask resized along the edges of a picture.
 * @param picture Of the new size.
 */
export function alongEdges(mask: Mask, picture: Picture): Mask {
  const { width, height } = picture;
  const enlarged = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      enlarged[y * width + x] = sampled(mask, x, y, width, height) / 255;
    }
  }
  const reach = Math.max(
    1,
    Math.round((4 * Math.max(width, height)) / Math.max(mask.width, mask.height)),
  );
  const fitted = guidedFilter({ width, height, data: enlarged }, lightnessOf(picture), reach, 1e-3);
  // The filter leaves a haze far from edges: values near 0 and 1 are rounded to them.
  const clean = (value: number): number => Math.min(1, Math.max(0, (value - 0.1) / 0.8));
  return {
    width,
    height,
    data: Uint8Array.from(fitted, (value) => Math.round(255 * clean(value))),
  };
}

/** Bilinear interpolation. */
function sampled(mask: Mask, x: number, y: number, width: number, height: number): number {
  const u = Math.min(mask.width - 1, Math.max(0, ((x + 0.5) / width) * mask.width - 0.5));
  const v = Math.min(mask.height - 1, Math.max(0, ((y + 0.5) / height) * mask.height - 0.5));
  const [left, top] = [Math.floor(u), Math.floor(v)];
  const right = Math.min(mask.width - 1, left + 1);
  const bottom = Math.min(mask.height - 1, top + 1);
  const at = (column: number, row: number): number => mask.data[row * mask.width + column]!;
  const above = at(left, top) + (u - left) * (at(right, top) - at(left, top));
  const below = at(left, bottom) + (u - left) * (at(right, bottom) - at(left, bottom));
  return above + (v - top) * (below - above);
}
