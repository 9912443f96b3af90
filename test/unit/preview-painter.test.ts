import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { PreviewPainter, type Look } from '../../src/pages/shared/preview-painter';
import { DEFAULT_RENDER_OPTIONS, type Recipe } from '../../src/core/style/render-options';
import type { StyleMix } from '../../src/core/style/mix';

interface Job {
  readonly look: Look;
  readonly mix: StyleMix;
  readonly signal: AbortSignal;
  finish(): Promise<void>;
  fail(): Promise<void>;
}

const plain = (mix: StyleMix): Recipe => ({ mix, manner: DEFAULT_RENDER_OPTIONS });

let jobs: Job[];
let shown: string[];
let failures: unknown[];
let painter: PreviewPainter<Recipe, string>;

beforeEach(() => {
  vi.useFakeTimers();
  jobs = [];
  shown = [];
  failures = [];
  painter = new PreviewPainter(
    (look, { mix }, signal) =>
      new Promise((resolve, reject) => {
        const settle = async (settling: () => void): Promise<void> => {
          settling();
          await vi.advanceTimersByTimeAsync(0);
        };
        jobs.push({
          look,
          mix,
          signal,
          finish: () => settle(() => resolve(`${look} ${Object.keys(mix).join()}`)),
          fail: () => settle(() => reject(new Error('no engine'))),
        });
      }),
    (picture) => shown.push(picture),
    (error) => failures.push(error),
  );
});
afterEach(() => vi.useRealTimers());

test('a draft at once, the fine look when the hand rests', async () => {
  painter.show(plain({ a: 1 }));
  expect(jobs.map(({ look }) => look)).toEqual(['draft']);
  await jobs[0]!.finish();
  expect(shown).toEqual(['draft a']);
  await vi.advanceTimersByTimeAsync(1000);
  await jobs[1]!.finish();
  expect(shown).toEqual(['draft a', 'fine a']);
});

test('of many changes during a draft only the last is painted next', async () => {
  painter.show(plain({ a: 1 }));
  painter.show(plain({ b: 1 }));
  painter.show(plain({ c: 1 }));
  expect(jobs).toHaveLength(1);
  await jobs[0]!.finish();
  expect(jobs.map(({ mix }) => Object.keys(mix)[0])).toEqual(['a', 'c']);
  expect(shown).toEqual(['draft a']);
});

test('no fine look while changes come', async () => {
  for (let i = 1; i <= 10; i++) {
    painter.show(plain({ a: i / 10 }));
    await jobs.at(-1)!.finish();
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(jobs.every(({ look }) => look === 'draft')).toBe(true);
});

test('a change ends the fine look that is being painted', async () => {
  painter.show(plain({ a: 1 }));
  await jobs[0]!.finish();
  await vi.advanceTimersByTimeAsync(1000);
  painter.show(plain({ b: 1 }));
  expect(jobs[1]!.signal.aborted).toBe(true);
  await jobs[1]!.finish();
  await jobs[2]!.finish();
  expect(shown).toEqual(['draft a', 'draft b']);
});

test('a failure is told, and the next change tries again', async () => {
  painter.show(plain({ a: 1 }));
  await jobs[0]!.fail();
  await vi.advanceTimersByTimeAsync(1000);
  expect(failures).toHaveLength(1);
  expect(jobs).toHaveLength(1);
  painter.show(plain({ b: 1 }));
  await jobs[1]!.finish();
  expect(shown).toEqual(['draft b']);
});

test('a failure of a draft that is out of date goes on with the latest mix', async () => {
  painter.show(plain({ a: 1 }));
  painter.show(plain({ b: 1 }));
  await jobs[0]!.fail();
  await jobs[1]!.finish();
  expect(shown).toEqual(['draft b']);
});

test('nothing is shown after a stop', async () => {
  painter.show(plain({ a: 1 }));
  painter.stop();
  await jobs[0]!.finish();
  await vi.advanceTimersByTimeAsync(1000);
  expect(shown).toEqual([]);
  expect(jobs).toHaveLength(1);
});
