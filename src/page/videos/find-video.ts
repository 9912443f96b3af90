/** Finds the video of the page that a request means. */
import type { Target } from '../../protocol/messages';
import { elementsAt, isRendered, rootsOf } from '../dom/dom';

/** A point of the viewport, in CSS pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * The video that a target means: the one with that address, or the one that was clicked or is pointed
 * at, even through layers of its player; otherwise the largest visible one, preferably one that plays.
 * @param lastPoint Position of the last pointer press.
 */
export function findVideo(
  target: Exclude<Target, { kind: 'pick' }>,
  lastPoint: Point | null,
): HTMLVideoElement | null {
  const sorted = renderedVideos().sort((a, b) => importance(b) - importance(a));
  if (target.kind === 'source') {
    const named = sorted.filter(({ currentSrc, src }) => [currentSrc, src].includes(target.url));
    const clicked = named.find((video) => videosUnder(lastPoint).includes(video));
    if (named[0]) return clicked ?? named[0];
  }
  const hovered = sorted.find((video) => video.matches(':hover'));
  const pointed = videosUnder(lastPoint).find((video) => sorted.includes(video));
  return hovered ?? pointed ?? sorted[0] ?? null;
}

/** The video that covers most of a box in the viewport, at least a third of it; null if there is none. */
export function videoAt(place: DOMRectReadOnly): HTMLVideoElement | null {
  let found: HTMLVideoElement | null = null;
  let most = (place.width * place.height) / 3;
  for (const video of renderedVideos()) {
    const { left, right, top, bottom } = video.getBoundingClientRect();
    const width = Math.min(right, place.right) - Math.max(left, place.left);
    const height = Math.min(bottom, place.bottom) - Math.max(top, place.top);
    const shared = Math.max(0, width) * Math.max(0, height);
    if (shared >= most && shared > 0) [found, most] = [video, shared];
  }
  return found;
}

function renderedVideos(): HTMLVideoElement[] {
  return [...rootsOf(document)]
    .flatMap((root) => [...root.querySelectorAll('video')])
    .filter((video) => isRendered(video));
}

function videosUnder(point: Point | null): HTMLVideoElement[] {
  if (!point) return [];
  return elementsAt(point.x, point.y).filter((element) => element instanceof HTMLVideoElement);
}

/** Visible area, in CSS pixels; weighted much higher if it plays. */
function importance(video: HTMLVideoElement): number {
  const { left, right, top, bottom } = video.getBoundingClientRect();
  const width = Math.min(right, innerWidth) - Math.max(left, 0);
  const height = Math.min(bottom, innerHeight) - Math.max(top, 0);
  return Math.max(0, width) * Math.max(0, height) * (video.paused ? 1 : 100);
}
