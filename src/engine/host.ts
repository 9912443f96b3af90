/**
 * The engine's host: takes requests from ports, one queue for all, and owns the worker that serves
 * them. It lives in a document (Chrome: the offscreen document; Firefox: the background page),
 * because a service worker can't own a worker; the network itself never runs on that document's
 * thread, which must stay free for messages.
 */
import type { Runtime } from 'webextension-polyfill';

import { packBytes } from '../messages/bytes';
import { PasticheError } from '../messages/errors';
import type { Backend, EngineReply, EngineTimings } from '../messages/messages';
import { strengthOf, styleVectorOf } from '../style/mix';
import type { Style } from '../style/style';
import type { Painted, Painter } from './engine-worker';
import { RequestQueue } from './queue';
import { checkRequest, idOf, type CheckedRestyle } from './request';

/** What the host is given; tests put others in their place. */
export interface HostParts {
  /** Starts a worker on a backend. */
  start(backend: Backend): Promise<Painter>;
  /** The styles that the network knows. */
  readStyles(): Promise<readonly Style[]>;
  /** The backend to begin with. */
  firstBackend(): Backend;
  /**
   * Called when there is nothing to do after a picture; may find a better backend. Gives up when
   * the signal says that there is work again.
   */
  findBetter(current: Backend, signal: AbortSignal): Promise<Backend | null>;
  /** Called when there has been nothing to do for a long time; the worker is gone then. */
  onIdle(): void;
}

/** The backend that every browser has. */
export const PLAIN_WASM: Backend = { provider: 'wasm', threads: 1 };

/** After so long without work the worker ends, in milliseconds. */
export const IDLE_TIME = 5 * 60_000;

/** A run may take this long at least before its worker is taken for dead, in milliseconds. */
const LEAST_PATIENCE = 20_000;

/** And this much longer for each megapixel, until it is known how fast the machine is. */
const PATIENCE_PER_MEGAPIXEL = 60_000;

/** How long after the last picture a better backend is looked for, in milliseconds. */
const TRIAL_DELAY = 1500;

interface Waiting extends CheckedRestyle {
  readonly port: Runtime.Port;
  readonly queuedAt: number;
  attempts: number;
}

export class EngineHost {
  private readonly queue = new RequestQueue<Waiting>();
  private readonly ports = new Set<Runtime.Port>();
  private worker: Promise<Painter> | null = null;
  private backend: Backend;
  private current: Waiting | null = null;
  private styles: Promise<readonly Style[]> | null = null;
  private millisecondsPerMegapixel: number | null = null;
  private idleTimer: ReturnType<typeof setTimeout> | undefined;
  private trialTimer: ReturnType<typeof setTimeout> | undefined;
  private trial: AbortController | null = null;
  private triedBackends = false;

  constructor(private readonly parts: HostParts) {
    this.backend = parts.firstBackend();
    this.restWhenIdle();
  }

  /** Serves a client until its port closes. */
  accept(port: Runtime.Port): void {
    this.ports.add(port);
    port.onDisconnect.addListener(() => {
      this.ports.delete(port);
      this.queue.remove((request) => request.port === port);
    });
    port.onMessage.addListener((message: unknown) => this.receive(port, message));
    send(port, { type: 'engine.hello', probe: new Uint8Array([80]) });
    // Who opens a port is about to send a picture.
    this.wakeWorker().catch(() => undefined);
  }

  private receive(port: Runtime.Port, message: unknown): void {
    try {
      const request = checkRequest(message);
      if (request.type === 'engine.status') this.reportStatus(port);
      else if (request.type === 'engine.cancel') {
        this.queue.remove((other) => other.port === port && other.id === request.id);
      } else {
        this.queue.add({ ...request, port, queuedAt: performance.now(), attempts: 0 });
        this.trial?.abort();
        void this.serve();
      }
    } catch (thrown) {
      const error = PasticheError.from(thrown).toMessage();
      send(port, { type: 'engine.failed', id: idOf(message), error });
    }
  }

  private reportStatus(port: Runtime.Port): void {
    send(port, {
      type: 'engine.status',
      backend: this.worker ? this.backend : null,
      millisecondsPerMegapixel: this.millisecondsPerMegapixel,
      queued: this.queue.length + (this.current ? 1 : 0),
    });
  }

  /** Works through the queue; one call at a time does. */
  private async serve(): Promise<void> {
    if (this.current) return;
    clearTimeout(this.trialTimer);
    for (;;) {
      this.current = this.queue.take();
      if (!this.current) break;
      await this.serveOne(this.current);
    }
    this.restWhenIdle();
  }

  private async serveOne(request: Waiting): Promise<void> {
    const { port, id } = request;
    try {
      const strength = strengthOf(request.mix);
      const startedAt = performance.now();
      send(port, { type: 'engine.started', id });
      if (strength === 0) {
        this.reply(request, request.pixels, { queue: 0, pre: 0, run: 0, post: 0 });
        return;
      }
      const { pixels, timings, file } = await this.paint(request, strength);
      const network = timings.pre + timings.run + timings.post;
      const queue = performance.now() - request.queuedAt - network;
      this.reply(request, pixels, { ...timings, queue });
      this.learnSpeed(request, performance.now() - startedAt);
      if (file) {
        send(port, { type: 'engine.file', id, png: packBytes(await file, request.binary) });
      }
    } catch (thrown) {
      const error = PasticheError.from(thrown, 'engine-crashed').toMessage();
      send(port, { type: 'engine.failed', id, error });
    }
  }

  /** Tries again in a new worker, then once more without the GPU, before it gives up. */
  private async paint(request: Waiting, strength: number): Promise<Painted> {
    const { width, height, mix, file } = request;
    let style: Float32Array;
    try {
      style = styleVectorOf(mix, await this.readStyles());
    } catch (thrown) {
      throw PasticheError.from(thrown, 'style-unknown');
    }
    for (;;) {
      request.attempts += 1;
      try {
        const worker = await this.wakeWorker();
        // The original stays here, in case that it has to be painted again.
        const pixels = request.pixels.slice(0);
        const painting = { width, height, pixels, style, strength, file };
        return await worker.paint(painting, this.patience(width * height));
      } catch (thrown) {
        const error = PasticheError.from(thrown, 'engine-crashed');
        this.endWorker();
        const gpu = this.backend.provider === 'webgpu';
        if (error.code === 'model-missing' || request.attempts >= (gpu ? 3 : 2)) throw error;
        if (request.attempts >= 2) this.backend = PLAIN_WASM;
      }
    }
  }

  private reply(request: Waiting, pixels: ArrayBuffer, timings: EngineTimings): void {
    const { port, id, width, height, binary } = request;
    send(port, {
      type: 'engine.pastiche',
      id,
      width,
      height,
      pixels: packBytes(pixels, binary),
      backend: this.backend,
      timings,
    });
  }

  private readStyles(): Promise<readonly Style[]> {
    this.styles ??= this.parts.readStyles().catch((thrown: unknown) => {
      this.styles = null;
      throw PasticheError.from(thrown, 'model-missing');
    });
    return this.styles;
  }

  private wakeWorker(): Promise<Painter> {
    if (!this.worker) {
      const starting = this.parts.start(this.backend);
      starting.catch(() => {
        if (this.worker === starting) this.worker = null;
      });
      this.worker = starting;
    }
    return this.worker;
  }

  private endWorker(): void {
    void this.worker?.then(
      (worker) => worker.terminate(),
      () => undefined,
    );
    this.worker = null;
  }

  private patience(pixels: number): number {
    const usual = this.millisecondsPerMegapixel;
    const each = usual === null ? PATIENCE_PER_MEGAPIXEL : Math.max(10 * usual, 10_000);
    return LEAST_PATIENCE + (each * pixels) / 1e6;
  }

  private learnSpeed({ width, height }: Waiting, milliseconds: number): void {
    this.millisecondsPerMegapixel = (milliseconds / (width * height)) * 1e6;
  }

  private restWhenIdle(): void {
    clearTimeout(this.idleTimer);
    this.idleTimer = setTimeout(() => {
      if (this.current) return;
      this.endWorker();
      this.parts.onIdle();
    }, IDLE_TIME);
    if (this.worker && !this.triedBackends) {
      clearTimeout(this.trialTimer);
      this.trialTimer = setTimeout(() => void this.lookForBetter(), TRIAL_DELAY);
    }
  }

  private async lookForBetter(): Promise<void> {
    if (this.current || this.trial) return;
    this.trial = new AbortController();
    try {
      const better = await this.parts.findBetter(this.backend, this.trial.signal);
      this.triedBackends = true;
      if (!better || sameBackend(better, this.backend)) return;
      // Shaders are compiled, and the network loaded, before the old worker goes.
      const worker = await this.parts.start(better);
      if (this.current) {
        worker.terminate();
        this.triedBackends = false;
        return;
      }
      this.endWorker();
      this.backend = better;
      this.worker = Promise.resolve(worker);
    } catch {
      // Given up because there is work, or not to be had here: the present backend is good enough.
    } finally {
      this.trial = null;
    }
  }
}

export function sameBackend(a: Backend, b: Backend): boolean {
  return a.provider === b.provider && a.threads === b.threads;
}

/** Posts to a port that may have closed since. */
function send(port: Runtime.Port, reply: EngineReply): void {
  try {
    port.postMessage(reply);
  } catch {
    // Its client is gone, and nobody waits for the answer.
  }
}
