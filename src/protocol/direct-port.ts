/**
 * A port straight between a content script and the engine host, which bypasses the browser's process
 * and halves the time of a round trip without the network. Chrome only; elsewhere, and if a page or
 * the browser prevents it, a runtime port takes its place.
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
 * Name of the runtime port that accompanies the direct port of a token. It carries no messages: it
 * closes when either end is gone, which a MessagePort doesn't report across processes.
 */
export function lifelineName(token: string): string {
  return `${LIFELINE}${token}`;
}

/** The token in a lifeline's name, or null for another port's. */
export function lifelineToken(name: string): string | null {
  return name.startsWith(LIFELINE) ? name.slice(LIFELINE.length) : null;
}

const LIFELINE = 'lifeline:';

/** Maximum time that one half of a direct port waits for the other, in milliseconds. */
export const PAIRING_TIMEOUT_MS = 10_000;

interface HalfPort {
  readonly port?: MessagePort;
  readonly lifeline?: Runtime.Port;
}

/**
 * Pairs direct ports with their lifelines, which arrive separately. A half whose other half does not
 * arrive within {@link PAIRING_TIMEOUT_MS} is closed.
 * @param onPair Called with both halves of a token.
 * @returns Function to call with each half as it arrives.
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
    // A client that gives up before the port has arrived closes the lifeline.
    lifeline?.onDisconnect.addListener(end);
    waiting.set(token, { half, end });
  };
}

interface Listeners<Args extends unknown[]> {
  addListener(listener: (...args: Args) => void): void;
  removeListener(listener: (...args: Args) => void): void;
}

/** The subset of a port that the engine's two ends use; runtime and direct ports have it. */
export interface DuplexPort<Out> {
  postMessage(message: Out): void;
  /** Posts a message and transfers its buffers instead of copying them, on a direct port. */
  handOver?(message: Out, buffers: ArrayBuffer[]): void;
  disconnect(): void;
  readonly onMessage: Listeners<[message: unknown]>;
  readonly onDisconnect: Listeners<[]>;
}

/** A MessagePort with the interface of a runtime port; it disconnects when its lifeline does. */
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
