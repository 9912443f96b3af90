/** Which frames of a video are painted, and what is known of its rates. Pure. */

/** Frames over which the source's rate is taken. */
const WINDOW = 24;

/** A gap longer than this is a pause, not a slow source. Milliseconds. */
const MAX_GAP_MS = 500;

/** Over which time the styled rate is given. Milliseconds. */
const RATE_WINDOW_MS = 2000;

/** A frame that comes early by up to this share of the source's own interval counts as due. */
const ROUNDING = 0.55;

/** So much later than the source's interval after the one before, in shares of it, a frame is late. */
const LATE = 0.5;

export class FrameSchedule {
  /** Milliseconds from one report to the next, and how many frames the source has shown in them. */
  private gaps: { readonly time: number; readonly frames: number }[] = [];
  private lastPresented: { readonly now: number; readonly count: number } | null = null;
  private lastTaken: number | null = null;
  private shown: number[] = [];

  /** @param interval Milliseconds between two styled frames that are wanted. */
  constructor(private interval: number) {}

  aim(interval: number): void {
    this.interval = interval;
  }

  /**
   * The source shows a new frame.
   * @param count How many it has shown until now: a busy page isn't told of every one.
   */
  presented(now: number, count: number): void {
    const last = this.lastPresented;
    this.lastPresented = { now, count };
    if (last === null) return;
    const gap = { time: now - last.now, frames: count - last.count };
    if (gap.time <= 0 || gap.time > MAX_GAP_MS || gap.frames <= 0) return;
    this.gaps.push(gap);
    if (this.gaps.length > WINDOW) this.gaps.shift();
  }

  /** Milliseconds between two frames of the source; null before it is known. */
  get sourceInterval(): number | null {
    if (this.gaps.length < 4) return null;
    const sum = (of: 'time' | 'frames'): number =>
      this.gaps.reduce((total, gap) => total + gap[of], 0);
    return sum('time') / sum('frames');
  }

  /**
   * The frame after one that was presented at `before`: when it is presented, and from when on the
   * page should have heard of it. Pages hear at repaints, which are no multiples of the source's
   * interval. Null before that is known.
   */
  after(before: number): { readonly presented: number; readonly late: number } | null {
    const { sourceInterval } = this;
    if (sourceInterval === null) return null;
    const presented = before + sourceInterval;
    return { presented, late: presented + LATE * sourceInterval };
  }

  /**
   * Whether a frame presented at `now` should be painted: the wanted rate isn't exceeded by more
   * than the source's own raster makes it.
   */
  isDue(now: number): boolean {
    if (this.lastTaken === null) return true;
    return (
      now - this.lastTaken >= this.interval - ROUNDING * (this.sourceInterval ?? this.interval)
    );
  }

  /** The frame presented at `now` is being painted. */
  taken(now: number): void {
    this.lastTaken = now;
  }

  /** A styled frame came to the screen. */
  finished(now: number): void {
    this.shown.push(now);
    while (this.shown.length > 0 && now - this.shown[0]! > RATE_WINDOW_MS) this.shown.shift();
  }

  /** Styled frames per second over the last two seconds. */
  rate(now: number): number {
    const recent = this.shown.filter((time) => now - time <= RATE_WINDOW_MS);
    const first = recent[0];
    if (first === undefined || recent.length < 2) return 0;
    // A source that stands still has no rate, however fast its last frames were.
    return (1000 * (recent.length - 1)) / Math.max(now - first, 1);
  }
}
