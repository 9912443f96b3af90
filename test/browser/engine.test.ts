import { readFileSync } from 'node:fs';

import { PNG } from 'pngjs';
import type { Page } from 'puppeteer';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { ExtensionBrowser } from '../../scripts/extension.mjs';
import {
  meanAbsoluteDifference,
  restyleSource,
  sharedBrowser,
  sharedSite,
  type Pixels,
} from './harness';
import type { Site } from './server.mjs';

let browser: ExtensionBrowser;
let site: Site;
let page: Page;

const fixture = (name: string): Buffer =>
  readFileSync(new URL(`../fixtures/${name}.png`, import.meta.url));

beforeAll(async () => {
  site = await sharedSite();
});

afterEach(async () => {
  if (!page.isClosed()) await page.close();
});

/** The engine's pastiche of the drawn content image, as the page's element then shows it. */
async function paint(mix: Record<string, number>): Promise<Pixels> {
  await browser.inServiceWorker((current) => chrome.storage.local.set({ mix: current }), mix);
  page = await browser.openPage(`${site.origin}/empty.html`);
  const srcUrl = `data:image/png;base64,${fixture('content').toString('base64')}`;
  await page.setContent(`<img id="content" src="${srcUrl}">`, { waitUntil: 'load' });
  await browser.grantActiveTab(page);
  const status = await restyleSource(browser, page, { menuItemId: 'restyle:mix', srcUrl });
  expect(status).toMatchObject({ state: 'done', mode: 'in-place', error: null });
  const file = await page.$eval('#content', async (element) => {
    const response = await fetch((element as HTMLImageElement).src);
    return [...new Uint8Array(await response.arrayBuffer())];
  });
  return PNG.sync.read(Buffer.from(file));
}

describe('the Wasm provider', () => {
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  // What PyTorch's network gives, by way of the exported graph: models/training/derive.py.
  it.each([
    ['starry-night', { 'starry-night': 1 }],
    ['udnie', { udnie: 1 }],
    ['half-and-original', { 'the-scream': 0.5, 'red-fuji': 0.25 }],
  ])('paints %s as the training code does', async (name, mix) => {
    const painted = await paint(mix);
    expect(meanAbsoluteDifference(painted, PNG.sync.read(fixture(name)))).toBeLessThan(2);
  });

  it('leaves the picture as it is for an empty mix', async () => {
    await browser.inServiceWorker(() => chrome.storage.local.set({ mix: {} }));
    page = await browser.openPage(`${site.origin}/one-image.html`);
    await browser.grantActiveTab(page);
    const before = await page.$eval('#photo', (image) => image.outerHTML);
    const srcUrl = `${site.origin}/pictures/harbour.jpg`;
    await browser.clickMenu(page, { menuItemId: 'restyle:mix', srcUrl });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await page.$eval('#photo', (image) => image.outerHTML)).toBe(before);
  });
});
