import { describe, expect, it } from 'vitest';

import { frameSize } from '../../src/content/video/frame-size';
import { FrameSchedule } from '../../src/content/video/schedule';
import { freeStrips } from '../../src/content/video/strips';

/** Shows frames of a source for two seconds and returns how many would be painted. */
function painted(schedule: FrameSchedule, rate: number): number {
  let count = 0;
  for (let now = 0; now < 2000; now += 1000 / rate) {
    schedule.presented(now);
    if (!schedule.isDue(now)) continue;
    schedule.taken(now);
    count += 1;
  }
  return count / 2;
}

describe('FrameSchedule', () => {
  it.each([
    [15, 15],
    [24, 24],
    [25, 25],
    [30, 30],
    [50, 25],
    [60, 30],
  ])('paints of %d frames a second %d, for a target of 24', (rate, expected) => {
    expect(painted(new FrameSchedule(1000 / 24), rate)).toBeCloseTo(expected, -0.5);
  });

  it('knows the rate of its source, pauses left out', () => {
    const schedule = new FrameSchedule(1000 / 24);
    expect(schedule.sourceInterval).toBeCloseTo(1000 / 24);
    for (let i = 0; i < 10; i++) schedule.presented(40 * i);
    for (let i = 0; i < 10; i++) schedule.presented(20_000 + 40 * i);
    expect(schedule.sourceInterval).toBe(40);
  });

  it('gives the styled rate of the last two seconds', () => {
    const schedule = new FrameSchedule(40);
    for (let i = 0; i <= 100; i++) schedule.finished(50 * i);
    expect(schedule.rate(5000)).toBeCloseTo(20);
    expect(schedule.rate(9000)).toBe(0);
  });
});

describe('frameSize', () => {
  it.each([
    [640, 360, 57600, 320, 184],
    [1920, 1080, 230400, 640, 360],
    [360, 640, 57600, 184, 320],
    [64, 64, 57600, 64, 64],
    [16, 16, 57600, 32, 32],
  ])('paints %d×%d at about %d pixels as %d×%d', (width, height, pixels, w, h) => {
    expect(frameSize({ width, height }, pixels)).toEqual({ width: w, height: h });
  });
});

describe('freeStrips', () => {
  const caption = { text: 'A line', line: 'auto', snapToLines: true } as const;

  it('leaves nothing free where nothing is shown', () => {
    expect(freeStrips(false, [], 360)).toEqual({ top: 0, bottom: 0 });
  });

  it('leaves the controls free', () => {
    expect(freeStrips(true, [], 360).bottom).toBeGreaterThan(60);
  });

  it('leaves captions free, above the controls', () => {
    const alone = freeStrips(false, [caption], 360);
    const both = freeStrips(true, [caption], 360);
    expect(alone.bottom).toBeGreaterThan(25);
    expect(both.bottom).toBeGreaterThan(alone.bottom + 60);
    const two = freeStrips(false, [{ ...caption, text: 'Two\nlines' }], 360);
    expect(two.bottom).toBeGreaterThan(alone.bottom + 15);
  });

  it('leaves captions at the top free there', () => {
    const strips = freeStrips(false, [{ ...caption, line: 0 }], 360);
    expect(strips.top).toBeGreaterThan(25);
    expect(strips.bottom).toBe(0);
  });

  it('leaves captions free that stand at a line or a share of the height', () => {
    expect(freeStrips(false, [{ ...caption, line: -2 }], 360).bottom).toBeGreaterThan(45);
    expect(
      freeStrips(false, [{ ...caption, line: 80, snapToLines: false }], 360).bottom,
    ).toBeCloseTo(72);
  });

  it('never leaves more free than there is', () => {
    expect(freeStrips(true, [caption], 50).bottom).toBe(50);
  });
});
