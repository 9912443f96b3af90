import { beforeEach, expect, test, vi } from 'vitest';

import { fakeStorageArea } from './fake-storage';

const fake = vi.hoisted(() => ({ storage: {}, contextMenus: {}, i18n: {} }));
vi.mock('webextension-polyfill', () => ({ default: fake }));

/** What the menu has, with the contexts of each. */
let items: Map<string, readonly string[]>;
const load = () => import('../../src/background/painted');
let painted: Awaited<ReturnType<typeof load>>;

beforeEach(async () => {
  items = new Map();
  fake.storage = { session: fakeStorageArea('session').area };
  fake.i18n = { getMessage: (key: string) => key };
  fake.contextMenus = {
    create: ({ id, contexts }: { id: string; contexts: readonly string[] }) => {
      if (items.has(id)) throw new Error(`there is ${id}`);
      items.set(id, contexts);
    },
    remove: (id: string) =>
      items.delete(id) ? Promise.resolve() : Promise.reject(new Error(`no ${id}`)),
  };
  vi.resetModules();
  painted = await load();
});

const frame = (tabId: number, frameId = 0): { tabId: number; frameId: number } => ({
  tabId,
  frameId,
});

test('the menu has items as long as something is painted in any frame in sight', async () => {
  await painted.notePainted(frame(1), 'pictures');
  expect([...items.keys()]).toEqual(['painted:save', 'painted:compare', 'painted:restore']);
  await painted.notePainted(frame(1, 7), 'pictures');
  await painted.notePainted(frame(1), 'nothing');
  expect(items.size).toBe(3);
  await painted.notePainted(frame(1, 7), 'nothing');
  expect(items.size).toBe(0);
});

test('they are on everything as long as a canvas is painted, which is nothing else to Chrome', async () => {
  await painted.notePainted(frame(1), 'pictures');
  expect(items.get('painted:save')).not.toContain('image');
  await painted.notePainted(frame(1, 7), 'canvases');
  expect(items.get('painted:save')).toEqual(['all']);
  await painted.notePainted(frame(1, 7), 'nothing');
  expect(items.get('painted:save')).toContain('page');
});

test('frames that tell at the same time are all heard', async () => {
  const frames = [1, 2, 3, 4].map((id) => frame(id));
  await Promise.all(frames.map((one) => painted.notePainted(one, 'pictures')));
  await Promise.all(frames.slice(1).map((one) => painted.notePainted(one, 'nothing')));
  expect(items.size).toBe(3);
});

test('a tab that has gone has nothing painted, and others do', async () => {
  await painted.notePainted(frame(1), 'pictures');
  await painted.notePainted(frame(12), 'pictures');
  await painted.forgetPainted(1);
  expect(items.size).toBe(3);
  await painted.forgetPainted(12);
  expect(items.size).toBe(0);
});

test('an item says whether it was chosen on an image', async () => {
  const { menuChoice } = await import('../../src/background/menus');
  expect(menuChoice('save')).toEqual({ action: 'save', isAnywhere: false });
  expect(menuChoice('painted:restore')).toEqual({ action: 'restore', isAnywhere: true });
  expect(menuChoice('painted:edit')).toBeNull();
});

test('what the menu still has of an earlier session goes as the browser starts', async () => {
  items.set('painted:save', ['page']);
  await painted.renewPaintedItems();
  expect(items.size).toBe(0);
});
