import { afterEach, beforeEach, describe, expect, it, vi, type Mock } from 'vitest';

import type { Composition } from '../../src/core/regions/layers';
import { MAX_KNOWN } from '../../src/core/known';
import {
  HEARTBEAT_INTERVAL_MS,
  type EngineClient,
  type Content,
} from '../../src/engine/client/engine-client';
import { ENGINE_PORT, type EngineReply, type EngineRequest } from '../../src/protocol/messages';

/** Reaction of the engine at the other end of a port to a request. */
type Behaviour = (request: EngineRequest, port: FakePort) => void;

class FakePort {
  readonly received: EngineRequest[] = [];
  private readonly onReply = new Set<(message: unknown) => void>();
  private readonly onClose = new Set<() => void>();
  readonly onMessage = listeners(this.onReply);
  readonly onDisconnect = listeners(this.onClose);
  isClosed = false;

  constructor(private readonly behave: Behaviour) {}

  postMessage(request: EngineRequest): void {
    if (this.isClosed) throw new Error('Attempting to use a disconnected port object');
    this.received.push(structuredClone(request));
    queueMicrotask(() => this.behave(structuredClone(request), this));
  }

  reply(message: unknown): void {
    for (const listener of [...this.onReply]) listener(message);
  }

  close(): void {
    this.isClosed = true;
    for (const listener of [...this.onClose]) listener();
  }

  disconnect(): void {
    this.isClosed = true;
  }
}

function listeners<T>(set: Set<T>): { addListener(f: T): void; removeListener(f: T): void } {
  return { addListener: (f) => void set.add(f), removeListener: (f) => void set.delete(f) };
}

const runtime = vi.hoisted((): { id?: string; connect: Mock; sendMessage: Mock } => ({
  id: 'pastiche',
  connect: vi.fn(),
  sendMessage: vi.fn(),
}));
vi.mock('webextension-polyfill', () => ({ default: { runtime } }));

// Node 20 lacks what every browser that runs the extension has.
Promise.withResolvers ??= <T>() => {
  let settle!: Omit<PromiseWithResolvers<T>, 'promise'>;
  const promise = new Promise<T>((resolve, reject) => (settle = { resolve, reject }));
  return { promise, ...settle };
};

const TIMINGS = { pre: 0, run: 0, post: 0 };
const BACKEND = { provider: 'wasm', threads: 1 } as const;

function content(changes: Partial<Content> = {}): Content {
  return {
    width: 1,
    height: 1,
    pixels: new Uint8ClampedArray([1, 2, 3, 4]),
    mix: { wave: 1 },
    priority: 'preview',
    ...changes,
  };
}

/** Answers with the received pixels, in the same form. */
const echo: Behaviour = (request, port) => {
  if (request.type !== 'engine.restyle') return;
  const { id, pixels: data, job } = request;
  port.reply({ type: 'engine.started', id } satisfies EngineReply);
  const about = { network: 'full', shift: { x: 0, y: 0 }, timings: TIMINGS } as const;
  const answer = { data, mime: job.file ? 'image/png' : null, ...about };
  const reply = { type: 'engine.pastiche', id, backend: BACKEND, queue: 0, answer } as const;
  port.reply(reply satisfies EngineReply);
};

describe('EngineClient', () => {
  let client: EngineClient;
  let ports: FakePort[];
  let behave: Behaviour;
  let greet: (port: FakePort) => void;

  beforeEach(async () => {
    vi.useFakeTimers();
    runtime.id = 'pastiche';
    ports = [];
    behave = echo;
    greet = (port) => port.reply({ type: 'engine.hello', probe: new Uint8Array(1) });
    runtime.sendMessage.mockReset().mockResolvedValue({ ok: true, value: null });
    runtime.connect.mockReset().mockImplementation(() => {
      const port = new FakePort((request, self) => behave(request, self));
      ports.push(port);
      queueMicrotask(() => greet(port));
      return port;
    });
    const { EngineClient: Client } = await import('../../src/engine/client/engine-client');
    client = new Client();
  });

  afterEach(() => vi.useRealTimers());

  const never = new AbortController().signal;

  /** The outcome of a request, after all waiting that it does. */
  async function outcome(request: Promise<unknown>): Promise<unknown> {
    const settled = request.catch((thrown: unknown) => (thrown as { code: string }).code);
    await vi.advanceTimersByTimeAsync(60_000);
    return settled;
  }

  it('wakes the engine, and opens one port for all requests', async () => {
    const onStarted = vi.fn();
    const pastiche = await client.restyle(content(), never, onStarted);
    await client.restyle(content(), never);
    expect(pastiche).toMatchObject({ width: 1, height: 1, backend: BACKEND, file: null });
    expect([...pastiche.pixels]).toEqual([1, 2, 3, 4]);
    expect(onStarted).toHaveBeenCalledOnce();
    expect(runtime.sendMessage.mock.calls).toEqual([[{ type: 'background.wake-engine' }]]);
    expect(runtime.connect.mock.calls).toEqual([[{ name: ENGINE_PORT }]]);
    expect(new Set(ports[0]?.received.map((request) => 'id' in request && request.id)).size).toBe(
      2,
    );
  });

  it('speaks base64 on a port that does not carry binary data', async () => {
    greet = (port) => port.reply({ type: 'engine.hello', probe: { 0: 1 } });
    const pastiche = await client.restyle(content({ file: true }), never);
    expect(ports[0]?.received[0]).toMatchObject({ pixels: 'AQIDBA==' });
    const { file } = pastiche;
    expect(file?.type).toBe('image/png');
    expect([...new Uint8Array(await file!.arrayBuffer())]).toEqual([1, 2, 3, 4]);
    expect(pastiche.pixels).toHaveLength(0);
    expect([...(await client.restyle(content(), never)).pixels]).toEqual([1, 2, 3, 4]);
  });

  it('sends only the part of a buffer that the pixels are', async () => {
    const pixels = new Uint8ClampedArray([0, 0, 5, 6, 7, 8, 0]).subarray(2, 6);
    const pastiche = await client.restyle(content({ pixels }), never);
    expect([...pastiche.pixels]).toEqual([5, 6, 7, 8]);
  });

  it('sends masks once to an engine, and again where that has forgotten them', async () => {
    const regions = (): Composition => ({
      ...{ mixes: [{ wave: 1 }], width: 1, height: 1 },
      shares: Uint8Array.of(255),
    });
    const hadMasks = (port?: FakePort): (boolean | undefined)[] =>
      (port?.received ?? []).map(
        (request) => request.type === 'engine.restyle' && request.job.regions?.masks !== undefined,
      );
    const first = regions();
    const part = { x: 0, y: 0, width: 0.5, height: 1 };
    await client.restyle(content({ regions: first }), never);
    await client.restyle(content({ regions: { ...first, part } }), never);
    expect(hadMasks(ports[0])).toEqual([true, false]);
    expect(ports[0]?.received[1]).toMatchObject({
      job: { regions: { mixes: [{ wave: 1 }], part } },
    });
    for (let i = 0; i < MAX_KNOWN; i++) {
      await client.restyle(content({ regions: regions() }), never);
    }
    await client.restyle(content({ regions: first }), never);
    expect(hadMasks(ports[0])).toEqual([true, false, ...Array<boolean>(MAX_KNOWN + 1).fill(true)]);
    ports[0]?.close();
    await client.restyle(content({ regions: first }), never);
    expect(hadMasks(ports[1])).toEqual([true]);
  });

  it('passes on what the engine says went wrong', async () => {
    behave = (request, port) => {
      if (request.type !== 'engine.restyle') return;
      const error = { code: 'style-unknown', detail: '' };
      port.reply({ type: 'engine.failed', id: request.id, error });
    };
    expect(await outcome(client.restyle(content(), never))).toBe('style-unknown');
  });

  it('has pixels where the engine made no file', async () => {
    behave = (request, port) => {
      if (request.type === 'engine.restyle') {
        echo({ ...request, job: { ...request.job, file: false } }, port);
      }
    };
    const pastiche = await client.restyle(content({ mix: {}, file: true }), never);
    expect(pastiche).toMatchObject({ file: null });
    expect(pastiche.pixels).toHaveLength(4);
  });

  it('withdraws a request, whether before or after it was sent', async () => {
    const abort = new AbortController();
    behave = (request) => {
      if (request.type === 'engine.restyle') abort.abort();
    };
    expect(await outcome(client.restyle(content(), abort.signal))).toBe('cancelled');
    expect(ports[0]?.received.map(({ type }) => type)).toEqual(['engine.restyle', 'engine.cancel']);
    expect(await outcome(client.restyle(content(), abort.signal))).toBe('cancelled');
    expect(ports[0]?.received).toHaveLength(2);
  });

  it('wakes the engine again when the port drops', async () => {
    behave = (_, port) => {
      behave = echo;
      port.close();
    };
    expect(await outcome(client.restyle(content(), never))).toMatchObject({ width: 1 });
    expect(runtime.sendMessage).toHaveBeenCalledTimes(2);
    expect(ports).toHaveLength(2);
  });

  it('does so a few times, then says that the engine is not there', async () => {
    behave = (_, port) => port.close();
    expect(await outcome(client.restyle(content(), never))).toBe('engine-unavailable');
    expect(ports).toHaveLength(5);
  });

  it('does not begin more than three times with a picture that ends the engine', async () => {
    behave = ({ type, ...request }, port) => {
      if (type === 'engine.restyle' && 'id' in request) {
        port.reply({ type: 'engine.started', id: request.id });
      }
      port.close();
    };
    const onStarted = vi.fn();
    expect(await outcome(client.restyle(content(), never, onStarted))).toBe('engine-unavailable');
    expect(onStarted).toHaveBeenCalledTimes(3);
  });

  it('tries again where the background was stopped before it had woken the engine', async () => {
    runtime.sendMessage.mockRejectedValueOnce(new Error('the message channel closed'));
    expect(await outcome(client.restyle(content(), never))).toMatchObject({ width: 1 });
    expect(runtime.sendMessage).toHaveBeenCalledTimes(2);
  });

  it('gives a silent engine up after the second time', async () => {
    behave = () => undefined;
    expect(await outcome(client.restyle(content(), never))).toBe('engine-unavailable');
    expect(ports).toHaveLength(2);
  });

  it('asks for signs of life while it waits, and not afterwards', async () => {
    let answer = (): void => undefined;
    behave = (request, port) => {
      if (request.type === 'engine.restyle') answer = () => echo(request, port);
      else port.reply({ type: 'engine.status' });
    };
    const pastiche = client.restyle(content(), never);
    await vi.advanceTimersByTimeAsync(20 * HEARTBEAT_INTERVAL_MS);
    expect(ports.map(({ received }) => received.length)).toEqual([21]);
    answer();
    await expect(pastiche).resolves.toMatchObject({ width: 1 });
    await vi.advanceTimersByTimeAsync(20 * HEARTBEAT_INTERVAL_MS);
    expect(ports[0]?.received).toHaveLength(21);
  });

  it('gives a silent engine up, and asks another once', async () => {
    behave = (request, port) => {
      if (ports.length > 1) echo(request, port);
    };
    await expect(outcome(client.restyle(content(), never))).resolves.toMatchObject({ width: 1 });
    expect(ports.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  });

  it('opens another port after it was closed, and asks anew there', async () => {
    behave = (request, port) => {
      if (ports.length > 1) echo(request, port);
    };
    const pastiche = client.restyle(content(), never);
    await vi.advanceTimersByTimeAsync(10);
    client.close();
    await expect(outcome(pastiche)).resolves.toMatchObject({ width: 1 });
    expect(ports.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  });

  it('does not wait for ever for an engine that does not greet', async () => {
    greet = () => undefined;
    expect(await outcome(client.restyle(content(), never))).toBe('engine-unavailable');
    greet = (port) => port.reply({ type: 'engine.hello', probe: new Uint8Array(1) });
    expect(await outcome(client.restyle(content(), never))).toMatchObject({ width: 1 });
  });

  it('knows when its extension is gone', async () => {
    behave = (_, port) => {
      delete runtime.id;
      port.close();
    };
    expect(await outcome(client.restyle(content(), never))).toBe('extension-updated');
  });
});
