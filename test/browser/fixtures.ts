/**
 * Fixtures of the browser tests: the site, a browser with the extension, and the pages of a test,
 * which are closed after it. `site`, `browser` and `page` are the running test's, so that helpers
 * of a file need not be handed them.
 */
import type { Page, Viewport } from 'puppeteer';
import { test } from 'vitest';

import type { ExtensionBrowser, LaunchOptions, VideoStatus } from '../../scripts/extension.mjs';
import { eventually } from './faults';
import { closeSharedBrowser, paintSmall, sharedBrowser, sharedSite } from './harness';
import type { Site } from './server.mjs';

/** The test site. */
export let site: Site;
/** The browser in use. */
export let browser: ExtensionBrowser;
/** The page that was opened last. */
export let page: Page;

/** Pages of the running test. */
const pages = new Set<Page>();

async function closePages(): Promise<void> {
  for (const each of pages) if (!each.isClosed()) await each.close();
  pages.clear();
}

/** A test with the site; its pages are closed after it. For files that choose browsers themselves. */
export const it = test
  .extend('site', { scope: 'worker', auto: true }, async () => (site = await sharedSite()))
  .extend('pages', { auto: true }, ({}, { onCleanup }) => {
    onCleanup(closePages);
    return pages;
  });

export interface BrowserOptions extends LaunchOptions {
  /** Has pictures painted small: see {@link paintSmall}. */
  readonly small?: boolean;
  /** With an empty profile, even if a browser like it runs. */
  readonly fresh?: boolean;
}

/** Switches to the shared browser with these options. */
export async function useBrowser(options: BrowserOptions = {}): Promise<void> {
  const { small, fresh, ...launch } = options;
  if (fresh) await closeSharedBrowser();
  browser = await sharedBrowser(launch);
  if (small) await paintSmall(browser);
}

/**
 * A test with the site and a browser.
 * @param options The browser's. `ends`: it is ended after the file, whose tests leave a profile that
 *   others should not find.
 */
export function withBrowser({ ends, ...options }: BrowserOptions & { ends?: boolean } = {}) {
  return it.extend('browser', { scope: 'file', auto: true }, async ({}, { onCleanup }) => {
    await useBrowser(options);
    if (ends) onCleanup(closeSharedBrowser);
    return browser;
  });
}

/** Has a page closed after the test, and makes it {@link page}. */
export function opened(newPage: Page): Page {
  pages.add(newPage);
  return (page = newPage);
}

/** Opens a page in a new tab, in front. @param address Default: the site's empty page. */
export async function openPage(address = '/empty.html'): Promise<Page> {
  return opened(await browser.openPage(new URL(address, site.origin).href));
}

export interface OpenOptions {
  readonly viewport?: Viewport;
  /** Whether the extension's button is pressed on it. Default true. */
  readonly granted?: boolean;
}

/** Opens a page of the site with this HTML, and waits until it has loaded. */
export async function open(
  html: string,
  { viewport, granted = true }: OpenOptions = {},
): Promise<Page> {
  await openPage();
  if (viewport) await page.setViewport(viewport);
  await page.setContent(html, { waitUntil: 'load' });
  if (granted) await browser.grantActiveTab(page);
  return page;
}

/**
 * Opens a page with this HTML, and waits until its first video can show a frame.
 * @param from Seconds: where the video begins, if its address says so.
 */
export async function openVideo(html: string, viewport: Viewport, from = 0): Promise<void> {
  await openPage();
  await page.setViewport(viewport);
  await page.evaluate((body) => {
    document.body.innerHTML = body;
  }, `<style>body { margin: 20px; background: #d8d8c8; font: 16px system-ui }</style>${html}`);
  await page.waitForFunction(
    (start) => {
      const video = document.querySelector('video');
      return video && video.readyState >= 2 && !video.seeking && video.currentTime >= start;
    },
    {},
    from,
  );
  await browser.grantActiveTab(page);
}

/**
 * Waits until a video of the page is in a state.
 * @throws {Error} with the states of all, after the timeout in milliseconds.
 */
export async function waitForVideo(
  condition: (video: VideoStatus) => boolean,
  timeout = 30_000,
): Promise<VideoStatus> {
  let videos: VideoStatus[] = [];
  return eventually(async () => {
    videos = await browser.videoStatus(page);
    return videos.find(condition);
  }, timeout).catch(() => {
    throw new Error(`the page says ${JSON.stringify(videos)}`);
  });
}

/** The browser's id of the first frame in the page; for a frame out of reach, an unused one. */
export async function innerFrameId(): Promise<number> {
  return browser.inServiceWorker(
    async (tabId) => {
      const target = { tabId, allFrames: true };
      const frames = await chrome.scripting.executeScript({ target, func: () => null });
      return frames.find(({ frameId }) => frameId !== 0)?.frameId ?? 12_345;
    },
    await browser.tabId(page),
  );
}
