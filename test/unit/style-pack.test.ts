/** Style packs: written, read again, and whatever else people open as one. */
import { describe, expect, test } from 'vitest';

import { newOwnStyle, type OwnStyle } from '../../src/core/style/own-style';
import { STYLE_DIM } from '../../src/core/style/style';
import {
  isStylePack,
  MAX_PACK_BYTES,
  MAX_PACK_STYLES,
  readStylePack,
  StylePackError,
  writeStylePacks,
} from '../../src/core/style/style-pack';

const SPACE = 'space-1';
const image = new Blob([Uint8Array.from([1, 2, 250])], { type: 'image/jpeg' });
const vector = Float32Array.from({ length: STYLE_DIM }, (_, i) => Math.sin(i) / 3);

const wave = newOwnStyle({
  title: 'Die große Welle',
  artist: '葛飾北斎',
  year: 'c. 1831',
  licence: 'Public domain',
  image,
  vector,
  styleSpace: SPACE,
});
const garden = newOwnStyle({ title: 'Grandma’s garden', image });

const bytes = async (blob: Blob | null): Promise<number[] | null> =>
  blob && [...new Uint8Array(await blob.arrayBuffer())];

async function written(...styles: readonly OwnStyle[]): Promise<Record<string, unknown>> {
  const [pack] = await writeStylePacks(styles);
  return JSON.parse(await pack!.text()) as Record<string, unknown>;
}

/** A pack with one style, as it would be written but for this. */
async function changed(changes: object): Promise<Blob> {
  const { styles, ...head } = await written(wave);
  const [style] = styles as object[];
  return new Blob([JSON.stringify({ ...head, styles: [{ ...style, ...changes }] })]);
}

const problem = (file: Blob): Promise<string> =>
  readStylePack(file, SPACE).then(
    ({ left }) => left.map((style) => `${style.problem} ${style.label}`).join(),
    (thrown: unknown) => (thrown instanceof StylePackError ? thrown.problem : String(thrown)),
  );

describe('a style pack', () => {
  test('has every word, the picture and the vector, to the bit', async () => {
    const packs = await writeStylePacks([wave, garden]);
    expect(packs.length).toBe(1);
    expect(await isStylePack(packs[0]!)).toBe(true);
    const { styles, left } = await readStylePack(packs[0]!, SPACE);
    expect(left).toEqual([]);
    for (const [i, style] of [wave, garden].entries()) {
      const { id, title, artist, year, licence, styleSpace, ...others } = style;
      const about = { id, title, artist, year, licence, styleSpace, vector: others.vector };
      expect(styles[i]).toMatchObject(about);
      expect(await bytes(styles[i]!.image)).toEqual(await bytes(others.image));
      expect(styles[i]!.image!.type).toBe('image/jpeg');
    }
  });

  test('of another network keeps every word; its vector is to be made anew of the picture', async () => {
    const [pack] = await writeStylePacks([wave]);
    const { styles } = await readStylePack(pack!, 'space-2');
    const { id, title, artist, year, licence } = wave;
    expect(styles).toEqual([
      {
        ...{ id, title, artist, year, licence },
        image: expect.any(Blob) as Blob,
        vector: null,
        styleSpace: null,
      },
    ]);
  });

  test('has styles without a picture too, for those who can use their vectors', async () => {
    const bare = { ...wave, image: null };
    const [pack] = await writeStylePacks([bare]);
    expect((await readStylePack(pack!, SPACE)).styles[0]).toMatchObject({ vector, image: null });
    const elsewhere = await readStylePack(pack!, 'space-2');
    expect(elsewhere.left).toEqual([{ problem: 'other_network', label: wave.title }]);
  });

  test('of a picture without a type is one that can be read', async () => {
    const untyped = new Blob([await image.arrayBuffer()]);
    const [pack] = await writeStylePacks([{ ...wave, image: untyped }]);
    expect((await readStylePack(pack!, SPACE)).styles.length).toBe(1);
  });

  test('becomes several where it would be too large to be read', async () => {
    const many = Array.from({ length: MAX_PACK_STYLES + 1 }, (_, i) =>
      newOwnStyle({ title: `Style ${i}`, image }),
    );
    const read = await Promise.all(
      (await writeStylePacks(many)).map((pack) => readStylePack(pack, SPACE)),
    );
    expect(read.map(({ styles }) => styles.length)).toEqual([MAX_PACK_STYLES, 1]);
    const heavy = await writeStylePacks(many.slice(0, 30), 2000);
    const counts = await Promise.all(heavy.map((pack) => readStylePack(pack, SPACE)));
    expect(counts.flatMap(({ styles }) => styles.map(({ title }) => title))).toEqual(
      many.slice(0, 30).map(({ title }) => title),
    );
    for (const { size } of heavy) expect(size).toBeLessThanOrEqual(2000);
    expect(heavy.length).toBeLessThan(10);
    expect(await writeStylePacks([])).toEqual([]);
  });

  test('is read in whatever order and with whatever more a later tool writes', async () => {
    const { kind, ...others } = await written(wave);
    const file = new Blob(['\ufeff \n', JSON.stringify({ author: 'me', ...others, kind })]);
    expect(await isStylePack(file)).toBe(true);
    expect((await readStylePack(file, SPACE)).styles.length).toBe(1);
  });

  test('gives words on one line, of some length, and never markup', async () => {
    const title = `<img src=x onerror=alert(1)>\n\u202egnp.exe${'x'.repeat(500)}`;
    const { styles } = await readStylePack(await changed({ title, licence: title }), SPACE);
    expect(styles[0]!.title).toMatch(/^<img src=x onerror=alert\(1\)> gnp\.exex+$/);
    expect([styles[0]!.title.length, styles[0]!.licence.length]).toEqual([60, 200]);
  });
});

describe('what was shared before there were packs', () => {
  const older = '{"kind":"pastiche-style","format":1,"title":"My garden","type":"image/png",';

  test('is opened as a pack of one', async () => {
    const file = new File([older, '"image":"AQL6"}\n'], 'garden.pastiche-style.json');
    expect(await isStylePack(file)).toBe(true);
    const { styles } = await readStylePack(file, SPACE);
    expect(styles).toMatchObject([{ title: 'My garden', artist: '', vector: null }]);
    expect(styles[0]!.id).toMatch(/^own:/);
    expect(await bytes(styles[0]!.image)).toEqual([1, 2, 250]);
  });

  test.each([
    ['"image":"%"}', 'damaged My garden'],
    ['"image"', 'damaged'],
  ])('and damaged is refused: %s', async (rest, sentence) => {
    expect(await problem(new Blob([older, rest]))).toBe(sentence);
  });
});

describe('refused, with the reason', () => {
  test('half a file, at every length', async () => {
    const [pack] = await writeStylePacks([wave]);
    for (let size = 0; size < pack!.size - 2; size += size < 50 ? 1 : 7) {
      expect(await problem(pack!.slice(0, size))).toBe('damaged');
    }
  });

  test.each([
    ['a picture', new Blob(['\x89PNG and so on']), 'none'],
    ['a list', new Blob(['[1, 2]']), 'none'],
    ['nothing', new Blob(['null']), 'none'],
    ['favourites', new Blob(['{"kind":"pastiche-favourites","format":3}']), 'none'],
    ['no format', new Blob(['{"kind":"pastiche-pack","styles":[{}]}']), 'none'],
    ['a later format', new Blob(['{"kind":"pastiche-pack","format":2,"packs":{}}']), 'newer'],
    ['no styles', new Blob(['{"kind":"pastiche-pack","format":1,"styles":[]}']), 'damaged'],
    [
      'styles of another kind',
      new Blob(['{"kind":"pastiche-pack","format":1,"styles":7}']),
      'damaged',
    ],
    [
      'too many',
      new Blob([`{"kind":"pastiche-pack","format":1,"styles":[0${',0'.repeat(500)}]}`]),
      'too_large',
    ],
    ['too large', new Blob([new Uint8Array(MAX_PACK_BYTES + 1)]), 'too_large'],
    ['what is nested too deeply', new Blob(['{"":'.repeat(1e5)]), 'damaged'],
  ])('%s', async (_, file, reason) => {
    expect(await problem(file)).toBe(reason);
  });

  const numbers = Array.from(vector);
  test.each([
    ['a short vector', { vector: numbers.slice(1) }],
    ['a long vector', { vector: [...numbers, 0] }],
    ['a vector with a word', { vector: numbers.with(3, 'x' as unknown as number) }],
    ['a vector with NaN, which JSON writes as null', { vector: numbers.with(3, NaN) }],
    ['a vector of huge numbers', { vector: numbers.with(3, 1e30) }],
    ['a vector that is none', { vector: { length: STYLE_DIM } }],
    ['an id of another form', { id: 'own:../../x' }],
    ['the id of a named style', { id: 'starry-night' }],
    ['a title that is no text', { artist: ['x'] }],
    ['a picture at an address', { picture: 'https://example.org/x.jpg' }],
    ['a page as a picture', { picture: 'data:text/html;base64,AAAA' }],
    ['a picture that is no Base64', { picture: 'data:image/png;base64,%%%' }],
    ['neither picture nor vector', { picture: null, vector: null }],
  ])('a style with %s, and no other', async (_, changes) => {
    expect(await problem(await changed(changes))).toBe(`damaged ${wave.title}`);
  });

  test('infinity, as a number that is too large', async () => {
    const text = (await (await changed({})).text()).replace(/"vector":\[[^,]*/, '"vector":[1e999');
    expect(await problem(new Blob([text]))).toBe(`damaged ${wave.title}`);
  });

  test('the second of two with one id, and what has no title by its number', async () => {
    const { styles, ...head } = await written(wave, garden);
    const [first, second] = styles as object[];
    const all = [first, { ...second, id: wave.id }, 7, second];
    const pack = new Blob([JSON.stringify({ ...head, styles: all })]);
    const { styles: sound, left } = await readStylePack(pack, SPACE);
    expect(sound.map(({ title }) => title)).toEqual([wave.title, garden.title]);
    expect(left).toEqual([
      { problem: 'twice', label: garden.title },
      { problem: 'damaged', label: '#3' },
    ]);
  });
});

test('pictures, texts and what can not be read are no packs, but what is called so is meant to be one', async () => {
  expect(await isStylePack(image)).toBe(false);
  expect(await isStylePack(new Blob(['{\\rtf1 text}']))).toBe(false);
  expect(await isStylePack(new Blob(['<svg/>']))).toBe(false);
  expect(await isStylePack(new File(['\xff\xd8\xff'], 'Sea.PASTICHE'))).toBe(true);
});
