import { detach } from '../../core/detach';
import { packBytes, type Bytes } from '../../core/bytes';
import { PasticheError } from '../../protocol/errors';
import type { Backend, EngineReply, EngineTimings, Priority } from '../../protocol/messages';
import { strengthOf, styleVectorOf, type StyleMix } from '../../core/style/mix';
import type { Style } from '../../core/style/style';
import { cameOutFlat } from './backend-trial';
import type { EngineWorker, Timeouts } from './worker-proxy';
import { reducedSize } from '../../core/geometry';
import { GRAIN_SIDE, type GrainOrigin } from '../worker/grain';
import { RequestQueue } from './queue';
import { idOfMessage, parseEngineRequest, type RestyleRequest } from './request';
import type { PaintedRegions } from '../../core/regions/region-map';
import type { Encoded, Painted, WholeStyle } from '../worker/messages';
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
  isGone: boolean;
}

interface Job extends RestyleRequest {
  readonly client: Client;
  /** Time of arrival, by performance.now(). */
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
  private readonly queue = new RequestQueue<Job>();
  private current: Job | null = null;
  private isWorking = false;
  private isOutdated = false;
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
    const client: Client = { port, isGone: false };
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

  private take(client: Client, request: RestyleRequest): void {
    const arrived = performance.now();
    const job: Job = { ...request, client, arrived, failures: 0, isCancelled: false };
    if (isOriginal(job)) {
      const how = { network: job.network, timings: NO_TIME };
      this.reply(job, pasticheOf(job, job.pixels, this.keeper.nextBackend, how));
      return;
    }
    // A trial must not delay a request.
    this.improving?.abort();
    this.queue.add(job);
    detach(this.work());
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

  private reply(job: Job, reply: EngineReply, given: ArrayBuffer[] = []): void {
    if (!job.isCancelled) this.send(job.client, reply, given);
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
      const job = this.queue.take();
      if (!job) continue;
      this.current = job;
      if (worker instanceof PasticheError) this.fail(job, worker, backend);
      else await this.serve(job, worker);
      this.current = null;
      if (this.isOutdated) this.startAnew();
    }
    this.isWorking = false;
    this.rest();
  }

  private async serve(job: Job, worker: EngineWorker): Promise<void> {
    const queue = performance.now() - job.arrived;
    // No client waits for the start of a frame, and a message would cost the page time.
    if (job.priority !== 'frame') this.reply(job, { type: 'engine.started', id: job.id });
    try {
      const painted = await this.paint(job, worker);
      if (job.isCancelled) return;
      const { pixels, timings, ...how } = painted;
      const began = performance.now();
      const { width, height } = job;
      // A file replaces the pixels, which have ten times as many bytes.
      const encoded =
        job.file &&
        (await worker.encode({ width, height, pixels, as: job.file === true ? 'file' : job.file }));
      const reply = pasticheOf(job, encoded || pixels, worker.backend, {
        ...how,
        timings: { queue, ...timings, ...(encoded && { encode: performance.now() - began }) },
      });
      this.reply(job, reply, [encoded ? encoded.data : pixels]);
    } catch (thrown) {
      // The pastiche was lost with its worker.
      this.fail(job, PasticheError.from(thrown), worker.backend);
    }
  }

  private async paint(job: Job, worker: EngineWorker): Promise<Painted> {
    const { width, height, pixels, manner, network, stream, steady, inside } = job;
    const { styles } = await this.document.loadStyles();
    const style = paintedStyle(job, styles);
    const grain = job.priority === 'frame' ? null : grainAt(job);
    const how = { style, manner, grain, network, stream, steady, inside };
    const request = { width, height, pixels, ...how };
    // For larger strokes the network sees a smaller picture.
    const seen = reducedSize(inside ?? job, manner.strokeSize);
    const megapixels = (seen.width * seen.height) / 1e6;
    const timeouts = this.timeoutsFor(worker, job, megapixels);
    const painted = await worker.paint(request, timeouts);
    if (this.isDoubtful(worker, pixels, painted)) {
      await this.keeper.recheck(worker);
      this.checked.set(worker, performance.now());
    }
    const held = this.bulk?.worker === worker ? this.bulk.bytes : 0;
    this.bulk = { worker, bytes: Math.max(held, painted.memory ?? ASSUMED_MEMORY * megapixels) };
    if (job.priority === 'frame') this.liveWorker = worker;
    if (painted.network === 'full') {
      this.millisecondsPerMegapixel = painted.timings.run / megapixels;
    }
    return painted;
  }

  private isDoubtful(worker: EngineWorker, content: ArrayBuffer, painted: Painted): boolean {
    if (worker.backend.provider !== 'webgpu') return false;
    const checked = this.checked.get(worker) ?? -Infinity;
    return performance.now() - checked > CHECK_INTERVAL_MS || cameOutFlat(content, painted.pixels);
  }

  private timeoutsFor(worker: EngineWorker, job: Job, megapixels: number): Timeouts {
    const measured = this.millisecondsPerMegapixel;
    const expected = (measured ?? ASSUMED_MS_PER_MEGAPIXEL) * megapixels;
    const chance = job.failures === 0 ? 1 : SECOND_ATTEMPT_FACTOR;
    const tolerance = chance * TOLERANCE[worker.backend.provider];
    const next = Math.max(this.leastPatience(worker, job.priority), tolerance * expected);
    return { first: chance * HEARTBEAT_TIMEOUT_MS, next };
  }

  private leastPatience(worker: EngineWorker, priority: Priority): number {
    if (priority === 'frame' && worker === this.liveWorker) return LIVE_TIMEOUT_MS;
    const { provider } = worker.backend;
    const isKnown = this.millisecondsPerMegapixel !== null && provider === 'wasm';
    return isKnown ? MEASURED_TIMEOUT_MS : MIN_TIMEOUTS_MS[provider];
  }

  /**
   * Repeats a job whose worker crashed: once in a new worker and, if that was on WebGPU or on our own
   * kernels, once on the next backend. Any other failure is reported to the client.
   */
  private fail(job: Job, error: PasticheError, backend: Backend): void {
    if (job.isCancelled) return;
    if (error.code === 'engine-crashed') {
      job.failures += 1;
      const hasFallback = backend.provider !== 'wasm';
      if (hasFallback && job.failures >= 2) this.keeper.giveUp(backend);
      if (hasFallback || job.failures < 2) {
        this.queue.add(job);
        return;
      }
    }
    this.replyFailure(job, error);
  }

  private replyFailure(job: Job, error: PasticheError): void {
    this.reply(job, { type: 'engine.failed', id: job.id, error: error.toMessage() });
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

const NO_TIME: EngineTimings = { queue: 0, pre: 0, run: 0, post: 0 };

function pasticheOf(
  { id, width, height, binary }: Job,
  painted: ArrayBuffer | Encoded,
  backend: Backend,
  {
    network,
    timings,
    shift,
  }: Pick<Painted, 'network'> &
    Partial<Pick<Painted, 'shift'>> & { readonly timings: EngineTimings },
): EngineReply {
  const pack = (data: ArrayBuffer): Bytes => packBytes(data, binary);
  const isPixels = painted instanceof ArrayBuffer;
  return {
    type: 'engine.pastiche',
    id,
    width,
    height,
    pixels: isPixels ? pack(painted) : null,
    file: isPixels ? null : { data: pack(painted.data), mime: painted.mime },
    backend,
    network,
    timings,
    ...(shift && { shift }),
  };
}

/** Start of a part's grain, in pixels that the network sees. */
function grainAt({ origin, manner }: RestyleRequest): GrainOrigin {
  const seen = (place: number): number => Math.round(place / manner.strokeSize) % GRAIN_SIDE;
  return { x: seen(origin.x), y: seen(origin.y) };
}

/** Whether nothing of the picture would be painted. */
function isOriginal({ mix, regions }: RestyleRequest): boolean {
  return [mix, ...(regions?.mixes ?? [])].every((part) => strengthOf(part) === 0);
}

function paintedStyle(
  { mix, regions }: RestyleRequest,
  styles: readonly Style[],
): WholeStyle | PaintedRegions {
  if (!regions) return { vector: vectorOf(mix, styles), strength: strengthOf(mix) };
  const mixes = [...regions.mixes, mix];
  return {
    map: regions.map,
    vectors: mixes.map((part) => vectorOf(part, styles)),
    strengths: mixes.map(strengthOf),
  };
}

function vectorOf(mix: StyleMix, styles: readonly Style[]): Float32Array {
  try {
    return styleVectorOf(mix, styles);
  } catch (thrown) {
    throw PasticheError.from(thrown, 'style-unknown');
  }
}
