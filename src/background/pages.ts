/** Reaches the content script of a page, and tells the user if that fails. */
import browser from 'webextension-polyfill';

import { PasticheError } from '../protocol/errors';
import type { GrantRequest, PageReply, PageRequest } from '../protocol/messages';
import { leaveNotice } from '../storage/notices';

/** A frame of a tab; frame 0 is the page itself. */
export interface FrameAddress {
  readonly tabId: number;
  readonly frameId: number;
}

/**
 * Makes sure that the content script is in a frame, and sends it a request.
 * @param request May still be pending while the script is injected.
 * @throws {PasticheError} `page-forbidden` if the extension may not act there.
 */
export async function askPage(
  frame: FrameAddress,
  request: PageRequest | Promise<PageRequest>,
): Promise<PageReply> {
  const [ready] = await Promise.all([request, inject(frame)]);
  const { tabId, frameId } = frame;
  return browser.tabs.sendMessage<PageRequest, PageReply>(tabId, ready, { frameId });
}

/**
 * Makes sure that the content script is in a frame.
 * @throws {PasticheError} `page-forbidden` if the extension may not act there.
 */
export async function inject({ tabId, frameId }: FrameAddress): Promise<void> {
  try {
    const target = { tabId, frameIds: [frameId] };
    await browser.scripting.executeScript({ target, files: ['content.js'] });
  } catch (thrown) {
    throw PasticheError.from(thrown, 'page-forbidden');
  }
}

/** The frames of a tab that the extension may act in, the page itself first. */
export async function reachableFrames(tabId: number): Promise<FrameAddress[]> {
  try {
    const results = await browser.scripting.executeScript({
      target: { tabId, allFrames: true },
      files: ['content.js'],
    });
    return results.map(({ frameId }) => ({ tabId, frameId })).sort((a, b) => a.frameId - b.frameId);
  } catch (thrown) {
    throw PasticheError.from(thrown, 'page-forbidden');
  }
}

/**
 * Shows an error on the page or, failing that, in the popup, which opens if the browser lets it.
 */
export async function tellPage(
  tabId: number,
  error: PasticheError,
  grant?: GrantRequest,
): Promise<void> {
  if (error.code === 'cancelled') return;
  const message = error.toMessage();
  try {
    await askPage(
      { tabId, frameId: 0 },
      { type: 'page.notice', error: message, ...(grant && { grant }) },
    );
  } catch {
    await leaveNotice(tabId, message);
    await browser.action.setBadgeText({ tabId, text: '!' });
    await browser.action.openPopup().catch(() => undefined);
  }
}
