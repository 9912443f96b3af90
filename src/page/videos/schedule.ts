/** Decides which frames of a video are painted, and measures its rates. Pure. */

/** Number of frames over which the source's rate is measured. */
const WINDOW = 24;

/** Maximum interval of a slow source; a longer one is a pause. Milliseconds. */
const MAX_GAP_MS = 500;

/** Time over which the styled rate is measured. Milliseconds. */
const RATE_WINDOW_MS = 2000;

/** Fraction of the source's interval by which a frame may be early and still count as due. */
const ROUNDING = 0.55;

/** Delay of a frame callback after which it counts as overdue, as a fraction of the source's interval. */
const LATE = 0.5;

export class FrameSchedule {
  /**
   * Milliseconds between consecutive reports, and the number of frames that the source has shown in
   * between.
   */
  private gaps: { readonly time: number; readonly frames: number }[] = [];
  private lastPresented: { readonly now: number; readonly count: number } | null = null;
  private lastTaken: number | null = null;
  private shown: number[] = [];

  /** @param interval Desired time between two styled frames, in milliseconds. */
  constructor(private interval: number) {}

  aim(interval: number): void {
    this.interval = interval;
  }

  /**
   * Records that the source shows a new frame.
   * @param count Number of frames shown until now: a busy page doesn't get every callback.
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
   * The frame after one that was presented at `before`: when it is presented, and when its callback is
   * overdue. Callbacks come with repaints, which are no multiples of the source's interval. Null
   * before that is known.
   */
  after(before: number): { readonly presented: number; readonly late: number } | null {
    const { sourceInterval } = this;
    if (sourceInterval === null) return null;
    const presented = before + sourceInterval;
    return { presented, late: presented + LATE * sourceInterval };
  }

  /**
   * Whether a frame presented at `now` should be painted: the desired rate is exceeded only as far as
   * the source's own frame times require.
   */
  isDue(now: number): boolean {
    if (this.lastTaken === null) return true;
    return (
      now - this.lastTaken >= this.interval - ROUNDING * (this.sourceInterval ?? this.interval)
    );
  }

  /** Records that the frame presented at `now` is being painted. */
  taken(now: number): void {
    this.lastTaken = now;
  }

  /** Records that a styled frame was shown. */
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
