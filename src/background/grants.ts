/**
 * Waiting for access that the person may grant on the grant page. The list of held requests is in
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

/** A frame, and what to ask of it once it can be reached. */
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
    entry.origins.every((origin) => covers(origins, origin));
  await browser.storage.session.set({ [KEY]: waiting.filter((entry) => !covered(entry)) });
  await tellAll({ type: 'page.granted', origins });
  // One of them may wait for the person's next click.
  await Promise.all(
    waiting.filter(covered).map(({ request, ...frame }) => carryOutHeld(frame, request)),
  );
}

async function carryOutHeld(frame: FrameAddress, request: PageRequest): Promise<void> {
  try {
    await carryOut(frame, request);
  } catch (thrown) {
    const error = PasticheError.from(thrown);
    // There is access now: the frame has gone in the meantime, and with it what was meant.
    const isGone = error.code === 'page-forbidden';
    const told = tellPage(frame.tabId, isGone ? new PasticheError('image-gone') : error);
    // The tab may have gone, too.
    await told.catch(() => undefined);
  }
}

/** Ends at once what every page's own script does by access that was taken back. */
export async function accessRevoked(origins: readonly string[]): Promise<void> {
  await tellAll({ type: 'page.revoked', origins });
}

/** Which of these addresses are on sites that the person lets the extension read. */
export async function readable(urls: readonly string[]): Promise<string[]> {
  const patterns = [...new Set(urls.map(sitePatternOf))];
  const granted = new Set<string | null>();
  for (const pattern of patterns) {
    if (pattern === null) continue;
    if (await browser.permissions.contains({ origins: [pattern] })) granted.add(pattern);
  }
  return urls.filter((url) => granted.has(sitePatternOf(url)));
}

/** Most tabs have no script of ours. */
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
