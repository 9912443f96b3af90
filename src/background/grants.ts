/**
 * Requests waiting for access that the user may grant on the grant page. Their list is in
 * `storage.session`, because the service worker may be gone by the time of the click.
 */
import * as v from 'valibot';
import browser from 'webextension-polyfill';

import { PasticheError } from '../protocol/errors';
import type { GrantRequest } from '../protocol/fields';
import { checked, type Checked } from '../core/schema';
import { pageRequest, type PageRequest } from '../protocol/page';
import { covers } from '../core/match-pattern';
import { sitePatternOf } from '../storage/site-rules';
import { carryOut } from './carry-out';
import { tellPage, type FrameAddress } from './pages';

const KEY = 'waiting-for-access';

/** A frame, and the request to send once it can be reached. */
const waitingFrame = v.object({
  tabId: v.number(),
  frameId: v.number(),
  origins: v.array(v.string()),
  request: pageRequest,
});

type Waiting = Checked<typeof waitingFrame>;

const GRANT_PAGE = 'grant.html';
const WINDOW = { type: 'popup', width: 480, height: 480 } as const;

/** Opens the page that asks for access. */
export async function askForAccess(grant: GrantRequest): Promise<void> {
  const query = new URLSearchParams([
    ...grant.origins.map((origin) => ['origins', origin]),
    ['reason', grant.reason],
  ]);
  const url = browser.runtime.getURL(`${GRANT_PAGE}?${query.toString()}`);
  // Firefox for Android has tabs only.
  const { windows }: Partial<Pick<typeof browser, 'windows'>> = browser;
  await (windows ? windows.create({ url, ...WINDOW }) : browser.tabs.create({ url }));
}

/** Holds a request to a frame that can't be reached before its site is granted. */
export async function holdForAccess(
  origins: readonly string[],
  frame: FrameAddress,
  request: PageRequest,
): Promise<void> {
  await remember({ ...frame, origins, request });
}

/** Resumes what waited for these origins: held requests, and every page's own script. */
export async function accessGranted(origins: readonly string[]): Promise<void> {
  const waiting = await readWaiting();
  const covered = (entry: Waiting): boolean =>
    entry.origins.every((origin) => covers(origins, origin));
  await browser.storage.session.set({ [KEY]: waiting.filter((entry) => !covered(entry)) });
  await tellAll({ type: 'page.granted', origins });
  // One of them may wait for the user's next click.
  await Promise.all(
    waiting.filter(covered).map(({ request, ...frame }) => carryOutHeld(frame, request)),
  );
}

async function carryOutHeld(frame: FrameAddress, request: PageRequest): Promise<void> {
  try {
    await carryOut(frame, request);
  } catch (thrown) {
    const error = PasticheError.from(thrown);
    // Access was granted, so the frame has gone in the meantime, and the target with it.
    const isGone = error.code === 'page-forbidden';
    const told = tellPage(frame.tabId, isGone ? new PasticheError('image-gone') : error);
    // The tab may be gone, too.
    await told.catch(() => undefined);
  }
}

/** Ends all work of pages' own scripts that depends on access to these origins, which was revoked. */
export async function accessRevoked(origins: readonly string[]): Promise<void> {
  await tellAll({ type: 'page.revoked', origins });
}

/** Those of these addresses that are on sites which the user lets the extension read. */
export async function readable(urls: readonly string[]): Promise<string[]> {
  const patterns = [...new Set(urls.map(sitePatternOf))];
  const granted = new Set<string | null>();
  for (const pattern of patterns) {
    if (pattern === null) continue;
    if (await browser.permissions.contains({ origins: [pattern] })) granted.add(pattern);
  }
  return urls.filter((url) => granted.has(sitePatternOf(url)));
}

/** Tells all tabs; most have no content script. */
async function tellAll(news: PageRequest): Promise<void> {
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
  return checked(v.array(waitingFrame), (await browser.storage.session.get(KEY))[KEY]) ?? [];
}
