import type { Size } from '../../core/geometry';

/**
 * Most pixels of a frame that the engine is given for its details: of one that plays, as reading and
 * showing more takes too much of the page's thread, and of one that stands.
 */
const MAX_DETAILED = { playing: 856 * 480, still: 1920 * 1080 };

/** Sides are multiples of this, which the network needs anyway. */
const MULTIPLE = 8;

/** Least side, in pixels: below it the network has nothing to see. */
const MIN = 32;

/**
 * The size at which a frame is painted: about `pixels` pixels in the video's aspect ratio, on few
 * distinct sizes, and no larger than the video.
 */
export function frameSize(video: Size, pixels: number): Size {
  const scale = Math.min(1, Math.sqrt(pixels / (video.width * video.height)));
  const side = (length: number): number =>
    Math.max(MIN, Math.round((length * scale) / MULTIPLE) * MULTIPLE);
  return { width: side(video.width), height: side(video.height) };
}

/**
 * The size at which a frame is read for its details: as large as it is seen.
 * @param seen In device pixels.
 * @param inside At which it is painted, by {@link frameSize}.
 * @param state Whether it is one of many, or stands.
 * @returns Null where it is painted as large as that.
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
