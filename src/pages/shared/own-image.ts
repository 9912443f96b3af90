/** Converts any picture to the small image for the style encoder. Needs a document. */
import { PasticheError } from '../../protocol/errors';
import { pictureFile } from '../../media/picture-file';
import { encodedSize, MIN_SIDE } from '../../core/style/own-style';
import { errorSentence, t } from '../../words/i18n';
import { FORMAT_BYTES, pictureFormat } from './picture-format';

/** Maximum size of a picture, in bytes: larger files are mistakes. */
const MAX_FILE_BYTES = 60_000_000;

/** Shorter side of a drawing without a size of its own, in pixels. */
const DRAWING_SIDE = 512;

/** A file that can't be used, with a message for the user that names it. */
export class PictureFileError extends Error {
  override readonly name = 'PictureFileError';
}

/** A picture that is larger than this was not made by {@link ownImageOf}, in bytes. */
const MAX_OWN_BYTES = 2_000_000;

/**
 * The picture at the size at which it is kept and encoded, on white.
 * @param isMade Whether it may have been made so already. Then it stays as it is to the byte, or it
 *   would lose a little with everyone who passes it on.
 * @throws {PictureFileError}
 */
export async function ownImageOf(file: Blob, isMade = false): Promise<Blob> {
  const name = file instanceof File && file.name ? file.name : t('own_untitled');
  if (file.size > MAX_FILE_BYTES) throw new PictureFileError(t('picture_too_large', name));
  const decoded = await decode(file);
  if (!decoded) throw new PictureFileError(await unreadable(file, name));
  const { image, width, height } = decoded;
  try {
    if (Math.min(width, height) < MIN_SIDE) {
      throw new PictureFileError(t('picture_too_small', name, MIN_SIDE));
    }
    const size = encodedSize(width, height);
    const fits = size.width === width && size.height === height && file.size <= MAX_OWN_BYTES;
    if (isMade && fits && file.type === 'image/jpeg') return file;
    const canvas = new OffscreenCanvas(size.width, size.height);
    const context = canvas.getContext('2d');
    if (!context) throw new PictureFileError(t('picture_too_large', name));
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, size.width, size.height);
    return await pictureFile(canvas, 'jpeg');
  } finally {
    if (image instanceof ImageBitmap) image.close();
  }
}

/** The message for an error of a file or of its encoding. */
export function sentenceOf(thrown: unknown): string {
  if (thrown instanceof PictureFileError) return thrown.message;
  return errorSentence(PasticheError.from(thrown).code);
}

/** The message for a file that can't be decoded, or not even read. */
export async function unreadable(file: Blob, name: string): Promise<string> {
  const format = await formatOf(file);
  return format === null ? t('picture_none', name) : t('picture_unreadable', name, format);
}

async function formatOf(file: Blob): Promise<string | null> {
  // A folder has no bytes, and neither has a file that was deleted after it was chosen.
  const head = await file
    .slice(0, FORMAT_BYTES)
    .arrayBuffer()
    .catch(() => new ArrayBuffer(0));
  return pictureFormat(new Uint8Array(head));
}

interface Decoded {
  readonly image: ImageBitmap | HTMLImageElement;
  readonly width: number;
  readonly height: number;
}

async function decode(file: Blob): Promise<Decoded | null> {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (bitmap) return { image: bitmap, width: bitmap.width, height: bitmap.height };
  // createImageBitmap doesn't decode SVG; an image element does, and goes by the file's type.
  if ((await formatOf(file)) !== 'SVG') return null;
  const image = new Image();
  const url = URL.createObjectURL(new Blob([file], { type: 'image/svg+xml' }));
  image.src = url;
  try {
    await image.decode();
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(url);
  }
  const { naturalWidth: width, naturalHeight: height } = image;
  const [w, h] = width > 0 && height > 0 ? [width, height] : [DRAWING_SIDE, DRAWING_SIDE];
  const scale = DRAWING_SIDE / Math.min(w, h);
  return { image, width: Math.round(w * scale), height: Math.round(h * scale) };
}
