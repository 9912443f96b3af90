import { detach } from '../../core/detach';
import { PasticheError } from '../../protocol/errors';
import { Known } from '../../core/known';
import type { Backend } from '../../protocol/messages';
import type {
  EngineUrls,
  Painted,
  PaintRequest,
  WorkerAnswers,
  WorkerReply,
  WorkerRequest,
} from '../worker/messages';

/** The subset of a Worker that is used, which tests can fake. */
export type WorkerLike = Pick<Worker, 'postMessage' | 'terminate' | 'addEventListener'>;

/** Starts the script for a provider, and knows the addresses of its files. */
export interface WorkerSource {
  spawn(provider: Backend['provider']): WorkerLike;
  urls(provider: Backend['provider']): EngineUrls;
  /** Resolves when the Web Lock of this name is free. */
  whenReleased(lock: string): Promise<void>;
}

/** Time limits after which a worker is considered dead or stuck, in milliseconds. */
export interface Timeouts {
  /** Until the first heartbeat. */
  readonly first: number;
  /** From any heartbeat to the next, or to the answer. */
  readonly next: number;
}

/** Our own kernels start at once; onnxruntime-web has megabytes to compile. */
const START_TIMEOUTS_MS: Record<Backend['provider'], Timeouts> = {
  kernels: { first: 3_000, next: 8_000 },
  wasm: { first: 4_000, next: 60_000 },
  webgpu: { first: 4_000, next: 60_000 },
};

/** Factor for the first timeout after a worker was lost during its start: the machine may be slow. */
const RESTART_TIMEOUT_FACTOR = 3;

/** The worker has ended, or was given up because nothing was heard of it. */
export class WorkerLost extends PasticheError {
  constructor(detail: string) {
    super('engine-crashed', detail);
  }
}

interface Pending {
  resolve(reply: WorkerReply): void;
  reject(error: PasticheError): void;
  /** Time limit for the next heartbeat. */
  readonly next: number;
  timer: ReturnType<typeof setTimeout>;
}

/**
 * The host's proxy of a worker with a loaded network. A worker that fails in any way, or takes too
 * long, is killed, since its memory and the GPU's state can't be trusted.
 */
export class EngineWorker {
  private pending: Pending | null = null;
  private dead: PasticheError | null = null;
  private digest = '';
  /** Name of the worker's lock: a browser doesn't report the end of a worker, but releases its locks. */
  private readonly life = `engine-worker-${crypto.randomUUID()}`;
  private isWatched = false;
  /** Masks that it was sent. */
  private readonly known = new Known<true>();
  private readonly worker: WorkerLike;

  private constructor(
    private readonly source: WorkerSource,
    readonly backend: Backend,
  ) {
    const worker = source.spawn(backend.provider);
    this.worker = worker;
    worker.addEventListener('message', ({ data }: MessageEvent<WorkerReply>) => {
      const { pending } = this;
      if (data.type === 'alive') this.hear(data.next);
      else if (data.type === 'failed') this.kill(PasticheError.fromMessage(data.error));
      else if (pending) {
        this.settle();
        pending.resolve(data);
      }
    });
    worker.addEventListener('error', (event: ErrorEvent) => {
      this.kill(new PasticheError('engine-crashed', event.message));
    });
    worker.addEventListener('messageerror', () => {
      this.kill(new PasticheError('engine-crashed', 'an answer of the worker can not be read'));
    });
  }

  /**
   * Starts a worker on a backend and loads the network there.
   * @param styleSpace The style space that the network must belong to.
   * @param isAgain Whether the last worker was lost during its start.
   * @throws {PasticheError} `model-missing`, `engine-crashed`, or `cancelled` by the signal.
   */
  static async create(
    source: WorkerSource,
    backend: Backend,
    styleSpace: string,
    { signal, isAgain = false }: { signal?: AbortSignal | undefined; isAgain?: boolean } = {},
  ): Promise<EngineWorker> {
    const cancelled = new PasticheError('cancelled');
    if (signal?.aborted) throw cancelled;
    const worker = new EngineWorker(source, backend);
    signal?.addEventListener('abort', () => worker.kill(cancelled), { once: true });
    const urls = source.urls(backend.provider);
    const request = { type: 'start', backend, urls, styleSpace, life: worker.life } as const;
    const { first, next } = START_TIMEOUTS_MS[backend.provider];
    const timeouts = { first: isAgain ? RESTART_TIMEOUT_FACTOR * first : first, next };
    const { model } = await worker.ask<'start'>(request, timeouts);
    worker.digest = model;
    return worker;
  }

  /** Twelve hex digits that identify the network's file. */
  get model(): string {
    return this.digest;
  }

  get isAlive(): boolean {
    return this.dead === null;
  }

  /**
   * Paints one picture. The pixels are copied, not transferred: if the worker dies, the job is done
   * again with them. Masks that the worker has are not sent again.
   * @throws {PasticheError} `engine-crashed`; the worker is dead then.
   */
  async paint(request: Omit<PaintRequest, 'type'>, timeouts: Timeouts): Promise<Painted> {
    let { job } = request;
    if (job.regions) {
      const { masks, ...named } = job.regions;
      if (this.known.get(named.id)) job = { ...job, regions: named };
      else if (masks) this.known.add(named.id, true);
    }
    return this.ask<'paint'>({ type: 'paint', ...request, job }, timeouts);
  }

  /** Ends the worker at once; its pending question fails with `error`. */
  kill(error = new PasticheError('engine-crashed', 'the worker was ended')): void {
    if (this.dead) return;
    this.dead = error;
    this.worker.terminate();
    const { pending } = this;
    this.settle();
    pending?.reject(error);
  }

  private async ask<T extends WorkerRequest['type']>(
    request: Extract<WorkerRequest, { type: T }>,
    { first, next }: Timeouts,
  ): Promise<WorkerAnswers[T]> {
    if (this.dead) throw this.dead;
    if (this.pending) {
      throw new PasticheError('unexpected', 'the worker is asked two things at once');
    }
    const reply = await new Promise<WorkerReply>((resolve, reject) => {
      this.pending = { resolve, reject, next, timer: this.waitFor(first) };
      this.worker.postMessage(request);
    });
    return reply as WorkerAnswers[T];
  }

  private waitFor(timeout: number): ReturnType<typeof setTimeout> {
    const error = new WorkerLost(`no sign of life in ${(timeout / 1000).toFixed(1)} s`);
    return setTimeout(() => this.kill(error), timeout);
  }

  private hear(next = this.pending?.next ?? 0): void {
    if (!this.isWatched) this.watch();
    const { pending } = this;
    if (!pending) return;
    clearTimeout(pending.timer);
    pending.timer = this.waitFor(next);
  }

  private watch(): void {
    this.isWatched = true;
    const ended = (): void => this.kill(new WorkerLost('the worker has ended'));
    detach(this.source.whenReleased(this.life).then(ended));
  }

  private settle(): void {
    clearTimeout(this.pending?.timer);
    this.pending = null;
  }
}
