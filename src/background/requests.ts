/** What content scripts and extension pages may ask of the background. */
import browser, { type Runtime } from 'webextension-polyfill';

import { packBytes } from '../messages/bytes';
import { parseBackgroundRequest } from '../messages/check';
import { PasticheError } from '../messages/errors';
import type {
  BackgroundReplies,
  BackgroundReply,
  BackgroundRequest,
  GrantRequest,
} from '../messages/messages';
import { createToken } from './bridge';
import { applyRegions, editPictureOf } from './editor';
import { wakeEngine } from './engine-host';
import { askForAccess } from './grants';
import { previewPicture } from './preview-picture';
import { siteWish } from './site-rules';
import { endWholePage, restyleWholePage, surveyWholePage } from './whole-pages';
import { openCapture, showRunning, toggleVideo } from './videos';

/** Larger files than this are not fetched, in bytes. */
const LARGEST_FILE = 100_000_000;

/** How long a server may take, in milliseconds. */
const PATIENCE = 30_000;

/** Chrome allows about two captures a second; how long to wait for the next, in milliseconds. */
const CAPTURE_PAUSE = 600;

type Handlers = {
  readonly [T in BackgroundRequest['type']]: (
    request: Extract<BackgroundRequest, { type: T }>,
    sender: Runtime.MessageSender,
  ) => Promise<BackgroundReplies[T]>;
};

const HANDLERS: Handlers = {
  'background.wake-engine': async () => {
    await wakeEngine();
    return null;
  },
  'background.bridge': async (_, sender) => createToken(frameOf(sender).tabId),
  'background.fetch-image': ({ url }) => fetchImage(url),
  'background.capture-tab': (_, sender) => captureTab(sender),
  'background.toggle-video': ({ tabId }) => toggleVideo(tabId),
  'background.restyle-page': restyleWholePage,
  'background.end-page': endWholePage,
  'background.preview-picture': ({ tabId }) => previewPicture(tabId),
  'background.edit-picture': ({ tabId }) => editPictureOf(tabId),
  'background.apply-regions': applyRegions,
  'background.survey-page': ({ tabId }) => surveyWholePage(tabId),
  'background.site-wish': (_, sender) => siteWish(sender.url),
  'background.video-running': async ({ running }, sender) => {
    await showRunning(frameOf(sender).tabId, running);
    return null;
  },
  'background.open-capture': async (_, sender) => {
    await openCapture(frameOf(sender).tabId);
    return null;
  },
  'background.ask-grant': async (request, sender) => {
    frameOf(sender);
    await askForAccess(grantOf(request));
    return null;
  },
};

/** Answers one request; never throws. Undefined for what isn't a request that its sender may make. */
export function answer(
  message: unknown,
  sender: Runtime.MessageSender,
): Promise<BackgroundReply<BackgroundRequest['type']>> | undefined {
  if (sender.id !== browser.runtime.id) return undefined;
  const fromOwnPage = sender.url?.startsWith(browser.runtime.getURL('')) ?? false;
  const request = parseBackgroundRequest(message, fromOwnPage);
  if (!request) return undefined;
  const handle = HANDLERS[request.type] as (
    request: BackgroundRequest,
    sender: Runtime.MessageSender,
  ) => Promise<BackgroundReplies[BackgroundRequest['type']]>;
  return handle(request, sender).then(
    (value) => ({ ok: true, value }),
    (thrown: unknown) => ({ ok: false, error: PasticheError.from(thrown).toMessage() }),
  );
}

async function fetchImage(url: string): Promise<BackgroundReplies['background.fetch-image']> {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:') {
    throw new PasticheError('fetch-failed', `not a web address: ${protocol}`);
  }
  const origins = [`${protocol}//${hostname}/*`];
  if (!(await browser.permissions.contains({ origins }))) return null;
  try {
    // With cookies: the picture may be one that only this person is shown.
    const signal = AbortSignal.timeout(PATIENCE);
    const response = await fetch(url, { credentials: 'include', signal });
    if (!response.ok) throw new PasticheError('fetch-failed', `HTTP ${response.status}`);
    const blob = await response.blob();
    if (blob.size > LARGEST_FILE) throw new PasticheError('fetch-failed', `${blob.size} bytes`);
    // A page's process may be in strange hands: it gets pictures this way, and nothing else.
    if (!blob.type.startsWith('image/')) (await createImageBitmap(blob)).close();
    // One-off messages to the sender are written as JSON before Chrome 148, unlike the engine's
    // port there is no probe: base64 is right everywhere.
    return { data: packBytes(await blob.arrayBuffer(), false), mime: blob.type };
  } catch (thrown) {
    throw PasticheError.from(thrown, 'fetch-failed');
  }
}

async function captureTab(sender: Runtime.MessageSender): Promise<string> {
  const { tab } = sender;
  if (!tab?.active || tab.windowId === undefined) {
    throw new PasticheError('pixels-blocked', 'the tab is not in front');
  }
  const capture = (): Promise<string> =>
    browser.tabs.captureVisibleTab(tab.windowId, { format: 'png' });
  try {
    return await capture().catch(async () => {
      await new Promise((resolve) => setTimeout(resolve, CAPTURE_PAUSE));
      return capture();
    });
  } catch (thrown) {
    throw PasticheError.from(thrown, 'pixels-blocked');
  }
}

/** A grant request with nothing in it but what the permission page can show. */
function grantOf(request: GrantRequest): GrantRequest {
  const origins = request.origins.filter((origin) => /^https?:\/\/[^/*]+\/\*$/.test(origin));
  if (origins.length === 0) throw new PasticheError('unexpected', 'no site to ask for');
  const reason =
    request.reason === 'cross-origin-frame' ? 'cross-origin-frame' : 'cross-origin-image';
  return { origins: origins.slice(0, 5), reason };
}

function frameOf(sender: Runtime.MessageSender): { tabId: number; frameId: number } {
  if (sender.tab?.id === undefined) throw new PasticheError('unexpected', 'not from a tab');
  return { tabId: sender.tab.id, frameId: sender.frameId ?? 0 };
}
