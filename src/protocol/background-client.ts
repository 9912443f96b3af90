import browser from 'webextension-polyfill';

import { PasticheError } from './errors';
import type { BackgroundReplies, BackgroundReply, BackgroundRequest } from './messages';

/**
 * Asks the background, from a content script or a page of the extension.
 * @throws {PasticheError} the background's own, or `extension-updated` where this context belongs
 *   to a version of the extension that no longer runs.
 */
export async function askBackground<T extends BackgroundRequest['type']>(
  request: Extract<BackgroundRequest, { type: T }>,
): Promise<BackgroundReplies[T]> {
  let reply: BackgroundReply<T> | undefined;
  try {
    reply = await browser.runtime.sendMessage<BackgroundRequest, BackgroundReply<T>>(request);
  } catch (thrown) {
    throw PasticheError.from(thrown, isContextGone() ? 'extension-updated' : 'engine-unavailable');
  }
  if (!reply) throw new PasticheError('unexpected', `no answer to ${request.type}`);
  if (!reply.ok) throw PasticheError.fromMessage(reply.error);
  return reply.value;
}

/** Whether the extension was updated, reloaded or removed since this script began. */
export function isContextGone(): boolean {
  try {
    return !browser.runtime.id;
  } catch {
    return true;
  }
}
