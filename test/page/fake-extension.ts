/**
 * Stands in for `webextension-polyfill` in the bundle of the content script: a port to an engine that
 * answers at once, the English messages, a storage in memory. Requests to the background go to the
 * tests (`background.ts`).
 */
import type { Runtime } from 'webextension-polyfill';

import messages from '../../_locales/en/messages.json';
import { ENGINE_PORT, type BackgroundRequest, type PageReply } from '../../src/protocol/messages';
import { fakeStorageArea } from '../unit/fake-storage';
import { KnownEngine } from './engine';
import type { Reply, WorldGlobals } from './world';

const globals = globalThis as unknown as WorldGlobals;
const { stored, ...engineOptions } = globals.pasticheOptions;

const ID = 'middle';
const engine = new KnownEngine(engineOptions);
const storage = fakeStorageArea('local');
void storage.area.set(stored);

type OnMessage = (
  message: unknown,
  sender: Pick<Runtime.MessageSender, 'id'>,
) => Promise<PageReply> | undefined;

const listeners: OnMessage[] = [];
const asked: ((reply: Reply) => void)[] = [];

function sendMessage(request: BackgroundRequest): Promise<Reply> {
  const { promise, resolve } = Promise.withResolvers<Reply>();
  const id = asked.push(resolve) - 1;
  globals.pasticheAsk(JSON.stringify({ id, request }));
  return promise;
}

/** A port whose messages are cloned, and arrive in a task of their own, as those of the runtime do. */
function connect({ name }: { readonly name: string }): object {
  if (name !== ENGINE_PORT) throw new Error(`nobody listens to ${name}`);
  const { port1, port2 } = new MessageChannel();
  const heard = new Map<(message: unknown) => void, (event: MessageEvent<unknown>) => void>();
  engine.serve(port2);
  port1.start();
  return {
    name,
    postMessage: (message: unknown) => port1.postMessage(message),
    disconnect: () => port1.close(),
    onMessage: {
      addListener: (listener: (message: unknown) => void) => {
        const hear = ({ data }: MessageEvent<unknown>): void => listener(data);
        heard.set(listener, hear);
        port1.addEventListener('message', hear);
      },
      removeListener: (listener: (message: unknown) => void) => {
        const hear = heard.get(listener);
        if (hear) port1.removeEventListener('message', hear);
      },
    },
    // Neither end ever goes.
    onDisconnect: { addListener: () => undefined, removeListener: () => undefined },
  };
}

interface Message {
  readonly message: string;
  readonly placeholders?: Readonly<Record<string, { readonly content: string }>>;
}

const words: Readonly<Record<string, Message>> = messages;

function getMessage(key: string, values: readonly string[] = []): string {
  const { message = '', placeholders = {} } = words[key] ?? {};
  return message.replace(/\$(\w+)\$/g, (_, name: string) => {
    const place = Number(placeholders[name.toLowerCase()]?.content.slice(1));
    return values[place - 1] ?? '';
  });
}

/** Roots that were attached in this world: closed ones can't be had from their hosts. */
const roots = new WeakMap<Element, ShadowRoot>();
const { attachShadow } = Element.prototype;
Element.prototype.attachShadow = function (this: Element, init): ShadowRoot {
  const root = attachShadow.call(this, init);
  roots.set(this, root);
  return root;
};

globals.pasticheWorld = {
  receive: async (request) => {
    const replies = listeners.flatMap((listener) => listener(request, { id: ID }) ?? []);
    if (replies.length === 0) throw new Error(`the content script takes no ${request.type}`);
    return replies[0];
  },
  settle: (id, reply) => asked[id]?.(reply),
  change: (options) => engine.change(options),
  jobs: engine.jobs,
  rootOf: (host) => host.shadowRoot ?? roots.get(host) ?? null,
};

export default {
  runtime: {
    id: ID,
    getURL: (path: string) => `chrome-extension://${ID}/${path}`,
    // Without the bridge's frame: the engine's port is the runtime's.
    getManifest: () => ({}),
    sendMessage,
    connect,
    onMessage: { addListener: (listener: OnMessage) => void listeners.push(listener) },
    // Palettes connect; there are none.
    onConnect: { addListener: () => undefined },
  },
  i18n: { getMessage },
  storage: { local: storage.area, onChanged: storage.onChanged },
};
