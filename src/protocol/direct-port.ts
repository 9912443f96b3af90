/**
 * A port straight between a content script and the engine host, past the browser's process: a
 * picture's round trip takes a third of a runtime port's time. Chrome only; elsewhere, and where a
 * page or the browser prevents it, there is the runtime port.
 */
import * as v from 'valibot';
import type { Runtime } from 'webextension-polyfill';

import type { Checked } from '../core/schema';
import type { EngineReply, EngineRequest } from './messages';

/** From content script to bridge frame, with the port. */
export const bridgeMessage = v.object({ type: v.literal('bridge'), token: v.string() });

export type BridgeMessage = Checked<typeof bridgeMessage>;

/** From bridge frame to service worker, with the port; `tabId`: the tab that the frame is in. */
export const bridgedPort = v.object({ ...bridgeMessage.entries, tabId: v.number() });

export type BridgedPort = Checked<typeof bridgedPort>;

/** From the service worker to the engine's document, with the port. */
export const enginePortMessage = v.object({
  type: v.literal('engine.port'),
  token: v.pipe(v.string(), v.nonEmpty()),
});

export type EnginePortMessage = Checked<typeof enginePortMessage>;

/**
 * Name of the runtime port that accompanies the direct port of a token. No word of ours travels on
 * it: it closes when either end is gone, which a MessagePort doesn't tell across processes.
 */
export function lifelineName(token: string): string {
  return `${LIFELINE}${token}`;
}

/** The token in a lifeline's name, or null for another port's. */
export function lifelineToken(name: string): string | null {
  return name.startsWith(LIFELINE) ? name.slice(LIFELINE.length) : null;
}

const LIFELINE = 'lifeline:';

/** How long one half of a direct port waits for the other, in milliseconds. */
export const PAIRING_TIMEOUT_MS = 10_000;

interface HalfPort {
  readonly port?: MessagePort;
  readonly lifeline?: Runtime.Port;
}

/**
 * Brings direct ports and their lifelines together, which arrive by different ways. A half whose
 * other half does not come within {@link PAIRING_TIMEOUT_MS} is closed.
 * @param onPair Called when both of a token are there.
 * @returns To be called with each half as it comes.
 */
export function pairing(
  onPair: (port: MessagePort, lifeline: Runtime.Port) => void,
): (token: string, half: HalfPort) => void {
  const waiting = new Map<string, { readonly half: HalfPort; end(): void }>();
  return (token, half) => {
    const first = waiting.get(token);
    first?.end();
    const { port, lifeline } = { ...first?.half, ...half };
    if (port && lifeline) {
      onPair(port, lifeline);
      return;
    }
    const timer = setTimeout(() => {
      waiting.delete(token);
      port?.close();
      lifeline?.disconnect();
    }, PAIRING_TIMEOUT_MS);
    const end = (): void => {
      clearTimeout(timer);
      waiting.delete(token);
    };
    // Whoever gives up before the port is here takes the lifeline along.
    lifeline?.onDisconnect.addListener(end);
    waiting.set(token, { half, end });
  };
}

interface Listeners<Args extends unknown[]> {
  addListener(listener: (...args: Args) => void): void;
  removeListener(listener: (...args: Args) => void): void;
}

/** What the engine's two ends use of a port: a runtime port has it, and a direct port too. */
export interface DuplexPort<Out> {
  postMessage(message: Out): void;
  /** Posts a message and gives buffers in it away instead of copying them. A direct port can. */
  handOver?(message: Out, buffers: ArrayBuffer[]): void;
  disconnect(): void;
  readonly onMessage: Listeners<[message: unknown]>;
  readonly onDisconnect: Listeners<[]>;
}

/** A MessagePort with the face of a runtime port; it is disconnected when its lifeline is. */
export function duplexPort<Out extends EngineRequest | EngineReply>(
  port: MessagePort,
  lifeline: Runtime.Port,
): DuplexPort<Out> {
  const onMessage = new Set<(message: unknown) => void>();
  port.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    for (const listener of [...onMessage]) listener(data);
  });
  port.start();
  lifeline.onDisconnect.addListener(() => port.close());
  return {
    postMessage: (message) => port.postMessage(message),
    handOver: (message, buffers) => port.postMessage(message, buffers),
    disconnect: () => {
      port.close();
      lifeline.disconnect();
    },
    onMessage: {
      addListener: (listener) => void onMessage.add(listener),
      removeListener: (listener) => void onMessage.delete(listener),
    },
    onDisconnect: lifeline.onDisconnect,
  };
}
