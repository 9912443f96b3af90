/**
 * Screenshots for the stores, of the running extension in a browser of each language, on pictures
 * drawn by our own code.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { PNG } from 'pngjs';

import { startSite } from '../test/browser/server.mjs';
import { findBrowser, ensurePackages } from './browser.mjs';
import { ExtensionBrowser } from './extension.mjs';
import { SCREENSHOT, TILES } from './store-rules.mjs';

/**
 * @typedef {import('puppeteer').Page} Page
 * @typedef {import('../test/browser/server.mjs').Site} Site
 *
 * @typedef {object} Studio
 * @property {ExtensionBrowser} browser
 * @property {Site} site
 * @property {Readonly<Record<string, { message: string }>>} words All messages of the language.
 */

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const PICTURES = path.join(ROOT, 'test', 'site', 'pictures');

/** The palette's width, in pixels, once the browser has made room for it. */
const PALETTE_WIDTH = 360;

/** Timeout for painting and for searches, in milliseconds. */
const PATIENCE = 120_000;

/** The site that the pictures show, and the browser option that maps it to this machine. */
export const HOST = 'gallery.example';
export const HOST_RULE = `--host-resolver-rules=MAP ${HOST} 127.0.0.1`;

/** The palette's mix on the pictures. */
const MIX = { 'starry-night': 0.6, 'great-wave': 0.4 };

/** Every screenshot, in the stores' order. */
const SCENES = {
  '1-palette.png': paletteScene,
  '2-video.png': videoScene,
  '3-editor.png': editorScene,
  '4-options.png': optionsScene,
};

export const SCENE_NAMES = Object.keys(SCENES);

/** Debian's packages without which its browser shows boxes instead of letters, or is in English only. */
const DEBIAN_FONTS = ['fonts-noto-core', 'fonts-noto-cjk'];
const DEBIAN_LANGUAGES = 'chromium-l10n';

/** Installs fonts and languages if the system allows it; {@link photograph} fails if any is missing. */
export async function prepareLanguages() {
  const isDebians = /^\/usr\/bin\/chromium/.test(await findBrowser());
  ensurePackages([...DEBIAN_FONTS, ...(isDebians ? [DEBIAN_LANGUAGES] : [])]);
}

/**
 * Takes every screenshot in one language.
 * @param {string} language Folder of `_locales`.
 * @param {string} folder Output folder.
 * @throws {Error} if the browser lacks the language or its letters.
 */
export async function photograph(language, folder) {
  await mkdir(folder, { recursive: true });
  await inStudio(language, async (studio) => {
    for (const [name, scene] of Object.entries(SCENES)) {
      const picture = await scene(studio).catch((error) => {
        throw new Error(`${language}/${name} could not be taken: ${error.message}`);
      });
      await writeFile(path.join(folder, name), picture);
      // Painting in there would slow down the next scene.
      for (const page of await studio.browser.browser.pages()) {
        if (page.url() !== 'about:blank') await page.close();
      }
    }
  });
}

/**
 * Draws the promotional tiles: a picture, half of it repainted, and the name.
 * @param {string} folder
 */
export async function drawTiles(folder) {
  await inStudio('en', async (studio) => {
    const { browser, site } = studio;
    const page = await openGallery(studio);
    await restyle(studio, page, '#hero', 'restyle:style:starry-night');
    const painted = dataUrl(await shotOf(page, '#hero'));
    const icon = dataUrl(await readFile(path.join(ROOT, 'icons', 'icon-128.png')));
    for (const [name, { width, height }] of Object.entries(TILES)) {
      const tile = await compose(
        browser,
        { width, height },
        `<style>
          body { margin: 0; overflow: hidden; }
          img.whole { position: absolute; width: 100%; height: 100%; object-fit: cover; object-position: 50% 62%; }
          .painted { clip-path: polygon(54% 0, 100% 0, 100% 100%, 46% 100%); }
          svg { position: absolute; width: 100%; height: 100%; }
          h1 {
            position: absolute; inset: auto auto 8% 5%; display: flex; align-items: center; gap: .35em; margin: 0;
            padding: .22em .6em .22em .3em; border-radius: .4em; background: #fbf9f5; color: #24222b;
            font: 600 ${Math.round(height / 8)}px/1.2 Georgia, 'Liberation Serif', serif;
          }
          h1 img { height: 1.1em; border-radius: .22em; }
        </style>
        <img class="whole" src="${site.origin}/pictures/harbour.jpg"><img class="whole painted" src="${painted}">
        <svg viewBox="0 0 100 100" preserveAspectRatio="none"><line x1="54" y1="0" x2="46" y2="100"
          stroke="#fff" stroke-width="3" vector-effect="non-scaling-stroke"/></svg>
        <h1><img src="${icon}">Pastiche</h1>`,
      );
      await writeFile(path.join(folder, name), tile);
    }
  });
}

/**
 * Opens a browser in a language, with the extension, the site, and the data of a regular user.
 * @param {string} language
 * @param {(studio: Studio) => Promise<void>} work
 */
async function inStudio(language, work) {
  const file = path.join(ROOT, '_locales', language, 'messages.json');
  const words = JSON.parse(await readFile(file, 'utf8'));
  const site = await startSite();
  try {
    const browser = await ExtensionBrowser.launch({
      env: { LANGUAGE: language },
      args: [
        `--lang=${language.replace('_', '-')}`,
        '--hide-scrollbars',
        '--screen-info={1600x1200}',
        HOST_RULE,
      ],
    });
    try {
      await refuseOtherLanguage(browser, language, words);
      await browser.inServiceWorker((mix) => chrome.storage.local.set({ mix }), MIX);
      const origin = site.origin.replace('localhost', HOST);
      await work({ browser, site: { ...site, origin }, words });
    } finally {
      await browser.close();
    }
  } finally {
    await site.close();
  }
}

/**
 * @param {ExtensionBrowser} browser
 * @param {string} language
 * @param {Studio['words']} words
 * @throws {Error} if the browser is in another language, or lacks letters for this one.
 */
async function refuseOtherLanguage(browser, language, words) {
  const spoken = await browser.inServiceWorker(() => chrome.i18n.getMessage('language'));
  if (spoken !== words['language']?.message) {
    throw new Error(`The browser speaks ${spoken} instead of ${language}: it lacks that language.`);
  }
  const letters = String(words['extension_description']?.message).match(/\p{L}/gu) ?? [];
  const lacks = await browser.inServiceWorker((all) => {
    const context = new OffscreenCanvas(40, 40).getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('no 2d canvas');
    context.font = '24px system-ui, sans-serif';
    const look = (/** @type {string} */ text) => {
      context.clearRect(0, 0, 40, 40);
      context.fillText(text, 6, 30);
      return context.getImageData(0, 0, 40, 40).data.join();
    };
    // A character that is in no font.
    const box = look('\u{10FFFE}');
    return all.filter((letter) => look(letter) === box);
  }, letters);
  if (lacks.length > 0) {
    throw new Error(`There is no font with ${lacks.slice(0, 3).join(', ')} for ${language}.`);
  }
}

/**
 * Half of a picture repainted, with the handle between the halves, and the palette over its page.
 * @param {Studio} studio
 */
async function paletteScene(studio) {
  const { browser } = studio;
  const page = await openGallery(studio);
  await restyle(studio, page, '#second', 'restyle:style:the-scream');
  const source = await restyle(studio, page, '#hero', 'restyle:mix');
  await browser.clickMenu(page, { menuItemId: 'compare', srcUrl: source });
  return shotWithPalette(studio, page);
}

/**
 * A video that was painted during playback, paused after a while.
 * @param {Studio} studio
 */
async function videoScene(studio) {
  const { browser, site, words } = studio;
  // A still shows the size of a frame, not the frame rate.
  await browser.inServiceWorker(() =>
    chrome.storage.local.set({ video: { rate: 8, steady: true, sharp: true, meter: false } }),
  );
  const page = await browser.openPage(
    site.origin +
      site.serve(`<!doctype html><html dir="${directionOf(words)}"><meta charset="utf-8">
        <link rel="icon" href="data:,"><style>
          body { display: grid; height: 100vh; margin: 0 20px; align-content: center; background: #17161c; }
          video { width: 864px; height: 486px; border-radius: 8px; }
        </style><video src="/clips/boats.webm" loop muted></video>`),
  );
  await browser.grantActiveTab(page);
  await page.$eval('video', (video) => video.play());
  const srcUrl = await page.$eval('video', ({ currentSrc }) => currentSrc);
  await browser.clickMenu(page, { menuItemId: 'video', srcUrl });
  const hasCome = (/** @type {(video: import('./extension.mjs').VideoStatus) => boolean} */ far) =>
    until(async () => (await browser.videoStatus(page)).some(far));
  await hasCome(({ painted }) => painted > 60);
  await page.$eval('video', (video) => video.pause());
  await hasCome(({ state }) => state === 'still');
  return shotWithPalette(studio, page);
}

/**
 * The subject of a portrait in a style, the rest unchanged.
 * @param {Studio} studio
 */
async function editorScene({ browser, words }) {
  const page = await browser.openPage(browser.urlOf('editor.html'));
  const field = await page.waitForSelector('input[type=file]');
  await /** @type {import('puppeteer').ElementHandle<HTMLInputElement>} */ (field).uploadFile(
    path.join(PICTURES, 'portrait.jpg'),
  );
  const isIdle = (/** @type {string} */ hint) => {
    const said = document.querySelector('aside .hint')?.textContent;
    return document.querySelector('.stage canvas') !== null && said === hint;
  };
  const hint = String(words['editor_hint']?.message);
  await page.waitForFunction(isIdle, { timeout: PATIENCE }, hint);
  await page.click('.subject');
  for (const key of ['editor_searching', 'page_working']) {
    await page.waitForFunction(
      (words) => document.querySelector('aside .hint')?.textContent === words,
      { timeout: PATIENCE },
      String(words[key]?.message),
    );
  }
  await page.waitForFunction(isIdle, { timeout: PATIENCE }, hint);
  return shot(page);
}

/**
 * Favourites and own styles of a regular user.
 * @param {Studio} studio
 */
async function optionsScene({ browser }) {
  await browser.inServiceWorker(() => {
    const manner = { keepColours: false, strokeSize: 1 };
    const mixes = [
      ['Night & Wave', { 'starry-night': 0.6, 'great-wave': 0.4 }],
      ['Composition VII', { 'composition-vii': 0.8 }],
      ['Kiss & Udnie', { 'the-kiss': 0.5, udnie: 0.5 }],
    ];
    return chrome.storage.local.set(
      Object.fromEntries(
        mixes.map(([name, mix], position) => [
          `favourite:${position}`,
          { format: 2, name, mix, manner, position },
        ]),
      ),
    );
  });
  const page = await browser.openPage(browser.urlOf('options/options.html'));
  await page.waitForFunction(() => document.querySelectorAll('.painted > img').length === 3, {
    timeout: PATIENCE,
  });
  const field = await page.waitForSelector('#own-styles input[type=file]');
  await /** @type {import('puppeteer').ElementHandle<HTMLInputElement>} */ (field).uploadFile(
    path.join(PICTURES, 'orchard.jpg'),
  );
  // Its picture, and what it is painted like.
  await page.waitForFunction(
    () => document.querySelector('.own-styles li') && !document.querySelector('.own-styles .empty'),
    { timeout: PATIENCE },
  );
  return shot(page);
}

/**
 * A page full of pictures, to which the extension has access.
 * @param {Studio} studio
 */
async function openGallery({ browser, site, words }) {
  const page = await browser.openPage(
    site.origin +
      site.serve(`<!doctype html><html dir="${directionOf(words)}"><meta charset="utf-8">
        <link rel="icon" href="data:,"><style>
          body { display: grid; height: 760px; grid-template: 520px 224px / 860px 1fr; gap: 16px; margin: 20px; background: #efe9dd; }
          img { width: 100%; height: 100%; object-fit: cover; border-radius: 6px; }
          div { display: grid; grid-template: 100% / 1fr 1fr; gap: 16px; }
        </style>
        <img id="hero" src="/pictures/harbour.jpg"><img src="/pictures/still-life.jpg">
        <div><img id="second" src="/pictures/mountain-lake.jpg"><img src="/pictures/orchard.jpg"></div>
        <img src="/pictures/city-at-night.jpg">`),
  );
  await browser.grantActiveTab(page);
  return page;
}

/**
 * The writing direction of the language.
 * @param {Studio['words']} words
 */
function directionOf(words) {
  return /^(ar|he)$/.test(String(words['language']?.message)) ? 'rtl' : 'ltr';
}

/**
 * Restyles a picture through the menu.
 * @param {Studio} studio
 * @param {Page} page
 * @param {string} selector
 * @param {string} menuItemId
 * @returns Its address.
 */
async function restyle({ browser }, page, selector, menuItemId) {
  const srcUrl = await page.$eval(selector, (image) => /** @type {HTMLImageElement} */ (image).src);
  await browser.clickMenu(page, { menuItemId, srcUrl });
  const { error } = await browser.waitForPicture(page, srcUrl, {
    states: ['done', 'failed'],
    timeout: PATIENCE,
  });
  if (error) throw new Error(`${srcUrl} could not be painted: ${JSON.stringify(error)}`);
  return srcUrl;
}

/**
 * A page with the palette open over it, at the toolbar's position for that writing direction.
 * @param {Studio} studio
 * @param {Page} page
 */
async function shotWithPalette({ browser, words }, page) {
  const popup = await browser.openPopup(page);
  await popup.waitForFunction(
    (width) => document.body.clientWidth === width,
    { timeout: PATIENCE },
    PALETTE_WIDTH,
  );
  await popup.waitForSelector('.preview .pastiche.shown', { timeout: PATIENCE });
  await popup.waitForSelector('.engine', { timeout: PATIENCE });
  await popup.waitForSelector('.page .buttons', { timeout: PATIENCE });
  // Without a display the popup has room for two scroll bars that are not drawn.
  const clip = await popup.evaluate(() => {
    const { x, width } = document.body.getBoundingClientRect();
    return { x, y: 0, width, height: innerHeight };
  });
  const palette = dataUrl(await shot(popup, clip));
  await popup.close();
  const below = dataUrl(await shot(page));
  return compose(
    browser,
    SCREENSHOT,
    `<style>
      body { margin: 0; overflow: hidden; }
      img { position: absolute; top: 0; left: 0; }
      .palette { top: 10px; left: auto; ${directionOf(words) === 'rtl' ? 'left' : 'right'}: 14px; border-radius: 10px;
        box-shadow: 0 10px 36px #0007, 0 0 0 1px #0003; }
    </style><img src="${below}"><img class="palette" src="${palette}">`,
  );
}

/**
 * Composes a picture from pictures.
 * @param {ExtensionBrowser} browser
 * @param {{ width: number, height: number }} size
 * @param {string} html
 */
async function compose({ browser }, size, html) {
  const page = await browser.newPage();
  try {
    await page.setViewport(size);
    await page.setContent(`<!doctype html>${html}`);
    await page.evaluate(() => Promise.all([...document.images].map((image) => image.decode())));
    return await shot(page);
  } finally {
    await page.close();
  }
}

/**
 * @param {Page} page
 * @param {string} selector
 */
async function shotOf(page, selector) {
  const element = await page.$(selector);
  if (!element) throw new Error(`there is no ${selector}`);
  return opaque(await element.screenshot({ type: 'png' }));
}

/**
 * @param {Page} page
 * @param {import('puppeteer').ScreenshotClip} [clip] Default: all that is in view.
 */
async function shot(page, clip) {
  return opaque(
    await page.screenshot({ type: 'png', captureBeyondViewport: false, ...(clip && { clip }) }),
  );
}

/**
 * The same picture without an alpha channel, which stores don't accept.
 * @param {Uint8Array} png
 */
function opaque(png) {
  return PNG.sync.write(PNG.sync.read(Buffer.from(png)), { colorType: 2 });
}

/** @param {Uint8Array} png */
function dataUrl(png) {
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}

/**
 * @param {() => Promise<boolean>} condition
 * @throws {Error} if it does not become true.
 */
async function until(condition) {
  for (const deadline = performance.now() + PATIENCE; !(await condition());) {
    if (performance.now() > deadline) {
      throw new Error('The video was not painted: is the machine busy?');
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
