import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Measurement } from '../../src/engine/host/backends';
import type { WorkerLike } from '../../src/engine/host/worker-proxy';
import {
  CHECK_INTERVAL_MS,
  EngineHost,
  HEARTBEAT_TIMEOUT_MS,
  IDLE_DELAY_MS,
  MIN_TIMEOUTS_MS,
  MAX_MEMORY_AT_REST,
  QUIET_DELAY_MS,
  TIDY_DELAY_MS,
  type EnginePort,
} from '../../src/engine/host/engine-host';
import { cameOutFlat, contrastOf } from '../../src/engine/worker/flat';
import { OVERRIDE_KEY, VERDICT_KEY } from '../../src/engine/host/worker-keeper';
import type {
  Painted,
  StartRequest,
  WorkerReply,
  WorkerRequest,
} from '../../src/engine/worker/messages';
import { MAX_KNOWN } from '../../src/core/known';
import { PasticheError } from '../../src/protocol/errors';
import type { Backend, EngineReply } from '../../src/protocol/messages';
import { STYLE_DIM } from '../../src/core/style/style';

const STYLES = {
  styleSpace: 'space',
  styles: ['wave', 'kiss'].map((id, i) => ({
    id,
    title: id,
    artist: '',
    year: '',
    vector: new Float32Array(STYLE_DIM).fill(i + 1),
  })),
};

/** Reaction of a fake worker to a request: answer, crash, acknowledge and hang, or ignore it. */
type Behaviour = (
  request: WorkerRequest,
  worker: FakeWorker,
) => WorkerReply | 'crash' | 'hang' | 'dead';

class FakeWorker implements WorkerLike {
  isTerminated = false;
  backend: Backend | null = null;
  life = '';
  private readonly listeners = new Map<string, (event: unknown) => void>();

  constructor(
    readonly provider: Backend['provider'],
    private readonly behave: Behaviour,
  ) {}

  addEventListener(type: string, listener: unknown): void {
    this.listeners.set(type, listener as (event: unknown) => void);
  }

  terminate(): void {
    this.isTerminated = true;
  }

  showLife(next?: number): void {
    const data = { type: 'alive', next };
    queueMicrotask(() => this.listeners.get('message')?.({ data }));
  }

  crash(): void {
    this.listeners.get('error')?.({ message: 'crash' });
  }

  postMessage(message: unknown): void {
    const request = structuredClone(message) as WorkerRequest;
    if (request.type === 'start') {
      this.backend = request.backend;
      this.life = request.life;
    }
    const reply = this.behave(request, this);
    if (reply === 'dead') return;
    this.showLife();
    if (reply === 'hang') return;
    queueMicrotask(() => {
      if (this.isTerminated) return;
      if (reply === 'crash') this.crash();
      else this.listeners.get('message')?.({ data: reply });
    });
  }
}

/** Every byte but alpha becomes 255 minus itself. */
function answer(request: WorkerRequest): WorkerReply {
  switch (request.type) {
    case 'start':
      return { type: 'started', model: 'digest' };
    case 'paint': {
      const { job } = request;
      const pixels = new Uint8Array(request.pixels).map((v, i) => (i % 4 === 3 ? v : 255 - v));
      return {
        type: 'painted',
        answer: {
          ...(job.file ? PNG : { data: pixels.buffer, mime: null }),
          timings: { pre: 1, run: 8, post: 1 },
          shift: { x: 0, y: 0 },
          network: job.network,
        },
        isFlat: isFlat(request.pixels, pixels.buffer),
        memory: job.height * 1e6,
      };
    }
  }
}

const PNG = { data: Uint8Array.of(80, 78, 71).buffer, mime: 'image/png' } as const;

const isFlat = (content: ArrayBuffer, pastiche: ArrayBuffer): boolean =>
  cameOutFlat(contrastOf(content), contrastOf(pastiche));

class FakePort implements EnginePort {
  readonly replies: EngineReply[] = [];
  private receive: (message: unknown) => void = () => undefined;
  private leave: () => void = () => undefined;
  readonly onMessage = {
    addListener: (listener: typeof this.receive) => (this.receive = listener),
  };
  readonly onDisconnect = { addListener: (listener: () => void) => (this.leave = listener) };

  postMessage(reply: EngineReply): void {
    this.replies.push(structuredClone(reply));
  }

  send(message: unknown): void {
    this.receive(structuredClone(message));
  }

  disconnect(): void {
    this.leave();
  }

  /** The types of the replies about one request. */
  about(id: number): string[] {
    return this.replies.flatMap((reply) => ('id' in reply && reply.id === id ? [reply.type] : []));
  }

  find<T extends EngineReply['type']>(type: T): Extract<EngineReply, { type: T }> {
    const reply = this.replies.find((candidate) => candidate.type === type);
    if (!reply) throw new Error(`no ${type} among ${JSON.stringify(this.replies)}`);
    return reply as Extract<EngineReply, { type: T }>;
  }
}

const PIXELS = Uint8Array.of(0, 10, 20, 30, 40, 50, 60, 70);

/** A request; changes are to its job, but for what is beside that. */
function restyle(
  id: unknown,
  { pixels = PIXELS.buffer, ...changes }: Record<string, unknown> = {},
): Record<string, unknown> {
  const size = { width: 2, height: 1 };
  const job = { priority: 'preview', ...size, mix: { wave: 1 }, file: false, ...changes };
  return { type: 'engine.restyle', id, job, pixels };
}

describe('EngineHost', () => {
  let behave: Behaviour;
  let spawned: FakeWorker[];
  /** Functions to call when a worker has ended, by its lock. */
  let released: Map<string, () => void>;
  let storage: Map<string, string>;
  let gpu: string | null;
  let kernels: boolean;
  let loadStyles: () => Promise<typeof STYLES>;
  const onIdle = vi.fn();

  beforeEach(() => {
    vi.useFakeTimers();
    behave = answer;
    spawned = [];
    released = new Map();
    storage = new Map([[OVERRIDE_KEY, '{"trial":false}']]);
    gpu = null;
    kernels = false;
    loadStyles = () => Promise.resolve(STYLES);
    onIdle.mockReset();
  });

  afterEach(() => vi.useRealTimers());

  function createHost(): EngineHost {
    return new EngineHost({
      capabilities: { cores: 2, isolated: true, kernels },
      workers: {
        spawn: (provider) => {
          const worker = new FakeWorker(provider, (request, self) => behave(request, self));
          spawned.push(worker);
          return worker;
        },
        urls: (provider) => ({
          model: 'model',
          liveModel: 'live',
          steady: 'steady',
          runtime: `runtime-${provider}`,
        }),
        whenReleased: (lock) => new Promise((resolve) => released.set(lock, resolve)),
      },
      storage: {
        getItem: (key) => storage.get(key) ?? null,
        setItem: (key, value) => void storage.set(key, value),
      },
      browser: 'browser 1',
      describeGpu: () => Promise.resolve(gpu),
      loadStyles: () => loadStyles(),
      onIdle,
    });
  }

  function connect(host = createHost()): FakePort {
    const port = new FakePort();
    host.accept(port);
    return port;
  }

  /** Runs everything that needs no time. */
  const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

  describe('a request', () => {
    it('is greeted, started and answered', async () => {
      const port = connect();
      port.send(restyle(1));
      await settle();
      expect(port.replies[0]).toEqual({ type: 'engine.hello', probe: new Uint8Array([1, 2, 3]) });
      expect(port.about(1)).toEqual(['engine.started', 'engine.pastiche']);
      const { answer: found, backend, queue } = port.find('engine.pastiche');
      expect([...new Uint8Array(found.data as ArrayBuffer)]).toEqual([
        255, 245, 235, 30, 215, 205, 195, 70,
      ]);
      expect(backend).toEqual({ provider: 'wasm', threads: 2 });
      expect(queue).toBeGreaterThanOrEqual(0);
      expect(found).toMatchObject({ mime: null, timings: { pre: 1, run: 8, post: 1 } });
    });

    it('is answered in base64 when it came so', async () => {
      const port = connect();
      const pixels = btoa(String.fromCharCode(...PIXELS));
      port.send(restyle(1, { pixels }));
      await settle();
      expect(port.find('engine.pastiche').answer.data).toBe(
        btoa(String.fromCharCode(255, 245, 235, 30, 215, 205, 195, 70)),
      );
      const other = connect();
      other.send(restyle(2, { pixels, file: true }));
      await settle();
      const file = { data: btoa('PNG'), mime: 'image/png' };
      expect(other.find('engine.pastiche').answer).toMatchObject(file);
    });

    it('gets the file in place of the pixels', async () => {
      const port = connect();
      port.send(restyle(1, { file: true }));
      await settle();
      expect(port.about(1)).toEqual(['engine.started', 'engine.pastiche']);
      expect(port.find('engine.pastiche').answer).toMatchObject(PNG);
    });

    it('is given the superposition of its styles, and its strength', async () => {
      const painted: WorkerRequest[] = [];
      behave = (request) => {
        painted.push(request);
        return answer(request);
      };
      connect().send(restyle(1, { mix: { wave: 0.25, kiss: 0.25 } }));
      await settle();
      const { base, regional } = painted.find((request) => request.type === 'paint')!;
      expect(regional).toEqual([]);
      expect(base.strength).toBeCloseTo(0.5);
      expect([...base.vector]).toEqual(Array.from({ length: STYLE_DIM }, () => 1.5));
    });

    it('is given the mixes of its regions, and the base', async () => {
      const painted: WorkerRequest[] = [];
      behave = (request) => {
        painted.push(request);
        return answer(request);
      };
      const masks = { width: 2, height: 1, shares: btoa('\xff\x00') };
      const regions = { id: 1, mixes: [{ wave: 0.5 }], masks };
      connect().send(restyle(1, { mix: {}, regions }));
      await settle();
      const { job, base, regional } = painted.find((request) => request.type === 'paint')!;
      expect([...regional, base].map(({ strength }) => strength)).toEqual([0.5, 0]);
      expect([...job.regions!.masks!.shares]).toEqual([255, 0]);
    });

    describe('with regions', () => {
      const sent = { width: 1, height: 1, shares: Uint8Array.of(9).buffer };
      const regional = (id: number, regions: Record<string, unknown>): Record<string, unknown> =>
        restyle(id, { regions: { mixes: [{ kiss: 1 }], ...regions } });
      /** The shares that workers were sent with each picture, by the id of the masks. */
      let painted: [id: number, shares: number | undefined][];

      beforeEach(() => {
        painted = [];
        behave = (request) => {
          const { id, masks } = (request.type === 'paint' && request.job.regions) || {};
          if (id !== undefined) painted.push([id, masks?.shares[0]]);
          return answer(request);
        };
      });

      it('hands masks on once', async () => {
        const port = connect();
        for (const id of [1, 2, 3]) {
          port.send(regional(id, { id: 7, ...(id === 1 && { masks: sent }) }));
          await settle();
          expect(port.about(id)).toContain('engine.pastiche');
        }
        expect(painted).toEqual([1, 2, 3].map((id) => [1, id === 1 ? 9 : undefined]));
      });

      it('hands them on again to a worker that has not had them', async () => {
        const port = connect();
        port.send(regional(1, { id: 7, masks: sent }));
        await settle();
        spawned[0]!.crash();
        port.send(regional(2, { id: 7 }));
        await settle();
        expect(port.about(2)).toContain('engine.pastiche');
        expect(painted).toEqual([
          [1, 9],
          [1, 9],
        ]);
      });

      it("does not take them for another client's of the same id", async () => {
        const host = createHost();
        const [one, other] = [connect(host), connect(host)];
        one.send(regional(1, { id: 7, masks: sent }));
        await settle();
        other.send(regional(2, { id: 7 }));
        expect(other.find('engine.failed').error.code).toBe('unexpected');
        other.send(regional(3, { id: 7, masks: { ...sent, shares: Uint8Array.of(5).buffer } }));
        await settle();
        expect(painted).toEqual([
          [1, 9],
          [2, 5],
        ]);
      });

      it('forgets those before the last few, as who sends them does', async () => {
        const port = connect();
        for (let id = 0; id <= MAX_KNOWN; id++) port.send(regional(id, { id, masks: sent }));
        await settle();
        port.send(regional(90, { id: 1 }));
        port.send(regional(91, { id: 0 }));
        await settle();
        expect(port.about(90)).toContain('engine.pastiche');
        expect(port.about(91)).toEqual(['engine.failed']);
      });
    });

    it.each([
      { id: 1, mixes: [], masks: { width: 1, height: 1, shares: '' } },
      { id: 1, mixes: [{}], masks: { width: 2, height: 1, shares: btoa('a') } },
      { id: 1, mixes: [{}], masks: { width: 1, height: 1, shares: btoa('ab') } },
      { id: 1, mixes: [{}], masks: { width: 1, height: 1, shares: '?' } },
      { id: 1, mixes: [{}, {}], masks: { width: 1, height: 1, shares: btoa('\xf0\x20') } },
      {
        id: 1,
        mixes: Array.from({ length: 8 }, () => ({})),
        masks: { width: 1, height: 1, shares: btoa('12345678') },
      },
      {
        id: 1,
        mixes: [{}],
        masks: { width: 1, height: 1, shares: btoa('a') },
        part: { x: 0, y: 0, width: 2, height: 1 },
      },
      { id: 1, mixes: [{}] },
      { mixes: [{}], masks: { width: 1, height: 1, shares: btoa('a') } },
      'halves',
    ])('is refused with regions such as %j', async (regions) => {
      const port = connect();
      port.send(restyle(1, { regions }));
      await settle();
      expect(port.find('engine.failed').error.code).toBe('unexpected');
    });

    it('with an empty mix is answered at once, by the original', () => {
      const port = connect();
      port.send(restyle(1, { mix: {} }));
      expect(port.find('engine.pastiche').answer.data).toEqual(PIXELS.buffer);
    });

    it('overtakes older ones, and refinements, while the worker starts', async () => {
      const port = connect();
      port.send(restyle(1));
      port.send(restyle(2, { priority: 'refine' }));
      port.send(restyle(3));
      await settle();
      const started = port.replies.flatMap((r) => (r.type === 'engine.started' ? [r.id] : []));
      expect(started).toEqual([3, 1, 2]);
      expect(spawned).toHaveLength(1);
    });

    it('for an unknown style is refused', async () => {
      const port = connect();
      port.send(restyle(1, { mix: { scream: 1 } }));
      await settle();
      expect(port.find('engine.failed').error.code).toBe('style-unknown');
      expect(spawned[0]?.isTerminated).toBe(false);
    });

    it.each([
      ['no object', null],
      ['an unknown type', { type: 'engine.explode', id: 1 }],
      ['no id', restyle('one')],
      ['a fractional width', restyle(1, { width: 1.5 })],
      ['no height', restyle(1, { height: 0 })],
      ['a side that is too long', restyle(1, { width: 20_001 })],
      ['too few pixels', restyle(1, { height: 2 })],
      ['pixels that are none', restyle(1, { pixels: [0, 1, 2] })],
      ['pixels in no base64', restyle(1, { pixels: '???' })],
      ['an unknown priority', restyle(1, { priority: 'now' })],
      ['a file of an unknown type', restyle(1, { file: 'bmp' })],
      ['no mix', restyle(1, { mix: null })],
      ['a mix of words', restyle(1, { mix: { wave: 'much' } })],
      ['a weight above 1', restyle(1, { mix: { wave: 2 } })],
      ['a size inside that is larger', restyle(1, { inside: { width: 4, height: 4 } })],
      ['a size inside that is none', restyle(1, { inside: 'small' })],
    ])('with %s is refused', async (_, message) => {
      const port = connect();
      port.send(message);
      await settle();
      expect(port.replies.map(({ type }) => type)).toEqual(['engine.hello', 'engine.failed']);
      expect(port.find('engine.failed').error.code).toBe('unexpected');
    });
  });

  describe('a cancelled request', () => {
    it('is never painted while it waits', async () => {
      const port = connect();
      port.send(restyle(1));
      port.send(restyle(2));
      port.send({ type: 'engine.cancel', id: 1 });
      await settle();
      expect(port.about(1)).toEqual([]);
      expect(port.about(2)).toEqual(['engine.started', 'engine.pastiche']);
    });

    it('is not answered when it was being painted', async () => {
      const port = connect();
      behave = (request) => {
        if (request.type === 'paint') port.send({ type: 'engine.cancel', id: 1 });
        return answer(request);
      };
      port.send(restyle(1));
      await settle();
      expect(port.about(1)).toEqual(['engine.started']);
    });

    it('goes with its client, and only that', async () => {
      const host = createHost();
      const [page, popup] = [connect(host), connect(host)];
      page.send(restyle(1));
      popup.send(restyle(1));
      page.disconnect();
      await settle();
      expect(page.about(1)).toEqual([]);
      expect(popup.about(1)).toEqual(['engine.started', 'engine.pastiche']);
    });
  });

  describe('when a worker fails', () => {
    /** Makes a number of paintings fail before the others succeed. */
    const failing =
      (times: number, how: 'crash' | 'hang' | 'dead'): Behaviour =>
      (request) => {
        if (request.type !== 'paint' || times === 0) return answer(request);
        times -= 1;
        return how;
      };

    it.each([false, true])('tries a crashed job again in a new one, file: %s', async (file) => {
      behave = failing(1, 'crash');
      const port = connect();
      port.send(restyle(1, { file }));
      await settle();
      expect(port.about(1)).toEqual(['engine.started', 'engine.started', 'engine.pastiche']);
      expect(spawned.map(({ isTerminated }) => isTerminated)).toEqual([true, false]);
    });

    it('gives up after the second crash, and serves the next', async () => {
      behave = failing(2, 'crash');
      const port = connect();
      port.send(restyle(1));
      await settle();
      expect(port.find('engine.failed').error.code).toBe('engine-crashed');
      port.send(restyle(2));
      await settle();
      expect(port.about(2)).toEqual(['engine.started', 'engine.pastiche']);
    });

    it('waits as long as it says that what comes next may take', async () => {
      const longer = MIN_TIMEOUTS_MS.wasm + 5_000;
      behave = (request, worker) => {
        if (request.type !== 'paint') return answer(request);
        queueMicrotask(() => worker.showLife(longer));
        return 'hang';
      };
      connect().send(restyle(1));
      await vi.advanceTimersByTimeAsync(longer - 1);
      expect(spawned).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(1);
      expect(spawned).toHaveLength(2);
    });

    it('ends one that is stuck', async () => {
      behave = failing(1, 'hang');
      const port = connect();
      port.send(restyle(1));
      await vi.advanceTimersByTimeAsync(MIN_TIMEOUTS_MS.wasm - 1);
      expect(spawned).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(1);
      expect(spawned[0]?.isTerminated).toBe(true);
      expect(port.about(1)).toContain('engine.pastiche');
    });

    it('ends one that does not even hear what is asked, much sooner', async () => {
      behave = failing(1, 'dead');
      const port = connect();
      port.send(restyle(1));
      await vi.advanceTimersByTimeAsync(HEARTBEAT_TIMEOUT_MS - 1);
      expect(spawned).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(1);
      expect(spawned[0]?.isTerminated).toBe(true);
      expect(port.about(1)).toContain('engine.pastiche');
    });

    it('waits for our own kernels as long as they show life, and no longer', async () => {
      kernels = true;
      behave = failing(1, 'hang');
      const port = connect();
      port.send(restyle(1));
      for (let i = 0; i < 10; i++) {
        await vi.advanceTimersByTimeAsync(MIN_TIMEOUTS_MS.kernels - 1);
        spawned[0]?.showLife();
      }
      expect(spawned).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(MIN_TIMEOUTS_MS.kernels);
      expect(spawned.map(({ provider }) => provider)).toEqual(['kernels', 'kernels']);
      expect(port.about(1)).toContain('engine.pastiche');
    });

    it('starts our own kernels again where their worker died while it started', async () => {
      kernels = true;
      let starts = 0;
      behave = (request) => {
        if (request.type !== 'start') return answer(request);
        starts += 1;
        return starts === 1 ? 'dead' : answer(request);
      };
      const port = connect();
      port.send(restyle(1));
      await vi.advanceTimersByTimeAsync(3_100);
      expect(spawned.map(({ provider }) => provider)).toEqual(['kernels', 'kernels']);
      expect(port.about(1)).toContain('engine.pastiche');
    });

    it('does not blame our own kernels where their worker ended while it started', async () => {
      kernels = true;
      let starts = 0;
      behave = (request) => {
        if (request.type !== 'start') return answer(request);
        starts += 1;
        return starts === 1 ? 'hang' : answer(request);
      };
      const port = connect();
      port.send(restyle(1));
      await settle();
      released.get(spawned[0]?.life ?? '')?.();
      await settle();
      expect(spawned.map(({ provider }) => provider)).toEqual(['kernels', 'kernels']);
      expect(port.about(1)).toContain('engine.pastiche');
    });

    it('gives the next one more time to start: the machine may be slow', async () => {
      kernels = true;
      behave = () => 'dead';
      const port = connect();
      port.send(restyle(1));
      await vi.advanceTimersByTimeAsync(3_100);
      expect(spawned).toHaveLength(2);
      await vi.advanceTimersByTimeAsync(8_000);
      expect(spawned).toHaveLength(2);
    });

    it('notices at once that one has ended in the middle of a picture', async () => {
      kernels = true;
      behave = failing(1, 'hang');
      const port = connect();
      port.send(restyle(1));
      await settle();
      expect(port.about(1)).not.toContain('engine.pastiche');
      released.get(spawned[0]?.life ?? '')?.();
      await settle();
      expect(spawned.map(({ provider }) => provider)).toEqual(['kernels', 'kernels']);
      expect(port.about(1)).toContain('engine.pastiche');
    });

    it('notices one that died while it had nothing to do', async () => {
      const port = connect();
      port.send(restyle(1));
      await settle();
      spawned[0]?.crash();
      port.send(restyle(2));
      await settle();
      expect(spawned).toHaveLength(2);
      expect(port.about(2)).toContain('engine.pastiche');
    });

    it('turns from WebGPU to Wasm after two crashes', async () => {
      storage.set(OVERRIDE_KEY, '{"provider":"webgpu"}');
      behave = (request, { provider }) =>
        request.type === 'paint' && provider === 'webgpu' ? 'crash' : answer(request);
      const port = connect();
      port.send(restyle(1));
      await settle();
      expect(spawned.map(({ provider }) => provider)).toEqual(['webgpu', 'webgpu', 'wasm']);
      expect(port.find('engine.pastiche').backend.provider).toBe('wasm');
    });

    it('turns from our own kernels to onnxruntime-web after two crashes', async () => {
      kernels = true;
      behave = (request, { provider }) =>
        request.type === 'paint' && provider === 'kernels' ? 'crash' : answer(request);
      const port = connect();
      port.send(restyle(1));
      await settle();
      expect(spawned.map(({ provider }) => provider)).toEqual(['kernels', 'kernels', 'wasm']);
      expect(port.find('engine.pastiche').backend).toEqual({ provider: 'wasm', threads: 2 });
    });

    it('does without our own kernels where they do not start', async () => {
      kernels = true;
      behave = (request) =>
        request.type === 'start' && request.backend.provider === 'kernels'
          ? 'crash'
          : answer(request);
      const port = connect();
      port.send(restyle(1));
      await settle();
      expect(spawned.map(({ provider }) => provider)).toEqual(['kernels', 'wasm']);
      expect(port.about(1)).toEqual(['engine.started', 'engine.pastiche']);
    });

    it('does without threads where they do not start', async () => {
      behave = (request) =>
        request.type === 'start' && request.backend.threads > 1 ? 'crash' : answer(request);
      const port = connect();
      port.send(restyle(1));
      await settle();
      expect(port.find('engine.pastiche').backend).toEqual({ provider: 'wasm', threads: 1 });
    });

    it('reports a missing model without trying again', async () => {
      const error = new PasticheError('model-missing', 'truncated').toMessage();
      behave = (request) =>
        request.type === 'start' ? { type: 'failed', error } : answer(request);
      const port = connect();
      await settle();
      port.send(restyle(1));
      await settle();
      expect(port.find('engine.failed').error).toEqual(error);
      expect(spawned).toHaveLength(2);
    });

    it('reports missing styles', async () => {
      loadStyles = () => Promise.reject(new PasticheError('model-missing'));
      const port = connect();
      port.send(restyle(1));
      await settle();
      expect(port.find('engine.failed').error.code).toBe('model-missing');
    });
  });

  describe('when there is nothing to do', () => {
    it('ends its worker, and starts one again when asked', async () => {
      const port = connect();
      port.send(restyle(1));
      await vi.advanceTimersByTimeAsync(IDLE_DELAY_MS - 1);
      expect(onIdle).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      expect(onIdle).toHaveBeenCalledOnce();
      expect(spawned[0]?.isTerminated).toBe(true);
      port.send(restyle(2));
      await settle();
      expect(port.about(2)).toContain('engine.pastiche');
    });

    it('ends a worker that a large picture has made bulky, and no other', async () => {
      const port = connect();
      port.send(restyle(1));
      await vi.advanceTimersByTimeAsync(TIDY_DELAY_MS);
      expect(spawned[0]?.isTerminated).toBe(false);
      const height = 1 + MAX_MEMORY_AT_REST / 1e6;
      port.send(restyle(2, { height, pixels: new Uint8Array(4 * 2 * height).buffer }));
      await vi.advanceTimersByTimeAsync(TIDY_DELAY_MS - 1);
      expect(spawned[0]?.isTerminated).toBe(false);
      await vi.advanceTimersByTimeAsync(2);
      expect(spawned.every(({ isTerminated }) => isTerminated)).toBe(true);
      port.send(restyle(3));
      await settle();
      expect(port.about(3)).toContain('engine.pastiche');
    });

    it('does not end a worker for what another one held that has crashed', async () => {
      const port = connect();
      const height = 1 + MAX_MEMORY_AT_REST / 1e6;
      port.send(restyle(1, { height, pixels: new Uint8Array(4 * 2 * height).buffer }));
      await settle();
      behave = (request, worker) => (worker === spawned[0] ? 'crash' : answer(request));
      port.send(restyle(2));
      await settle();
      expect(port.about(2)).toContain('engine.pastiche');
      await vi.advanceTimersByTimeAsync(TIDY_DELAY_MS + 1);
      expect(spawned.map(({ isTerminated }) => isTerminated)).toEqual([true, false]);
    });

    it('tells its state', async () => {
      const port = connect();
      port.send({ type: 'engine.status' });
      port.send(restyle(1));
      await settle();
      port.send({ type: 'engine.status' });
      expect(port.replies.filter(({ type }) => type === 'engine.status')).toEqual([
        { type: 'engine.status', backend: null, millisecondsPerMegapixel: null, queued: 0 },
        {
          type: 'engine.status',
          backend: { provider: 'wasm', threads: 2 },
          millisecondsPerMegapixel: 4e6,
          queued: 0,
        },
      ]);
    });
  });

  describe('the trial', () => {
    const painted = (reply: Painted, changes: Partial<Painted['answer']>): Painted => ({
      ...reply,
      answer: { ...reply.answer, ...changes },
    });

    /** Times of the network by provider and threads; WebGPU may paint wrongly. */
    const timed =
      (times: Record<string, number>, gpuIsRight = true): Behaviour =>
      (request, { backend }) => {
        const reply = answer(request);
        if (reply.type !== 'painted' || !backend) return reply;
        const run = times[`${backend.provider} ${backend.threads}`]!;
        const isWrong = backend.provider === 'webgpu' && !gpuIsRight;
        const { data, timings } = reply.answer;
        const found = isWrong ? new ArrayBuffer(data.byteLength) : data;
        return painted(reply, { data: found, timings: { ...timings, run } });
      };

    const verdict = (): Record<string, unknown> => JSON.parse(storage.get(VERDICT_KEY) ?? '{}');
    const alive = (): (Backend | null)[] =>
      spawned.filter(({ isTerminated }) => !isTerminated).map(({ backend }) => backend);

    beforeEach(() => {
      storage.clear();
      gpu = 'nvidia ampere';
      behave = timed({ 'wasm 1': 100, 'wasm 2': 60, 'webgpu 1': 9 });
    });

    it('comes after the first picture, and leads to the fastest backend', async () => {
      const port = connect();
      await vi.advanceTimersByTimeAsync(2 * QUIET_DELAY_MS);
      expect(spawned).toHaveLength(1);
      port.send(restyle(1));
      await vi.advanceTimersByTimeAsync(QUIET_DELAY_MS);
      expect(port.find('engine.pastiche').backend).toEqual({ provider: 'wasm', threads: 2 });
      expect(verdict()).toMatchObject({
        key: 'browser 1 / nvidia ampere / digest',
        best: { provider: 'webgpu' },
        bestWasm: { provider: 'wasm', threads: 2 },
      });
      port.replies.length = 0;
      port.send(restyle(2));
      await settle();
      expect(port.find('engine.pastiche').backend.provider).toBe('webgpu');
      expect(alive()).toEqual([{ provider: 'webgpu', threads: 1 }]);
    });

    it('does not believe a backend that paints wrongly', async () => {
      behave = timed({ 'wasm 1': 60, 'wasm 2': 100, 'webgpu 1': 9 }, false);
      const port = connect();
      port.send(restyle(1));
      await vi.advanceTimersByTimeAsync(QUIET_DELAY_MS);
      expect(verdict()).toMatchObject({ best: { provider: 'wasm', threads: 1 } });
      port.send(restyle(2));
      await settle();
      expect(alive()).toEqual([{ provider: 'wasm', threads: 1 }]);
    });

    it('does not believe our own kernels when they paint wrongly', async () => {
      kernels = true;
      gpu = null;
      const times = { 'wasm 2': 60, 'kernels 1': 30, 'kernels 2': 20 };
      behave = (request, worker) => {
        const reply = timed(times)(request, worker);
        if (typeof reply === 'string' || reply.type !== 'painted') return reply;
        if (worker.provider !== 'kernels') return reply;
        return painted(reply, { data: new ArrayBuffer(reply.answer.data.byteLength) });
      };
      connect().send(restyle(1));
      await vi.advanceTimersByTimeAsync(QUIET_DELAY_MS);
      const wasm = { provider: 'wasm', threads: 2 };
      expect(verdict()).toMatchObject({ best: wasm, bestWasm: wasm });
      expect(alive()).toContainEqual(wasm);
    });

    it('stops at once when there is work, and comes back later', async () => {
      const measured: Measurement['backend'][] = [];
      let isHeld = true;
      behave = (request, worker) => {
        if (request.type === 'paint' && request.job.width === 256 && isHeld) {
          measured.push(worker.backend!);
          return 'hang';
        }
        return timed({ 'wasm 1': 100, 'wasm 2': 60, 'webgpu 1': 9 })(request, worker);
      };
      const port = connect();
      port.send(restyle(1));
      await vi.advanceTimersByTimeAsync(QUIET_DELAY_MS);
      expect(measured).toHaveLength(1);
      port.send(restyle(2));
      await settle();
      expect(port.about(2)).toContain('engine.pastiche');
      expect(alive()).toHaveLength(1);
      expect(storage.has(VERDICT_KEY)).toBe(false);
      isHeld = false;
      await vi.advanceTimersByTimeAsync(2 * QUIET_DELAY_MS);
      expect(verdict()).toMatchObject({ best: { provider: 'webgpu' } });
    });

    it('is not repeated while its verdict holds; the first picture is on Wasm all the same', async () => {
      connect().send(restyle(1));
      await vi.advanceTimersByTimeAsync(QUIET_DELAY_MS);
      spawned.length = 0;
      const port = connect(createHost());
      port.send(restyle(1));
      await vi.advanceTimersByTimeAsync(QUIET_DELAY_MS);
      expect(port.find('engine.pastiche').backend.provider).toBe('wasm');
      // The last one only paints the reference for WebGPU's test picture.
      expect(spawned.map(({ provider }) => provider)).toEqual(['wasm', 'webgpu', 'wasm']);
      expect(spawned.map(({ isTerminated }) => isTerminated)).toEqual([false, false, true]);
    });

    it('is repeated on another GPU', async () => {
      connect().send(restyle(1));
      await vi.advanceTimersByTimeAsync(QUIET_DELAY_MS);
      gpu = 'amd rdna';
      spawned.length = 0;
      connect(createHost()).send(restyle(1));
      await vi.advanceTimersByTimeAsync(QUIET_DELAY_MS);
      expect(spawned.length).toBeGreaterThan(2);
      expect(verdict()['key']).toContain('amd rdna');
    });

    it('forgets WebGPU for good when it crashes later', async () => {
      const port = connect();
      port.send(restyle(1));
      await vi.advanceTimersByTimeAsync(QUIET_DELAY_MS);
      behave = (request, { provider }) =>
        request.type === 'paint' && provider === 'webgpu' ? 'crash' : answer(request);
      port.send(restyle(2));
      await settle();
      expect(port.about(2)).toContain('engine.pastiche');
      expect(verdict()).toMatchObject({ best: { provider: 'wasm', threads: 2 } });
    });

    describe('and what comes later', () => {
      /** From now on WebGPU paints everything, or all but the test picture, in grey. */
      const goWrong = (which: 'all' | 'pictures'): void => {
        behave = (request, { provider }) => {
          const reply = answer(request);
          if (reply.type !== 'painted' || provider !== 'webgpu' || request.type !== 'paint') {
            return reply;
          }
          const isTest = request.job.width === 64;
          if (isTest && which === 'pictures') return reply;
          const data = new Uint8Array(reply.answer.data.byteLength).fill(99).buffer;
          return { ...painted(reply, { data }), isFlat: isFlat(request.pixels, data) };
        };
      };
      const contrasting = Uint8Array.of(0, 0, 0, 255, 255, 255, 255, 255).buffer;
      let port: FakePort;

      beforeEach(async () => {
        port = connect();
        port.send(restyle(1));
        await vi.advanceTimersByTimeAsync(QUIET_DELAY_MS);
        port.send(restyle(2));
        await settle();
        expect(port.replies.findLast(({ type }) => type === 'engine.pastiche')).toMatchObject({
          id: 2,
          backend: { provider: 'webgpu' },
        });
      });

      const painterOf = (id: number): string | undefined =>
        port.replies.flatMap((reply) =>
          reply.type === 'engine.pastiche' && reply.id === id ? [reply.backend.provider] : [],
        )[0];

      it('is noticed at the next check: that picture is painted on the processor', async () => {
        goWrong('all');
        await vi.advanceTimersByTimeAsync(CHECK_INTERVAL_MS + 1);
        port.send(restyle(3));
        await settle();
        expect(painterOf(3)).toBe('wasm');
        expect(verdict()).toMatchObject({ best: { provider: 'wasm' } });
      });

      it('is noticed at once where a picture comes out flat', async () => {
        goWrong('all');
        port.send(restyle(3, { pixels: contrasting }));
        await settle();
        expect(painterOf(3)).toBe('wasm');
      });

      it('is no reason for doubt where the test picture is right', async () => {
        goWrong('pictures');
        port.send(restyle(3, { pixels: contrasting }));
        await settle();
        expect(painterOf(3)).toBe('webgpu');
      });

      it('is checked at the start too, whatever an old verdict says', async () => {
        goWrong('all');
        port = connect(createHost());
        port.send(restyle(4));
        await vi.advanceTimersByTimeAsync(QUIET_DELAY_MS);
        port.send(restyle(5));
        await settle();
        expect(painterOf(5)).toBe('wasm');
        expect(verdict()).toMatchObject({ best: { provider: 'wasm' } });
      });
    });

    it('is left out where the override says so', async () => {
      storage.set(OVERRIDE_KEY, '{"provider":"wasm","threads":1}');
      const port = connect();
      port.send(restyle(1));
      await vi.advanceTimersByTimeAsync(10 * QUIET_DELAY_MS);
      expect(port.find('engine.pastiche').backend.threads).toBe(1);
      expect(spawned).toHaveLength(1);
    });
  });

  it('asks a worker for the style space of the styles', async () => {
    const starts: StartRequest[] = [];
    behave = (request) => {
      if (request.type === 'start') starts.push(request);
      return answer(request);
    };
    connect();
    await settle();
    expect(starts).toEqual([
      {
        type: 'start',
        backend: { provider: 'wasm', threads: 2 },
        urls: { model: 'model', liveModel: 'live', runtime: 'runtime-wasm', steady: 'steady' },
        styleSpace: 'space',
        life: expect.stringMatching(/^engine-worker-/) as string,
      },
    ]);
  });
});
