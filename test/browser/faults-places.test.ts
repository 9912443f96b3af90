/** Places where the extension may not act, or not at present: clear messages, and nothing is lost. */
import type { Page } from 'puppeteer';
import { afterAll, beforeAll, describe, expect } from 'vitest';

import { eventually, recovered } from './faults';
import {
  browser,
  it,
  open as openHtml,
  opened,
  openPage,
  page,
  site,
  useBrowser,
} from './fixtures';
import { closeSharedBrowser, restyle, sourceOf } from './harness';

const PHOTO = '/pictures/harbour.jpg';

async function open(): Promise<string> {
  await openHtml(`<img id="x" src="${PHOTO}" width="300">`, { granted: false });
  return sourceOf(page, '#x');
}

afterAll(closeSharedBrowser);

describe('the storage', () => {
  beforeAll(() => useBrowser({ build: 'chrome-granted', small: true }));

  afterAll(async () => {
    await browser.inServiceWorker(() => chrome.storage.local.clear());
  });

  it('is full: pictures are painted, and the palette says that a change is not kept', async () => {
    await browser.inServiceWorker(async () => {
      const { QUOTA_BYTES } = chrome.storage.local;
      const used = await chrome.storage.local.getBytesInUse(null);
      const key = 'filling';
      await chrome.storage.local.set({ [key]: 'x'.repeat(QUOTA_BYTES - used - key.length - 2) });
    });
    await open();
    const status = await restyle(browser, page, '#x');
    expect(status).toMatchObject({ state: 'done', error: null });
    recovered('storage full: the next picture', status.timings['done'] ?? 0);
    await page.close();
    await openPage(browser.urlOf('popup/popup.html'));
    await page.waitForSelector('.style input[type=range]');
    // The first one has the whole mix already.
    const slider = (await page.$$('.style input[type=range]'))[1];
    await slider?.focus();
    const began = performance.now();
    await page.keyboard.press('End');
    const sentence = await page.waitForSelector('[role=alert]');
    recovered('storage full: the sentence', performance.now() - began);
    expect(await sentence?.evaluate((element) => element.textContent)).toMatch(/\w+ \w+/);
    expect(await slider?.evaluate((element) => element.getAttribute('aria-valuetext'))).toMatch(
      /100/,
    );
    await browser.inServiceWorker(() => chrome.storage.local.clear());
  });

  it('of own styles is of a newer version: the named styles go on', async () => {
    await openPage(browser.urlOf('grant.html'));
    await page.evaluate(async () => {
      const upgrade = indexedDB.open('pastiche', 99);
      await new Promise((resolve, reject) => {
        upgrade.onsuccess = resolve;
        upgrade.onerror = reject;
      });
      upgrade.result.close();
    });
    await page.close();
    await browser.inServiceWorker(() => chrome.offscreen.closeDocument().catch(() => undefined));
    await open();
    const status = await restyle(browser, page, '#x');
    expect(status).toMatchObject({ state: 'done', error: null });
    recovered('database of a newer version: the next picture', status.timings['done'] ?? 0);
    await page.close();
    await openPage(browser.urlOf('popup/popup.html'));
    await page.waitForSelector('.style input[type=range]');
    await page.evaluate(() => void indexedDB.deleteDatabase('pastiche'));
  });
});

describe('the browser', () => {
  /** Chrome's own page of extensions, which may switch them. */
  let manager: Page;

  beforeAll(async () => {
    await useBrowser({ build: 'chrome-granted', fresh: true });
    manager = await browser.browser.newPage();
    await manager.goto('chrome://extensions');
  });

  // On the browser's own pages these functions call back, and promise nothing.
  async function switchTo(enabled: boolean): Promise<void> {
    await manager.evaluate(
      (id, on) => new Promise<void>((resolve) => chrome.management.setEnabled(id, on, resolve)),
      browser.extension.id,
      enabled,
    );
  }

  /** Sends a request as the palette does: Puppeteer loses sight of a switched service worker. */
  async function ask(request: object): Promise<void> {
    const control = await browser.browser.newPage();
    await eventually(async () =>
      control.goto(browser.urlOf('options/options.html')).catch(() => null),
    );
    await control.evaluate((message) => chrome.runtime.sendMessage(message), request);
    await control.close();
    await page.bringToFront();
  }

  it('disables the extension: the page stays as it is, and is restored once it is back', async () => {
    const source = await open();
    const tabId = await browser.tabId(page);
    const errors: unknown[] = [];
    page.on('pageerror', (error) => errors.push(error));
    await restyle(browser, page, '#x');
    const pastiche = await sourceOf(page, '#x');
    await switchTo(false);
    await page.bringToFront();
    await page.evaluate(() => {
      document.querySelector('#x')?.setAttribute('alt', 'changed');
      scrollTo(0, 10);
    });
    expect(await sourceOf(page, '#x')).toBe(pastiche);
    await switchTo(true);
    const began = performance.now();
    await ask({ type: 'background.end-page', tabId, how: 'restore' });
    await eventually(async () => (await sourceOf(page, '#x')) === source);
    recovered('extension disabled and enabled: restore', performance.now() - began);
    expect(errors).toEqual([]);
  });

  it('disables the extension while a video plays: its own frames are seen again', async () => {
    opened(await browser.browser.newPage());
    await page.goto(`${site.origin}/video.html`);
    await page.$eval('#video', (video) => (video as HTMLVideoElement).play());
    const own = await page.$$eval('*', (all) => all.length);
    const layers = async (): Promise<number> => (await page.$$eval('*', (all) => all.length)) - own;
    const control = await browser.browser.newPage();
    await control.goto(browser.urlOf('options/options.html'));
    const tabId = await control.evaluate(async () => {
      const tabs = await chrome.tabs.query({});
      return tabs.find(({ url }) => url?.endsWith('/video.html'))?.id ?? -1;
    });
    await page.bringToFront();
    await control.evaluate((message) => chrome.runtime.sendMessage(message), {
      type: 'background.toggle-video',
      tabId,
    });
    const painted = (): Promise<number> =>
      control.evaluate(async (id) => {
        const status = await chrome.tabs.sendMessage<
          object,
          { videos: { painted: number }[] } | undefined
        >(id, { type: 'page.status' });
        return status?.videos[0]?.painted ?? 0;
      }, tabId);
    await eventually(async () => (await painted()) > 1, 40_000);
    const shown = await layers();
    const began = performance.now();
    await switchTo(false);
    await page.bringToFront();
    // Only the message about it remains.
    await eventually(async () => {
      // A tab that is still covered by the browser's own page shows no frames, and requests none.
      await page.bringToFront();
      return (await layers()) < shown;
    });
    recovered('extension disabled: the video', performance.now() - began);
    await switchTo(true);
  });
});
