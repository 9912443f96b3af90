/** From any picture to the small image that the style encoder sees. Needs canvases. */
import { encodedSize, SHORTEST_SIDE } from '../style/own-style';

/** Fine enough that the encoder sees no difference. */
const FILE = { type: 'image/jpeg', quality: 0.92 } as const;

/** A picture is larger than this, in bytes, only by mistake. */
const LARGEST_FILE = 60_000_000;

/**
 * The picture at the size at which it is kept and encoded.
 * @returns Null where it is no picture that can be read, too large a file, or hardly a dot.
 */
export async function ownImageOf(file: Blob): Promise<Blob | null> {
  if (file.size > LARGEST_FILE) return null;
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap || Math.min(bitmap.width, bitmap.height) < SHORTEST_SIDE) {
    bitmap?.close();
    return null;
  }
  const { width, height } = encodedSize(bitmap.width, bitmap.height);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context) return null;
  // What is transparent in a picture lies on paper.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return canvas.convertToBlob(FILE);
}
