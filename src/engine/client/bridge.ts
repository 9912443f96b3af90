/**
 * A hidden frame that a content script inserts into a page for a moment to hand a MessagePort to the
 * extension, as runtime messages can't carry one. It passes the port to the service worker, which
 * requires a token that only a content script of the extension can have. A page can embed this frame
 * too, but has no token.
 */
import browser from 'webextension-polyfill';

import { detach } from '../../core/detach';
import type { BridgedPort, BridgeMessage } from '../../protocol/direct-port';

addEventListener('message', ({ data, ports }: MessageEvent<Partial<BridgeMessage> | null>) => {
  const [port] = ports;
  const token = data?.token;
  if (port && typeof token === 'string') detach(pass(token, port));
});

async function pass(token: string, port: MessagePort): Promise<void> {
  const [tab, { active }] = await Promise.all([
    browser.tabs.getCurrent(),
    navigator.serviceWorker.ready,
  ]);
  if (tab?.id === undefined) return;
  const message: BridgedPort = { type: 'bridge', token, tabId: tab.id };
  active?.postMessage(message, [port]);
}
