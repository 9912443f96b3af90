/**
 * Shared by browser tests: one site and one browser for all of them, restyling as a user does it, and
 * comparing screenshots.
 */
import { mkdtempSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { AxeResults } from 'axe-core';
import { PNG } from 'pngjs';
import type { JSHandle, Page, ScreenshotClip } from 'puppeteer';

import {
  ExtensionBrowser,
  type LaunchOptions,
  type MenuClick,
  type PictureStatus,
} from '../../scripts/extension.mjs';
import { eventually } from './faults';
import { startSite, type Site } from './server.mjs';

/** RGBA pixels, 0..255, not premultiplied. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

let site: Promise<Site> | undefined;
let running: { readonly key: string; readonly browser: Promise<ExtensionBrowser> } | undefined;

/** The test site; it runs until the tests end. */
export function sharedSite(): Promise<Site> {
  return (site ??= startSite());
}

/**
 * A browser with the extension and its default settings. Tests with the same options share it; other
 * options end it and start another: each of the two workers has one at a time.
 */
export async function sharedBrowser(options: LaunchOptions = {}): Promise<ExtensionBrowser> {
  const key = JSON.stringify(options);
  if (running?.key !== key) {
    await closeSharedBrowser();
    running = { key, browser: ExtensionBrowser.launch(options) };
  }
  const browser = await running.browser;
  await browser.inServiceWorker(() =>
    Promise.all([chrome.storage.local.clear(), chrome.storage.sync.clear()]),
  );
  return browser;
}

/**
 * Has pictures painted small from now on: for tests of their place a small pastiche is as good as a
 * fine one, and takes a fraction of the time.
 */
export function paintSmall(browser: ExtensionBrowser): Promise<void> {
  return browser.inServiceWorker(() => chrome.storage.local.set({ budget: 0.05 }));
}

/** Removes all own styles, from a page of the extension: other files find a profile as it was. */
export async function clearOwnStyles(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        const opening = indexedDB.open('pastiche');
        opening.onsuccess = () => {
          const store = opening.result.transaction('own-styles', 'readwrite');
          store.objectStore('own-styles').clear();
          store.oncomplete = resolve;
        };
      }),
  );
}

/** Ends the shared browser, for tests that need a fresh profile. */
export async function closeSharedBrowser(): Promise<void> {
  const closing = running;
  running = undefined;
  await (await closing?.browser)?.close();
}

/** Whether an element shows a pastiche, by its own style or, where CSS can't, by its address. */
export async function isPainted(page: Page, selector: string): Promise<boolean> {
  return page.$eval(selector, (element) => {
    const { content, backgroundImage } = getComputedStyle(element);
    const address = element.getAttribute('src') ?? element.getAttribute('href') ?? '';
    return [content, backgroundImage, address].some((value) => /^(url\(")?blob:/.test(value));
  });
}

/** The address of an element's picture, as the context menu would report it. */
export async function sourceOf(page: Page, selector: string): Promise<string> {
  return page.$eval(selector, (element) => {
    if (element instanceof HTMLImageElement) return element.currentSrc || element.src;
    if (element instanceof HTMLInputElement) return element.src;
    if (element instanceof SVGImageElement) {
      return new URL(element.href.baseVal, document.baseURI).href;
    }
    const [, url] = /url\("(.*?)"\)/.exec(getComputedStyle(element).backgroundImage) ?? [];
    if (url === undefined) throw new Error('the element shows no picture');
    return url;
  });
}

/**
 * Restyles the picture of an element through the context menu and waits for a final state.
 * @param menuItemId Default: the current mix.
 */
export async function restyle(
  browser: ExtensionBrowser,
  page: Page,
  selector: string,
  { menuItemId = 'restyle:mix', timeout = 60_000 } = {},
): Promise<PictureStatus> {
  const srcUrl = await sourceOf(page, selector);
  return restyleSource(browser, page, { menuItemId, srcUrl }, { timeout });
}

/**
 * Restyles by a click on a menu item and waits until the picture is finished.
 * @param source Address of the page's own picture, if the clicked one is a pastiche already.
 */
export async function restyleSource(
  browser: ExtensionBrowser,
  page: Page,
  click: MenuClick & { readonly srcUrl: string },
  { timeout = 60_000, source = click.srcUrl } = {},
): Promise<PictureStatus> {
  const since = Date.now();
  await browser.clickMenu(page, click);
  return browser.waitForPicture(page, source, { states: ['done', 'failed'], since, timeout });
}

/**
 * Waits until the picture that an element showed at the time of the call is restyled.
 * @throws {Error} if it could not be restyled.
 */
export async function waitForRestyled(
  browser: ExtensionBrowser,
  page: Page,
  selector: string,
): Promise<PictureStatus> {
  const picture = await browser.waitForPicture(page, await sourceOf(page, selector), {
    states: ['done', 'failed'],
  });
  if (picture.state === 'failed') throw new Error(`not restyled: ${JSON.stringify(picture.error)}`);
  return picture;
}

/** The extension's texts on the page and its frames, in shadow roots that the page can't open. */
export async function wordsOnPage(browser: ExtensionBrowser, page: Page): Promise<string> {
  return browser.inServiceWorker(
    async (id) => {
      const results = await chrome.scripting.executeScript({
        target: { tabId: id, allFrames: true },
        func: () => {
          const words: (string | null)[] = [];
          const read = (root: ParentNode): void => {
            for (const element of root.querySelectorAll('*')) {
              if (!(element instanceof HTMLElement)) continue;
              const inner = chrome.dom.openOrClosedShadowRoot(element);
              if (!inner) continue;
              words.push(...[...inner.children].map(({ textContent }) => textContent));
              read(inner);
            }
          };
          read(document);
          return words.join(' ');
        },
      });
      return results.map(({ result }) => result ?? '').join(' ');
    },
    await browser.tabId(page),
  );
}

/** Clicks a button that the extension has put on the page, until it has gone. */
export async function clickOnPage(
  browser: ExtensionBrowser,
  page: Page,
  label: string,
): Promise<void> {
  await browser.clickNotice(page, label);
}

/** An empty folder for the browser's downloads from now on. */
export async function downloadFolder({ browser }: ExtensionBrowser): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pastiche-'));
  const session = await browser.target().createCDPSession();
  await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: folder });
  return folder;
}

/** The file in a folder of downloads whose name matches, once it is whole. */
export async function downloaded(
  folder: string,
  pattern = /(?<!\.crdownload)$/,
): Promise<{ name: string; data: Buffer }> {
  const find = async (): Promise<string | undefined> =>
    (await readdir(folder)).find((each) => pattern.test(each));
  const name = await eventually(find, 60_000);
  return { name, data: await readFile(path.join(folder, name)) };
}

/** A screenshot of the window, or of a part of it. */
export async function screenshotOf(page: Page, clip?: ScreenshotClip): Promise<Pixels> {
  return PNG.sync.read(Buffer.from(await page.screenshot(clip ? { clip } : {})));
}

/** The pixels, at natural size, of an image's pastiche, which its page must be able to read. */
export async function pastichePixels(page: Page, selector: string): Promise<Pixels> {
  const shown = await page.$eval(selector, async (element) => {
    const [, address] = /url\("(.*?)"\)/.exec(getComputedStyle(element).content) ?? [];
    if (address === undefined) throw new Error('the element shows no pastiche');
    const image = new Image();
    image.src = address;
    await image.decode();
    const { naturalWidth: width, naturalHeight: height } = image;
    const context = new OffscreenCanvas(width, height).getContext('2d')!;
    context.drawImage(image, 0, 0);
    return { width, height, data: [...context.getImageData(0, 0, width, height).data] };
  });
  return { ...shown, data: Buffer.from(shown.data) };
}

/** What the screen shows of an element, layers included. */
export async function pixelsOf(page: Page, selector: string): Promise<Pixels> {
  const element = await page.waitForSelector(selector);
  if (!element) throw new Error(`there is no ${selector}`);
  const png = PNG.sync.read(Buffer.from(await element.screenshot({ type: 'png' })));
  await element.dispose();
  return png;
}

/**
 * The mean absolute difference of two pictures over red, green and blue, 0..255.
 * @throws {RangeError} if their sizes differ.
 */
export function meanAbsoluteDifference(a: Pixels, b: Pixels): number {
  if (a.width !== b.width || a.height !== b.height) {
    throw new RangeError(
      `${a.width}×${a.height} and ${b.width}×${b.height} pixels can't be compared`,
    );
  }
  let sum = 0;
  for (let i = 0; i < a.data.length; i += 4) {
    for (let channel = 0; channel < 3; channel++) {
      sum += Math.abs(a.data[i + channel]! - b.data[i + channel]!);
    }
  }
  return sum / (a.width * a.height * 3);
}

const require = createRequire(import.meta.url);

/** Violations found by axe on a page, in light and in dark. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(require.resolve('axe-core/axe.min.js'), 'utf8'));
  const found: string[] = [];
  for (const value of ['light', 'dark']) {
    // Without motion, or the colours would still be changing between the schemes.
    await page.emulateMediaFeatures([
      { name: 'prefers-color-scheme', value },
      { name: 'prefers-reduced-motion', value: 'reduce' },
    ]);
    // The schemes differ only in colours.
    const rules = value === 'dark' ? ['color-contrast'] : null;
    const violations = await page.evaluate(async (runOnly) => {
      const { axe } = globalThis as unknown as {
        axe: { run(options: object): Promise<AxeResults> };
      };
      return (await axe.run(runOnly ? { runOnly } : {})).violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(' ')}`,
      );
    }, rules);
    found.push(...violations.map((violation) => `${value}: ${violation}`));
  }
  return found;
}

/** The elements of a page and where they were. */
export type Layout = JSHandle<{ element: Element; box: string }[]>;

/** Records where every element of the page is, for {@link movedElements}. */
export function layoutOf(page: Page): Promise<Layout> {
  return page.evaluateHandle(() =>
    [...document.querySelectorAll('*')].map((element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      return { element, box: [x + scrollX, y + scrollY, width, height].join(' ') };
    }),
  );
}

/**
 * Elements that have moved, changed their size or gone since the layout was recorded. New elements are
 * ignored: the extension's may lie over the page, as long as they move nothing.
 */
export function movedElements(layout: Layout): Promise<string[]> {
  return layout.evaluate((remembered) =>
    remembered.flatMap(({ element, box }) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      const now = [x + scrollX, y + scrollY, width, height].join(' ');
      if (now === box && element.isConnected) return [];
      return `${element.localName}${element.id && `#${element.id}`}: ${box} → ${now}`;
    }),
  );
}

/** Has all frames of a painted animation painted; the address of the painted animation. */
export async function paintAllFrames(
  browser: ExtensionBrowser,
  page: Page,
  selector: string,
): Promise<string> {
  const shown = (): Promise<string> =>
    page.$eval(selector, (image) => getComputedStyle(image).content.slice(5, -2));
  const first = await shown();
  await eventually(async () => (await wordsOnPage(browser, page)).includes('Paint all frames'));
  await clickOnPage(browser, page, 'Paint all frames');
  await eventually(async () => (await shown()) !== first, 60_000);
  return shown();
}
