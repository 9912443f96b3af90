/** A worker that runs the network, as its host sees it: promises, and an end at any moment. */
import browser from 'webextension-polyfill';

import { PasticheError } from '../messages/errors';
import type { Backend } from '../messages/messages';
import type { Painting, RunTimings, WorkerReply, WorkerRequest } from './worker-messages';

export interface Painted {
  /** RGBA. */
  readonly pixels: ArrayBuffer;
  readonly timings: RunTimings;
  /** The PNG file, if one was asked for. */
  readonly file: Promise<ArrayBuffer> | null;
}

/** What the host needs of a worker; tests put another in its place. */
export interface Painter {
  readonly backend: Backend;
  /**
   * Paints one picture; the painting's pixels are transferred away.
   * @throws {PasticheError} `engine-crashed` if the worker dies, or takes longer than `patience`.
   */
  paint(painting: Omit<Painting, 'id'>, patience: number): Promise<Painted>;
  terminate(): void;
}

/** How long a worker may take to start, in milliseconds; slow disks and first compilations. */
const START_PATIENCE = 60_000;

const BUNDLES = {
  wasm: { script: 'engine-wasm.js', runtime: 'ort-wasm-simd-threaded.wasm' },
  webgpu: { script: 'engine-webgpu.js', runtime: 'ort-wasm-simd-threaded.jspi.wasm' },
} as const;

export class EngineWorker implements Painter {
  private readonly waiting = new Map<number, PromiseWithResolvers<Painted>>();
  private readonly files = new Map<number, PromiseWithResolvers<ArrayBuffer>>();
  private readonly ready = Promise.withResolvers<void>();
  private nextId = 1;

  private constructor(
    readonly backend: Backend,
    private readonly worker: Worker,
  ) {
    worker.addEventListener('message', ({ data }: MessageEvent<WorkerReply>) => this.receive(data));
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.end(new PasticheError('engine-crashed', event.message || 'the worker could not start'));
    });
    worker.addEventListener('messageerror', () => this.end(new PasticheError('engine-crashed')));
  }

  /**
   * Starts a worker and loads the network into it.
   * @throws {PasticheError} `model-missing`, `engine-unavailable` or `engine-crashed`.
   */
  static async start(backend: Backend): Promise<EngineWorker> {
    const { script, runtime } = BUNDLES[backend.provider];
    const worker = new Worker(browser.runtime.getURL(script), { type: 'module' });
    const engine = new EngineWorker(backend, worker);
    engine.send({
      type: 'start',
      backend,
      model: browser.runtime.getURL('models/pastiche.onnx'),
      runtime: browser.runtime.getURL(runtime),
    });
    await engine.within(START_PATIENCE, engine.ready.promise);
    return engine;
  }

  async paint(painting: Omit<Painting, 'id'>, patience: number): Promise<Painted> {
    const id = this.nextId++;
    const answer = Promise.withResolvers<Painted>();
    this.waiting.set(id, answer);
    if (painting.file) this.files.set(id, Promise.withResolvers<ArrayBuffer>());
    // A file nobody waits for any more must not become an unhandled rejection.
    this.files.get(id)?.promise.catch(() => undefined);
    this.send({ type: 'paint', id, ...painting }, [painting.pixels]);
    return this.within(patience, answer.promise);
  }

  terminate(): void {
    this.end(new PasticheError('engine-crashed', 'the worker was ended'));
  }

  private send(request: WorkerRequest, transfer: Transferable[] = []): void {
    this.worker.postMessage(request, transfer);
  }

  private receive(reply: WorkerReply): void {
    switch (reply.type) {
      case 'ready':
        this.ready.resolve();
        break;
      case 'painted': {
        const file = this.files.get(reply.id)?.promise ?? null;
        this.waiting.get(reply.id)?.resolve({ ...reply, file });
        this.waiting.delete(reply.id);
        break;
      }
      case 'file':
        this.files.get(reply.id)?.resolve(reply.png);
        this.files.delete(reply.id);
        break;
      case 'failed':
        this.fail(reply.id, PasticheError.fromMessage(reply.error));
        break;
    }
  }

  private fail(id: number | null, error: PasticheError): void {
    if (id === null) this.end(error);
    else {
      this.waiting.get(id)?.reject(error);
      this.files.get(id)?.reject(error);
      this.waiting.delete(id);
      this.files.delete(id);
    }
  }

  private end(error: PasticheError): void {
    this.worker.terminate();
    this.ready.promise.catch(() => undefined);
    this.ready.reject(error);
    for (const id of new Set([...this.waiting.keys(), ...this.files.keys()])) this.fail(id, error);
  }

  /** Ends the worker if the promise takes longer than this many milliseconds. */
  private async within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      this.end(new PasticheError('engine-crashed', `no answer within ${milliseconds} ms`));
    }, milliseconds);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }
}
