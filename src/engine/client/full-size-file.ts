/** Paints a picture at its own size, as a file. */
import type { EngineClient } from './engine-client';
import { paintFullSize, type FullSizeRequest } from './full-size';
import type { Size } from '../../core/geometry';
import { imageDataOf } from './image-data';
import { PasticheError } from '../../protocol/errors';
import type { FileType } from '../../core/file-name';
import { pictureFile } from '../../media/picture-file';
import { PngWriter } from '../../media/png-writer';

/** Maximum side of a WebP file, and maximum number of pixels of a canvas in all browsers. */
const MAX_SIDE = 16_383;
const MAX_PIXELS = 120e6;

/**
 * Paints a picture at full size.
 * @param type A picture too large for a canvas becomes a PNG, written row by row; see the file's type.
 * @param onProgress Called with the fraction done, 0..1.
 * @throws {PasticheError} `image-too-large`; `cancelled` by the signal; the engine's own.
 */
export async function fullSizeFile(
  engine: EngineClient,
  request: FullSizeRequest,
  type: FileType,
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<Blob> {
  if (fitsCanvas(request.size)) {
    const { width, height } = request.size;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new PasticheError('image-too-large', `no canvas of ${width}×${height}`);
    await paintFullSize(
      engine,
      request,
      signal,
      (rows) => context.putImageData(imageDataOf(rows.pixels, width, rows.height), 0, rows.top),
      onProgress,
    );
    return pictureFile(canvas, type);
  }
  const writer = new PngWriter(request.size);
  try {
    await paintFullSize(engine, request, signal, ({ pixels }) => writer.write(pixels), onProgress);
    return await writer.end();
  } catch (thrown) {
    await writer.drop();
    throw thrown;
  }
}

function fitsCanvas({ width, height }: Size): boolean {
  return Math.max(width, height) <= MAX_SIDE && width * height <= MAX_PIXELS;
}
