import type { Size } from '../../core/geometry';

/**
 * Maximum number of pixels of a frame that the engine gets for its details: while playing, as reading
 * and showing more takes too much of the page's thread, and for a still.
 */
const MAX_DETAILED = { playing: 856 * 480, still: 1920 * 1080 };

/** Sides are multiples of this, as the network requires. */
const MULTIPLE = 8;

/** Minimum side, in pixels: the network recognises nothing in less. */
const MIN = 32;

/**
 * The size at which a frame is painted: about `pixels` pixels in the video's aspect ratio, one of few
 * distinct sizes, and no larger than the video.
 */
export function frameSize(video: Size, pixels: number): Size {
  const scale = Math.min(1, Math.sqrt(pixels / (video.width * video.height)));
  const side = (length: number): number =>
    Math.max(MIN, Math.round((length * scale) / MULTIPLE) * MULTIPLE);
  return { width: side(video.width), height: side(video.height) };
}

/**
 * The size at which a frame is read for its details: its size on the screen, within limits.
 * @param seen In device pixels.
 * @param inside The size at which it is painted, from {@link frameSize}.
 * @param state Whether the video is playing.
 * @returns Null if it is painted at that size anyway.
 */
export function detailedSize(
  video: Size,
  seen: Size,
  inside: Size,
  state: keyof typeof MAX_DETAILED,
): Size | null {
  const wanted = frameSize(video, Math.min(seen.width * seen.height, MAX_DETAILED[state]));
  const isLarger = wanted.width > inside.width && wanted.height > inside.height;
  return isLarger ? wanted : null;
}
