/** Answers requests of content scripts and extension pages. */
import browser, { type Runtime } from 'webextension-polyfill';

import { unpackBytes, type Bytes } from '../core/bytes';
import { detach } from '../core/detach';
import { parseBackgroundRequest } from '../protocol/background';
import { PasticheError } from '../protocol/errors';
import type {
  BackgroundReplies,
  BackgroundReply,
  BackgroundRequest,
  GrantRequest,
} from '../protocol/messages';
import { createToken } from './bridge';
import { captureTab } from './capture';
import { carryOut } from './carry-out';
import { applyRegions, editPictureOf } from './editor';
import { hasOffscreenDocuments, wakeEngine, wakeEngineAhead } from './engine-host';
import { fetchImage } from './fetch-image';
import { askForAccess, readable } from './grants';
import { inject, tellPage } from './pages';
import { notePainted } from './painted';
import { previewPicture } from './preview-picture';
import { siteWish } from './site-rules';
import { endWholePage, restyleWholePage, surveyWholePage } from './whole-pages';
import { openCapture, showRunning, toggleVideo } from './videos';

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
  'background.lend-address': async ({ data, mime }) => lendAddress(data, mime),
  'background.take-back': async ({ addresses }) => {
    for (const address of addresses) URL.revokeObjectURL(address);
    return null;
  },
  'background.capture-tab': (_, { tab }) => captureTab(tab),
  'background.toggle-video': ({ tabId }) => toggleVideo(tabId),
  'background.restyle-page': restyleWholePage,
  'background.pick-picture': pickPicture,
  'background.end-page': endWholePage,
  'background.preview-picture': ({ tabId }) => previewPicture(tabId),
  'background.edit-picture': ({ tabId }) => editPictureOf(tabId),
  'background.apply-regions': applyRegions,
  'background.survey-page': ({ tabId }) => surveyWholePage(tabId),
  'background.site-wish': (_, sender) => siteWish(sender.url),
  'background.readable': ({ urls }) => readable(urls),
  'background.video-running': async ({ running }, sender) => {
    await showRunning(frameOf(sender).tabId, running);
    return null;
  },
  'background.painted': async ({ what }, sender) => {
    await notePainted(frameOf(sender), what);
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

/** Answers one request; never throws. Undefined for anything that its sender may not ask. */
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

/** Begins to ask; the user answers when the palette, which asks for it, is closed. */
async function pickPicture({
  tabId,
  mix,
  manner,
  title,
}: Extract<BackgroundRequest, { type: 'background.pick-picture' }>): Promise<null> {
  const frame = { tabId, frameId: 0 };
  await inject(frame);
  wakeEngineAhead();
  const asked = carryOut(frame, {
    type: 'page.restyle',
    target: { kind: 'pick' },
    ...{ mix, manner, title },
  });
  detach(asked.catch((thrown: unknown) => tellPage(tabId, PasticheError.from(thrown))));
  return null;
}

/** An address of the extension's own origin, valid as long as this page lives. */
function lendAddress(data: Bytes, mime: string): string {
  // A service worker can't make such addresses, and Chrome doesn't need them.
  if (hasOffscreenDocuments()) throw new PasticheError('unexpected', 'no addresses are lent here');
  return URL.createObjectURL(new Blob([unpackBytes(data)], { type: mime }));
}

/** A grant request with only the fields that the grant page can show. */
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
