/** Composition root of the engine: the host with its workers, styles and backends. */
import browser from 'webextension-polyfill';

import { ENGINE_PORT } from '../messages/messages';
import { parseStyleSet, type StyleSet } from '../style/style';
import { findBetterBackend, rememberedBackend } from './backend-trial';
import { EngineWorker } from './engine-worker';
import { EngineHost } from './host';

async function readStyleSet(): Promise<StyleSet> {
  const response = await fetch(browser.runtime.getURL('models/styles.json'));
  return parseStyleSet(await response.json());
}

/**
 * Makes this document serve the engine's ports. Listens before anything is awaited.
 * @param onIdle Called when there has been nothing to do for some minutes.
 */
export function serveEngine(onIdle: () => void): void {
  const host = new EngineHost({
    start: (backend) => EngineWorker.start(backend),
    readStyles: async () => (await readStyleSet()).styles,
    firstBackend: rememberedBackend,
    findBetter: async (current, signal) => {
      const { styles, styleSpace } = await readStyleSet();
      const [style] = styles;
      return style ? findBetterBackend(current, style.vector, styleSpace, signal) : null;
    },
    onIdle,
  });
  browser.runtime.onConnect.addListener((port) => {
    if (port.name !== ENGINE_PORT || port.sender?.id !== browser.runtime.id) return;
    host.accept(port);
  });
}
