/** The part of tiles.mjs in a page of the extension: pictures painted in tiles, and in one piece. */
import { EngineClient } from '../../src/engine/client/engine-client';
import { paintFullSize } from '../../src/engine/client/full-size';
import type { Size } from '../../src/core/geometry';
import { TILING, tilesOf } from '../../src/engine/client/tiles';
import { PasticheError } from '../../src/protocol/errors';
import { DEFAULT_RENDER_OPTIONS } from '../../src/core/style/render-options';

/** Difference between a pastiche in tiles and one in one piece, in 1/255 a channel. */
interface Seams {
  readonly mean: number;
  readonly most: number;
  /** Mean away from the borders. */
  readonly elsewhere: number;
  /** Change from pixel to pixel across the borders, relative to that of the one piece. */
  readonly steepness: number;
}

const recipe = { mix: { 'starry-night': 1 }, manner: DEFAULT_RENDER_OPTIONS };

const engine = new EngineClient();
let content = new OffscreenCanvas(1, 1);
let tiled = new Uint8ClampedArray(0);
let whole = new Uint8ClampedArray(0);

/** Makes a picture with large and small forms: one drawing enlarged, another one repeated. */
async function prepare(size: Size, large: string, small: string): Promise<void> {
  content = new OffscreenCanvas(size.width, size.height);
  const context = contextOf(content);
  const [all, part] = await Promise.all([large, small].map(imageOf));
  context.drawImage(all!, 0, 0, size.width, size.height);
  context.globalAlpha = 0.35;
  context.fillStyle = context.createPattern(part!, 'repeat')!;
  context.fillRect(0, 0, size.width, size.height);
}

/** Paints in tiles; returns the number of calls of onProgress. */
async function paintTiles(): Promise<number> {
  let reports = 0;
  const { signal } = new AbortController();
  const request = { image: content, size: content, recipe };
  tiled = new Uint8ClampedArray(4 * content.width * content.height);
  await paintFullSize(
    engine,
    request,
    signal,
    ({ pixels, top }) => tiled.set(pixels, 4 * content.width * top),
    () => (reports += 1),
  );
  return reports;
}

/** Paints in one piece. */
async function paintWhole(): Promise<void> {
  const { width, height } = content;
  const pixels = pixelsOf(content);
  const request = { ...recipe, width, height, pixels, priority: 'refine', file: false } as const;
  whole = (await engine.restyle(request, new AbortController().signal)).pixels;
}

/** Starts to paint in tiles, and cancels; returns the milliseconds until it has ended. */
async function cancelTiles(after: number): Promise<number> {
  const abort = new AbortController();
  const request = { image: content, size: content, recipe };
  const painting = paintFullSize(
    engine,
    request,
    abort.signal,
    () => undefined,
    () => undefined,
  );
  await new Promise((resolve) => setTimeout(resolve, after));
  const began = performance.now();
  abort.abort(new PasticheError('cancelled'));
  await painting.catch(() => undefined);
  return performance.now() - began;
}

function compare(): Seams {
  const { width, height } = content;
  const [columns, rows] = [bordersOf('x', content), bordersOf('y', content)];
  const sums = { border: 0, borders: 0, rest: 0, rests: 0, most: 0, tiled: 0, whole: 0 };
  for (let y = 1; y < height; y++) {
    for (let x = 1; x < width; x++) {
      const [acrossX, acrossY] = [columns.has(x), rows.has(y)];
      const isBorder = acrossX || acrossY;
      const before = acrossX ? 4 : 4 * width;
      for (let at = 4 * (y * width + x), channel = 0; channel < 3; channel++, at++) {
        const difference = Math.abs(tiled[at]! - whole[at]!);
        if (isBorder) {
          sums.border += difference;
          sums.borders += 1;
          sums.most = Math.max(sums.most, difference);
          sums.tiled += Math.abs(tiled[at]! - tiled[at - before]!);
          sums.whole += Math.abs(whole[at]! - whole[at - before]!);
        } else {
          sums.rest += difference;
          sums.rests += 1;
        }
      }
    }
  }
  return {
    mean: sums.border / sums.borders,
    most: sums.most,
    elsewhere: sums.rest / sums.rests,
    steepness: sums.tiled / sums.whole,
  };
}

/** The columns, or rows, in which neighbouring tiles are blended. */
function bordersOf(axis: 'x' | 'y', size: Size): Set<number> {
  const found = new Set<number>();
  for (const { used, blend } of tilesOf(size, TILING)) {
    const wide = axis === 'x' ? blend.left : blend.top;
    for (let i = 0; i < wide; i++) found.add(used[axis] + i);
  }
  return found;
}

async function imageOf(url: string): Promise<HTMLImageElement> {
  // Pages of the extension may not fetch data URLs.
  const image = Object.assign(new Image(), { src: url });
  await image.decode();
  return image;
}

function contextOf(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  return canvas.getContext('2d', { willReadFrequently: true })!;
}

function pixelsOf(canvas: OffscreenCanvas): Uint8ClampedArray<ArrayBuffer> {
  const { data } = contextOf(canvas).getImageData(0, 0, canvas.width, canvas.height);
  return new Uint8ClampedArray(data);
}

Object.assign(globalThis, {
  tiles: { prepare, paintTiles, paintWhole, cancelTiles, compare },
});
