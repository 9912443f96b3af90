import { workingSize } from '../../core/fit';
import type { Size } from '../../core/geometry';
import { PasticheError } from '../../protocol/errors';
import { maskSize } from '../../core/regions/layers';

/** The picture in the editor. */
export interface EditedPicture {
  /** Decoded by the browser, with its file's orientation and colour profile applied. */
  readonly image: HTMLImageElement;
  readonly natural: Size;
  /** The size at which it is painted and shown. */
  readonly size: Size;
  /** At that size. RGBA. */
  readonly pixels: ImageData;
  /** At the size of the masks. */
  readonly small: ImageData;
  /** Its address or file name; saved files are named after it. */
  readonly source: string;
  /** False for the visible part of a picture. */
  readonly isWhole: boolean;
}

/**
 * Reads a picture from its file.
 * @param mostPixels Maximum number of pixels to paint.
 * @throws {PasticheError} `image-broken`, `image-too-large`.
 */
export async function readPicture(
  file: Blob,
  { source, isWhole }: Pick<EditedPicture, 'source' | 'isWhole'>,
  mostPixels: number,
): Promise<EditedPicture> {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  try {
    await image.decode();
  } catch (thrown) {
    throw PasticheError.from(thrown, 'image-broken');
  } finally {
    // For saving at full size it is decoded again, from the file that the element keeps.
    setTimeout(() => URL.revokeObjectURL(image.src), 0);
  }
  const natural = { width: image.naturalWidth, height: image.naturalHeight };
  if (natural.width === 0 || natural.height === 0) {
    throw new PasticheError('image-broken', 'it has no size');
  }
  const size = workingSize(natural, natural, mostPixels);
  const pixels = drawn(image, size);
  const small = drawn(image, maskSize(natural.width, natural.height));
  return { image, natural, size, pixels, small, source, isWhole };
}

/** The picture drawn at a size. */
export function drawn(image: CanvasImageSource, { width, height }: Size): ImageData {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new PasticheError('image-too-large', `no canvas of ${width}×${height}`);
  context.imageSmoothingQuality = 'high';
  try {
    context.drawImage(image, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  } catch (thrown) {
    throw PasticheError.from(thrown, 'image-too-large');
  }
}
