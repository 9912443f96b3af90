/**
 * Makes a style pack from a folder of pictures, with the extension itself: it opens each picture with
 * its texts, encodes its style, and saves all of them as one file.
 *
 *   npm run packs -- FOLDER              writes out/FOLDER.pastiche
 *   npm run packs -- FOLDER --out FILE
 *
 * FOLDER/titles.json has an entry for each picture, in the order of the pack:
 *
 *   { "haystacks.jpg": { "title": "Haystacks", "artist": "…", "year": "1890", "licence": "Public domain" } }
 */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { ExtensionBrowser } from './extension.mjs';

/** @typedef {{ title: string, artist: string, year: string, licence: string }} Words */

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const TITLES = 'titles.json';
const WORDS = /** @type {const} */ (['title', 'artist', 'year', 'licence']);

/** Types of pictures, by file extension. */
const TYPES = new Map([
  ['.jpg', 'image/jpeg'],
  ['.jpeg', 'image/jpeg'],
  ['.png', 'image/png'],
  ['.webp', 'image/webp'],
]);

/** Timeout for each picture, on a slow machine. Milliseconds. */
const TIMEOUT_MS = 60_000;
const POLL_MS = 100;

/** The request can't be fulfilled; the message has the reason and a remedy. */
export class Refusal extends Error {}

/**
 * A pack for each picture in a folder, without a vector, in their order.
 * @param {string} folder
 * @throws {Refusal}
 */
export async function packsIn(folder) {
  const titles = await readTitles(folder);
  const pictures = (await readdir(folder)).filter((name) => TYPES.has(endingOf(name)));
  const untitled = pictures.filter((name) => !titles.has(name));
  if (untitled.length > 0) {
    throw new Refusal(`${TITLES} says nothing about ${untitled.join(', ')}.`);
  }
  return Promise.all(
    [...titles].map(async ([name, words]) => {
      const type = TYPES.get(endingOf(name));
      if (!type || !pictures.includes(name)) {
        throw new Refusal(`${TITLES} names ${name}, which is no JPEG, PNG or WebP in ${folder}.`);
      }
      const bytes = await readFile(path.join(folder, name));
      const picture = `data:${type};base64,${bytes.toString('base64')}`;
      const style = { id: idOf(bytes), ...words, picture };
      return JSON.stringify({ kind: 'pastiche-pack', format: 1, styles: [style] });
    }),
  );
}

/**
 * @param {ExtensionBrowser} browser Without own styles.
 * @param {string} folder
 * @param {string} out Path of the pack.
 * @returns Number of styles in it.
 * @throws {Refusal}
 */
export async function makePack(browser, folder, out) {
  const packs = await packsIn(folder);
  const temporary = await mkdtemp(path.join(tmpdir(), 'pastiche-packs-'));
  const page = await browser.openPage(browser.urlOf('options/options.html'));
  try {
    const files = packs.map((_, i) => path.join(temporary, `${i}.pastiche`));
    await Promise.all(files.map((file, i) => writeFile(file, packs[i] ?? '')));
    const field = await page.waitForSelector('#own-styles input[type=file]');
    // The last one added is the first one in the list and in the pack.
    await /** @type {import('puppeteer').ElementHandle<HTMLInputElement>} */ (field).uploadFile(
      ...files.toReversed(),
    );
    const timeout = TIMEOUT_MS * packs.length;
    const said = await page.waitForFunction(
      () => {
        const all = [...document.querySelectorAll('#own-styles [role=status]')];
        const sentence = all
          .map(({ textContent }) => textContent)
          .join(' ')
          .trim();
        return sentence && !sentence.startsWith('Adding ') && sentence;
      },
      { timeout },
    );
    const sentence = `${await said.jsonValue()}`;
    if (sentence !== packs.map(() => '1 style was added.').join('\n')) throw new Refusal(sentence);
    // A style with a swatch has its vector.
    await page.waitForFunction(
      (count) =>
        document.querySelectorAll('.own-styles li').length === count &&
        !document.querySelector('.own-picture .empty'),
      { timeout },
      packs.length,
    );
    const session = await browser.browser.target().createCDPSession();
    const downloads = { behavior: /** @type {const} */ ('allow'), downloadPath: temporary };
    await session.send('Browser.setDownloadBehavior', downloads);
    await page.click('.save-styles');
    const saved = path.join(temporary, 'pastiche-styles.pastiche');
    const pack = await whenWritten(saved);
    if (!pack.styles.every(({ vector }) => Array.isArray(vector))) {
      throw new Refusal('A style has no vector. Try again, and say so if that does not help.');
    }
    await mkdir(path.dirname(path.resolve(out)), { recursive: true });
    await copyFile(saved, out);
    return pack.styles.length;
  } finally {
    await page.close();
    await rm(temporary, { recursive: true });
  }
}

/**
 * @param {string} file
 * @returns {Promise<{ styles: { vector?: unknown }[] }>}
 */
async function whenWritten(file) {
  for (const deadline = Date.now() + TIMEOUT_MS; ; await pause(POLL_MS)) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.endsWith('\n')) return JSON.parse(text);
    if (Date.now() > deadline) throw new Refusal('The browser has saved no pack.');
  }
}

/**
 * @param {string} folder
 * @returns {Promise<Map<string, Words>>}
 */
async function readTitles(folder) {
  const file = path.join(folder, TITLES);
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Refusal(
      `There is no ${file}. It has an entry for each picture; see scripts/packs.mjs.`,
    );
  });
  let entries;
  try {
    entries = Object.entries(JSON.parse(text));
  } catch {
    throw new Refusal(`${file} is no JSON.`);
  }
  if (entries.length === 0) throw new Refusal(`${file} names no picture.`);
  for (const [name, entry] of entries) {
    const missing = WORDS.filter((word) => typeof entry?.[word] !== 'string' || !entry[word]);
    if (missing.length > 0) throw new Refusal(`${file}: ${name} has no ${missing.join(', no ')}.`);
  }
  return new Map(
    entries.map(([name, { title, artist, year, licence }]) => [
      name,
      { title, artist, year, licence },
    ]),
  );
}

/**
 * Always the same for the same picture, so that a later edition of a pack has the same styles.
 * @param {Buffer} bytes
 */
function idOf(bytes) {
  const hex = createHash('sha256').update(bytes).digest('hex');
  const parts = [
    hex.slice(0, 8),
    ...[8, 12, 16].map((i) => hex.slice(i, i + 4)),
    hex.slice(20, 32),
  ];
  return `own:${parts.join('-')}`;
}

/** @param {string} name */
function endingOf(name) {
  return path.extname(name).toLowerCase();
}

async function main() {
  const { values, positionals } = parseArgs({
    options: { out: { type: 'string' } },
    allowPositionals: true,
  });
  const [folder, ...others] = positionals;
  if (folder === undefined || others.length > 0) {
    throw new Refusal('Which folder? npm run packs -- FOLDER [--out FILE]');
  }
  const name = `${path.basename(path.resolve(folder))}.pastiche`;
  const out = values.out ?? path.join(ROOT, 'out', name);
  const browser = await ExtensionBrowser.launch();
  try {
    const count = await makePack(browser, folder, out);
    console.log(`${out}: ${count} styles`);
  } finally {
    await browser.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Refusal ? error.message : error);
    process.exitCode = 1;
  }
}
