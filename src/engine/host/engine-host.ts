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

/** What of a runtime port is used, so that tests can stand in for one. */
export interface EnginePort {
  postMessage(message: EngineReply): void;
  handOver?(message: EngineReply, buffers: ArrayBuffer[]): void;
  readonly onMessage: { addListener(listener: (message: unknown) => void): void };
  readonly onDisconnect: { addListener(listener: () => void): void };
}

/** What the host needs of the document that it lives in. */
export interface HostDocument extends KeeperDocument {
  /** Called when the engine has had nothing to do for a while and has ended its worker. */
  onIdle(): void;
}

/** After so long without work the worker, and all its memory, goes. Milliseconds. */
export const IDLE_DELAY_MS = 5 * 60_000;

/**
 * A worker that holds more bytes than this gives way to a new one after so many milliseconds
 * without work: WebAssembly's memory grows with the largest picture, and never shrinks. Pictures
 * of the resolution that is set to begin with, 1.5 megapixels, stay below.
 */
export const MAX_MEMORY_AT_REST = 200e6;
export const TIDY_DELAY_MS = 20_000;

/** What onnxruntime-web, which doesn't tell, is taken to hold, in bytes per megapixel. */
const UNTOLD_MEMORY = 350e6;

/** Quiet time before backends are tried out, so that nobody waits for it. Milliseconds. */
export const QUIET_DELAY_MS = 2_000;

/** Within so long a worker shows that it has heard a request, in milliseconds. */
export const HEARTBEAT_TIMEOUT_MS = 3_000;

/**
 * A worker is given at least so long for a picture, in milliseconds; one on our own kernels shows
 * after every layer that it is alive, and is given so long for each. WebGPU compiles its shaders
 * while it paints the first one.
 */
export const MIN_PATIENCE_MS: Record<Backend['provider'], number> = {
  kernels: 3_000,
  wasm: 20_000,
  webgpu: 60_000,
};

/** A worker that has painted frames of videos must not keep the next ones waiting. Milliseconds. */
export const LIVE_TIMEOUT_MS = 5_000;

/**
 * A run may take so many times as long as the last one, per pixel, before its worker is taken for
 * stuck, and a layer as long as the whole run; the second attempt gets more, in case that the
 * machine has only become slow.
 */
const TOLERANCE: Record<Backend['provider'], number> = { kernels: 1, wasm: 4, webgpu: 4 };
const SECOND_CHANCE = 3;

/** Minimum timeout with onnxruntime-web on the processor once a run was measured, in milliseconds. */
const MEASURED_TIMEOUT_MS = 5_000;

/** What a run is taken to need before one was measured, in milliseconds per megapixel. */
const UNMEASURED = 11_000;

/**
 * A GPU's driver may go wrong at any time: what it paints is checked after its first picture and
 * then, while there is work, each time that so many milliseconds have passed.
 */
export const CHECK_INTERVAL = 10_000;

/** Whoever is at the other end of a port. */
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
 * Answers the engine's clients: takes their requests, and works them off one at a time; a second
 * worker would only take the processor from the first. Ports stay open while workers come and go.
 */
export class EngineHost {
  private readonly keeper: WorkerKeeper;
  private readonly queue = new RequestQueue<Task>();
  private current: Task | null = null;
  private isWorking = false;
  private isOutdated = false;
  private lastMasks = 0;
  private millisecondsPerMegapixel: number | null = null;
  /** The worker that painted last, and the bytes that it holds. */
  private bulk: { readonly worker: EngineWorker; readonly bytes: number } | null = null;

  /** The worker that has painted a frame, so that its networks are loaded and warm. */
  private liveWorker: EngineWorker | null = null;

  /** When a worker on WebGPU was last checked, by performance.now(). */
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
    // Whoever asks for a picture will hear of what went wrong.
    this.keeper.ready().catch(() => undefined);
    if (!this.isWorking) this.rest();
  }

  /** Ends the worker as soon as it has nothing in hand: another backend is wanted. */
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
    // Who opens a port is about to send a picture.
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
    // A trial must not keep a person waiting.
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
      // The port was closed a moment ago and hasn't said so yet.
      this.leave(client);
    }
  }

  private reply(task: Task, reply: EngineReply, given: ArrayBuffer[] = []): void {
    if (!task.isCancelled) this.send(task.client, reply, given);
  }

  /** Works the queue off. Never rejects. */
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
    this.bulk = { worker, bytes: Math.max(held, memory ?? UNTOLD_MEMORY * megapixels) };
    if (job.priority === 'frame') this.liveWorker = worker;
    if (answer.network === 'full') this.millisecondsPerMegapixel = answer.timings.run / megapixels;
    return answer;
  }

  private isDoubtful(worker: EngineWorker, isFlat: boolean): boolean {
    if (worker.backend.provider !== 'webgpu') return false;
    return isFlat || performance.now() - (this.checked.get(worker) ?? -Infinity) > CHECK_INTERVAL;
  }

  private timeoutsFor(worker: EngineWorker, task: Task, megapixels: number): Timeouts {
    const measured = this.millisecondsPerMegapixel;
    const expected = (measured ?? UNMEASURED) * megapixels;
    const chance = task.failures === 0 ? 1 : SECOND_CHANCE;
    const tolerance = chance * TOLERANCE[worker.backend.provider];
    const next = Math.max(this.leastPatience(worker, task.priority), tolerance * expected);
    return { first: chance * HEARTBEAT_TIMEOUT_MS, next };
  }

  private leastPatience(worker: EngineWorker, priority: Priority): number {
    if (priority === 'frame' && worker === this.liveWorker) return LIVE_TIMEOUT_MS;
    const { provider } = worker.backend;
    const isKnown = this.millisecondsPerMegapixel !== null && provider === 'wasm';
    return isKnown ? MEASURED_TIMEOUT_MS : MIN_PATIENCE_MS[provider];
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

  /** Begins to wait for work to come, or not to come. */
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
    // The first picture comes before any doubt about how it is painted.
    if (this.millisecondsPerMegapixel === null) return;
    this.improving ??= new AbortController();
    const { signal } = this.improving;
    await this.keeper.improve(signal);
    this.improving = null;
    // Someone who asks again and again is not to be met by a trial each time.
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
