/** Which pictures of a page are worth painting, in which order, and when enough is enough. Pure. */
import type { Box, Size } from '../../core/geometry';

/** Icons, emoji and avatars are smaller than this on their shorter side, in CSS pixels. */
const MIN_SIDE = 56;

/** Buttons and thin banners have a smaller area than this, in CSS pixels. */
const MIN_AREA = 80 * 80;

/** Lines and dividers are longer than this, for their width. */
const MAX_SHAPE = 12;

/** But strips of comics and panoramas are as long as they like; ornaments are narrower, in pixels. */
const NARROWEST_STRIP = 100;

/**
 * Whether a picture is more than an icon or an ornament.
 * @param shown Its box on the page, in CSS pixels.
 * @param natural Its own size, in pixels; zeros where that is not known.
 */
export function isWorthPainting(shown: Size, natural: Size): boolean {
  const short = Math.min(shown.width, shown.height);
  if (short < MIN_SIDE || shown.width * shown.height < MIN_AREA) return false;
  const known = natural.width > 0 && natural.height > 0;
  const own = known ? Math.min(natural.width, natural.height) : short;
  const isLong = Math.max(shown.width, shown.height) / short > MAX_SHAPE;
  if (isLong && own < NARROWEST_STRIP) return false;
  // A dot that is stretched to a surface is a spacer or a placeholder.
  return own >= MIN_SIDE / 2;
}

/** How far a box is from being seen, in CSS pixels: 0 where a part of it is in the viewport. */
export function distanceFromView(box: Box, viewport: Size): number {
  const horizontal = Math.max(-(box.x + box.width), box.x - viewport.width, 0);
  const vertical = Math.max(-(box.y + box.height), box.y - viewport.height, 0);
  return Math.max(horizontal, vertical);
}

/** The index of the box that is to be painted first: the nearest, and of those the topmost. */
export function nextToPaint(boxes: readonly Box[], viewport: Size): number {
  let best = -1;
  let least = Infinity;
  boxes.forEach((box, i) => {
    // Reading order settles it among those in sight, less than any distance does.
    const order = distanceFromView(box, viewport) * 1e4 + Math.max(box.y, 0) + box.x / 1e4;
    if (order < least) [best, least] = [i, order];
  });
  return best;
}

/** So many things are counted at most: those that were done last. */
const MAX_KEYS = 500;

/**
 * Ends a quarrel with a page that puts its own picture back whenever ours is there: what is done
 * too often in a short time is refused.
 */
export class RateLimiter {
  private readonly times = new Map<string, number[]>();

  /**
   * @param most How often one thing may be done…
   * @param within …in this many milliseconds.
   */
  constructor(
    private readonly most: number,
    private readonly within: number,
  ) {}

  /** Whether it may be done at this time; if so, it counts as done. */
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
