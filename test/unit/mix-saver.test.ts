import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { MixSaver } from '../../src/pages/shared/mix/mix-saver';
import { DEFAULT_RENDER_OPTIONS, type Recipe } from '../../src/core/style/render-options';
import type { StyleMix } from '../../src/core/style/mix';

const plain = (mix: StyleMix): Recipe => ({ mix, manner: DEFAULT_RENDER_OPTIONS });

let written: StyleMix[];
let results: boolean[];
let full: boolean;
let saver: MixSaver;

beforeEach(() => {
  vi.useFakeTimers();
  written = [];
  results = [];
  full = false;
  saver = new MixSaver(
    plain({ a: 1 }),
    ({ mix }) => {
      written.push(mix);
      return full ? Promise.reject(new Error('quota')) : Promise.resolve();
    },
    (failed) => results.push(failed),
  );
});
afterEach(() => vi.useRealTimers());

test('saves the last of many changes, soon', () => {
  for (let i = 1; i <= 5; i++) saver.change(plain({ a: i / 10 }));
  expect(written).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(written).toEqual([{ a: 0.5 }]);
});

test('saves on the way, however long a slider moves', () => {
  for (let i = 0; i < 100; i++) {
    saver.change(plain({ a: i / 100 }));
    vi.advanceTimersByTime(10);
  }
  expect(written.length).toBeGreaterThan(4);
});

test('saves at once when asked, and not again', () => {
  saver.change(plain({ a: 0.5 }));
  saver.flush();
  expect(written).toEqual([{ a: 0.5 }]);
  saver.flush();
  vi.advanceTimersByTime(1000);
  expect(written).toHaveLength(1);
});

test('saves nothing that is there already', () => {
  saver.change(plain({ a: 1 }));
  vi.advanceTimersByTime(1000);
  expect(written).toEqual([]);
});

test('saves a change that returns to what was saved before', () => {
  saver.change(plain({ a: 0.5 }));
  saver.change(plain({ a: 1 }));
  vi.advanceTimersByTime(1000);
  expect(written).toEqual([{ a: 1 }]);
});

test('says whether it worked', async () => {
  full = true;
  saver.change(plain({ a: 0.5 }));
  await vi.advanceTimersByTimeAsync(1000);
  full = false;
  saver.change(plain({ a: 0.6 }));
  await vi.advanceTimersByTimeAsync(1000);
  expect(results).toEqual([true, false]);
});

test('saves another manner of the same mix', () => {
  saver.change({ mix: { a: 1 }, manner: { keepColours: true, strokeSize: 1, secondCoat: 0 } });
  saver.flush();
  expect(written).toEqual([{ a: 1 }]);
});

describe('another window', () => {
  test('is news, once, and not written again', () => {
    expect(saver.isNews(plain({ b: 1 }))).toBe(true);
    expect(saver.isNews(plain({ b: 1 }))).toBe(false);
    saver.change(plain({ b: 1 }));
    vi.advanceTimersByTime(1000);
    expect(written).toEqual([]);
  });

  test('our own writing is no news', () => {
    saver.change(plain({ a: 0.5 }));
    saver.flush();
    expect(saver.isNews(plain({ a: 0.5 }))).toBe(false);
  });

  test('is no news while our own change waits', () => {
    saver.change(plain({ a: 0.5 }));
    expect(saver.isNews(plain({ b: 1 }))).toBe(false);
  });
});

test('what was saved here is no news, however late it comes back', () => {
  for (const a of [0.2, 0.4]) {
    saver.change(plain({ a }));
    saver.flush();
  }
  expect(saver.isNews(plain({ a: 0.2 }))).toBe(false);
  expect(saver.isNews(plain({ a: 0.4 }))).toBe(false);
  expect(saver.isNews(plain({ a: 0.2 }))).toBe(true);
});
