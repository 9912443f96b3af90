import { expect, test } from 'vitest';

import { isStyleFile, readStyleFile, writeStyleFile } from '../../src/core/style/style-file';

const image = new Blob([Uint8Array.from([1, 2, 250])], { type: 'image/jpeg' });

test('a style is passed on with its picture', async () => {
  const text = await writeStyleFile({ title: 'Grandma’s garden', image });
  const file = new Blob([text!]);
  expect(await isStyleFile(file)).toBe(true);
  const read = (await readStyleFile(file))!;
  expect([read.name, read.type]).toEqual(['Grandma’s garden', 'image/jpeg']);
  expect([...new Uint8Array(await read.arrayBuffer())]).toEqual([1, 2, 250]);
  expect(await writeStyleFile({ title: 'A vector', image: null })).toBeNull();
});

test.each([
  ['no JSON', '{"kind":"pastiche-style",'],
  [
    'a later form',
    '{"kind":"pastiche-style","format":2,"title":"a","type":"image/png","image":""}',
  ],
  [
    'no picture',
    '{"kind":"pastiche-style","format":1,"title":"a","type":"text/html","image":"AA"}',
  ],
  ['damage', '{"kind":"pastiche-style","format":1,"title":"a","type":"image/png","image":"%"}'],
  ['nothing', 'null'],
])('%s is refused', async (_, text) => {
  expect(await readStyleFile(new Blob([text]))).toBeNull();
});

test('favourites and pictures are no styles', async () => {
  expect(await isStyleFile(new Blob(['{"kind":"pastiche-favourites"}']))).toBe(false);
  expect(await isStyleFile(image)).toBe(false);
});
