/**
 * A picture painted at its own size, however large: in one piece, or in tiles. What it needs grows
 * with the picture by its pixels alone, not by what the network makes of them.
 */
import { PasticheError } from '../../protocol/errors';
import type { Recipe } from '../../core/style/manner';
import type { ContentRegions, EngineClient } from './engine-client';
import type { Size, Box } from '../../core/geometry';
import { blendTile, tilesOf, tilingFor } from './tiles';

/** A picture whose pixels can be read, and what is to become of it. */
export interface FullSizeRequest {
  readonly image: CanvasImageSource;
  readonly size: Size;
  readonly recipe: Recipe & { readonly regions?: ContentRegions };
}

/** Rows of a picture that are finished. */
export interface FinishedRows {
  readonly top: number;
  readonly height: number;
  /** RGBA, 4·width·height bytes, not premultiplied. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

/**
 * Paints a picture at full size.
 * @param take Given the rows from the top on as they are finished, some hundreds at a time.
 * @param onProgress Told the share that is done, 0..1.
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
        ...(recipe.regions && { regions: { ...recipe.regions, part: partOf(size, seen) } }),
        width: seen.width,
        height: seen.height,
        pixels,
        priority: 'refine',
        file: false,
      },
      signal,
    );
    // A band is a row of tiles; it begins with the end of the last one, which it is blended with.
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

function partOf(size: Size, { x, y, width, height }: Box): Box {
  return {
    x: x / size.width,
    y: y / size.height,
    width: width / size.width,
    height: height / size.height,
  };
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
