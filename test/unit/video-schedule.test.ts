import { describe, expect, it } from 'vitest';

import { frameSize } from '../../src/page/videos/frame-size';
import { FrameSchedule } from '../../src/page/videos/schedule';
import { isSoftware } from '../../src/page/videos/sharp-screen';
import { freeParts } from '../../src/page/videos/strips';

/** Shows frames of a source for two seconds and returns how many would be painted. */
function painted(schedule: FrameSchedule, rate: number): number {
  let count = 0;
  for (let now = 0, shown = 1; now < 2000; now += 1000 / rate, shown++) {
    schedule.presented(now, shown);
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
    expect(schedule.sourceInterval).toBeNull();
    for (let i = 0; i < 10; i++) schedule.presented(40 * i, i);
    for (let i = 0; i < 10; i++) schedule.presented(20_000 + 40 * i, 10 + i);
    expect(schedule.sourceInterval).toBe(40);
  });

  it('does not take a page that misses every other frame for a slow source', () => {
    const schedule = new FrameSchedule(1000 / 24);
    for (let i = 0; i < 20; i++) schedule.presented(80 * i, 2 * i);
    expect(schedule.sourceInterval).toBe(40);
  });

  /**
   * The share of a source's frames that is painted, and how often one is painted again, where a page
   * hears of those that `isHeard` says, some of them late.
   */
  function heard(
    rate: number,
    isHeard: (frame: number) => boolean,
    delayOf: (frame: number) => number,
  ): { taken: number; again: number } {
    const schedule = new FrameSchedule(1000 / rate);
    const interval = 1000 / rate;
    const shownAt = (frame: number): number =>
      Math.ceil((frame * interval) / (1000 / 60) - 1e-6) * (1000 / 60);
    const seen = new Set<number>();
    let again = 0;
    const take = (presented: number, at: number): void => {
      if (!schedule.isDue(presented)) return;
      schedule.taken(presented);
      let frame = Math.floor(at / interval);
      while (shownAt(frame) > at) frame -= 1;
      if (seen.has(frame)) again += 1;
      seen.add(frame);
    };
    const frames = Array.from({ length: 600 }, (_, i) => i).filter(isHeard);
    for (const [i, frame] of frames.entries()) {
      const now = shownAt(frame);
      schedule.presented(now, frame);
      take(now, now + delayOf(frame));
      const next = frames[i + 1];
      const until = next === undefined ? 0 : shownAt(next) + delayOf(next);
      for (let late = schedule.after(now); late && late.late < until;) {
        take(late.presented, late.late);
        late = schedule.after(late.presented);
      }
    }
    return { taken: seen.size / 600, again };
  }

  it.each([24, 25, 30])('paints what a busy page has not heard of, at %d a second', (rate) => {
    expect(
      heard(
        rate,
        (frame) => frame % 3 !== 1,
        () => 1,
      ).taken,
    ).toBeGreaterThan(0.95);
    expect(
      heard(
        rate,
        (frame) => frame % 2 === 0,
        () => 1,
      ).taken,
    ).toBeGreaterThan(0.9);
  });

  it.each([24, 25, 30])('paints no frame again where it hears late, at %d a second', (rate) => {
    const { taken, again } = heard(
      rate,
      () => true,
      (frame) => (frame % 4 === 0 ? 14 : 1),
    );
    expect(again).toBe(0);
    expect(taken).toBeGreaterThan(0.97);
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

describe('freeParts', () => {
  const box = { width: 640, height: 360 };
  const caption = {
    text: 'A line',
    line: 'auto',
    snapToLines: true,
    position: 'auto',
    align: 'center',
    size: 100,
  } as const;
  const widthOf = (text: string, font: number): number => 0.5 * font * text.length;
  const free = (
    hasControls: boolean,
    ...captions: readonly (typeof caption | object)[]
  ): ReturnType<typeof freeParts> =>
    freeParts(
      hasControls,
      captions.map((changes) => ({ ...caption, ...changes })),
      box,
      widthOf,
    );

  it('leaves nothing free where nothing is shown', () => {
    expect(free(false)).toEqual({ bottom: 0, holes: [] });
  });

  it('leaves the controls free, as far as there is room', () => {
    expect(free(true).bottom).toBeGreaterThan(60);
    expect(freeParts(true, [], { width: 640, height: 50 }, widthOf).bottom).toBe(50);
  });

  it('leaves a caption free and little beside it, above the controls', () => {
    const [alone] = free(false, caption).holes;
    expect(alone!.width).toBeLessThan(100);
    expect(alone!.x + alone!.width / 2).toBeCloseTo(320);
    expect(alone!.y + alone!.height).toBeGreaterThan(358);
    const [above] = free(true, caption).holes;
    expect(alone!.y - above!.y).toBeCloseTo(free(true).bottom);
  });

  it('leaves two rows and two captions free together', () => {
    const [one] = free(false, caption).holes;
    const [rows] = free(false, { text: 'Two\nlines' }).holes;
    const [two] = free(false, caption, { text: 'Another, longer line' }).holes;
    expect(rows!.height - one!.height).toBeGreaterThan(18);
    expect(two!.height).toBeCloseTo(rows!.height);
    expect(two!.width).toBeGreaterThan(one!.width);
  });

  it('counts the rows of what is wider than its room', () => {
    const [long] = free(false, { text: 'word '.repeat(30) }).holes;
    const [narrow] = free(false, { text: 'word '.repeat(6), size: 20 }).holes;
    expect(long!.height).toBeGreaterThan(60);
    expect(narrow!.height).toBeGreaterThan(60);
    expect(narrow!.width).toBeLessThan(150);
  });

  it.each([
    ['start', { align: 'start' }, 0],
    ['end', { align: 'end' }, 640 - 54],
    ['a position', { align: 'start', position: 50 }, 320],
  ])('finds a caption at %s', (_, changes, left) => {
    expect(free(false, changes).holes[0]!.x + 3.6).toBeCloseTo(left);
  });

  it('leaves captions at the top free there, and those at the bottom too', () => {
    const { holes, bottom } = free(false, { line: 0 }, caption);
    expect(bottom).toBe(0);
    expect(holes).toHaveLength(2);
    expect(holes[0]!.y).toBeLessThan(0);
    expect(holes[1]!.y).toBeGreaterThan(300);
  });

  it('leaves captions free that stand at a line or a share of the height', () => {
    const [line] = free(false, { line: -2 }).holes;
    expect(line!.y + line!.height).toBeLessThan(350);
    const [share] = free(false, { line: 80, snapToLines: false }).holes;
    expect(share!.y + 3.6).toBeCloseTo(288);
  });
});

describe('isSoftware', () => {
  it.each([
    'ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)',
    'llvmpipe (LLVM 15.0.7, 256 bits)',
    'ANGLE (Mesa, llvmpipe (LLVM 17.0.6, 256 bits), OpenGL 4.5)',
    'llvmpipe, or similar',
    'ANGLE (Microsoft, Microsoft Basic Render Driver Direct3D11 vs_5_0 ps_5_0, D3D11)',
    'Apple Software Renderer',
    'softpipe',
    'Mesa lavapipe',
    'Software Adapter',
  ])('knows that %s is no graphics card', (name) => expect(isSoftware(name)).toBe(true));

  it.each([
    'ANGLE (NVIDIA, NVIDIA GeForce RTX 3060 Direct3D11 vs_5_0 ps_5_0, D3D11)',
    'ANGLE (Intel, Mesa Intel(R) UHD Graphics 620 (KBL GT2), OpenGL 4.6)',
    'Apple M1',
    'Mali-G78',
    'ANGLE (Apple, ANGLE Metal Renderer: Apple M2, Unspecified Version)',
  ])('takes %s for one', (name) => expect(isSoftware(name)).toBe(false));
});
