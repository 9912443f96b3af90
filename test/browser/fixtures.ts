/**
 * Fixtures of the browser tests: the site, a browser with the extension, and the pages of a test,
 * which are closed after it. `site`, `browser` and `page` are the running test's, so that helpers
 * of a file need not be handed them.
 */
import type { Page, Viewport } from 'puppeteer';
import { test } from 'vitest';

import type { ExtensionBrowser, LaunchOptions } from '../../scripts/extension.mjs';
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
}

/** Switches to the shared browser with these options. */
export async function useBrowser({ small, ...options }: BrowserOptions = {}): Promise<void> {
  browser = await sharedBrowser(options);
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
  /** The page that gets the HTML. Default: the site's empty one. */
  readonly address?: string;
  readonly viewport?: Viewport;
  /** Whether the extension's button is pressed on it. Default true. */
  readonly granted?: boolean;
}

/** Opens a page with this HTML, and waits until it has loaded. */
export async function open(
  html: string,
  { address, viewport, granted = true }: OpenOptions = {},
): Promise<Page> {
  await openPage(address);
  if (viewport) await page.setViewport(viewport);
  await page.setContent(html, { waitUntil: 'load' });
  if (granted) await browser.grantActiveTab(page);
  return page;
}
