/**
 * News of an update, a line that the palette shows once. In `storage.local`: every machine has its
 * own updates.
 */
import * as v from 'valibot';
import browser from 'webextension-polyfill';

import { checked } from '../core/schema';

const KEY = 'news';

/** The stored value: the version with news. */
const version = v.pipe(v.string(), v.regex(/^\d+(\.\d+)*$/));

/**
 * Leaves news of an update for the palette.
 * @param from The version before; another one of the same `major.minor` is a repair, not news.
 */
export async function leaveNews(from: string | undefined, to: string): Promise<void> {
  if (from === undefined || series(from) === series(to)) return;
  await browser.storage.local.set({ [KEY]: to });
}

/** Takes the news, so that they are shown once. Rejects if the storage can't be changed. */
export async function takeNews(): Promise<boolean> {
  const stored = (await browser.storage.local.get(KEY))[KEY];
  if (stored === undefined) return false;
  await browser.storage.local.remove(KEY);
  // News of an earlier update are outdated.
  const news = checked(version, stored);
  return news !== null && series(news) === series(browser.runtime.getManifest().version);
}

function series(full: string): string {
  return full.split('.').slice(0, 2).join('.');
}
