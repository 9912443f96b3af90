import type { Size } from '../fit';

/** Sides are multiples of this, which the network needs anyway. */
const MULTIPLE = 8;

/** Least side, in pixels: below it the network has nothing to see. */
const LEAST = 32;

/**
 * The size at which a frame is painted: about `pixels` pixels in the video's aspect ratio, on few
 * distinct sizes, and no larger than the video.
 */
export function frameSize(video: Size, pixels: number): Size {
  const scale = Math.min(1, Math.sqrt(pixels / (video.width * video.height)));
  const side = (length: number): number =>
    Math.max(LEAST, Math.round((length * scale) / MULTIPLE) * MULTIPLE);
  return { width: side(video.width), height: side(video.height) };
}
