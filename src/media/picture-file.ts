/** Pictures as files. Needs canvases. */
import { QUALITY, type FileType } from '../core/file-name';

/**
 * The contents of a canvas as a file.
 * @param type JPEG has no transparency: transparent pixels become white, also on the canvas.
 */
export async function pictureFile(canvas: OffscreenCanvas, type: FileType): Promise<Blob> {
  if (type === 'jpeg') {
    const context = canvas.getContext('2d');
    if (!context) throw new Error('the canvas has no pixels to draw on');
    context.globalCompositeOperation = 'destination-over';
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  return canvas.convertToBlob({ type: `image/${type}`, quality: QUALITY });
}

/** An image as a PNG file. */
export async function pngFile(image: ImageData): Promise<Blob> {
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  return pictureFile(canvas, 'png');
}
