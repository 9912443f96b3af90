import { beforeEach, expect, test, vi } from 'vitest';

import { fakeStorageArea, type FakeStorageArea } from './fake-storage';

const fake = vi.hoisted(() => ({ storage: {} }));
vi.mock('webextension-polyfill', () => ({ default: fake }));

const KEY = 'favourite:a';

let local: FakeStorageArea;
let sync: FakeStorageArea;
let sendAll: () => Promise<void>;

beforeEach(async () => {
  local = fakeStorageArea('local');
  sync = fakeStorageArea('sync', local);
  fake.storage = { local: local.area, sync: sync.area, onChanged: local.onChanged };
  vi.resetModules();
  const { reconcile, serveSync } = await import('../../src/background/sync');
  serveSync();
  sendAll = reconcile;
});

const both = async (): Promise<unknown[]> => [
  await local.area.get(null),
  await sync.area.get(null),
];

test('what is changed here goes to the other machines, but not what belongs to this one', async () => {
  await local.area.set({ [KEY]: { name: 'A' }, mix: { a: 1 }, 'site:https://x/*': {}, budget: 2 });
  await vi.waitFor(async () => expect(await sync.area.get(null)).toEqual({ [KEY]: { name: 'A' } }));
});

test('what comes from another machine is kept here, and not sent back', async () => {
  const set = vi.spyOn(sync.area, 'set');
  await sync.area.set({ [KEY]: { name: 'B' } });
  await vi.waitFor(async () => expect(await local.area.get(KEY)).toEqual({ [KEY]: { name: 'B' } }));
  await sendAll();
  expect(set).toHaveBeenCalledTimes(1);
});

test('a deletion is carried in both directions', async () => {
  await local.area.set({ [KEY]: 1, 'favourite:b': 2 });
  await vi.waitFor(async () => expect(Object.keys(await sync.area.get(null))).toHaveLength(2));
  await local.area.remove(KEY);
  await vi.waitFor(async () => expect(await sync.area.get(null)).toEqual({ 'favourite:b': 2 }));
  await sync.area.remove('favourite:b');
  await vi.waitFor(async () => expect(await local.area.get(null)).toEqual({}));
});

test('where the quota is exceeded, everything stays here', async () => {
  sync.full = true;
  await local.area.set({ [KEY]: { name: 'large' } });
  await sendAll();
  expect(await both()).toEqual([{ [KEY]: { name: 'large' } }, {}]);
  sync.full = false;
  await sendAll();
  expect(await sync.area.get(null)).toEqual({ [KEY]: { name: 'large' } });
});

test('of many records those go that fit, and an old version does not stay behind', async () => {
  await local.area.set({ [KEY]: 'old' });
  await vi.waitFor(async () => expect(await sync.area.get(KEY)).toEqual({ [KEY]: 'old' }));
  const set = sync.area.set.bind(sync.area);
  sync.area.set = (items) =>
    KEY in items ? Promise.reject(new Error('QUOTA_BYTES_PER_ITEM')) : set(items);
  await local.area.set({ [KEY]: 'too large', 'favourite:b': 'small' });
  await vi.waitFor(async () =>
    expect(await sync.area.get(null)).toEqual({ 'favourite:b': 'small' }),
  );
  expect((await local.area.get(KEY))[KEY]).toBe('too large');
});

test('a slow succession of changes ends in the last one, everywhere', async () => {
  for (let i = 0; i < 20; i++) await local.area.set({ [KEY]: i });
  await vi.waitFor(async () => expect(await both()).toEqual([{ [KEY]: 19 }, { [KEY]: 19 }]));
});

test('a start brings together what was missed', async () => {
  fake.storage = { local: local.area, sync: sync.area, onChanged: fakeStorageArea('x').onChanged };
  vi.resetModules();
  const { reconcile } = await import('../../src/background/sync');
  await sync.area.set({ 'favourite:there': 1, other: 2 });
  await local.area.set({ 'favourite:here': 3 });
  await reconcile();
  expect(await local.area.get(null)).toEqual({ 'favourite:there': 1, 'favourite:here': 3 });
  expect(await sync.area.get('favourite:here')).toEqual({ 'favourite:here': 3 });
});
