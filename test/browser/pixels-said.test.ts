/** What a person waits for and can't have is said: refused, full, or out of reach. */
import { writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { ElementHandle, Page } from 'puppeteer';
import { afterEach, beforeAll, expect, it } from 'vitest';

import type { ExtensionBrowser } from '../../scripts/extension.mjs';
import { eventually } from './faults';
import { isPainted, sharedBrowser, sharedSite, sourceOf, wordsOnPage } from './harness';

const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" fill="#fc3"/></svg>';

let browser: ExtensionBrowser;
let page: Page;

beforeAll(async () => {
  browser = await sharedBrowser();
});

afterEach(async () => {
  await page.close();
});

/** Opens a page of the extension's in which something of the browser's fails. */
async function open(file: string, breaking: () => void): Promise<void> {
  page = await browser.openPage('about:blank');
  await page.evaluateOnNewDocument(breaking);
  await page.goto(browser.urlOf(file));
}

async function press(label: string): Promise<void> {
  const button = (await page.waitForSelector(`::-p-xpath(//button[text()="${label}"])`))!;
  await button.click();
}

/** Waits for these words in what a screen reader is told. */
async function isSaid(words: string): Promise<void> {
  await eventually(async () => {
    const all = await page.$$eval('[role=status], [role=alert], .help', (elements) =>
      elements.map(({ textContent }) => textContent),
    );
    return all.join(' ').includes(words);
  });
}

const GRANT = `grant.html?reason=cross-origin-image&origins=${encodeURIComponent('https://a.example/*')}`;

it('access that the person refuses, or that the browser does', async () => {
  await open(GRANT, () => (chrome.permissions.request = () => Promise.resolve(false)));
  await press('Allow access');
  await isSaid('Access was not granted');
  await page.close();
  await open(GRANT, () => (chrome.permissions.request = () => Promise.reject(new Error('no'))));
  await press('Allow access');
  await isSaid('Access was not granted');
});

it('a page that the browser does not open', async () => {
  await open('welcome.html', () => {
    chrome.runtime.openOptionsPage = () => Promise.reject(new Error('there is no window'));
  });
  await press('Options');
  await isSaid('Something went wrong');
  await page.close();
  await open('options/options.html', () => {
    chrome.tabs.create = () => Promise.reject(new Error('there is no window'));
  });
  await press('Change shortcuts');
  await isSaid('page of add-ons');
});

it('a style of one’s own whose picture can’t be read is not passed on in silence', async () => {
  await open('options/options.html', () => undefined);
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'pastiche-')), 'sun.svg');
  writeFileSync(file, SVG);
  const field = (await page.waitForSelector(
    '#own-styles input[type=file]',
  )) as ElementHandle<HTMLInputElement>;
  await field.uploadFile(file);
  await page.waitForSelector('.own-styles .button');
  await page.evaluate(() => {
    Blob.prototype.arrayBuffer = () => Promise.reject(new DOMException('', 'NotReadableError'));
  });
  await press('Share');
  await isSaid('Something went wrong');
  expect(await page.$$eval('.own-styles li', (all) => all.length)).toBe(1);
});

it('rules of sites that can’t be read', async () => {
  await open('options/options.html', () => {
    chrome.permissions.contains = () => Promise.reject(new Error('not now'));
    void chrome.storage.local.set({
      'site:http://localhost/*': { format: 1, favourite: 'a', paints: 'images' },
    });
  });
  await isSaid('Something went wrong');
  await browser.inServiceWorker(() => chrome.storage.local.clear());
});

it('a folder among the files, or a file that has gone: named, and the others are added', async () => {
  await open('options/options.html', () => {
    const { slice } = Blob.prototype;
    Blob.prototype.slice = function (...range) {
      if (!(this instanceof File) || this.name !== 'folder') return slice.apply(this, range);
      const part = slice.apply(this, range);
      part.arrayBuffer = () => Promise.reject(new DOMException('', 'NotFoundError'));
      return part;
    };
  });
  await page.waitForSelector('#own-styles input[type=file]');
  await page.evaluate((svg) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['?'], 'folder'));
    dataTransfer.items.add(new File([svg], 'sun.svg', { type: 'image/svg+xml' }));
    document.body.dispatchEvent(
      new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }),
    );
  }, SVG);
  await isSaid('folder could not be used');
  await eventually(() =>
    page.$$eval('.own-styles li input', (fields) => fields.some((field) => field.value === 'sun')),
  );
});

it('what is pasted and is no picture', async () => {
  await open('options/options.html', () => undefined);
  await page.waitForSelector('#own-styles input[type=file]');
  await page.evaluate(() => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', 'only words');
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
  });
  await isSaid('no picture in that');
});

it('a picture that is not painted can’t be saved or compared', async () => {
  const site = await sharedSite();
  page = await browser.openPage(`${site.origin}/one-image.html`);
  await browser.grantActiveTab(page);
  const srcUrl = await sourceOf(page, '#photo');
  for (const menuItemId of ['save', 'compare']) {
    await browser.clickMenu(page, { menuItemId, srcUrl });
    await eventually(async () => (await wordsOnPage(browser, page)).includes('no painted picture'));
    await page.reload();
  }
});

it('a mix with nothing in it', async () => {
  const site = await sharedSite();
  await browser.inServiceWorker(() => chrome.storage.local.set({ mix: {} }));
  page = await browser.openPage(`${site.origin}/one-image.html`);
  await browser.grantActiveTab(page);
  const srcUrl = await sourceOf(page, '#photo');
  await browser.clickMenu(page, { menuItemId: 'restyle:mix', srcUrl });
  await eventually(async () => (await wordsOnPage(browser, page)).includes('current mix is empty'));
  expect(await isPainted(page, '#photo')).toBe(false);
  await browser.inServiceWorker(() => chrome.storage.local.clear());
});
