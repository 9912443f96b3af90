import { describe, expect, it } from 'vitest';

import { Pace, shareOf, type Level } from '../../src/page/videos/pace';
import { FrameSchedule } from '../../src/page/videos/schedule';

const TARGET = 1000 / 24;

/** Numbers from 0 to 1 that look random, the same every time. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (1664525 * state + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

interface Machine {
  /** Milliseconds of the live network for 1000 pixels. */
  readonly live: number;
  readonly full: number;
  /** Milliseconds of all else, for each frame. */
  readonly overhead: number;
  /** By how much a frame may take longer, as a share. */
  readonly noise?: number;
}

/** Plays for some seconds of the machine's time and returns the levels of all frames. */
function play(
  pace: Pace,
  machine: Machine | ((now: number) => Machine),
  seconds: number,
  from = 0,
): { now: number; level: Level; cycle: number }[] {
  const random = generator(7);
  const frames = [];
  for (let now = from; now < from + 1000 * seconds;) {
    const {
      live,
      full,
      overhead,
      noise = 0.15,
    } = typeof machine === 'function' ? machine(now) : machine;
    const { level } = pace;
    const run = ((level.network === 'live' ? live : full) * level.pixels) / 1000;
    const jitter = 1 + noise * random();
    const cycle = run * jitter + overhead;
    now += Math.max(cycle, TARGET);
    pace.observe({ now, cycle, run: run * jitter });
    frames.push({ now, level, cycle });
  }
  return frames;
}

function changes(frames: readonly { level: Level }[]): number {
  return frames.filter(({ level }, i) => i > 0 && level !== frames[i - 1]!.level).length;
}

describe('Pace', () => {
  it('finds the size that a machine can hold, within two seconds', () => {
    const pace = new Pace(TARGET);
    const frames = play(pace, { live: 0.4, full: 1.3, overhead: 5 }, 2);
    expect(frames.at(-1)!.level).toEqual({ network: 'live', pixels: 57600 });
    expect(frames.at(-1)!.cycle).toBeLessThan(TARGET);
  });

  it('stays where it is, on a machine that stays as it is', () => {
    const pace = new Pace(TARGET);
    play(pace, { live: 0.4, full: 1.3, overhead: 5 }, 20);
    const frames = play(pace, { live: 0.4, full: 1.3, overhead: 5 }, 120, 20_000);
    expect(changes(frames)).toBeLessThanOrEqual(2);
  });

  it('uses the full network on a fast machine, up to the size of the video', () => {
    const pace = new Pace(TARGET, 640 * 360);
    play(pace, { live: 0.02, full: 0.1, overhead: 5 }, 30);
    expect(pace.level).toEqual({ network: 'full', pixels: 230400 });
  });

  it('gets no smaller where the network is not what takes the time', () => {
    for (const overhead of [45, 80]) {
      const pace = new Pace(TARGET);
      const frames = play(pace, { live: 0.4, full: 1.3, overhead }, 30);
      expect(changes(frames)).toBeLessThanOrEqual(1);
      expect(frames.at(-1)!.level.pixels).toBeGreaterThanOrEqual(46656);
    }
  });

  it('waits a busy second out, and changes rarely on a machine that is busy now and then', () => {
    const pace = new Pace(TARGET);
    play(pace, { live: 0.4, full: 1.3, overhead: 5 }, 20);
    const before = pace.level;
    const busy = (now: number): Machine => ({
      live: now % 5000 < 800 ? 0.65 : 0.4,
      full: 1.3,
      overhead: 5,
    });
    const frames = play(pace, busy, 60, 20_000);
    expect(frames.at(-1)!.level).toEqual(before);
    expect(changes(frames)).toBeLessThanOrEqual(2);
  });

  it('never shows a size again that it has just left', () => {
    const random = generator(11);
    const pace = new Pace(TARGET);
    const seen: { now: number; pixels: number }[] = [];
    const fitful = (): Machine => ({ live: 0.3 + 0.3 * random(), full: 2, overhead: 4 });
    for (const { now, level } of play(pace, fitful, 60)) {
      if (level.pixels !== seen.at(-1)?.pixels) seen.push({ now, pixels: level.pixels });
    }
    for (let i = 2; i < seen.length; i++) {
      const isBack = seen[i]!.pixels === seen[i - 2]!.pixels;
      if (isBack) expect(seen[i]!.now - seen[i - 2]!.now).toBeGreaterThan(4000);
    }
  });

  it('goes to the least on a machine that can not hold the rate, and stays there', () => {
    const pace = new Pace(TARGET);
    play(pace, { live: 6, full: 18, overhead: 9 }, 10);
    expect(pace.level).toEqual({ network: 'live', pixels: 14400 });
    expect(changes(play(pace, { live: 6, full: 18, overhead: 9 }, 60, 10_000))).toBe(0);
  });

  it('gives way when something else needs the machine, and comes back', () => {
    const pace = new Pace(TARGET);
    const machine = (now: number): Machine => ({
      live: now > 20_000 && now < 30_000 ? 0.9 : 0.4,
      full: 3,
      overhead: 5,
    });
    play(pace, machine, 20);
    const before = pace.level;
    play(pace, machine, 4, 20_000);
    expect(pace.level.pixels).toBeLessThan(before.pixels);
    play(pace, machine, 40, 24_000);
    expect(pace.level).toEqual(before);
  });

  it('swings ever more rarely where a step up looks possible and is not', () => {
    const pace = new Pace(TARGET);
    // Larger pictures cost more than in proportion, which the estimate does not know.
    const random = generator(3);
    const levels: Level[] = [];
    for (let now = 0; now < 300_000;) {
      const { level } = pace;
      const run =
        level.pixels < 50_000 ? 0.4 * (level.pixels / 1000) : 0.85 * (level.pixels / 1000);
      const cycle = run * (1 + 0.1 * random()) + 5;
      now += Math.max(cycle, TARGET);
      pace.observe({ now, cycle, run });
      levels.push(level);
    }
    const late = levels.slice(levels.length / 2).map((level) => ({ level }));
    expect(changes(late)).toBeLessThanOrEqual(4);
  });

  it('is not moved by a single hiccup', () => {
    const pace = new Pace(TARGET);
    play(pace, { live: 0.4, full: 1.3, overhead: 5 }, 20);
    const before = pace.level;
    pace.observe({ now: 20_300, cycle: 400, run: 380 });
    expect(pace.level).toEqual(before);
  });

  it('goes on with the full network alone where there is no live one', () => {
    const pace = new Pace(TARGET);
    pace.withoutLive();
    expect(pace.level).toEqual({ network: 'full', pixels: 46656 });
    play(pace, { live: 0, full: 1.3, overhead: 5, noise: 0 }, 30);
    expect(pace.level).toEqual({ network: 'full', pixels: 20736 });
  });

  it('paints no more pixels than the video has', () => {
    const pace = new Pace(TARGET);
    pace.limit(160 * 120);
    expect(pace.level.pixels).toBeLessThanOrEqual(160 * 120);
    play(pace, { live: 0.01, full: 0.01, overhead: 1 }, 20);
    expect(pace.level.pixels).toBeLessThanOrEqual(160 * 120);
  });

  it.each([
    ['on a machine that keeps up', { live: 0.4, full: 1.3, overhead: 5 }, true],
    ['where all else takes the time', { live: 0.4, full: 1.3, overhead: 80 }, true],
    ['where the network takes it', { live: 6, full: 18, overhead: 9 }, false],
  ])('has the next frame on its way while one is painted: %s', (_, machine, overlaps) => {
    const pace = new Pace(TARGET);
    expect(pace.overlaps).toBe(false);
    play(pace, machine, 10);
    // Not right after a step, when nothing is known of the new size.
    const found = Array.from({ length: 5 }, (__, i) => {
      play(pace, machine, 0.2, 10_000 + 200 * i);
      return pace.overlaps;
    });
    expect(found).toContain(overlaps);
    expect(found.filter((each) => each !== overlaps).length).toBeLessThanOrEqual(1);
  });

  it('follows another target', () => {
    const pace = new Pace(TARGET);
    play(pace, { live: 0.4, full: 1.3, overhead: 5 }, 10);
    const before = pace.level;
    pace.aim(100);
    play(pace, { live: 0.4, full: 1.3, overhead: 5 }, 10, 10_000);
    expect(pace.level.pixels).toBeGreaterThan(before.pixels);
  });
});

describe('Pace and FrameSchedule together', () => {
  /**
   * Paints a source of 640 × 360 at 25 frames a second, of which a page at 60 repaints a second hears.
   * @param network Milliseconds of the live network at 640 × 360.
   * @param rest Milliseconds of all else, for each frame.
   * @returns The last level, and the styled frames per second of the last ten seconds.
   */
  function watch(network: number, rest: number): { level: Level; rate: number } {
    const random = generator(5);
    const schedule = new FrameSchedule(1000 / 24);
    const pace = new Pace(1000 / 24, 640 * 360);
    const ends: number[] = [];
    let waiting: number | null = null;
    const start = (at: number): void => {
      if (waiting === null || !schedule.isDue(waiting)) return;
      schedule.taken(waiting);
      waiting = null;
      const { level } = pace;
      const size = (level.network === 'full' ? 5 : 1) * (level.pixels / (640 * 360));
      const run = network * size * (1 + 0.15 * random());
      ends.push(Math.max(at, ends.at(-1) ?? 0) + run + rest);
      pace.observe({ now: ends.at(-1)!, cycle: run + rest, run });
      pace.aim(Math.max(1000 / 24, schedule.sourceInterval ?? 0));
    };
    for (let frame = 0; frame < 25 * 60; frame++) {
      const now = Math.ceil((frame * 40) / (1000 / 60) - 1e-6) * (1000 / 60);
      const inFlight = (): number[] => ends.filter((end) => end > now);
      if (waiting !== null && inFlight().length < 2) start(now);
      schedule.presented(now, frame);
      waiting = now;
      if (inFlight().length < (pace.overlaps ? 2 : 1)) start(now);
    }
    const rate = ends.filter((end) => end > 50_000 && end <= 60_000).length / 10;
    return { level: pace.level, rate };
  }

  it.each([
    ['19 ms for the network', 19, 9],
    ['22 ms for the network', 22, 9],
  ])('paint 640 × 360 as large as it is, at 22 frames a second or more: %s', (_, network, rest) => {
    const { level, rate } = watch(network, rest);
    expect(level).toEqual({ network: 'live', pixels: 640 * 360 });
    expect(rate).toBeGreaterThanOrEqual(22);
  });
});

describe('shareOf', () => {
  it.each([
    ['one alone has all', 100, [100], 1],
    ['two that are equal share evenly', 100, [100, 100], 0.5],
    ['most goes to that of which most is seen', 300, [300, 100], 0.75],
    ['a small one gets a little', 1, [1, 99_999], 0.1],
    ['one that is about to be seen has all of nothing', 0, [0], 1],
  ])('%s', (_, area, areas, share) => expect(shareOf(area, areas)).toBe(share));
});
