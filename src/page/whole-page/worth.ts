/** Which pictures of a page are worth painting, and in which order; and limits for repetitions. Pure. */
import type { Box, Size } from '../../core/geometry';

/** Minimum length of the shorter side, in CSS pixels; icons, emoji and avatars are smaller. */
const MIN_SIDE = 56;

/** Minimum area, in CSS pixels; buttons and thin banners are smaller. */
const MIN_AREA = 80 * 80;

/** Maximum aspect ratio; lines and dividers are longer. */
const MAX_SHAPE = 12;

/** Comic strips and panoramas may be of any length; ornaments are narrower than this, in pixels. */
const NARROWEST_STRIP = 100;

/**
 * Whether a picture is more than an icon or an ornament.
 * @param shown Its box on the page, in CSS pixels.
 * @param natural Its own size, in pixels; zeros if that is unknown.
 */
export function isWorthPainting(shown: Size, natural: Size): boolean {
  const short = Math.min(shown.width, shown.height);
  if (short < MIN_SIDE || shown.width * shown.height < MIN_AREA) return false;
  const known = natural.width > 0 && natural.height > 0;
  const own = known ? Math.min(natural.width, natural.height) : short;
  const isLong = Math.max(shown.width, shown.height) / short > MAX_SHAPE;
  if (isLong && own < NARROWEST_STRIP) return false;
  // A dot that is stretched over an area is a spacer or a placeholder.
  return own >= MIN_SIDE / 2;
}

/** Distance of a box from the viewport, in CSS pixels: 0 if a part of it is in there. */
export function distanceFromView(box: Box, viewport: Size): number {
  const horizontal = Math.max(-(box.x + box.width), box.x - viewport.width, 0);
  const vertical = Math.max(-(box.y + box.height), box.y - viewport.height, 0);
  return Math.max(horizontal, vertical);
}

/** The index of the box that is painted first: the nearest, and of those the topmost. */
export function nextToPaint(boxes: readonly Box[], viewport: Size): number {
  let best = -1;
  let least = Infinity;
  boxes.forEach((box, i) => {
    // Reading order decides among visible ones, and weighs less than any distance.
    const order = distanceFromView(box, viewport) * 1e4 + Math.max(box.y, 0) + box.x / 1e4;
    if (order < least) [best, least] = [i, order];
  });
  return best;
}

/** Maximum number of counted keys, the most recent ones. */
const MAX_KEYS = 500;

/**
 * Rate limiter: refuses an action that is repeated too often in a short time, as when a page restores
 * its own picture whenever ours is shown.
 */
export class RateLimiter {
  private readonly times = new Map<string, number[]>();

  /**
   * @param most Maximum number of times for one action…
   * @param within …in this many milliseconds.
   */
  constructor(
    private readonly most: number,
    private readonly within: number,
  ) {}

  /** Whether the action is allowed at this time; if so, it counts as done. */
  allows(key: string, now: number): boolean {
    const recent = (this.times.get(key) ?? []).filter((time) => now - time < this.within);
    const allowed = recent.length < this.most;
    if (allowed) recent.push(now);
    this.times.delete(key);
    this.times.set(key, recent);
    for (const [old] of this.times) {
      if (this.times.size <= MAX_KEYS) break;
      this.times.delete(old);
    }
    return allowed;
  }
}
