/**
 * What an update brought, in a line that the palette says once. In `storage.local`: every machine
 * has updates of its own.
 */
import * as v from 'valibot';
import browser from 'webextension-polyfill';

import { checked } from '../core/schema';

const KEY = 'news';

/** What is stored: the version that brought something. */
const version = v.pipe(v.string(), v.regex(/^\d+(\.\d+)*$/));

/**
 * Leaves news of an update for the palette.
 * @param from The version before; a repair of the same `major.minor` is no news.
 */
export async function leaveNews(from: string | undefined, to: string): Promise<void> {
  if (from === undefined || series(from) === series(to)) return;
  await browser.storage.local.set({ [KEY]: to });
}

/** Takes the news, so that they are said once. Rejects where the storage can't be changed. */
export async function takeNews(): Promise<boolean> {
  const stored = (await browser.storage.local.get(KEY))[KEY];
  if (stored === undefined) return false;
  await browser.storage.local.remove(KEY);
  // News that wait since an earlier update are none.
  const news = checked(version, stored);
  return news !== null && series(news) === series(browser.runtime.getManifest().version);
}

function series(full: string): string {
  return full.split('.').slice(0, 2).join('.');
}
