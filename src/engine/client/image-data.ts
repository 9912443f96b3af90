import { forPlatform } from '../../core/bytes';

/**
 * Pixels as a canvas takes them.
 * @param pixels RGBA, 4·width·height bytes, not premultiplied.
 */
export function imageDataOf(
  pixels: Uint8ClampedArray<ArrayBuffer>,
  width: number,
  height: number,
): ImageData {
  return new ImageData(forPlatform(pixels), width, height);
}
