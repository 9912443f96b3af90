import { forPlatform } from '../../core/bytes';

/**
 * Pixels in the form that a canvas takes.
 * @param pixels RGBA, 4·width·height bytes, not premultiplied.
 */
export function imageDataOf(
  pixels: Uint8ClampedArray<ArrayBuffer>,
  width: number,
  height: number,
): ImageData {
  return new ImageData(forPlatform(pixels), width, height);
}
