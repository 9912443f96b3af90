/**
 * Chooses the size and the network for the frames of a video so that a target rate is held. Pure: all
 * costs and times are passed in.
 *
 * A missed rate lowers the level at once; raising it needs patience, and more of it each time that a
 * raise had to be reverted. So it settles instead of oscillating.
 */
import type { NetworkName } from '../../protocol/messages';

/** One step of the ladder. */
export interface Level {
  readonly network: NetworkName;
  /** Pixels of the network's input. */
  readonly pixels: number;
}

/** The cost of one frame. Milliseconds. */
export interface FrameCost {
  /** When it was shown, by any clock. */
  readonly now: number;
  /** The part that limits the rate: without work that overlaps with another frame's painting. */
  readonly cycle: number;
  /** The network alone. */
  readonly run: number;
}

/** Areas of 16:9 pictures of 90, 108, 126, 144, 162, 180, 198, 216, 243, 270 and more rows. */
const AREAS = [
  14400, 20736, 28224, 36864, 46656, 57600, 69696, 82944, 104976, 129600, 176400, 230400, 360000,
  518400, 921600,
];

/**
 * Levels from lowest to highest quality; each costs more than the one before. The full network paints
 * differently from the live one, so there is at most one switch to it: at the largest size.
 * @param mostPixels Maximum useful number: that of the video.
 */
function ladderOf(mostPixels: number, hasLive: boolean): readonly Level[] {
  const fitting = AREAS.filter((pixels, i) => i === 0 || pixels <= mostPixels);
  if (!hasLive) return fitting.map((pixels) => ({ network: 'full', pixels }));
  const live = fitting.map((pixels): Level => ({ network: 'live', pixels }));
  return [...live, { network: 'full', pixels: fitting.at(-1)! }];
}

/** Assumed cost of a pixel of the full network, relative to the live one, before it is measured. */
const FULL_TO_LIVE = 5;

/** Area at which a video starts: any useful machine can be expected to manage 162 rows. */
const FIRST_AREA = 46656;

/** Number of frames that are evaluated together. Their median is not moved by a single hiccup. */
const WINDOW = 9;

/** Minimum number of frames at a level before it is evaluated; the first one at a new size is slower. */
const MIN_FRAMES = 5;

/** Fraction of a frame's time above which the rate counts as missed. */
const TOO_MUCH = 1.06;

/** Maximum expected fraction of a frame's time for a level that is chosen on the way down. */
const COMFORTABLE = 0.88;

/** Maximum expected fraction of a frame's time for a better level. */
const PROMISING = 0.82;

/** Fraction of a frame's time above which the level is lowered without waiting. */
const FAR_TOO_MUCH = 1.8;

/** Time for which the rate must be missed before a level is given up. Milliseconds. */
const MISSED = 1200;

/**
 * A smaller picture makes only the network faster. If the network would take no more than this
 * fraction of the rest, the size is not the reason for missing the rate.
 */
const MIN_SHARE = 0.5;

/** Time for which a better level must look possible before it is tried. Milliseconds. */
const MIN_PATIENCE_MS = 4000;
const MAX_PATIENCE_MS = 120_000;

/** A raise that is reverted within this time was a mistake. Milliseconds. */
const PROBATION = 15_000;

/** Minimum share of the machine for a video beside others with a far larger visible area. */
const MIN_PART = 0.1;

/**
 * The share of the machine that a video may take, 0..1, in proportion to its visible area.
 * @param area Visible area of this one.
 * @param areas Those of all that play.
 */
export function shareOf(area: number, areas: readonly number[]): number {
  const all = areas.reduce((sum, each) => sum + each, 0);
  return all > area ? Math.max(MIN_PART, area / all) : 1;
}

export class Pace {
  private hasLive = true;
  private ladder: readonly Level[];
  private index: number;
  /** The last frames at this level. */
  private frames: FrameCost[] = [];
  private seen = 0;
  private patience = MIN_PATIENCE_MS;
  private promisingSince: number | null = null;
  private steppedUp: number | null = null;
  private missedSince: number | null = null;
  /** Milliseconds of the network per pixel, once measured. */
  private readonly perPixel = new Map<NetworkName, number>();
  /** Until the first evaluation, a better level is taken without patience. */
  private isNew = true;

  /**
   * @param interval Target time between two styled frames, in milliseconds.
   * @param mostPixels Maximum useful number: that of the video.
   */
  constructor(
    private interval: number,
    private mostPixels = Number.POSITIVE_INFINITY,
  ) {
    this.ladder = ladderOf(mostPixels, true);
    this.index = this.indexOf({ network: 'live', pixels: FIRST_AREA });
  }

  get level(): Level {
    return this.ladder[this.index]!;
  }

  /**
   * Whether another frame may be sent while one is painted: not if the network itself is the
   * bottleneck, as the other one would only grow old.
   */
  get overlaps(): boolean {
    const run = median(this.frames.map((each) => each.run));
    return this.frames.length > 0 && run <= Math.max(TOO_MUCH * this.interval, this.cycle / 2);
  }

  private get cycle(): number {
    return median(this.frames.map((each) => each.cycle));
  }

  /** Sets another target, in milliseconds between two styled frames. */
  aim(interval: number): void {
    if (Math.abs(interval - this.interval) < 0.5) return;
    this.interval = interval;
    this.promisingSince = null;
  }

  /** Sets the size of the video; more pixels are of no use. */
  limit(mostPixels: number): void {
    if (mostPixels === this.mostPixels) return;
    this.mostPixels = mostPixels;
    this.rebuild();
  }

  /** Called when the full network has painted in place of the live one: there is none. */
  withoutLive(): void {
    if (!this.hasLive) return;
    this.hasLive = false;
    this.perPixel.clear();
    this.rebuild();
  }

  private rebuild(): void {
    const { level } = this;
    this.ladder = ladderOf(this.mostPixels, this.hasLive);
    this.index = this.indexOf(level);
    const now = this.level;
    if (now.network !== level.network || now.pixels !== level.pixels) this.restart();
  }

  /** The nearest level that is not larger than this one. */
  private indexOf({ network, pixels }: Level): number {
    const wanted = this.hasLive ? network : 'full';
    const at = this.ladder.findLastIndex(
      (level) => level.network === wanted && level.pixels <= pixels,
    );
    return Math.max(0, at);
  }

  /** Records a frame that was painted at the present level, and changes the level if necessary. */
  observe(frame: FrameCost): void {
    this.seen += 1;
    // The first frame at a size allocates memory that the others reuse.
    if (this.seen === 1) return;
    this.frames.push(frame);
    if (this.frames.length > WINDOW) this.frames.shift();
    if (this.frames.length < MIN_FRAMES) return;
    const run = median(this.frames.map((each) => each.run));
    this.perPixel.set(this.level.network, run / this.level.pixels);
    const { cycle } = this;
    const overhead = Math.max(0, cycle - run);
    if (cycle > TOO_MUCH * this.interval) {
      this.missedSince ??= frame.now;
      const isPatient = !this.isNew && cycle < FAR_TOO_MUCH * this.interval;
      if (!isPatient || frame.now - this.missedSince >= MISSED) this.goDown(frame.now, overhead);
    } else {
      this.missedSince = null;
      this.considerUp(frame.now, overhead);
    }
    this.isNew = false;
  }

  private goDown(now: number, overhead: number): void {
    this.promisingSince = null;
    if (this.steppedUp !== null && now - this.steppedUp < PROBATION) {
      this.patience = Math.min(MAX_PATIENCE_MS, 2 * this.patience);
    }
    this.steppedUp = null;
    this.missedSince = null;
    const budget = Math.max(COMFORTABLE * this.interval - overhead, MIN_SHARE * overhead);
    if (this.index > 0) this.move(this.best(this.index, budget));
  }

  private considerUp(now: number, overhead: number): void {
    const proven = this.steppedUp !== null && now - this.steppedUp >= PROBATION;
    if (proven) {
      this.patience = MIN_PATIENCE_MS;
      this.steppedUp = null;
    }
    const best = this.best(this.ladder.length - 1, PROMISING * this.interval - overhead);
    if (best <= this.index) {
      this.promisingSince = null;
      return;
    }
    this.promisingSince ??= now;
    if (!this.isNew && now - this.promisingSince < this.patience) return;
    this.promisingSince = null;
    this.steppedUp = now;
    // Unmeasured levels come after the best measured one.
    const known = this.ladder.findLastIndex(
      ({ network }, i) => i <= best && this.perPixel.has(network),
    );
    this.move(Math.max(known, this.index + 1));
  }

  /** The best level up to `highest` whose network can be expected to keep within the budget. */
  private best(highest: number, budget: number): number {
    for (let index = highest; index > 0; index--) {
      if (this.expectedRun(this.ladder[index]!) <= budget) return index;
    }
    return 0;
  }

  private expectedRun({ network, pixels }: Level): number {
    const known = this.perPixel.get(network);
    if (known !== undefined) return known * pixels;
    const other = this.perPixel.get(network === 'full' ? 'live' : 'full') ?? 0;
    return other * pixels * (network === 'full' ? FULL_TO_LIVE : 1 / FULL_TO_LIVE);
  }

  private move(index: number): void {
    if (index === this.index) return;
    this.index = index;
    this.restart();
  }

  private restart(): void {
    this.frames = [];
    this.seen = 0;
    this.missedSince = null;
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
