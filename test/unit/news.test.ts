import { beforeEach, expect, it, vi } from 'vitest';

import { fakeStorageArea, type FakeStorageArea } from './fake-storage';

const fake = vi.hoisted(() => ({
  storage: {},
  version: '0.2.0',
  runtime: { getManifest: () => ({ version: fake.version }), getURL: (path: string) => path },
  tabs: { create: vi.fn(async () => undefined) },
}));
vi.mock('webextension-polyfill', () => ({ default: fake }));

const { leaveNews, takeNews } = await import('../../src/storage/news');
const { welcome } = await import('../../src/background/welcome');

let local: FakeStorageArea;

beforeEach(() => {
  local = fakeStorageArea('local');
  fake.storage = { local: local.area };
  fake.version = '0.2.0';
});

it('what an update brought is said once', async () => {
  await leaveNews('0.1.3', '0.2.0');
  expect(await takeNews()).toBe(true);
  expect(await takeNews()).toBe(false);
  expect(await local.area.get()).toEqual({});
});

it.each([
  ['a repair', '0.2.0', '0.2.1'],
  ['the same version, loaded again', '0.2.0', '0.2.0'],
  ['an unknown version', undefined, '0.2.0'],
])('%s brings no news', async (_, from, to) => {
  await leaveNews(from, to);
  expect(await takeNews()).toBe(false);
});

it('news wait through repairs, not for the next version, and damaged ones are none', async () => {
  await leaveNews('0.1.0', '0.2.0');
  fake.version = '0.2.4';
  expect(await takeNews()).toBe(true);
  await leaveNews('0.1.0', '0.2.0');
  fake.version = '0.3.0';
  expect(await takeNews()).toBe(false);
  await local.area.set({ news: { odd: true } });
  expect(await takeNews()).toBe(false);
});

it('an update leaves news, an installation opens the welcome page', async () => {
  await welcome({ reason: 'update', previousVersion: '0.1.0', temporary: false });
  expect(fake.tabs.create).not.toHaveBeenCalled();
  expect(await takeNews()).toBe(true);
  await welcome({ reason: 'install', temporary: false });
  expect(fake.tabs.create).toHaveBeenCalledOnce();
  expect(await takeNews()).toBe(false);
});
