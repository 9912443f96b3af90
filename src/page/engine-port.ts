/** Opens a direct port to the engine through the bridge frame. */
import browser from 'webextension-polyfill';

import { askBackground } from '../protocol/background-client';
import {
  duplexPort,
  lifelineName,
  type BridgeMessage,
  type DuplexPort,
} from '../protocol/direct-port';
import type { EngineRequest } from '../protocol/messages';
import { htmlElement } from './dom/host';

const FRAME = 'bridge.html';

/** Timeout for loading the frame, in milliseconds. */
const TIMEOUT_MS = 2000;

/** Whether this browser's build has the frame. */
export function hasBridge(): boolean {
  // Firefox returns null for keys that are missing in the manifest.
  return (browser.runtime.getManifest().web_accessible_resources ?? []).length > 0;
}

/**
 * Returns a port to the engine. The frame that created it is gone when this resolves.
 * @throws {Error} if the page or the browser prevents the frame from loading.
 */
export async function openDirectPort(): Promise<DuplexPort<EngineRequest>> {
  const host = htmlElement('div');
  host.style.setProperty('display', 'none', 'important');
  const frame = htmlElement('iframe');
  frame.src = browser.runtime.getURL(FRAME);
  host.attachShadow({ mode: 'closed' }).append(frame);
  const loaded = new Promise<void>((resolve, reject) => {
    frame.addEventListener('load', () => resolve(), { once: true });
    setTimeout(() => reject(new Error('the bridge frame did not load')), TIMEOUT_MS);
  });
  document.documentElement.append(host);
  try {
    const [token] = await Promise.all([askBackground({ type: 'background.bridge' }), loaded]);
    const { port1, port2 } = new MessageChannel();
    const lifeline = browser.runtime.connect({ name: lifelineName(token) });
    const port = duplexPort<EngineRequest>(port1, lifeline);
    const message: BridgeMessage = { type: 'bridge', token };
    // Only the extension's own page may receive the token, whatever else may be in the frame by now.
    // Its address is of this session only, but it redirects to the extension's permanent origin.
    frame.contentWindow?.postMessage(message, `chrome-extension://${browser.runtime.id}`, [port2]);
    await new Promise<void>((resolve, reject) => {
      const greeted = (): void => {
        port.onMessage.removeListener(greeted);
        resolve();
      };
      port.onMessage.addListener(greeted);
      port.onDisconnect.addListener(() => reject(new Error('the engine is gone')));
      setTimeout(() => reject(new Error('the engine did not take the port')), TIMEOUT_MS);
    }).catch((thrown: unknown) => {
      port.disconnect();
      throw thrown;
    });
    return port;
  } finally {
    host.remove();
  }
}
