/** Composition root of the engine: the host with its workers, styles and backends. */
import browser from 'webextension-polyfill';

import { duplexPort, lifelineToken, pairing, enginePortMessage } from '../../protocol/direct-port';
import { checked } from '../../core/schema';
import { ENGINE_PORT } from '../../protocol/messages';
import { observeOwnStyles } from '../../storage/own-styles';
import { readStyleSet } from '../../storage/style-set';
import type { StyleSet } from '../../core/style/style';
import { EngineHost } from './engine-host';
import { describeGpu, documentCapabilities, PACKAGE_WORKERS } from './package-workers';
import { ownStyleVectors } from './own-style-vectors';
import { OVERRIDE_KEY } from './worker-keeper';

/**
 * Makes this document serve the engine's clients: the offscreen document in Chrome, the background
 * page in Firefox. Listens from its return on.
 * @param onIdle Called after some minutes without work.
 */
export function serveEngine(onIdle: () => void): EngineHost {
  let styles: Promise<StyleSet> | null = null;
  const host = new EngineHost({
    capabilities: documentCapabilities(),
    workers: PACKAGE_WORKERS,
    storage: localStorage,
    browser: navigator.userAgent,
    describeGpu,
    loadStyles: () => (styles ??= loadStyles()),
    onIdle,
  });
  // The options page has chosen another backend; only other documents get the event.
  addEventListener('storage', ({ key }) => {
    if (key === OVERRIDE_KEY || key === null) host.startAnew();
  });
  observeOwnStyles(() => {
    styles = null;
  });
  const acceptDirect = pairing((port, lifeline) => host.accept(duplexPort(port, lifeline)));
  browser.runtime.onConnect.addListener((port) => {
    if (port.sender?.id !== browser.runtime.id) return;
    const token = lifelineToken(port.name);
    if (token !== null) acceptDirect(token, { lifeline: port });
    else if (port.name === ENGINE_PORT) host.accept(port);
  });
  // A port from a bridge frame, passed on by the service worker.
  navigator.serviceWorker?.addEventListener('message', ({ data, ports }) => {
    const message = checked(enginePortMessage, data);
    const [port] = ports;
    if (port && message) acceptDirect(message.token, { port });
  });
  navigator.serviceWorker?.startMessages();
  return host;
}

/** The named styles, and the user's own that the network understands. */
async function loadStyles(): Promise<StyleSet> {
  const { styleSpace, styles } = await readStyleSet();
  return { styleSpace, styles: [...styles, ...(await ownStyleVectors(styleSpace))] };
}
