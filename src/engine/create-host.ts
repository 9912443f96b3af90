/** Composition root of the engine: the host with its workers, styles and backends. */
import browser, { type Runtime } from 'webextension-polyfill';

import { duplexPort, lifelineToken, type EnginePortMessage } from '../messages/direct-port';
import { PasticheError } from '../messages/errors';
import { ENGINE_PORT, type Backend } from '../messages/messages';
import { parseStyleSet, type StyleSet } from '../style/style';
import { EngineHost } from './host';

/** The runtime that the build has put into each worker. */
const RUNTIMES: Record<Backend['provider'], string> = {
  wasm: 'ort-wasm-simd-threaded.wasm',
  webgpu: 'ort-wasm-simd-threaded.jspi.wasm',
};

/**
 * Makes this document serve the engine's clients: the offscreen document in Chrome, the background
 * page in Firefox. Listens when this returns.
 * @param onIdle Called when there has been nothing to do for some minutes.
 */
export function serveEngine(onIdle: () => void): EngineHost {
  let styles: Promise<StyleSet> | null = null;
  const host = new EngineHost({
    capabilities: {
      cores: navigator.hardwareConcurrency,
      isolated: globalThis.crossOriginIsolated,
    },
    workers: {
      spawn: (provider) =>
        new Worker(browser.runtime.getURL(`engine-${provider}.js`), { type: 'module' }),
      urls: (provider) => ({
        model: browser.runtime.getURL('models/pastiche.onnx'),
        runtime: browser.runtime.getURL(RUNTIMES[provider]),
      }),
    },
    storage: localStorage,
    browser: navigator.userAgent,
    describeGpu,
    loadStyles: () => (styles ??= loadStyles()),
    onIdle,
  });
  const acceptDirect = pairing((port: MessagePort, lifeline: Runtime.Port) =>
    host.accept(duplexPort(port, lifeline)),
  );
  browser.runtime.onConnect.addListener((port) => {
    if (port.sender?.id !== browser.runtime.id) return;
    const token = lifelineToken(port.name);
    if (token !== null) acceptDirect(token, { lifeline: port });
    else if (port.name === ENGINE_PORT) host.accept(port);
  });
  // A port that came by way of a bridge frame, let through by the service worker.
  navigator.serviceWorker?.addEventListener('message', ({ data, ports }) => {
    const message = data as Partial<EnginePortMessage> | null;
    const [port] = ports;
    if (port && message?.type === 'engine.port' && message.token) {
      acceptDirect(message.token, { port });
    }
  });
  navigator.serviceWorker?.startMessages();
  return host;
}

/**
 * Brings direct ports and their lifelines together, which arrive by different ways.
 * @param onPair Called when both of a token are there.
 */
function pairing(
  onPair: (port: MessagePort, lifeline: Runtime.Port) => void,
): (token: string, half: { port?: MessagePort; lifeline?: Runtime.Port }) => void {
  const halves = new Map<string, { port?: MessagePort; lifeline?: Runtime.Port }>();
  return (token, half) => {
    const { port, lifeline } = { ...halves.get(token), ...half };
    halves.delete(token);
    if (port && lifeline) onPair(port, lifeline);
    else halves.set(token, half);
    // Whoever gives up before the port is here takes the lifeline along.
    half.lifeline?.onDisconnect.addListener(() => halves.delete(token));
  };
}

async function loadStyles(): Promise<StyleSet> {
  try {
    const response = await fetch(browser.runtime.getURL('models/styles.json'));
    return parseStyleSet(await response.json());
  } catch (thrown) {
    throw PasticheError.from(thrown, 'model-missing');
  }
}

async function describeGpu(): Promise<string | null> {
  // The runtime with WebGPU suspends WebAssembly while it waits for the GPU.
  if (!navigator.gpu || !('Suspending' in WebAssembly)) return null;
  const adapter = await navigator.gpu.requestAdapter().catch(() => null);
  // A GPU made of software is slower than the same processor on Wasm.
  if (!adapter || adapter.info.isFallbackAdapter) return null;
  const { vendor, architecture, description } = adapter.info;
  return [vendor, architecture, description].filter(Boolean).join(' ');
}
