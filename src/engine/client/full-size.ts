/**
 * Paints a picture of any size in one piece or in tiles. The memory of the network doesn't grow with
 * the picture, only that of the pixels themselves.
 */
import { PasticheError } from '../../protocol/errors';
import type { Recipe } from '../../core/style/render-options';
import type { EngineClient } from './engine-client';
import { partOf, type Size, type Box } from '../../core/geometry';
import { blendTile, tilesOf, tilingFor } from './tiles';

/** A picture with readable pixels, and how to paint it. */
export interface FullSizeRequest {
  readonly image: CanvasImageSource;
  readonly size: Size;
  readonly recipe: Recipe;
}

/** Finished rows of a picture. */
export interface FinishedRows {
  readonly top: number;
  readonly height: number;
  /** RGBA, 4·width·height bytes, not premultiplied. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

/**
 * Paints a picture at full size.
 * @param take Called with finished rows, from the top on, some hundreds at a time.
 * @param onProgress Called with the fraction done, 0..1.
 * @throws {PasticheError} `cancelled` by the signal; the engine's own.
 */
export async function paintFullSize(
  engine: EngineClient,
  { image, size, recipe }: FullSizeRequest,
  signal: AbortSignal,
  take: (rows: FinishedRows) => Promise<void> | void,
  onProgress: (share: number) => void,
): Promise<void> {
  const { width, height } = size;
  const tiles = tilesOf(size, tilingFor(recipe.manner));
  let top = 0;
  let band = new Uint8ClampedArray(0);
  for (const [index, tile] of tiles.entries()) {
    const { seen, used } = tile;
    const pixels = pixelsOf(image, size, seen);
    const pastiche = await engine.restyle(
      {
        mix: recipe.mix,
        manner: recipe.manner,
        origin: { x: seen.x, y: seen.y },
        ...(recipe.regions && { regions: { ...recipe.regions, part: partOf(seen, size) } }),
        width: seen.width,
        height: seen.height,
        pixels,
        priority: 'refine',
      },
      signal,
    );
    // A band is a row of tiles; it begins with the end of the last band, to be blended with it.
    if (used.x === 0) {
      const finished = 4 * width * (used.y - top);
      const rest = band.subarray(finished);
      band = new Uint8ClampedArray(4 * width * used.height);
      band.set(rest);
      top = used.y;
    }
    blendTile(pastiche.pixels, tile, band, width, top);
    if (used.x + used.width === width) {
      const next = tiles[index + 1]?.used.y ?? height;
      const rows = band.slice(0, 4 * width * (next - top));
      await take({ top, height: next - top, pixels: rows });
    }
    onProgress((index + 1) / tiles.length);
  }
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
  return new Uint8ClampedArray(context.getImageData(0, 0, width, height).data);
}
