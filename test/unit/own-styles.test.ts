/** Own styles as they are kept, and as another network finds them. */
import 'fake-indexeddb/auto';

import { openDB } from 'idb';
import { beforeEach, expect, it, vi } from 'vitest';

import { newOwnStyle, type OwnStyle } from '../../src/core/style/own-style';
import { STYLE_DIM } from '../../src/core/style/style';

const encodeBy = vi.hoisted(() => vi.fn());
vi.mock('../../src/engine/host/encode-style', () => ({
  spawnEncoder: () => ({ terminate: () => undefined }),
  encodeBy,
}));

vi.mock('webextension-polyfill', () => ({
  default: { i18n: { getMessage: (key: string) => key } },
}));
vi.mock('../../src/storage/style-set', () => ({
  readStyleSet: () => Promise.resolve({ styleSpace: 'new', styles: [] }),
}));

const { readShownStyles } = await import('../../src/words/styles');
const { addOwnStyles, changeOwnStyle, readOwnStyles, removeAllOwnStyles } =
  await import('../../src/storage/own-styles');
const { ownStyleVectors } = await import('../../src/engine/host/own-style-vectors');

const image = new Blob(['picture'], { type: 'image/jpeg' });
const vectorOf = (value: number): Float32Array => new Float32Array(STYLE_DIM).fill(value);

const wave = newOwnStyle({
  title: 'Wave',
  artist: 'Hokusai',
  year: '1831',
  licence: 'Public domain',
  image,
  swatch: new Blob(['swatch']),
  vector: vectorOf(1),
  styleSpace: 'old',
});

const read = async (id: string): Promise<OwnStyle | undefined> =>
  (await readOwnStyles()).find((style) => style.id === id);

beforeEach(async () => {
  await removeAllOwnStyles();
  encodeBy.mockReset().mockResolvedValue(vectorOf(2));
});

it('another network makes its own vectors of the pictures, and every word stays', async () => {
  await addOwnStyles([wave]);
  expect(await ownStyleVectors('new')).toEqual([
    { id: wave.id, title: 'Wave', artist: 'Hokusai', year: '1831', vector: vectorOf(2) },
  ]);
  const { id, title, artist, year, licence, added } = wave;
  expect(await read(id)).toMatchObject({ id, title, artist, year, licence, added });
  // What the other network painted is to be painted anew.
  expect(await read(id)).toMatchObject({ vector: vectorOf(2), styleSpace: 'new', swatch: null });
  await ownStyleVectors('new');
  expect(encodeBy).toHaveBeenCalledTimes(1);
});

it('one that can not be encoded stays as it is, and keeps none of the others back', async () => {
  const other = newOwnStyle({ title: 'Other', image });
  await addOwnStyles([wave, other]);
  encodeBy.mockRejectedValueOnce(new Error('broken'));
  const styles = await ownStyleVectors('new');
  expect(styles.map(({ title }) => title)).toEqual(['Other']);
  expect(await read(wave.id)).toMatchObject({ title: 'Wave', styleSpace: 'old' });
});

it('one that is there already stays, and is not counted', async () => {
  await addOwnStyles([wave]);
  const other = newOwnStyle({ title: 'Other', image });
  expect(await addOwnStyles([{ ...wave, title: 'Somebody else’s', image }, other])).toBe(1);
  expect((await read(wave.id))?.title).toBe('Wave');
});

it('one that came without its picture gets it from a pack, under the name that it has here', async () => {
  const bare = { ...wave, title: 'My name for it', artist: '', licence: '', image: null };
  await addOwnStyles([bare]);
  expect(await addOwnStyles([wave])).toBe(1);
  const { title, artist, licence, image: picture, added } = (await read(wave.id))!;
  expect([title, artist, licence, added]).toEqual([
    'My name for it',
    'Hokusai',
    'Public domain',
    wave.added,
  ]);
  expect(await picture?.text()).toBe('picture');
});

it('what a later version has written more stays when a word is changed', async () => {
  await addOwnStyles([wave]);
  const database = await openDB('pastiche', 1);
  await database.put('own-styles', { ...wave, mood: 'calm' });
  await changeOwnStyle(wave.id, { licence: 'CC0' });
  expect(await database.get('own-styles', wave.id)).toMatchObject({ mood: 'calm', licence: 'CC0' });
  database.close();
});

it('a style is shown under its artist and year, and one that only another network can paint with not', async () => {
  const mine = newOwnStyle({ title: 'Mine', image, added: 0 });
  const foreign = newOwnStyle({ title: 'Foreign', vector: vectorOf(1), styleSpace: 'old' });
  await addOwnStyles([mine, wave, foreign]);
  const shown = await readShownStyles();
  expect(shown.map(({ title, artist, year }) => [title, artist, year])).toEqual([
    ['Wave', 'Hokusai', '1831'],
    ['Mine', 'own_artist', '1970'],
  ]);
});
