/**
 * Passes a port from a bridge frame to the engine's document, if it comes with a fresh, unused token
 * that was given to a content script.
 */
import * as v from 'valibot';
import browser from 'webextension-polyfill';

import { bridgedPort, type EnginePortMessage } from '../protocol/direct-port';
import { checked } from '../core/schema';
import { ENGINE_DOCUMENT, wakeEngine } from './engine-host';

/** Lifetime of a token in milliseconds. */
const TOKEN_LIFETIME_MS = 10_000;

/** The storage key of an unused token: the service worker may be stopped meanwhile. */
const keyOf = (token: string): string => `bridge:${token}`;

/** What a token permits; `expires` in milliseconds since the epoch. */
const permit = v.object({ tabId: v.number(), expires: v.number() });

/** The subset of a service worker's global scope used here. */
interface ServiceWorkerScope {
  readonly clients?: {
    matchAll(options: object): Promise<
      readonly {
        readonly url: string;
        postMessage(data: unknown, transfer: Transferable[]): void;
      }[]
    >;
  };
  addEventListener(type: 'message', listener: (event: BridgeEvent) => void): void;
}

interface BridgeEvent extends MessageEvent<unknown> {
  waitUntil(work: Promise<unknown>): void;
}

/** A token for one port from this tab. Resolves when the engine is awake. */
export async function createToken(tabId: number): Promise<string> {
  const token = crypto.randomUUID();
  const kept: v.InferOutput<typeof permit> = { tabId, expires: Date.now() + TOKEN_LIFETIME_MS };
  await Promise.all([browser.storage.session.set({ [keyOf(token)]: kept }), wakeEngine()]);
  return token;
}

/** Listens for ports from bridge frames, where the background is a service worker. */
export function serveBridges(): void {
  const scope = globalThis as unknown as ServiceWorkerScope;
  if (!scope.clients) return;
  scope.addEventListener('message', (event) => {
    const [port] = event.ports;
    const message = checked(bridgedPort, event.data);
    if (port && message) event.waitUntil(pass(scope, port, message.token, message.tabId));
  });
}

async function pass(
  scope: ServiceWorkerScope,
  port: MessagePort,
  token: string,
  tabId: number,
): Promise<void> {
  if (!(await takeToken(token, tabId))) {
    port.close();
    return;
  }
  const clients = await scope.clients?.matchAll({ includeUncontrolled: true, type: 'all' });
  const engine = clients?.find(({ url }) => new URL(url).pathname === `/${ENGINE_DOCUMENT}`);
  const message: EnginePortMessage = { type: 'engine.port', token };
  if (engine) engine.postMessage(message, [port]);
  else port.close();
}

/** Tokens being taken: reading and removing is not one step. */
const taking = new Set<string>();

/** Whether the token is valid for this tab; either way it is used up. */
async function takeToken(token: string, tabId: number): Promise<boolean> {
  if (taking.has(token)) return false;
  taking.add(token);
  const key = keyOf(token);
  const kept = checked(permit, (await browser.storage.session.get(key))[key]);
  await browser.storage.session.remove(key);
  taking.delete(token);
  return kept !== null && kept.tabId === tabId && kept.expires > Date.now();
}
