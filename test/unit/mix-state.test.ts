import { describe, expect, test } from 'vitest';

import {
  DEFAULT_RENDER_OPTIONS,
  type RenderOptions,
  type Recipe,
} from '../../src/core/style/render-options';
import type { StyleMix } from '../../src/core/style/mix';
import {
  reduceMix,
  sameMix,
  startMix,
  withShare,
  withStrength,
} from '../../src/pages/shared/mix/mix-state';
import type { MixAction, MixState } from '../../src/pages/shared/mix/mix-state';

const plain = (mix: StyleMix): Recipe => ({ mix, manner: DEFAULT_RENDER_OPTIONS });
const after = (state: MixState, ...actions: MixAction[]): MixState =>
  actions.reduce(reduceMix, state);
const share = (style: string, value: number, gesture: number): MixAction => ({
  type: 'share',
  style,
  share: value,
  gesture,
});

describe('a share', () => {
  test('is taken from the original first', () => {
    expect(withShare({ a: 0.4 }, 'b', 0.5)).toEqual({ a: 0.4, b: 0.5 });
  });

  test('shrinks the other styles in proportion where the original is used up', () => {
    const mix = withShare({ a: 0.6, b: 0.3 }, 'c', 0.55);
    expect(mix['a']).toBeCloseTo(0.3);
    expect(mix['b']).toBeCloseTo(0.15);
    expect(mix['c']).toBeCloseTo(0.55);
  });

  test('of 1 leaves nothing else, of 0 removes the style', () => {
    expect(withShare({ a: 0.6, b: 0.3 }, 'b', 1)).toEqual({ b: 1 });
    expect(withShare({ a: 0.6, b: 0.3 }, 'b', 0)).toEqual({ a: 0.6 });
  });

  test('out of bounds is held at the bounds', () => {
    expect(withShare({}, 'a', 7)).toEqual({ a: 1 });
    expect(withShare({ a: 1 }, 'a', -1)).toEqual({});
  });
});

describe('strength', () => {
  test('scales every style', () => {
    const mix = withStrength({ a: 0.6, b: 0.2 }, 0.4);
    expect(mix['a']).toBeCloseTo(0.3);
    expect(mix['b']).toBeCloseTo(0.1);
  });

  test('of an empty mix changes nothing', () => {
    expect(withStrength({}, 1)).toEqual({});
  });
});

describe('a movement of a slider', () => {
  const start = startMix(plain({ a: 0.6, b: 0.4 }));

  test('gives back what it pushed away when it returns', () => {
    const pushed = after(start, share('b', 1, 1));
    expect(pushed.mix).toEqual({ b: 1 });
    expect(sameMix(after(pushed, share('b', 0.4, 1)).mix, start.mix)).toBe(true);
  });

  test('keeps the styles through strength 0', () => {
    const strength = (value: number): MixAction => ({
      type: 'strength',
      strength: value,
      gesture: 1,
    });
    expect(after(start, strength(0)).mix).toEqual({});
    expect(sameMix(after(start, strength(0), strength(1)).mix, start.mix)).toBe(true);
  });

  test('of the strength finds the last mix that was painted', () => {
    const cleared = after(start, { type: 'replace', mix: {} });
    const half = after(cleared, { type: 'strength', strength: 0.5, gesture: 1 });
    expect(sameMix(half.mix, { a: 0.3, b: 0.2 })).toBe(true);
    const empty = startMix(plain({}));
    expect(after(empty, { type: 'strength', strength: 0.5, gesture: 1 })).toBe(empty);
  });

  test('is one step of undo', () => {
    const moved = after(start, share('a', 0.5, 1), share('a', 0.2, 1), share('a', 0.1, 1));
    expect(moved.past).toEqual([plain(start.mix)]);
    expect(after(moved, { type: 'undo' }).mix).toEqual(start.mix);
  });

  test('after another is a step of its own', () => {
    const moved = after(start, share('a', 0.5, 1), share('a', 0.2, 2));
    expect(moved.past).toHaveLength(2);
  });

  test('to where the slider stands is no step', () => {
    expect(after(start, share('a', 0.6, 1))).toBe(start);
  });
});

describe('undo and redo', () => {
  const start = startMix(plain({ a: 1 }));
  const replaced = after(start, { type: 'replace', mix: { b: 1 } }, { type: 'replace', mix: {} });

  test('walk back and forth', () => {
    const undone = after(replaced, { type: 'undo' });
    expect(undone.mix).toEqual({ b: 1 });
    expect(after(undone, { type: 'undo' }).mix).toEqual({ a: 1 });
    expect(after(undone, { type: 'redo' })).toEqual(replaced);
  });

  test('stop at the ends', () => {
    expect(after(start, { type: 'undo' })).toBe(start);
    expect(after(replaced, { type: 'redo' })).toBe(replaced);
  });

  test('a new change forgets what was undone', () => {
    const changed = after(replaced, { type: 'undo' }, { type: 'replace', mix: { c: 1 } });
    expect(changed.future).toEqual([]);
  });

  test('a replacement by the same mix is no step', () => {
    expect(after(start, { type: 'replace', mix: { a: 1 } })).toBe(start);
  });

  test('the past has an end', () => {
    let state = start;
    for (let i = 1; i <= 150; i++) {
      state = reduceMix(state, { type: 'replace', mix: { a: i / 151 } });
    }
    expect(state.past).toHaveLength(100);
  });
});

describe('the manner', () => {
  const start = startMix(plain({ a: 1 }));
  const coloured: RenderOptions = { keepColours: true, strokeSize: 1, secondCoat: 0 };
  const strokes = (strokeSize: number, gesture: number): MixAction => ({
    type: 'manner',
    manner: { keepColours: false, strokeSize, secondCoat: 0 },
    gesture,
  });

  test('changes without the mix, and is undone', () => {
    const changed = after(start, { type: 'manner', manner: coloured, gesture: 1 });
    expect(changed).toMatchObject({ mix: { a: 1 }, manner: coloured });
    expect(after(changed, { type: 'undo' })).toMatchObject(plain({ a: 1 }));
    const redone = after(changed, { type: 'undo' }, { type: 'redo' });
    expect(redone).toMatchObject({ mix: { a: 1 }, manner: coloured });
  });

  test('changed in one movement is one step', () => {
    const moved = after(start, strokes(1.2, 1), strokes(1.5, 1), strokes(2, 1));
    expect(moved.manner.strokeSize).toBe(2);
    expect(moved.past).toEqual([plain({ a: 1 })]);
  });

  test('that is the same is no step', () => {
    expect(after(start, strokes(1, 1))).toBe(start);
  });

  test('stays when the mix is replaced, unless one comes with it', () => {
    const changed = after(start, strokes(2, 1));
    expect(after(changed, { type: 'replace', mix: { b: 1 } }).manner.strokeSize).toBe(2);
    const whole = { type: 'replace', mix: { b: 1 }, manner: coloured } as const;
    expect(after(changed, whole).manner).toEqual(coloured);
  });
});
