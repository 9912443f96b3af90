/**
 * A picture painted at its own size, however large: in one piece, or in tiles. What it needs grows
 * with the picture by its pixels alone, not by what the network makes of them.
 */
import { PasticheError } from '../messages/errors';
import type { Recipe } from '../style/manner';
import type { ContentRegions, EngineClient } from './client';
import type { Size } from './geometry';
import { imageDataOf } from './image-data';
import { blendTile, tilesOf, tilingFor, type Box, type Tile } from './tiles';

/** The longest side, and the most pixels, that a canvas has in every browser. */
const LONGEST_SIDE = 16_384;
const MOST_PIXELS = 120e6;

/** A picture whose pixels can be read, and what is to become of it. */
export interface FullSizeRequest {
  readonly image: CanvasImageSource;
  readonly size: Size;
  readonly recipe: Recipe & { readonly regions?: ContentRegions };
}

/**
 * Paints a picture at full size.
 * @param onProgress Told the share that is done, 0..1.
 * @throws {PasticheError} `image-too-large`; `cancelled` by the signal; the engine's own.
 */
export async function paintFullSize(
  engine: EngineClient,
  { image, size, recipe }: FullSizeRequest,
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<OffscreenCanvas> {
  const { width, height } = size;
  if (Math.max(width, height) > LONGEST_SIDE || width * height > MOST_PIXELS) {
    throw new PasticheError('image-too-large', `${width}×${height}`);
  }
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new PasticheError('image-too-large', `no canvas of ${width}×${height}`);
  const tiles = tilesOf(size, tilingFor(recipe.manner.strokeSize));
  let top = -1;
  let band = new Uint8ClampedArray(0);
  for (const [index, tile] of tiles.entries()) {
    const { seen, used } = tile;
    const pixels = pixelsOf(image, size, seen);
    const pastiche = await engine.restyle(
      {
        mix: recipe.mix,
        manner: recipe.manner,
        origin: { x: seen.x, y: seen.y },
        ...(recipe.regions && { regions: { ...recipe.regions, part: partOf(size, seen) } }),
        width: seen.width,
        height: seen.height,
        pixels,
        urgency: 'refine',
        file: false,
      },
      signal,
    );
    // A band is a row of tiles; it begins with the end of the last one, which it is blended with.
    if (top !== used.y) {
      top = used.y;
      band = contextPixels(context, 0, top, width, used.height);
    }
    blendTile(pastiche.pixels, tile, band, width, top);
    if (isLastOfRow(tile, width)) {
      context.putImageData(imageDataOf(band, width, used.height), 0, used.y);
    }
    onProgress((index + 1) / tiles.length);
  }
  return canvas;
}

function partOf(size: Size, { x, y, width, height }: Box): Box {
  return {
    x: x / size.width,
    y: y / size.height,
    width: width / size.width,
    height: height / size.height,
  };
}

function isLastOfRow({ used }: Tile, width: number): boolean {
  return used.x + used.width === width;
}

function pixelsOf(
  image: CanvasImageSource,
  size: Size,
  { x, y, width, height }: Box,
): Uint8ClampedArray<ArrayBuffer> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new PasticheError('image-too-large', `no canvas of ${width}×${height}`);
  context.drawImage(image, -x, -y, size.width, size.height);
  return contextPixels(context, 0, 0, width, height);
}

function contextPixels(
  context: OffscreenCanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
): Uint8ClampedArray<ArrayBuffer> {
  const { data } = context.getImageData(x, y, width, height);
  return new Uint8ClampedArray(data);
}
