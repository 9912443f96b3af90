/**
 * Paints an animated picture frame by frame like a video: with the live network, and without flicker.
 * The result is an animated picture, which is shown in the page's element like any pastiche.
 */
import type { EngineClient, Pastiche } from '../../engine/client/engine-client';
import { imageDataOf } from '../../engine/client/image-data';
import { writeAnimatedWebp } from '../../media/animated-webp';
import { pictureFile } from '../../media/picture-file';
import { ownBuffer } from '../../core/bytes';
import { PasticheError } from '../../protocol/errors';
import type { Recipe } from '../../core/style/render-options';
import { workingSize } from '../../core/fit';
import type { Size } from '../../core/geometry';

/** Limits for painting all frames of an animation: frames, seconds, and pixels of all frames. */
const MAX_FRAMES = 300;
const MAX_LENGTH = 60;
const MAX_PIXELS = 60e6;

/** Every browser shows shorter frames for longer, in milliseconds. */
const MIN_FRAME = 11;
const USUAL_FRAME = 100;

/** Maximum number of pixels of a frame, as for a video; larger pictures are reduced. */
const MAX_FRAME_PIXELS = 512 * 512;

/** Whether this browser can decode single frames. */
export function canPaintFrames(): boolean {
  return 'ImageDecoder' in globalThis;
}

/** A painted animation. */
export interface PaintedAnimation {
  /** An animated WebP. */
  readonly file: Blob;
  readonly size: Size;
  readonly frames: number;
}

/**
 * Paints all frames of a picture.
 * @param file GIF, PNG, WebP or AVIF.
 * @param shown Its size on the screen, in device pixels.
 * @param onProgress Called with the number of painted frames, and of all frames.
 * @throws {PasticheError} `animation-too-long`, `image-broken`; `cancelled` by the signal; the
 *   engine's own.
 */
export async function paintFrames(
  engine: EngineClient,
  file: Blob,
  shown: Size,
  { mix, manner, regions }: Recipe,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<PaintedAnimation> {
  const data = await ownBuffer(file);
  const decoder = new ImageDecoder({ data, type: typeOf(new Uint8Array(data), file.type) });
  try {
    await decoder.tracks.ready;
    await decoder.completed;
    const track = decoder.tracks.selectedTrack;
    if (!track || track.frameCount > MAX_FRAMES) {
      throw new PasticheError('animation-too-long', `${track?.frameCount} frames`);
    }
    const total = track.frameCount;
    const stream = crypto.randomUUID();
    let size: Size | null = null;
    let length = 0;
    const frames: { readonly file: Blob; readonly duration: number }[] = [];
    for (let index = 0; index < total; index++) {
      const { image } = await decoder.decode({ frameIndex: index });
      const natural = { width: image.displayWidth, height: image.displayHeight };
      size ??= workingSize(shown, natural, MAX_FRAME_PIXELS);
      if (size.width * size.height * total > MAX_PIXELS) {
        image.close();
        throw new PasticheError('animation-too-long', 'too many pixels');
      }
      const given = (image.duration ?? 0) / 1000;
      const duration = given < MIN_FRAME ? USUAL_FRAME : given;
      length += duration / 1000;
      if (length > MAX_LENGTH) {
        image.close();
        throw new PasticheError('animation-too-long', `${length} s`);
      }
      const pixels = pixelsOf(image, size);
      image.close();
      const pastiche = await engine.restyle(
        {
          ...size,
          pixels,
          mix,
          manner,
          ...(regions && { regions }),
          priority: 'refine',
          file: 'webp',
          network: 'live',
          stream,
        },
        signal,
      );
      frames.push({ file: pastiche.file ?? (await webpFile(pastiche)), duration });
      onProgress(index + 1, total);
    }
    if (!size) throw new PasticheError('image-broken', 'it has no frame');
    // WebP counts plays, not repetitions; 0 means endless.
    const plays = Number.isFinite(track.repetitionCount) ? track.repetitionCount + 1 : 0;
    const encoded = await Promise.all(
      frames.map(async ({ file, duration }) => ({
        webp: new Uint8Array(await ownBuffer(file)),
        duration,
      })),
    );
    const file = writeAnimatedWebp(encoded, size, plays);
    return { file, size, frames: total };
  } catch (thrown) {
    throw PasticheError.from(thrown, 'image-broken');
  } finally {
    decoder.close();
  }
}

/** The file of an unpainted frame; the engine encodes all others. */
function webpFile({ pixels, width, height }: Pastiche): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.putImageData(imageDataOf(pixels, width, height), 0, 0);
  return pictureFile(canvas, 'webp');
}

function pixelsOf(image: VideoFrame, { width, height }: Size): Uint8ClampedArray<ArrayBuffer> {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new PasticheError('image-broken', 'no canvas for the pixels');
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, 0, 0, width, height);
  return new Uint8ClampedArray(context.getImageData(0, 0, width, height).data);
}

/** The actual type of the file, whatever its server declares: the decoder relies on it. */
function typeOf(bytes: Uint8Array, said: string): string {
  const text = String.fromCharCode(...bytes.subarray(0, 12));
  if (text.startsWith('GIF8')) return 'image/gif';
  if (text.startsWith('\x89PNG')) return 'image/png';
  if (text.startsWith('RIFF')) return 'image/webp';
  return text.slice(4, 8) === 'ftyp' ? 'image/avif' : said;
}
