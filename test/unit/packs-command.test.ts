import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { expect, test } from 'vitest';

import { packsIn } from '../../scripts/packs.mjs';
import { readStylePack } from '../../src/core/style/style-pack';

const about = { title: 'Sea', artist: 'Nobody', year: '1900', licence: 'Public domain' };

/** A folder with these files. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'pastiche-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return folder;
}

test('what the command hands the extension is a pack of each picture, in the order of the titles', async () => {
  const folder = folderOf({
    'a.jpg': 'a',
    'b.PNG': 'b',
    'titles.json': JSON.stringify({ 'b.PNG': about, 'a.jpg': { ...about, title: 'Land', x: 1 } }),
  });
  const packs = await packsIn(folder);
  const read = await Promise.all(packs.map((pack) => readStylePack(new Blob([pack]), 'space')));
  const styles = read.flatMap((pack) => pack.styles);
  expect(styles).toMatchObject([about, { ...about, title: 'Land' }]);
  expect(styles.map(({ image }) => image?.type)).toEqual(['image/png', 'image/jpeg']);
  // The same picture is the same style in every edition.
  expect(await packsIn(folder)).toEqual(packs);
});

test.each([
  [{ 'a.jpg': 'a' }, /There is no .*titles\.json/],
  [{ 'titles.json': '{' }, /is no JSON/],
  [{ 'titles.json': '{}' }, /names no picture/],
  [{ 'titles.json': JSON.stringify({ 'a.jpg': about }) }, /names a\.jpg, which is no JPEG/],
  [
    { 'a.jpg': 'a', 'titles.json': JSON.stringify({ 'a.jpg': { ...about, licence: '' } }) },
    /a\.jpg has no licence/,
  ],
  [
    { 'a.jpg': 'a', 'b.jpg': 'b', 'titles.json': JSON.stringify({ 'a.jpg': about }) },
    /says nothing about b\.jpg/,
  ],
])('%j is refused', async (files, sentence) => {
  await expect(packsIn(folderOf(files as Record<string, string>))).rejects.toThrow(sentence);
});
