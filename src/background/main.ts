/**
 * Composition root of the background: menus, shortcuts, permissions, the engine host's life.
 * Every listener is registered before the first await, and nothing is kept in variables: a service
 * worker may be killed between any two events.
 */
import browser, { type Menus, type Runtime, type Tabs } from 'webextension-polyfill';

import { PasticheError } from '../messages/errors';
import type { GrantRequest, PageRequest, Target } from '../messages/messages';
import { noticeKey } from '../storage/notices';
import { readSettings } from '../storage/settings';
import { readStyleSet } from '../storage/style-set';
import { keepKnownStyles } from '../style/mix';
import { mixName } from '../ui/mix-name';
import { serveEngine } from '../engine/create-host';
import { serveBridges } from './bridge';
import { hasOffscreenDocuments, wakeEngine } from './engine-host';
import { accessGranted, holdForAccess } from './grants';
import { createMenus, menuChoice } from './menus';
import { askPage, reachableFrames, tellPage } from './pages';
import { answer } from './requests';

async function onMenuClicked(info: Menus.OnClickData, tab?: Tabs.Tab): Promise<void> {
  const choice = menuChoice(info.menuItemId);
  if (!choice || tab?.id === undefined) return;
  const frame = { tabId: tab.id, frameId: info.frameId ?? 0 };
  const target = targetOf(info);
  if (choice.action === 'restore') {
    await inFrame(frame, info.frameUrl, { type: 'page.restore', target });
    return;
  }
  // The engine starts while the page's pixels are read.
  void wakeEngine();
  const mix = choice.action === 'restyle' ? choice.mix : 'current';
  const ask = (wanted: Target): Promise<boolean | null> =>
    inFrame(frame, info.frameUrl, restyleRequest(mix, wanted));
  const found = choice.action === 'restyle' && (await ask(target));
  // Backgrounds, and images under a transparent layer, have no address here: ask.
  if (found === false) await ask({ kind: 'pick' });
}

async function restyleRequest(
  wanted: 'current' | { readonly style: string },
  target: Target,
): Promise<PageRequest> {
  const [settings, { styles }] = await Promise.all([readSettings(), readStyleSet()]);
  const known = styles.map(({ id }) => id);
  // An update may have removed a style that the stored mix still names.
  const mix = wanted === 'current' ? keepKnownStyles(settings.mix, known) : { [wanted.style]: 1 };
  return { type: 'page.restyle', target, mix, title: mixName(mix, styles) };
}

function targetOf(info: Menus.OnClickData): Exclude<Target, { kind: 'pick' }> {
  if (info.targetElementId !== undefined && 'getTargetElement' in browser.contextMenus) {
    return { kind: 'menu-element', id: info.targetElementId };
  }
  return info.srcUrl ? { kind: 'source', url: info.srcUrl } : { kind: 'pointed' };
}

/**
 * Sends a request to the frame that was clicked. Where only that frame is out of reach, the page
 * offers to grant its site, and the request waits for it.
 * @returns Whether the target was found; null where the question goes on elsewhere.
 */
async function inFrame(
  frame: { tabId: number; frameId: number },
  frameUrl: string | undefined,
  request: PageRequest | Promise<PageRequest>,
): Promise<boolean | null> {
  try {
    const reply = await askPage(frame, request);
    return reply !== null && 'found' in reply ? reply.found : null;
  } catch (thrown) {
    const error = PasticheError.from(thrown);
    const site = frame.frameId === 0 ? null : siteOf(frameUrl);
    if (!site || error.code !== 'page-forbidden') throw error;
    const grant: GrantRequest = { origins: [site], reason: 'cross-origin-frame' };
    await holdForAccess(grant.origins, frame, await request);
    await tellPage(frame.tabId, new PasticheError('frame-forbidden'), grant);
    return null;
  }
}

function siteOf(address: string | undefined): string | null {
  if (!address || !/^https?:/.test(address)) return null;
  const { protocol, hostname } = new URL(address);
  return `${protocol}//${hostname}/*`;
}

async function onCommand(command: string, tab?: Tabs.Tab): Promise<void> {
  if (tab?.id === undefined) return;
  const frames = await reachableFrames(tab.id);
  const target = { kind: 'pointed' } as const;
  let request: PageRequest;
  if (command === 'restore-image') request = { type: 'page.restore', target };
  else {
    void wakeEngine();
    request = await restyleRequest('current', target);
  }
  for (const frame of frames) {
    const reply = await askPage(frame, request);
    if (reply !== null && 'found' in reply && reply.found) return;
  }
  const page = frames[0];
  if (page && request.type === 'page.restyle') {
    await askPage(page, { ...request, target: { kind: 'pick' } });
  }
}

/** Tells the person on the tab, if anything goes wrong. */
function reporting(tab: Tabs.Tab | undefined, work: Promise<void>): void {
  work.catch(async (thrown: unknown) => {
    if (tab?.id !== undefined) await tellPage(tab.id, PasticheError.from(thrown));
  });
}

// Firefox: the background page is a document and owns the engine itself, for as long as it lives.
if (!hasOffscreenDocuments()) serveEngine(() => undefined);
serveBridges();
browser.runtime.onInstalled.addListener(() => {
  void readStyleSet().then(({ styles }) => createMenus(styles));
});
browser.contextMenus.onClicked.addListener((info, tab) => {
  reporting(tab, onMenuClicked(info, tab));
});
browser.commands.onCommand.addListener((command, tab) => reporting(tab, onCommand(command, tab)));
browser.runtime.onMessage.addListener((message: unknown, sender: Runtime.MessageSender) =>
  answer(message, sender),
);
browser.permissions.onAdded.addListener(({ origins }) => void accessGranted(origins ?? []));
browser.tabs.onRemoved.addListener((tabId) => {
  void browser.storage.session.remove(noticeKey(tabId));
});
