import { PasticheError } from '../../protocol/errors';
import type { Size } from '../../core/geometry';

/** Reads frames of a video, scaled down. */
export class FrameGrabber {
  private context = createContext();

  /**
   * The present frame of the video.
   * @throws {PasticheError} `video-blocked` if the page can't read it either.
   */
  grab(video: HTMLVideoElement, { width, height }: Size): ImageData {
    const { context } = this;
    if (!context) throw new PasticheError('unexpected', 'there is no canvas');
    const { canvas } = context;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    try {
      context.drawImage(video, 0, 0, width, height);
      return context.getImageData(0, 0, width, height);
    } catch (thrown) {
      // A tainted canvas can never be read again.
      this.context = createContext();
      const blocked = thrown instanceof DOMException && thrown.name === 'SecurityError';
      throw PasticheError.from(thrown, blocked ? 'video-blocked' : 'unexpected');
    }
  }
}

/** It is read at once, so it should not be on the GPU. */
function createContext(): OffscreenCanvasRenderingContext2D | null {
  return new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true, alpha: false });
}
