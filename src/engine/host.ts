import { packBytes } from '../messages/bytes';
import { PasticheError } from '../messages/errors';
import type { Backend, EngineReply, EngineTimings } from '../messages/messages';
import { strengthOf, styleVectorOf, type StyleMix } from '../style/mix';
import type { Style } from '../style/style';
import type { EngineWorker } from './engine-worker';
import { RequestQueue } from './queue';
import { idOfMessage, parseEngineRequest, type RestyleRequest } from './request';
import type { Painted } from './worker-messages';
import { WorkerKeeper, type KeeperDocument } from './worker-keeper';

/** What of a runtime port is used, so that tests can stand in for one. */
export interface EnginePort {
  postMessage(message: EngineReply): void;
  readonly onMessage: { addListener(listener: (message: unknown) => void): void };
  readonly onDisconnect: { addListener(listener: () => void): void };
}

/** What the host needs of the document that it lives in. */
export interface HostDocument extends KeeperDocument {
  /** Called when the engine has had nothing to do for a while and has ended its worker. */
  onIdle(): void;
}

/** After so long without work the worker, and all its memory, goes. Milliseconds. */
export const IDLE_TIME = 5 * 60_000;

/** Quiet time before backends are tried out, so that nobody waits for it. Milliseconds. */
export const QUIET_TIME = 2_000;

/**
 * A worker is given at least so long for a picture, in milliseconds. WebGPU compiles its shaders
 * while it paints the first one.
 */
export const LEAST_PATIENCE: Record<Backend['provider'], number> = { wasm: 20_000, webgpu: 60_000 };

/** A run may take so many times as long as the last one, per pixel. */
const TOLERANCE = 10;

/** What a run is taken to need before one was measured, in milliseconds per megapixel. */
const UNMEASURED = 6_000;

/** Whoever is at the other end of a port. */
interface Client {
  readonly port: EnginePort;
  isGone: boolean;
}

interface Job extends RestyleRequest {
  readonly client: Client;
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
  private readonly queue = new RequestQueue<Job>();
  private current: Job | null = null;
  private isWorking = false;
  private millisecondsPerMegapixel: number | null = null;

  private idleTimer: ReturnType<typeof setTimeout> | undefined;
  private quietTimer: ReturnType<typeof setTimeout> | undefined;
  private quietTime = QUIET_TIME;
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

  /** Serves the client at the other end of a port until it disconnects. */
  accept(port: EnginePort): void {
    const client: Client = { port, isGone: false };
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

  private take(client: Client, request: RestyleRequest): void {
    const arrived = performance.now();
    const job: Job = { ...request, client, arrived, failures: 0, isCancelled: false };
    if (strengthOf(job.mix) === 0) {
      this.reply(job, pasticheOf(job, job.pixels, this.keeper.nextBackend, NO_TIME));
      return;
    }
    // A trial must not keep a person waiting.
    this.improving?.abort();
    this.queue.add(job);
    void this.work();
  }

  private leave(client: Client): void {
    client.isGone = true;
    this.queue.cancelAll(client);
    if (this.current?.client === client) this.current.isCancelled = true;
  }

  private send(client: Client, reply: EngineReply): void {
    if (client.isGone) return;
    try {
      client.port.postMessage(reply);
    } catch {
      // The port was closed a moment ago and hasn't said so yet.
      this.leave(client);
    }
  }

  private reply(job: Job, reply: EngineReply): void {
    if (!job.isCancelled) this.send(job.client, reply);
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
      const job = this.queue.take();
      if (!job) continue;
      this.current = job;
      if (worker instanceof PasticheError) this.fail(job, worker, backend);
      else await this.serve(job, worker);
      this.current = null;
    }
    this.isWorking = false;
    this.rest();
  }

  private async serve(job: Job, worker: EngineWorker): Promise<void> {
    const queue = performance.now() - job.arrived;
    this.reply(job, { type: 'engine.started', id: job.id });
    let pixels: ArrayBuffer;
    try {
      const painted = await this.paint(job, worker);
      pixels = painted.pixels;
      this.reply(job, pasticheOf(job, pixels, worker.backend, { queue, ...painted.timings }));
    } catch (thrown) {
      this.fail(job, PasticheError.from(thrown), worker.backend);
      return;
    }
    if (!job.file || job.isCancelled) return;
    try {
      const { png } = await worker.encode({ width: job.width, height: job.height, pixels });
      this.reply(job, { type: 'engine.file', id: job.id, png: packBytes(png, job.binary) });
    } catch (thrown) {
      this.replyFailure(job, PasticheError.from(thrown));
    }
  }

  private async paint(job: Job, worker: EngineWorker): Promise<Painted> {
    const { width, height, pixels, mix } = job;
    const { styles } = await this.document.loadStyles();
    const style = vectorOf(mix, styles);
    const request = { width, height, pixels, style, strength: strengthOf(mix) };
    const painted = await worker.paint(request, this.patienceFor(worker, width * height));
    this.millisecondsPerMegapixel = (1e6 * painted.timings.run) / (width * height);
    return painted;
  }

  private patienceFor({ backend }: EngineWorker, pixels: number): number {
    const expected = ((this.millisecondsPerMegapixel ?? UNMEASURED) * pixels) / 1e6;
    return Math.max(LEAST_PATIENCE[backend.provider], TOLERANCE * expected);
  }

  /**
   * A job whose worker crashed is done again: once in a new worker and, if that was on WebGPU, once
   * on Wasm. Any other failure is the client's to know.
   */
  private fail(job: Job, error: PasticheError, backend: Backend): void {
    if (job.isCancelled) return;
    if (error.code === 'engine-crashed') {
      job.failures += 1;
      const onWebGpu = backend.provider === 'webgpu';
      if (onWebGpu && job.failures >= 2) this.keeper.giveUp(backend);
      if (onWebGpu || job.failures < 2) {
        this.queue.add(job);
        return;
      }
    }
    this.replyFailure(job, error);
  }

  private replyFailure(job: Job, error: PasticheError): void {
    this.reply(job, { type: 'engine.failed', id: job.id, error: error.toMessage() });
  }

  /** Begins to wait for work to come, or not to come. */
  private rest(): void {
    this.stopResting();
    this.idleTimer = setTimeout(() => {
      this.improving?.abort();
      this.keeper.close();
      this.document.onIdle();
    }, IDLE_TIME);
    this.quietTimer = setTimeout(() => void this.improve(), this.quietTime);
  }

  private stopResting(): void {
    clearTimeout(this.idleTimer);
    clearTimeout(this.quietTimer);
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

const NO_TIME: EngineTimings = { queue: 0, pre: 0, run: 0, post: 0 };

function pasticheOf(
  { id, width, height, binary }: Job,
  pixels: ArrayBuffer,
  backend: Backend,
  timings: EngineTimings,
): EngineReply {
  const packed = packBytes(pixels, binary);
  return { type: 'engine.pastiche', id, width, height, pixels: packed, backend, timings };
}

function vectorOf(mix: StyleMix, styles: readonly Style[]): Float32Array {
  try {
    return styleVectorOf(mix, styles);
  } catch (thrown) {
    throw PasticheError.from(thrown, 'style-unknown');
  }
}
