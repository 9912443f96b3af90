/**
 * Composition root of the background: menus, shortcuts, permissions, the engine host's lifecycle.
 * Every listener is registered before the first await, and no state is kept in variables: a service
 * worker may be killed between any two events.
 */
import browser, { type Menus, type Runtime, type Tabs } from 'webextension-polyfill';

import { detach } from '../core/detach';
import { PasticheError } from '../protocol/errors';
import type { GrantRequest, PageRequest, PaintedTarget, Target } from '../protocol/messages';
import { noticeKey } from '../storage/notices';
import { readSettings } from '../storage/settings';
import { observeSiteRules, sitePatternOf } from '../storage/site-rules';
import { countUses } from '../storage/uses';
import { readStyleSet } from '../storage/style-set';
import { DEFAULT_RENDER_OPTIONS, type Recipe } from '../core/style/render-options';
import { keepKnownStyles } from '../core/style/mix';
import { mixName } from '../words/mix-name';
import type { NamedStyle } from '../words/style-names';
import { readShownStyles } from '../words/styles';
import { serveEngine } from '../engine/host/create-host';
import { serveSaving } from '../media/save-host';
import { serveBridges } from './bridge';
import { carryOut } from './carry-out';
import { hasOffscreenDocuments, wakeEngineAhead } from './engine-host';
import { accessGranted, accessRevoked, holdForAccess } from './grants';
import { createMenus, menuChoice, nameCurrentMix, type MenuChoice } from './menus';
import { forgetPainted, renewPaintedItems } from './painted';
import { askPage, reachableFrames, tellPage, type FrameAddress } from './pages';
import { answer } from './requests';
import { applySiteRules } from './site-rules';
import { reconcile, serveSync } from './sync';
import { toggleVideo } from './videos';
import { welcome } from './welcome';

/** Missing in Firefox for Android. */
const { commands, contextMenus }: Partial<Pick<typeof browser, 'commands' | 'contextMenus'>> =
  browser;

/** Actions that don't need the engine, or not at once. */
const QUIET_ACTIONS = ['restore', 'compare', 'use-style'];

async function onMenuClicked(info: Menus.OnClickData, tab?: Tabs.Tab): Promise<void> {
  const choice = menuChoice(info.menuItemId);
  if (!choice || tab?.id === undefined) return;
  const isStop = choice.action === 'video' && choice.wanted === 'stop';
  // The engine starts while the page's pixels are read.
  if (!isStop && !QUIET_ACTIONS.includes(choice.action)) wakeEngineAhead();
  const frame = { tabId: tab.id, frameId: info.frameId ?? 0 };
  await ask(frame, info.frameUrl, requestOf(choice, info));
}

function requestOf(
  choice: MenuChoice,
  info: Menus.OnClickData,
): PageRequest | Promise<PageRequest> {
  const target = targetOf(info);
  switch (choice.action) {
    case 'restyle':
      return restyleRequest(choice.mix, target);
    case 'pick':
      return restyleRequest('current', { kind: 'pick' });
    case 'use-style':
      return { type: 'page.read', target };
    case 'video':
      return { type: 'page.video', target, action: choice.wanted };
    case 'restore':
    case 'save':
    case 'compare':
      return {
        type: `page.${choice.action}`,
        target: choice.isAnywhere ? clickedIn(info) : target,
      };
    case 'edit':
    case 'edit-video':
      return { type: `page.${choice.action}`, target };
  }
}

async function restyleRequest(
  wanted: 'current' | { readonly style: string },
  target: Target,
): Promise<Extract<PageRequest, { type: 'page.restyle' }>> {
  const { styles, ...current } = await currentRecipe();
  const { mix, manner } =
    wanted === 'current' ? current : { mix: { [wanted.style]: 1 }, manner: DEFAULT_RENDER_OPTIONS };
  detach(countUses(Object.keys(mix)));
  return { type: 'page.restyle', target, mix, manner, title: mixName(mix, styles) };
}

/** What the palette is set to, and the styles that there are. */
async function currentRecipe(): Promise<Recipe & { readonly styles: readonly NamedStyle[] }> {
  const [{ mix, manner }, styles] = await Promise.all([readSettings(), readShownStyles()]);
  const known = styles.map(({ id }) => id);
  // An update may have removed a style that the stored mix still names.
  return { mix: keepKnownStyles(mix, known), manner, styles };
}

async function showCurrentMix(): Promise<void> {
  const { mix, styles } = await currentRecipe();
  await nameCurrentMix(mixName(mix, styles));
}

function targetOf(info: Menus.OnClickData): Exclude<Target, { kind: 'pick' }> {
  if (info.targetElementId !== undefined && contextMenus && 'getTargetElement' in contextMenus) {
    return { kind: 'menu-element', id: info.targetElementId };
  }
  return info.srcUrl ? { kind: 'source', url: info.srcUrl } : { kind: 'pointed' };
}

function clickedIn(info: Menus.OnClickData): PaintedTarget {
  const target = targetOf(info);
  return { kind: 'clicked', ...(target.kind === 'menu-element' && { element: target.id }) };
}

/**
 * Sends a request to the clicked frame. If only that frame is out of reach, the page offers to grant
 * its site, and the request is held until then.
 */
async function ask(
  frame: FrameAddress,
  frameUrl: string | undefined,
  request: PageRequest | Promise<PageRequest>,
): Promise<void> {
  try {
    await carryOut(frame, request);
  } catch (thrown) {
    const error = PasticheError.from(thrown);
    const site = frame.frameId === 0 ? null : sitePatternOf(frameUrl);
    if (!site || error.code !== 'page-forbidden') throw error;
    const grant: GrantRequest = { origins: [site], reason: 'cross-origin-frame' };
    await holdForAccess(grant.origins, frame, await request);
    await tellPage(frame.tabId, new PasticheError('frame-forbidden'), grant);
  }
}

async function onCommand(command: string, tab?: Tabs.Tab): Promise<void> {
  if (tab?.id === undefined) return;
  if (command === 'restyle-video') {
    await toggleVideo(tab.id);
    return;
  }
  const frames = await reachableFrames(tab.id);
  const target = { kind: 'pointed' } as const;
  let request: Extract<PageRequest, { type: 'page.restyle' | 'page.restore' }>;
  if (command === 'restore-image') request = { type: 'page.restore', target };
  else {
    wakeEngineAhead();
    request = await restyleRequest('current', target);
  }
  const isFoundIn = async (frame: FrameAddress, asked: PageRequest): Promise<boolean> => {
    const reply = await askPage(frame, asked);
    return reply !== null && 'found' in reply && reply.found;
  };
  for (const frame of frames) if (await isFoundIn(frame, request)) return;
  // Nothing is pointed at: the person is asked, in the page, or where something is painted.
  const question = { ...request, target: { kind: 'pick' } } as const;
  for (const frame of frames) if (await isFoundIn(frame, question)) return;
}

/** Shows an error of some work to the user, on the tab. */
function reporting(tab: Tabs.Tab | undefined, work: Promise<void>): void {
  detach(
    work.catch(async (thrown: unknown) => {
      if (tab?.id !== undefined) await tellPage(tab.id, PasticheError.from(thrown));
    }),
  );
}

// Firefox and Safari: the background page is a document and owns the engine itself, as long as it
// lives.
if (!hasOffscreenDocuments()) {
  const host = serveEngine(() => undefined);
  serveSaving();
  // Its worker starts while the user reads the menu. Only Firefox reports that one opens.
  browser.menus?.onShown?.addListener(({ contexts }) => {
    if (contexts.includes('image')) host.warmUp();
  });
}
serveBridges();
serveSync();
browser.runtime.onStartup.addListener(() => {
  detach(reconcile());
  detach(renewPaintedItems());
});
browser.runtime.onInstalled.addListener((details) => {
  detach(welcome(details));
  // Without the named styles the menu still has the current mix.
  const named = readStyleSet().catch(() => ({ styles: [] }));
  detach(named.then(({ styles }) => createMenus(styles)).then(showCurrentMix));
  detach(applySiteRules());
  detach(reconcile());
});
browser.storage.onChanged.addListener((changes, area) => {
  if (area === 'local' && 'mix' in changes) detach(showCurrentMix());
});
observeSiteRules(() => detach(applySiteRules()));
browser.permissions.onRemoved.addListener(({ origins }) => {
  detach(accessRevoked(origins ?? []));
  detach(applySiteRules());
});
contextMenus?.onClicked.addListener((info, tab) => {
  reporting(tab, onMenuClicked(info, tab));
});
commands?.onCommand.addListener((command, tab) => reporting(tab, onCommand(command, tab)));
browser.runtime.onMessage.addListener((message: unknown, sender: Runtime.MessageSender) =>
  answer(message, sender),
);
browser.permissions.onAdded.addListener(({ origins }) => {
  detach(accessGranted(origins ?? []));
  detach(applySiteRules());
});
browser.tabs.onRemoved.addListener((tabId) => {
  detach(browser.storage.session.remove(noticeKey(tabId)));
  detach(forgetPainted(tabId));
});
