/**
 * Demonstrates the extension.
 *
 *   npm start                                   the demo page
 *   npm start -- https://example.org            another page
 *   npm start -- photo.jpg --style starry-night restyles a file; the result is written beside it
 *
 * With a display, a page opens in a visible browser, which stays. Without one, or with
 * `--headless`, pictures of the page are restyled by the menu's own handler, and screenshots before and
 * after are written to `out/`.
 */
import { constants } from 'node:fs';
import { access, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { startSite } from '../test/browser/server.mjs';
import { ExtensionBrowser } from './extension.mjs';

/**
 * @typedef {{ id: string, title: string, artist: string }} Style
 * @typedef {{ name: string, source: string, handle: import('puppeteer').ElementHandle }} Picture
 */

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const OUT = path.join(ROOT, 'out');
const DEFAULT_STYLE = 'starry-night';

/** Maximum number of pictures of a page that are restyled without a display. */
const MAX_PICTURES = 6;
/** Smaller pictures of a page are buttons and ornaments. CSS pixels. */
const MIN_PICTURE = 96;
/** Maximum budget of the extension's settings, in megapixels. */
const MAX_BUDGET = 16;
/** Time for a picture of the maximum budget on a slow machine, in milliseconds. */
const RESTYLE_TIMEOUT = 300_000;

/** A request that can't be met; its message says why and what to do. */
class Refusal extends Error {}

try {
  await main();
} catch (error) {
  console.error(error instanceof Refusal ? error.message : error);
  process.exitCode = 1;
}

async function main() {
  const { what, styleId, headless } = parseCommandLine();
  const styles = await readStyles();
  if (styleId !== undefined && !styles.some(({ id }) => id === styleId)) {
    const ids = styles.map(({ id }) => id).join(', ');
    throw new Refusal(`There is no style "${styleId}". The styles are: ${ids}.`);
  }
  if (what !== undefined && !/^https?:/.test(what)) {
    await restyleFile(what, styleId ?? DEFAULT_STYLE);
    return;
  }
  const site = what === undefined ? await startSite() : undefined;
  const url = what ?? `${site?.origin}/`;
  try {
    if (headless || !hasDisplay()) {
      await showHeadless(
        url,
        styleId === undefined ? styles : styles.filter(({ id }) => id === styleId),
      );
    } else {
      await showInWindow(url);
    }
  } finally {
    await site?.close();
  }
}

function parseCommandLine() {
  const options = /** @type {const} */ ({
    style: { type: 'string' },
    headless: { type: 'boolean', default: false },
  });
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (positionals.length > 1) throw new Error('one page or one picture at a time, please');
    return { what: positionals[0], styleId: values.style, headless: values.headless };
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new Refusal(
      `${reason}\nUsage: npm start -- [https://PAGE | PICTURE] [--style ID] [--headless]`,
    );
  }
}

/** @returns {Promise<Style[]>} */
async function readStyles() {
  const { styles } = JSON.parse(await readFile(path.join(ROOT, 'models', 'styles.json'), 'utf8'));
  return styles;
}

function hasDisplay() {
  if (process.platform !== 'linux') return true;
  return Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']);
}

/**
 * Opens a page in a visible browser and returns when the user has closed it.
 * @param {string} url
 */
async function showInWindow(url) {
  const browser = await ExtensionBrowser.launch({ headless: false });
  const closed = new Promise((resolve) => browser.browser.once('disconnected', resolve));
  const [first] = await browser.browser.pages();
  await (first ?? (await browser.browser.newPage())).goto(url).catch((error) => {
    console.error(`${url} could not be opened: ${error.message}`);
  });
  console.log(`${url} is open. Right-click a picture and choose "Restyle image".`);
  console.log('Close the browser, or press Ctrl+C here, to end.');
  await closed;
}

/**
 * Restyles pictures of a page and writes before and after to `out/`.
 * @param {string} url
 * @param {readonly Style[]} styles The pictures are spread over them.
 */
async function showHeadless(url, styles) {
  await mkdir(OUT, { recursive: true });
  const browser = await ExtensionBrowser.launch();
  try {
    const page = await browser.openPage(url, { waitUntil: 'load' }).catch((error) => {
      throw new Refusal(`${url} could not be opened: ${error.message}`);
    });
    const pictures = await picturesOf(page);
    if (pictures.length === 0) throw new Refusal(`${url} shows no picture to restyle.`);
    await browser.grantActiveTab(page);
    await writeScreenshot(page, 'before.png', { fullPage: true });
    for (const [index, picture] of pictures.entries()) {
      const turn = Math.floor((index * styles.length) / pictures.length);
      const style = /** @type {Style} */ (styles[turn]);
      await picture.handle.scrollIntoView();
      await writeScreenshot(picture.handle, `${picture.name}.before.png`);
      const started = performance.now();
      await restyle(browser, page, picture.source, style.id);
      console.log(
        `${picture.name} in the style of ${style.title} (${style.artist}): ` +
          `${Math.round(performance.now() - started)} ms`,
      );
      await writeScreenshot(picture.handle, `${picture.name}.${style.id}.png`);
    }
    await writeScreenshot(page, 'after.png', { fullPage: true });
  } finally {
    await browser.close();
  }
}

/**
 * The largest pictures of a page, in its order.
 * @param {import('puppeteer').Page} page
 * @returns {Promise<Picture[]>}
 */
async function picturesOf(page) {
  /** @type {(Picture & { area: number })[]} */
  const found = [];
  for (const handle of await page.$$('img')) {
    const { id, source, width, height } = await handle.evaluate((image) => {
      const box = image.getBoundingClientRect();
      const shown = image.complete && image.naturalWidth > 0;
      return {
        id: image.id,
        source: image.currentSrc,
        width: shown ? box.width : 0,
        height: shown ? box.height : 0,
      };
    });
    if (Math.min(width, height) < MIN_PICTURE) continue;
    if (found.some((other) => other.source === source)) continue;
    const name = /^[\w-]+$/.test(id) ? id : `picture-${found.length + 1}`;
    found.push({ name, source, handle, area: width * height });
  }
  const largest = [...found].sort((a, b) => b.area - a.area).slice(0, MAX_PICTURES);
  return found.filter((picture) => largest.includes(picture));
}

/**
 * Restyles a picture file and writes the result beside it.
 * @param {string} file
 * @param {string} styleId
 */
async function restyleFile(file, styleId) {
  // npm runs scripts in the root of the repository, whatever the current folder.
  const source = path.resolve(process.env['INIT_CWD'] ?? '.', file);
  await refuseUnreadable(source);
  const { dir, name } = path.parse(source);
  const destination = path.join(dir, `${name}.${styleId}.png`);
  const site = await startSite({ files: { '/photo': source } });
  try {
    const browser = await ExtensionBrowser.launch();
    try {
      const url = `${site.origin}/photo.html`;
      const page = await browser.openPage(url, { waitUntil: 'load' });
      await showAtOwnSize(browser, page, source);
      await browser.grantActiveTab(page);
      const { mode } = await restyle(browser, page, `${site.origin}/photo`, styleId);
      await writeFile(destination, await pasticheOf(page, mode));
      console.log(destination);
    } finally {
      await browser.close();
    }
  } finally {
    await site.close();
  }
}

/**
 * @param {string} file
 * @throws {Refusal} if there is no file, or it may not be read.
 */
async function refuseUnreadable(file) {
  const found = await stat(file).catch(() => null);
  if (!found) throw new Refusal(`There is no file ${file}.`);
  if (!found.isFile()) throw new Refusal(`${file} is not a file.`);
  await access(file, constants.R_OK).catch(() => {
    throw new Refusal(`${file} may not be read.`);
  });
}

/**
 * Gives the picture a page and a budget that fit it, so that it is not scaled needlessly.
 * @param {ExtensionBrowser} browser
 * @param {import('puppeteer').Page} page
 * @param {string} file
 */
async function showAtOwnSize(browser, page, file) {
  const { width, height } = await page.$eval('#picture', (image) => {
    const { naturalWidth, naturalHeight } = /** @type {HTMLImageElement} */ (image);
    return { width: naturalWidth, height: naturalHeight };
  });
  if (width === 0) throw new Refusal(`${file} is not a picture that the browser can show.`);
  await page.setViewport({ width, height });
  const budget = Math.min(MAX_BUDGET, Math.max(0.25, (width * height) / 1e6));
  await browser.inServiceWorker(
    (megapixels) => chrome.storage.local.set({ budget: megapixels }),
    budget,
  );
}

/**
 * Restyles a picture by a click on the menu item of a style.
 * @param {ExtensionBrowser} browser
 * @param {import('puppeteer').Page} page
 * @param {string} source
 * @param {string} styleId
 * @throws {Refusal} with the extension's own message, if it fails.
 */
async function restyle(browser, page, source, styleId) {
  await browser.clickMenu(page, { menuItemId: `restyle:style:${styleId}`, srcUrl: source });
  const picture = await browser.waitForPicture(page, source, {
    states: ['done', 'failed'],
    timeout: RESTYLE_TIMEOUT,
  });
  if (picture.state === 'failed') throw new Refusal(await sentenceFor(picture.error));
  return picture;
}

/** @param {{ code: string, detail: string } | null} error */
async function sentenceFor(error) {
  const file = path.join(ROOT, '_locales', 'en', 'messages.json');
  const messages = JSON.parse(await readFile(file, 'utf8'));
  const sentence = messages[`error_${error?.code.replaceAll('-', '_')}`]?.message;
  return sentence ? `${sentence} (${error?.detail})` : `It failed: ${error?.detail}`;
}

/**
 * The PNG file of the restyled picture.
 * @param {import('puppeteer').Page} page
 * @param {'in-place' | 'layer' | null} mode
 */
async function pasticheOf(page, mode) {
  if (mode !== 'in-place') {
    const element = await page.$('#picture');
    if (!element) throw new Error('the picture is gone');
    return element.screenshot({ type: 'png' });
  }
  const base64 = await page.$eval('#picture', async (image) => {
    const response = await fetch(/** @type {HTMLImageElement} */ (image).currentSrc);
    const reader = new FileReader();
    const read = new Promise((resolve) => reader.addEventListener('load', resolve));
    reader.readAsDataURL(await response.blob());
    await read;
    return String(reader.result).replace(/^.*,/, '');
  });
  return Buffer.from(base64, 'base64');
}

/**
 * @param {import('puppeteer').Page | import('puppeteer').ElementHandle} what
 * @param {string} name
 * @param {import('puppeteer').ScreenshotOptions} [options]
 */
async function writeScreenshot(what, name, options) {
  const file = path.join(OUT, name);
  await writeFile(file, await what.screenshot({ type: 'png', ...options }));
  console.log(path.relative(process.cwd(), file));
}
