/** The storage of version 0.1.0 can be read unchanged: test/fixtures/profile-0.1.0.json. */
import 'fake-indexeddb/auto';

import { openDB } from 'idb';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { needsEncoding, type OwnStyle } from '../../src/core/style/own-style';
import profile from '../fixtures/profile-0.1.0.json';
import { fakeStorageArea, type FakeStorageArea } from './fake-storage';

const fake = vi.hoisted(() => ({ storage: {} }));
vi.mock('webextension-polyfill', () => ({ default: fake }));

const { readFavourites } = await import('../../src/storage/favourites');
const { readOwnStyles } = await import('../../src/storage/own-styles');
const { readSettings } = await import('../../src/storage/settings');
const { readSiteRules } = await import('../../src/storage/site-rules');
const { readUses } = await import('../../src/storage/uses');
const { reconcile } = await import('../../src/background/sync');

const [QUILT, FRIEND, RAW] = profile.ownStyles.map(({ id }) => id);
const HARBOUR = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const SEA = '16fd2706-8baf-433b-82eb-8c7fada847da';

let local: FakeStorageArea;
let sync: FakeStorageArea;

const fileOf = (file: { type: string; base64: string } | null): Blob | null =>
  file && new Blob([Buffer.from(file.base64, 'base64')], { type: file.type });

/** The records as that version keeps them, in its database: it asked for a title and no more. */
const styles: readonly Omit<OwnStyle, 'artist' | 'year' | 'licence'>[] = profile.ownStyles.map(
  (style) => ({
    ...style,
    image: fileOf(style.image),
    swatch: fileOf(style.swatch),
    vector: style.vector && Float32Array.from(style.vector),
  }),
);

beforeAll(async () => {
  const database = await openDB('pastiche', 1, {
    upgrade: (opened) => void opened.createObjectStore('own-styles', { keyPath: 'id' }),
  });
  for (const style of styles) await database.put('own-styles', style);
  database.close();
});

beforeEach(async () => {
  local = fakeStorageArea('local');
  sync = fakeStorageArea('sync', local);
  fake.storage = { local: local.area, sync: sync.area, onChanged: local.onChanged };
  await local.area.set(profile.local);
  await sync.area.set(profile.sync);
});

describe('a profile of version 0.1.0', () => {
  it('has its settings', async () => {
    expect(await readSettings()).toEqual({
      mix: { 'starry-night': 0.55, [QUILT!]: 0.25 },
      manner: { keepColours: true, strokeSize: 0.71, secondCoat: 0 },
      budget: 0.75,
      // It said where edges were sharpened: never.
      video: { rate: 30, steady: false, sharp: false, meter: true },
      order: 'use',
      saveType: 'webp',
    });
  });

  it.each(['gpu', 'always'])('sharpens videos where it said %s', async (sharpness) => {
    await local.area.set({ video: { ...profile.local.video, sharpness } });
    expect((await readSettings()).video.sharp).toBe(true);
  });

  it('has its favourites, in their order', async () => {
    expect(await readFavourites()).toEqual([
      {
        id: SEA,
        name: '日本の海',
        mix: { 'great-wave': 0.5, [QUILT!]: 0.5 },
        manner: { keepColours: false, strokeSize: 1, secondCoat: 0 },
        position: 0.5,
      },
      {
        id: HARBOUR,
        name: 'Harbour at night',
        mix: { 'starry-night': 0.6, 'great-wave': 0.3 },
        manner: { keepColours: true, strokeSize: 1.5, secondCoat: 0 },
        position: 1,
      },
    ]);
  });

  it("has its sites' rules, and how often it used what", async () => {
    expect(await readSiteRules()).toEqual([
      { site: 'http://localhost/*', favourite: SEA, paints: 'off' },
      { site: 'https://en.wikipedia.org/*', favourite: HARBOUR, paints: 'images' },
    ]);
    expect(await readUses()).toEqual({ 'starry-night': 12, 'great-wave': 3, [QUILT!]: 1 });
  });

  it('has its own styles, to the byte', async () => {
    const read = await readOwnStyles();
    expect(read.map(({ id }) => id)).toEqual([QUILT, FRIEND, RAW]);
    const bytes = (file: Blob | null): Promise<ArrayBuffer | undefined> =>
      Promise.resolve(file?.arrayBuffer());
    for (const [i, style] of read.entries()) {
      const { image, swatch, ...others } = styles[i]!;
      expect(style).toMatchObject({ ...others, artist: '', year: '', licence: '' });
      expect(await bytes(style.image)).toEqual(await bytes(image));
      expect(await bytes(style.swatch)).toEqual(await bytes(swatch));
    }
  });

  it('has its own styles encoded anew, where they have a picture, by another network', async () => {
    const read = await readOwnStyles();
    expect(read.map((style) => needsEncoding(style, 'another'))).toEqual([true, false, true]);
  });

  it('is stored as it was, also after this machine has met the others', async () => {
    await Promise.all([readSettings(), readFavourites(), readSiteRules(), readUses()]);
    await reconcile();
    expect(await local.area.get(null)).toEqual(profile.local);
    expect(await sync.area.get(null)).toEqual(profile.sync);
  });
});
