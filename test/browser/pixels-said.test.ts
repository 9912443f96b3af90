/** What a person waits for and can't have is said: refused, full, or out of reach. */
import { writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { ElementHandle, Page } from 'puppeteer';
import { afterEach, beforeAll, expect, it } from 'vitest';

import type { ExtensionBrowser } from '../../scripts/extension.mjs';
import { eventually } from './faults';
import { sharedBrowser } from './harness';

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
