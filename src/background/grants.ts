/**
 * Waiting for access that the person may grant on the grant page. The list of held requests is in
 * `storage.session`, because the service worker may be gone by the time of the click.
 */
import browser from 'webextension-polyfill';

import type { GrantRequest, PageRequest } from '../messages/messages';
import { askPage, type FrameAddress } from './pages';

const KEY = 'waiting-for-access';

interface Waiting extends FrameAddress {
  readonly origins: readonly string[];
  /** What to ask of the frame once it can be reached. */
  readonly request: PageRequest;
}

const GRANT_PAGE = 'grant.html';
const WINDOW = { type: 'popup', width: 480, height: 480 } as const;

/** Opens the page that asks for access. */
export async function askForAccess(grant: GrantRequest): Promise<void> {
  const query = new URLSearchParams([
    ...grant.origins.map((origin) => ['origins', origin]),
    ['reason', grant.reason],
  ]);
  const url = browser.runtime.getURL(`${GRANT_PAGE}?${query.toString()}`);
  await browser.windows.create({ url, ...WINDOW });
}

/** Remembers a request to a frame that can't be reached before its site is granted. */
export async function holdForAccess(
  origins: readonly string[],
  frame: FrameAddress,
  request: PageRequest,
): Promise<void> {
  await remember({ ...frame, origins, request });
}

/** Lets everyone go on who waited for these origins: held requests, and every page's own script. */
export async function accessGranted(origins: readonly string[]): Promise<void> {
  const waiting = await readWaiting();
  const covered = (entry: Waiting): boolean =>
    entry.origins.every((origin) => origins.includes(origin) || origins.includes('<all_urls>'));
  await browser.storage.session.set({ [KEY]: waiting.filter((entry) => !covered(entry)) });
  // A page may have gone in the meantime, and with it what it waited for; most tabs have no script.
  for (const { request, ...frame } of waiting.filter(covered)) {
    await askPage(frame, request).catch(() => null);
  }
  const news: PageRequest = { type: 'page.granted', origins };
  const tabs = await browser.tabs.query({});
  await Promise.all(
    tabs.map(({ id = -1 }) => browser.tabs.sendMessage(id, news).catch(() => undefined)),
  );
}

async function remember(entry: Waiting): Promise<void> {
  const others = (await readWaiting()).filter(
    ({ tabId, frameId }) => tabId !== entry.tabId || frameId !== entry.frameId,
  );
  await browser.storage.session.set({ [KEY]: [...others, entry].slice(-50) });
}

async function readWaiting(): Promise<Waiting[]> {
  const stored = (await browser.storage.session.get(KEY))[KEY];
  return Array.isArray(stored) ? (stored as Waiting[]) : [];
}
