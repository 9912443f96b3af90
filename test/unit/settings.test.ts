import { beforeEach, describe, expect, test, vi } from 'vitest';

import { fakeStorageArea, type FakeStorageArea } from './fake-storage';

const fake = vi.hoisted(() => ({ storage: {} }));
vi.mock('webextension-polyfill', () => ({ default: fake }));

const { DEFAULT_SETTINGS, observeSettings, readSettings, writeSettings } =
  await import('../../src/storage/settings');
const { leaveNotice, takeNotice } = await import('../../src/storage/notices');

let local: FakeStorageArea;
let session: FakeStorageArea;

beforeEach(() => {
  local = fakeStorageArea('local');
  session = fakeStorageArea('session', local);
  fake.storage = { local: local.area, session: session.area, onChanged: local.onChanged };
});

describe('reading', () => {
  test('an empty storage gives the defaults', async () => {
    expect(await readSettings()).toEqual(DEFAULT_SETTINGS);
  });

  test('what was written comes back, the rest stays as it was', async () => {
    await writeSettings({ budget: 3 });
    await writeSettings({ mix: { a: 0.25 } });
    expect(await readSettings()).toEqual({ ...DEFAULT_SETTINGS, mix: { a: 0.25 }, budget: 3 });
  });

  test.each([
    ['text', 'starry-night'],
    ['null', null],
    ['an array', [1]],
    ['without a weight', { layers: [], base: 'starry-night' }],
  ])('a mix that is %s is the default', async (_, mix) => {
    await local.area.set({ mix });
    expect((await readSettings()).mix).toEqual(DEFAULT_SETTINGS.mix);
  });

  test('of a damaged mix, what is sound is kept', async () => {
    await local.area.set({ mix: { a: 0.5, b: 'much', c: -1, d: null, e: Number.NaN, f: {} } });
    expect((await readSettings()).mix).toEqual({ a: 0.5 });
  });

  test('an empty mix is a choice, not damage', async () => {
    await writeSettings({ mix: {} });
    expect((await readSettings()).mix).toEqual({});
  });

  test('of damaged video settings, what is sound is kept', async () => {
    await local.area.set({ video: { rate: 900, steady: false, meter: 'yes' } });
    expect((await readSettings()).video).toEqual({ ...DEFAULT_SETTINGS.video, steady: false });
  });

  test.each([0, -1, 17, Number.NaN, Infinity, '1.5', null])(
    'a budget of %j is the default',
    async (budget) => {
      await local.area.set({ budget });
      expect((await readSettings()).budget).toBe(DEFAULT_SETTINGS.budget);
    },
  );
});

describe('observing', () => {
  test('tells of settings, not of other keys or areas, until it is stopped', async () => {
    const seen: unknown[] = [];
    const stop = observeSettings(({ mix }) => seen.push(mix));
    await local.area.set({ favourite: 1 });
    await session.area.set({ mix: { b: 1 } });
    await writeSettings({ mix: { a: 1 } });
    await vi.waitFor(() => expect(seen).toEqual([{ a: 1 }]));
    stop();
    await writeSettings({ mix: { c: 1 } });
    await Promise.resolve();
    expect(seen).toHaveLength(1);
  });
});

describe('observing changes in a row', () => {
  test('tells each as it was made, in their order, whenever the storage answers', async () => {
    await writeSettings({ budget: 2 });
    const seen: [number, string][] = [];
    observeSettings(({ budget, order }) => seen.push([budget, order]));
    const { get } = local.area;
    // The first request is answered last.
    const delays = [30, 10, 0];
    local.area.get = async (keys) => {
      const answer = await get(keys);
      await new Promise((resolve) => setTimeout(resolve, delays.shift()));
      return answer;
    };
    await writeSettings({ order: 'use' });
    await writeSettings({ budget: 3 });
    await local.area.remove('budget');
    await vi.waitFor(() => expect(seen).toHaveLength(3));
    expect(seen).toEqual([
      [2, 'use'],
      [3, 'use'],
      [DEFAULT_SETTINGS.budget, 'use'],
    ]);
  });
});

describe('notices', () => {
  test('are taken once, each by its own tab', async () => {
    await leaveNotice(7, { code: 'page-forbidden', detail: '' });
    expect(await takeNotice(8)).toBeNull();
    expect(await takeNotice(7)).toBe('page-forbidden');
    expect(await takeNotice(7)).toBeNull();
  });

  test('a damaged one is something unexpected', async () => {
    await session.area.set({ 'notice:7': 'oops' });
    expect(await takeNotice(7)).toBe('unexpected');
  });
});
