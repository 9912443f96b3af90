import { readFileSync } from 'node:fs';

import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import {
  inOrder,
  lastPosition,
  moveFavourite,
  parseRecord,
  recordOf,
  tidyName,
  type Favourite,
} from '../../src/core/favourites/favourite';
import {
  bundleOf,
  bundleOfOne,
  FavouritesFileError,
  parseFavouritesFile,
  writeFavouritesFile,
} from '../../src/core/favourites/favourites-file';
import { readShareText, writeShareText } from '../../src/core/favourites/share-text';
import { STYLE_DIM } from '../../src/core/style/style';
import { DEFAULT_RENDER_OPTIONS } from '../../src/core/style/render-options';
import { fakeStorageArea, type FakeStorageArea } from './fake-storage';

const fake = vi.hoisted(() => ({ storage: {} }));
vi.mock('webextension-polyfill', () => ({ default: fake }));

const { observeFavourites, readFavourites, removeFavourite, writeFavourites } =
  await import('../../src/storage/favourites');

const favourite = (id: string, position: number): Favourite => ({
  id,
  name: `Mix ${id}`,
  mix: { 'great-wave': 0.5 },
  manner: { keepColours: true, strokeSize: 1.5, secondCoat: 0 },
  position,
});
const ids = (list: readonly Favourite[]): string => list.map(({ id }) => id).join('');

describe('a record', () => {
  test('comes back as it was', () => {
    const a = favourite('a', 2.5);
    expect(parseRecord('a', structuredClone(recordOf(a)))).toEqual(a);
  });

  test.each([
    ['nothing', undefined],
    ['text', 'Mix'],
    ['a later format', { ...recordOf(favourite('a', 1)), format: 3 }],
    ['no format', { name: 'Mix', mix: {} }],
    ['a name that is no text', { ...recordOf(favourite('a', 1)), name: 7 }],
    ['a mix that is a list', { ...recordOf(favourite('a', 1)), mix: [1] }],
  ])('of %s is refused', (_, stored) => {
    expect(parseRecord('a', stored)).toBeNull();
  });

  test('of the first format has a plain manner', () => {
    const first = { format: 1, name: 'Mix a', mix: { 'great-wave': 0.5 }, position: 1 };
    expect(parseRecord('a', first)).toEqual({
      ...favourite('a', 1),
      manner: DEFAULT_RENDER_OPTIONS,
    });
  });

  test('without a sound position is the first', () => {
    expect(parseRecord('a', { ...recordOf(favourite('a', 1)), position: 'x' })?.position).toBe(0);
  });
});

test('names are on one line, without hidden characters, and not too long', () => {
  expect(tidyName('  Night\n\tand\u202e wave\u0000 ')).toBe('Night and wave');
  expect(tidyName('x'.repeat(500))).toHaveLength(60);
});

describe('moving', () => {
  const list = [favourite('a', 1), favourite('b', 2), favourite('c', 3)];
  const after = (from: readonly Favourite[], id: string, index: number): string => {
    const changed = moveFavourite(from, id, index);
    return ids(inOrder(from.map((old) => changed.find((item) => item.id === old.id) ?? old)));
  };

  test.each([
    ['a', 2, 'bca'],
    ['a', 1, 'bac'],
    ['c', 0, 'cab'],
    ['c', 1, 'acb'],
    ['b', -5, 'bac'],
    ['b', 99, 'acb'],
  ])('%s to %i', (id, index, order) => {
    expect(after(list, id, index)).toBe(order);
    expect(moveFavourite(list, id, index)).toHaveLength(1);
  });

  test('to its own place, or of one that is gone, changes nothing', () => {
    expect(moveFavourite(list, 'b', 1)).toEqual([]);
    expect(moveFavourite(list, 'gone', 1)).toEqual([]);
  });

  test('works however often it is done', () => {
    let now: Favourite[] = list;
    for (let i = 0; i < 500; i++) {
      const id = now[2]!.id;
      const changed = moveFavourite(now, id, 1);
      now = inOrder(now.map((old) => changed.find((item) => item.id === old.id) ?? old));
      expect(now[1]!.id).toBe(id);
    }
  });

  test('among equal positions numbers all anew', () => {
    const equal = [favourite('a', 1), favourite('b', 1), favourite('c', 1)];
    expect(after(equal, 'c', 1)).toBe('acb');
  });

  test('the last position is after all others', () => {
    expect(lastPosition([])).toBe(1);
    expect(lastPosition(list)).toBe(4);
  });
});

describe('the storage', () => {
  let local: FakeStorageArea;

  beforeEach(() => {
    local = fakeStorageArea('local');
    fake.storage = { local: local.area, onChanged: local.onChanged };
  });

  test('keeps favourites in order, beside other things', async () => {
    await local.area.set({ mix: { a: 1 } });
    await writeFavourites([favourite('b', 2), favourite('a', 1)]);
    expect(ids(await readFavourites())).toBe('ab');
    await removeFavourite('a');
    expect(ids(await readFavourites())).toBe('b');
  });

  test('two windows that add at the same time keep both', async () => {
    await Promise.all([writeFavourites([favourite('a', 1)]), writeFavourites([favourite('b', 1)])]);
    expect(ids(await readFavourites())).toBe('ab');
  });

  test('leaves out a damaged one and keeps its record', async () => {
    await local.area.set({ 'favourite:x': { format: 9 } });
    await writeFavourites([favourite('a', 1)]);
    expect(ids(await readFavourites())).toBe('a');
    expect(await local.area.get('favourite:x')).toEqual({ 'favourite:x': { format: 9 } });
  });

  test('rejects where it is full', async () => {
    local.full = true;
    await expect(writeFavourites([favourite('a', 1)])).rejects.toThrow(/quota/);
  });

  test('tells of changes', async () => {
    const seen: string[] = [];
    const stop = observeFavourites((list) => seen.push(ids(list)));
    await local.area.set({ mix: {} });
    await writeFavourites([favourite('a', 1)]);
    await vi.waitFor(() => expect(seen).toEqual(['a']));
    stop();
  });
});

describe('a file', () => {
  const KNOWN = ['great-wave', 'starry-night'];
  const entry = {
    name: 'Mine',
    mix: { 'great-wave': 0.5, 'starry-night': 0.25 },
    manner: { keepColours: true, strokeSize: 2, secondCoat: 0 },
  };
  const SPACE = 'space-1';
  const OWN = 'own:01234567-89ab-4cde-8f01-23456789abcd';
  const ownStyle = {
    id: OWN,
    title: 'My painting',
    artist: 'Me',
    year: '',
    licence: 'CC BY 4.0',
    styleSpace: SPACE,
    vector: Float32Array.from({ length: STYLE_DIM }, (_, i) => ((i % 16) - 8) / 8),
  };
  const withOwn = { ...entry, name: 'With my own', mix: { [OWN]: 1 } };
  const stored = { ...ownStyle, added: 5, image: null, swatch: null };
  const text = (...favourites: unknown[]): string =>
    JSON.stringify({ kind: 'pastiche-favourites', format: 1, favourites });
  const problem = (file: string): string => {
    try {
      parseFavouritesFile(file, KNOWN, SPACE);
    } catch (thrown) {
      if (thrown instanceof FavouritesFileError) return `${thrown.problem} ${thrown.place}`;
      throw thrown;
    }
    return 'none';
  };

  test('comes back as it was written', () => {
    const empty = { favourites: [], styles: [] };
    for (const bundle of [empty, { favourites: [entry, withOwn], styles: [ownStyle] }]) {
      expect(parseFavouritesFile(writeFavouritesFile(bundle), KNOWN, SPACE)).toEqual(bundle);
    }
  });

  test('has nothing in it of this machine', () => {
    const bundle = bundleOf([favourite('secret-id', 3)], []);
    expect(writeFavouritesFile(bundle)).not.toMatch(/"id"|position/);
  });

  test('styles that this version doesn’t have are dropped from a mix', () => {
    const {
      favourites: [read],
    } = parseFavouritesFile(
      text({ name: 'M', mix: { gone: 0.5, 'great-wave': 0.5 } }),
      KNOWN,
      SPACE,
    );
    expect(read?.mix).toEqual({ 'great-wave': 0.5 });
  });

  test.each([
    ['broken', '{"kind": "pastiche-fav', 'not_json 0'],
    ['of something else', '{"hello": 1}', 'not_favourites 0'],
    ['that is a list', '[]', 'not_favourites 0'],
    ['of a later version', text().replace('"format":1', '"format":4'), 'newer_format 0'],
    ['without a version', text().replace('"format":1,', ''), 'not_favourites 0'],
    ['with too much', text(...Array.from({ length: 501 }, () => entry)), 'too_many 0'],
    ['with an entry that is text', text(entry, 'x'), 'damaged 2'],
    ['with a name of nothing', text({ ...entry, name: ' \n ' }), 'damaged 1'],
    ['with weights that are text', text({ name: 'M', mix: { 'great-wave': '1' } }), 'damaged 1'],
    ['with weights out of bounds', text({ name: 'M', mix: { 'great-wave': 1e9 } }), 'damaged 1'],
    ['with unknown styles alone', text({ name: 'M', mix: { gone: 1 } }), 'damaged 1'],
  ])('%s is refused', (_, file, expected) => {
    expect(problem(file)).toBe(expected);
  });

  test('that is hostile does no harm', () => {
    const file = `{"kind":"pastiche-favourites","format":1,"__proto__":{"x":1},"favourites":[
      {"name":"<img src=x onerror=alert(1)>","mix":{"__proto__":1,"great-wave":1}}]}`;
    const {
      favourites: [read],
    } = parseFavouritesFile(file, KNOWN, SPACE);
    const name = '<img src=x onerror=alert(1)>';
    expect(read).toEqual({ name, mix: { 'great-wave': 1 }, manner: DEFAULT_RENDER_OPTIONS });
    expect(Object.getPrototypeOf(read?.mix)).toBe(Object.prototype);
  });

  test('with an own style brings its vector along', () => {
    const written = writeFavouritesFile(bundleOf([withOwn], [stored]));
    const { styles } = parseFavouritesFile(written, KNOWN, SPACE);
    expect(styles).toEqual([ownStyle]);
    expect(bundleOf([withOwn], [{ ...stored, vector: null }]).styles).toEqual([]);
  });

  test('with a style of another network is refused, if there is nothing else in the mix', () => {
    const written = writeFavouritesFile(bundleOf([entry, withOwn], [stored]));
    expect(() => parseFavouritesFile(written, KNOWN, 'space-2')).toThrow('other_network 2');
    const mixed = { ...withOwn, mix: { [OWN]: 0.5, 'great-wave': 0.5 } };
    const rest = parseFavouritesFile(
      writeFavouritesFile(bundleOf([mixed], [stored])),
      KNOWN,
      'space-2',
    );
    expect(rest).toMatchObject({ favourites: [{ mix: { 'great-wave': 0.5 } }], styles: [] });
  });

  test.each([
    ['an id of ours', { id: 'starry-night' }],
    ['a vector that is too short', { vector: [1, 2] }],
    ['a vector of text', { vector: Array.from({ length: STYLE_DIM }, () => '1') }],
    ['numbers out of bounds', { vector: Array.from({ length: STYLE_DIM }, () => 1e9) }],
    ['no name', { title: ' ' }],
  ])('with a style of %s is refused', (_, damage) => {
    const vector = Array.from(ownStyle.vector);
    const file = JSON.parse(text(entry)) as Record<string, unknown>;
    const styles = [{ ...ownStyle, vector, ...damage }];
    expect(problem(JSON.stringify({ ...file, format: 3, styles }))).toBe('damaged_style 1');
  });

  test('is as its schema says', () => {
    const url = new URL('../../docs/favourites.schema.json', import.meta.url);
    const isValid = new Ajv2020().compile(JSON.parse(readFileSync(url, 'utf8')) as object);
    const written = writeFavouritesFile(bundleOf([entry, withOwn], [stored]));
    expect(isValid(JSON.parse(written))).toBe(true);
    expect(isValid(JSON.parse(text(entry)))).toBe(true);
    for (const damaged of [text('x'), text({ ...entry, mix: { a: 2 } }), '{}']) {
      expect(isValid(JSON.parse(damaged))).toBe(false);
    }
  });

  test('of one favourite is a short text', async () => {
    const written = await writeShareText(bundleOfOne(entry, [stored]));
    expect(written).toMatch(/^pastiche:[0-9a-z]+$/);
    expect(written.length).toBeLessThan(300);
    const read = await readShareText(`Look: ${written} — nice?`);
    expect(parseFavouritesFile(read, KNOWN, SPACE)).toEqual({ favourites: [entry], styles: [] });
    const own = await readShareText(await writeShareText(bundleOfOne(withOwn, [stored])));
    expect(parseFavouritesFile(own, KNOWN, SPACE).styles).toEqual([ownStyle]);
  });

  const wrapped = (text: string, width: number, start: string): string =>
    start + text.replace(new RegExp(`.{${width}}(?=.)`, 'g'), `$&\n${start}`);

  test.each<[string, (text: string) => string]>([
    ['a quoted mail', (text) => wrapped(`Try this: ${text} Bye`, 72, '> ')],
    ['a mail quoted twice', (text) => wrapped(text, 60, '> > ')],
    ['a quotation in HTML', (text) => wrapped(text, 60, '&gt; ')],
    ['a quotation that says of whom', (text) => wrapped(text, 60, 'Ann> AB> ')],
    ['a quotation escaped twice', (text) => wrapped(text, 60, '&amp;gt; ')],
    ['spaces and soft hyphens of HTML', (text) => text.replace(/.{9}/g, '$&&nbsp;&#8203;&shy;')],
    ['breaks of HTML', (text) => `<p>${text.replace(/.{30}/g, '$&<wbr><br />')}</p>`],
    ['a link of HTML', (text) => `<a href="${text}">${text}</a>`],
    ['a link of a chat', (text) => `<${text}|${text}>`],
    ['an address', (text) => encodeURIComponent(`Look: ${text} `)],
    [
      'an address with breaks that can’t be seen',
      (text) => encodeURIComponent(text.replace(/.{20}/g, '$&\u200b\u00a0')),
    ],
    ['an address in an address', (text) => encodeURIComponent(encodeURIComponent(text))],
    [
      'a coded mail with spaces and breaks that can’t be seen',
      (text) => wrapped(text.replace(/.{25}/g, '$&=C2=AD'), 70, '>=20').replaceAll('\n', '=20\r\n'),
    ],
    ['a quotation that says of whom by name', (text) => wrapped(text, 60, 'Ann Lee> ')],
    [
      'a paragraph of an office program',
      (text) => `<o:p>${text.replace(/.{30}/g, '$&<o:p/>')}</o:p>`,
    ],
    [
      'a string of a program',
      (text) => JSON.stringify(wrapped(text, 40, '')).replace(/"/g, '\\u0022'),
    ],
    [
      'a language without a dot on its small I',
      (text) => text.toUpperCase().toLocaleLowerCase('tr'),
    ],
    ['a language with a dot on its capital I', (text) => text.toLocaleUpperCase('tr')],
    ['lines of a coded mail', (text) => wrapped(text, 70, '').replaceAll('\n', '=\r\n')],
    ['marks of direction', (text) => `\u202e\u2067${text.replace(/.{20}/g, '$&\u200f')}\u2069`],
    ['curly quotes and a dash', (text) => `“${text}”—she said`],
    ['lines broken at 20', (text) => wrapped(text, 20, '').replaceAll('\n', '\r\n')],
    ['lines broken anywhere, in the mark too', (text) => wrapped(text, 5, '  ')],
    ['a capital at the beginning', (text) => text.replace('p', 'P')],
    ['all capitals', (text) => text.toUpperCase()],
    ['letters of full width', (text) => text.replaceAll(':', '：').replaceAll('2', '２')],
    ['zeros and ones typed as letters', (text) => text.replaceAll('0', 'O').replaceAll('1', 'l')],
    ['zero-width spaces', (text) => wrapped(text, 30, '\u200b').replaceAll('\n', '\u00ad')],
    ['an emphasis', (text) => `**${text}**`],
    ['a mark that something is said of', (text) => `A pastiche: 2 looks! ${text}, that is.`],
  ])('a text survives %s', async (_, change) => {
    const written = await writeShareText(bundleOfOne(withOwn, [stored]));
    const file = await readShareText(change(written));
    expect(parseFavouritesFile(file, KNOWN, SPACE).favourites).toEqual([withOwn]);
  });

  test('one other letter is found out', async () => {
    const written = await writeShareText(bundleOfOne(entry, []));
    for (let at = 'pastiche:2'.length; at < written.length; at++) {
      const other = written[at] === 'x' ? 'y' : 'x';
      const damaged = written.slice(0, at) + other + written.slice(at + 1);
      await expect(readShareText(damaged)).rejects.toThrow('damaged_share');
    }
  });

  test.each<[string, (text: string) => string]>([
    ['as it is', (text) => `Look: ${text} — nice?`],
    ['in a quoted mail', (text) => `${wrapped(text, 50, '> ')}\n> \n> Bye`],
    ['with a capital', (text) => text.replace('p', 'P')],
  ])('a text of the first form is read %s', async (_, change) => {
    const json = new Blob([writeFavouritesFile(bundleOfOne(entry, []), 0).trim()]);
    const packed = json.stream().pipeThrough(new CompressionStream('deflate-raw'));
    const bytes = Buffer.from(await new Response(packed).arrayBuffer());
    const file = await readShareText(change(`pastiche:${bytes.toString('base64url')}`));
    expect(parseFavouritesFile(file, KNOWN, SPACE).favourites).toEqual([entry]);
  });

  test('a text without a favourite, or a damaged one, is refused', async () => {
    const written = await writeShareText(bundleOfOne(entry, []));
    await expect(readShareText('hello')).rejects.toThrow('no_share');
    await expect(readShareText(written.slice(0, -20))).rejects.toThrow('damaged_share');
    await expect(readShareText('pastiche:AAAA')).rejects.toThrow('damaged_share');
  });

  test('a text that unpacks to megabytes is refused', async () => {
    const huge = { ...entry, name: 'x'.repeat(5e6) };
    const written = await writeShareText({ favourites: [huge], styles: [] });
    expect(written.length).toBeLessThan(20_000);
    await expect(readShareText(written)).rejects.toThrow('damaged_share');
  });
});
