/** Errors that could not be shown on their tab. They are kept until the popup shows them. */
import browser from 'webextension-polyfill';

import { PasticheError, type ErrorCode, type ErrorMessage } from '../protocol/errors';

/** The key of a tab's notice in `storage.session`. */
export function noticeKey(tabId: number): string {
  return `notice:${tabId}`;
}

/** Leaves a notice for the popup, replacing an older one. */
export async function leaveNotice(tabId: number, error: ErrorMessage): Promise<void> {
  await browser.storage.session.set({ [noticeKey(tabId)]: error });
}

/** Takes the notice of a tab, so that it is shown once; null if there is none. */
export async function takeNotice(tabId: number): Promise<ErrorCode | null> {
  const key = noticeKey(tabId);
  const notice = (await browser.storage.session.get(key))[key];
  if (notice === undefined) return null;
  await browser.storage.session.remove(key);
  return PasticheError.fromMessage(notice).code;
}
