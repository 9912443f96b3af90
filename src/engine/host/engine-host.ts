import { detach } from '../../core/detach';
import { packBytes, unpackBytes } from '../../core/bytes';
import { Known } from '../../core/known';
import { PasticheError } from '../../protocol/errors';
import type {
  Backend,
  EngineReply,
  Masks,
  PaintAnswer,
  PaintJob,
  Priority,
} from '../../protocol/messages';
import { strengthOf, styleVectorOf, type StyleMix } from '../../core/style/mix';
import type { Style } from '../../core/style/style';
import type { EngineWorker, Timeouts } from './worker-proxy';
import { reducedSize } from '../../core/geometry';
import { RequestQueue } from './queue';
import { idOfMessage, parseEngineRequest, type RestyleRequest } from './request';
import type { PaintedStyle } from '../worker/messages';
import { WorkerKeeper, type KeeperDocument } from './worker-keeper';

/** The subset of a runtime port that is used, which tests can fake. */
export interface EnginePort {
  postMessage(message: EngineReply): void;
  handOver?(message: EngineReply, buffers: ArrayBuffer[]): void;
  readonly onMessage: { addListener(listener: (message: unknown) => void): void };
  readonly onDisconnect: { addListener(listener: () => void): void };
}

/** The host's requirements on its document. */
export interface HostDocument extends KeeperDocument {
  /** Called when the engine has been idle for a while and has ended its worker. */
  onIdle(): void;
}

/** Time without work after which the worker, with all its memory, is ended. Milliseconds. */
export const IDLE_DELAY_MS = 5 * 60_000;

/**
 * A worker that holds more bytes than this is replaced after {@link TIDY_DELAY_MS} without work:
 * WebAssembly's memory grows with the largest picture, and never shrinks. Pictures of the default
 * resolution, 1.5 megapixels, need less.
 */
export const MAX_MEMORY_AT_REST = 200e6;
export const TIDY_DELAY_MS = 20_000;

/** Assumed memory of onnxruntime-web, which doesn't report it, in bytes per megapixel. */
const ASSUMED_MEMORY = 350e6;

/** Time without work after which backends are tried, so that nobody waits for it. Milliseconds. */
export const QUIET_DELAY_MS = 2_000;

/** Time for a worker to show that it has received a request, in milliseconds. */
export const HEARTBEAT_TIMEOUT_MS = 3_000;

/**
 * Minimum timeout for a picture, in milliseconds; for our own kernels, which send a heartbeat after
 * every layer, the timeout for a layer. WebGPU compiles its shaders while it paints the first
 * picture.
 */
export const MIN_TIMEOUTS_MS: Record<Backend['provider'], number> = {
  kernels: 3_000,
  wasm: 20_000,
  webgpu: 60_000,
};

/** Timeout of a worker that paints video frames, which must not delay the next ones. Milliseconds. */
export const LIVE_TIMEOUT_MS = 5_000;

/**
 * Factor between the time of the last run, per pixel, and the timeout of the next one (of each layer,
 * on our kernels); the second attempt gets more, in case the machine has merely become slow.
 */
const TOLERANCE: Record<Backend['provider'], number> = { kernels: 1, wasm: 4, webgpu: 4 };
const SECOND_ATTEMPT_FACTOR = 3;

/** Minimum timeout with onnxruntime-web on the processor once a run was measured, in milliseconds. */
const MEASURED_TIMEOUT_MS = 5_000;

/** Assumed time of a run before one was measured, in milliseconds per megapixel. */
const ASSUMED_MS_PER_MEGAPIXEL = 11_000;

/**
 * Interval, in milliseconds, at which a GPU's pastiches are checked while there is work, besides
 * after its first picture: a driver may fail at any time.
 */
export const CHECK_INTERVAL_MS = 10_000;

/** The other end of a port. */
interface Client {
  readonly port: EnginePort;
  /** Its masks, each with the id that they have in workers. */
  readonly known: Known<{ readonly id: number; readonly masks: Masks }>;
  isGone: boolean;
}

interface Task extends Pick<PaintJob, 'priority'> {
  readonly client: Client;
  readonly id: number;
  readonly job: PaintJob;
  /** RGBA, 4·width·height bytes. */
  readonly pixels: ArrayBuffer;
  /** Whether the pixels came as binary data, and the answer's may go so. */
  readonly binary: boolean;
  /** When it came, by performance.now(). */
  readonly arrived: number;
  failures: number;
  isCancelled: boolean;
}

/**
 * Serves the engine's clients: queues their requests and executes one at a time, as a second worker
 * would only compete for the processor. Ports stay open while workers come and go.
 */
export class EngineHost {
  private readonly keeper: WorkerKeeper;
  private readonly queue = new RequestQueue<Task>();
  private current: Task | null = null;
  private isWorking = false;
  private isOutdated = false;
  private lastMasks = 0;
  private millisecondsPerMegapixel: number | null = null;
  /** The worker that painted last, and its memory in bytes. */
  private bulk: { readonly worker: EngineWorker; readonly bytes: number } | null = null;

  /** The worker that has painted a frame: its networks are loaded and warm. */
  private liveWorker: EngineWorker | null = null;

  /** Time of the last check of a worker on WebGPU, by performance.now(). */
  private readonly checked = new WeakMap<EngineWorker, number>();

  private idleTimer: ReturnType<typeof setTimeout> | undefined;
  private tidyTimer: ReturnType<typeof setTimeout> | undefined;
  private quietTimer: ReturnType<typeof setTimeout> | undefined;
  private quietTime = QUIET_DELAY_MS;
  private improving: AbortController | null = null;

  constructor(private readonly document: HostDocument) {
    this.keeper = new WorkerKeeper(document);
    this.rest();
  }

  /** Starts the worker before it is needed. */
  warmUp(): void {
    // A request for a picture will report the error.
    this.keeper.ready().catch(() => undefined);
    if (!this.isWorking) this.rest();
  }

  /** Ends the worker as soon as it is idle, so that the next one starts on the present backend. */
  startAnew(): void {
    if (this.current) this.isOutdated = true;
    else {
      this.isOutdated = false;
      this.keeper.close();
    }
  }

  /** Serves the client at the other end of a port until it disconnects. */
  accept(port: EnginePort): void {
    const client: Client = { port, known: new Known(), isGone: false };
    port.onMessage.addListener((message) => this.receive(client, message));
    port.onDisconnect.addListener(() => this.leave(client));
    this.send(client, { type: 'engine.hello', probe: new Uint8Array([1, 2, 3]) });
    // A client that opens a port is about to send a picture.
    this.warmUp();
  }

  private receive(client: Client, message: unknown): void {
    try {
      const request = parseEngineRequest(message);
      switch (request.type) {
        case 'engine.restyle':
          this.take(client, request);
          break;
        case 'engine.cancel':
          this.queue.cancel(client, request.id);
          if (this.current?.client === client && this.current.id === request.id) {
            this.current.isCancelled = true;
          }
          break;
        case 'engine.status':
          this.send(client, {
            type: 'engine.status',
            backend: this.keeper.backend,
            millisecondsPerMegapixel: this.millisecondsPerMegapixel,
            queued: this.queue.size + (this.current ? 1 : 0),
          });
          break;
      }
    } catch (thrown) {
      this.send(client, {
        type: 'engine.failed',
        id: idOfMessage(message),
        error: PasticheError.from(thrown).toMessage(),
      });
    }
  }

  private take(client: Client, { id, job: given, pixels: packed }: RestyleRequest): void {
    const pixels = unpackBytes(packed);
    const job = this.withMasks(client, given);
    const { width, height, priority, network } = job;
    if (pixels.byteLength !== 4 * width * height) {
      throw new RangeError(`${width}×${height} pixels don't have ${pixels.byteLength} bytes`);
    }
    const binary = packed === pixels;
    const about = { client, id, job, priority, pixels, binary };
    const task = { ...about, arrived: performance.now(), failures: 0, isCancelled: false };
    if ([job.mix, ...(job.regions?.mixes ?? [])].every((mix) => strengthOf(mix) === 0)) {
      const timings = { pre: 0, run: 0, post: 0 };
      const answer = { data: pixels, mime: null, network, shift: { x: 0, y: 0 }, timings };
      this.answer(task, answer, this.keeper.nextBackend, 0);
      return;
    }
    // A trial must not delay a request.
    this.improving?.abort();
    this.queue.add(task);
    detach(this.work());
  }

  private answer(
    task: Task,
    { data, ...about }: PaintAnswer<ArrayBuffer>,
    backend: Backend,
    queue: number,
  ): void {
    const { id, binary } = task;
    const answer = { ...about, data: packBytes(data, binary) };
    this.reply(task, { type: 'engine.pastiche', id, backend, queue, answer }, [data]);
  }

  /** The job with the masks that it names, by an id that no other client's have. */
  private withMasks({ known }: Client, job: PaintJob): PaintJob {
    if (!job.regions) return job;
    const { id, mixes, masks: sent } = job.regions;
    if (sent) known.add(id, { id: ++this.lastMasks, masks: sent });
    const named = known.get(id);
    const { shares, width, height } = named?.masks ?? NO_MASKS;
    if (shares.length !== mixes.length * width * height) {
      throw new PasticheError('unexpected', `there are no ${mixes.length} masks ${id}`);
    }
    return { ...job, regions: { ...job.regions, ...named } };
  }

  private leave(client: Client): void {
    client.isGone = true;
    this.queue.cancelAll(client);
    if (this.current?.client === client) this.current.isCancelled = true;
  }

  private send(client: Client, reply: EngineReply, given: ArrayBuffer[] = []): void {
    if (client.isGone) return;
    try {
      if (given.length > 0 && client.port.handOver) client.port.handOver(reply, given);
      else client.port.postMessage(reply);
    } catch {
      // The port has just been closed, without a notification yet.
      this.leave(client);
    }
  }

  private reply(task: Task, reply: EngineReply, given: ArrayBuffer[] = []): void {
    if (!task.isCancelled) this.send(task.client, reply, given);
  }

  /** Executes queued requests. Never rejects. */
  private async work(): Promise<void> {
    if (this.isWorking) return;
    this.isWorking = true;
    this.stopResting();
    while (this.queue.size > 0) {
      const backend = this.keeper.nextBackend;
      const worker = await this.keeper
        .ready()
        .catch((thrown: unknown) => PasticheError.from(thrown));
      // Only now: while the worker started, a newer request may have come.
      const task = this.queue.take();
      if (!task) continue;
      this.current = task;
      if (worker instanceof PasticheError) this.fail(task, worker, backend);
      else await this.serve(task, worker);
      this.current = null;
      if (this.isOutdated) this.startAnew();
    }
    this.isWorking = false;
    this.rest();
  }

  private async serve(task: Task, worker: EngineWorker): Promise<void> {
    const queue = performance.now() - task.arrived;
    // Nobody waits for a frame's turn, and the page has better to do.
    if (task.priority !== 'frame') this.reply(task, { type: 'engine.started', id: task.id });
    try {
      this.answer(task, await this.paint(task, worker), worker.backend, queue);
    } catch (thrown) {
      // With the worker went what it had painted.
      this.fail(task, PasticheError.from(thrown), worker.backend);
    }
  }

  private async paint(task: Task, worker: EngineWorker): Promise<PaintAnswer<ArrayBuffer>> {
    const { job, pixels } = task;
    const { styles } = await this.document.loadStyles();
    const painted = (mix: StyleMix): PaintedStyle => paintedStyle(mix, styles);
    const regional = job.regions?.mixes.map(painted) ?? [];
    const request = { job, pixels, base: painted(job.mix), regional };
    // What the network sees: larger strokes are those of a smaller picture.
    const seen = reducedSize(job.inside ?? job, job.manner.strokeSize);
    const megapixels = (seen.width * seen.height) / 1e6;
    const timeouts = this.timeoutsFor(worker, task, megapixels);
    const { answer, isFlat, memory } = await worker.paint(request, timeouts);
    if (this.isDoubtful(worker, isFlat)) {
      await this.keeper.recheck(worker);
      this.checked.set(worker, performance.now());
    }
    const held = this.bulk?.worker === worker ? this.bulk.bytes : 0;
    this.bulk = { worker, bytes: Math.max(held, memory ?? ASSUMED_MEMORY * megapixels) };
    if (job.priority === 'frame') this.liveWorker = worker;
    if (answer.network === 'full') this.millisecondsPerMegapixel = answer.timings.run / megapixels;
    return answer;
  }

  private isDoubtful(worker: EngineWorker, isFlat: boolean): boolean {
    if (worker.backend.provider !== 'webgpu') return false;
    return (
      isFlat || performance.now() - (this.checked.get(worker) ?? -Infinity) > CHECK_INTERVAL_MS
    );
  }

  private timeoutsFor(worker: EngineWorker, task: Task, megapixels: number): Timeouts {
    const measured = this.millisecondsPerMegapixel;
    const expected = (measured ?? ASSUMED_MS_PER_MEGAPIXEL) * megapixels;
    const chance = task.failures === 0 ? 1 : SECOND_ATTEMPT_FACTOR;
    const tolerance = chance * TOLERANCE[worker.backend.provider];
    const next = Math.max(this.leastPatience(worker, task.priority), tolerance * expected);
    return { first: chance * HEARTBEAT_TIMEOUT_MS, next };
  }

  private leastPatience(worker: EngineWorker, priority: Priority): number {
    if (priority === 'frame' && worker === this.liveWorker) return LIVE_TIMEOUT_MS;
    const { provider } = worker.backend;
    const isKnown = this.millisecondsPerMegapixel !== null && provider === 'wasm';
    return isKnown ? MEASURED_TIMEOUT_MS : MIN_TIMEOUTS_MS[provider];
  }

  /**
   * A task whose worker crashed is done again: once in a new worker and, if that was on WebGPU or on
   * our own kernels, once on what comes after those. Any other failure is the client's to know.
   */
  private fail(task: Task, error: PasticheError, backend: Backend): void {
    if (task.isCancelled) return;
    if (error.code === 'engine-crashed') {
      task.failures += 1;
      const hasFallback = backend.provider !== 'wasm';
      if (hasFallback && task.failures >= 2) this.keeper.giveUp(backend);
      if (hasFallback || task.failures < 2) {
        this.queue.add(task);
        return;
      }
    }
    this.replyFailure(task, error);
  }

  private replyFailure(task: Task, error: PasticheError): void {
    this.reply(task, { type: 'engine.failed', id: task.id, error: error.toMessage() });
  }

  /** Starts the timers for a time without work. */
  private rest(): void {
    this.stopResting();
    this.idleTimer = setTimeout(() => {
      this.improving?.abort();
      this.keeper.close();
      this.document.onIdle();
    }, IDLE_DELAY_MS);
    this.quietTimer = setTimeout(() => detach(this.improve()), this.quietTime);
    if (!this.bulk?.worker.isAlive || this.bulk.bytes <= MAX_MEMORY_AT_REST) return;
    this.tidyTimer = setTimeout(() => {
      this.improving?.abort();
      this.startAnew();
    }, TIDY_DELAY_MS);
  }

  private stopResting(): void {
    clearTimeout(this.idleTimer);
    clearTimeout(this.quietTimer);
    clearTimeout(this.tidyTimer);
  }

  private async improve(): Promise<void> {
    // The first picture comes before any check.
    if (this.millisecondsPerMegapixel === null) return;
    this.improving ??= new AbortController();
    const { signal } = this.improving;
    await this.keeper.improve(signal);
    this.improving = null;
    // A client with repeated requests must not meet a trial each time.
    if (signal.aborted) this.quietTime *= 2;
  }
}

const NO_MASKS: Masks = { width: 1, height: 1, shares: new Uint8Array(0) };

function paintedStyle(mix: StyleMix, styles: readonly Style[]): PaintedStyle {
  try {
    return { vector: styleVectorOf(mix, styles), strength: strengthOf(mix) };
  } catch (thrown) {
    throw PasticheError.from(thrown, 'style-unknown');
  }
}
