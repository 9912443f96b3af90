import { PasticheError } from '../../protocol/errors';
import type { Backend } from '../../protocol/messages';
import type { StyleSet } from '../../core/style/style';
import { checkWorker, compare, paintReference, tryBackends, warmWorker } from './backend-trial';
import {
  candidates,
  firstBackend,
  firstWithoutKernels,
  isRight,
  judge,
  parseOverride,
  parseVerdict,
  sameBackend,
  type Capabilities,
  type Verdict,
} from './backends';
import { EngineWorker, WorkerLost, type WorkerSource } from './worker-proxy';

/** The keeper's requirements on the engine's document. */
export interface KeeperDocument {
  readonly capabilities: Capabilities;
  readonly workers: WorkerSource;
  /** Holds verdict and override. */
  readonly storage: Pick<Storage, 'getItem' | 'setItem'>;
  /** The browser and its version. */
  readonly browser: string;
  /** The GPU that WebGPU would use; null if there is none, or a software one. */
  describeGpu(): Promise<string | null>;
  /**
   * The contents of `models/styles.json`.
   * @throws {PasticheError} `model-missing`
   */
  loadStyles(): Promise<StyleSet>;
}

/** Keys in the document's storage. */
export const OVERRIDE_KEY = 'engine-override';
export const VERDICT_KEY = 'engine-verdict';

/** The backend that works everywhere. */
const PLAIN: Backend = { provider: 'wasm', threads: 1 };

/**
 * Keeps the one worker that paints: starts it when needed, restarts it when it has died, and replaces
 * it when a better backend is known.
 *
 * The first picture always runs on Wasm, which starts several times as fast as WebGPU.
 */
export class WorkerKeeper {
  private worker: EngineWorker | null = null;
  private starting: Promise<EngineWorker> | null = null;
  /** A warm worker on a better backend, to be used from the next job on. */
  private successor: EngineWorker | null = null;
  /** The backend chosen since the keeper's start, because of crashes or a trial. */
  private chosen: Backend | null = null;
  private verdict: Verdict | null;
  private isSettled = false;
  /** Whether the last worker was lost during its start. */
  private wasLost = false;
  /** The processor's pastiche of the test picture; painted when first needed. */
  private reference: Promise<Uint8Array> | null = null;

  constructor(private readonly document: KeeperDocument) {
    this.verdict = parseVerdict(document.storage.getItem(VERDICT_KEY), Date.now());
  }

  /** The backend of the worker that paints; null while there is none. */
  get backend(): Backend | null {
    return this.worker?.isAlive ? this.worker.backend : null;
  }

  /** The backend of the next worker. */
  get nextBackend(): Backend {
    return (
      this.chosen ??
      this.override.backend ??
      this.verdict?.bestWasm ??
      firstBackend(this.document.capabilities)
    );
  }

  /**
   * The worker for the next job.
   * @throws {PasticheError} `model-missing`, or `engine-crashed` if it does not start.
   */
  async ready(): Promise<EngineWorker> {
    const { successor } = this;
    if (successor?.isAlive) {
      this.worker?.kill();
      this.worker = successor;
      this.chosen = successor.backend;
    }
    this.successor = null;
    if (this.worker?.isAlive) return this.worker;
    this.starting ??= this.start().finally(() => {
      this.starting = null;
    });
    return this.starting;
  }

  /**
   * Gives up a backend that has failed repeatedly: WebGPU in favour of the processor, our own kernels
   * of onnxruntime-web, threads of a single one.
   */
  giveUp(backend: Backend): void {
    const { verdict } = this;
    const { capabilities } = this.document;
    switch (backend.provider) {
      case 'webgpu':
        this.chosen = verdict?.bestWasm ?? firstBackend(capabilities);
        if (verdict) this.remember({ ...verdict, best: this.chosen });
        break;
      case 'kernels':
        this.chosen = firstWithoutKernels(capabilities);
        if (verdict) this.remember({ ...verdict, best: this.chosen, bestWasm: this.chosen });
        break;
      case 'wasm':
        this.chosen = PLAIN;
    }
    this.isSettled = true;
  }

  /**
   * Has a worker paint the test picture again, as drivers may fail silently, and gives up its backend
   * if the pastiche is wrong.
   * @throws {PasticheError} `engine-crashed`, if it is.
   */
  async recheck(worker: EngineWorker): Promise<void> {
    const styles = await this.document.loadStyles();
    if (await checkWorker(worker, await this.rightPixels(styles), styles)) return;
    this.giveUp(worker.backend);
    const error = new PasticheError('engine-crashed', 'the test picture came out wrong');
    worker.kill(error);
    throw error;
  }

  /**
   * Determines the best backend, by a trial or from the last one's verdict, and warms up a worker on
   * it. Does nothing before the first picture, nor when that is done.
   * @param signal Stops a trial at once, as others need the processor.
   */
  async improve(signal: AbortSignal): Promise<void> {
    const { worker } = this;
    if (this.isSettled || !worker?.isAlive || !this.override.trial) return;
    try {
      const styles = await this.document.loadStyles();
      const gpu = await this.document.describeGpu();
      signal.throwIfAborted();
      const key = [this.document.browser, gpu ?? 'no GPU', worker.model].join(' / ');
      if (this.verdict?.key !== key) {
        const backends = candidates(this.document.capabilities, gpu !== null);
        const found = await tryBackends(this.document.workers, backends, styles, signal);
        this.remember(judge(key, Date.now(), found));
      }
      if (this.isSettled) return;
      this.isSettled = true;
      const best = this.verdict?.best;
      if (best && !sameBackend(best, worker.backend)) await this.prepare(best, styles);
    } catch {
      // After a cancellation it is tried again later; after an error the present backend stays.
      if (!signal.aborted) this.isSettled = true;
    }
  }

  /** Ends every worker; the next request starts a new one. */
  close(): void {
    this.worker?.kill();
    this.successor?.kill();
    this.worker = this.successor = this.chosen = null;
    this.isSettled = false;
  }

  private get override(): ReturnType<typeof parseOverride> {
    return parseOverride(this.document.storage.getItem(OVERRIDE_KEY));
  }

  private async start(): Promise<EngineWorker> {
    const backend = this.nextBackend;
    const { styleSpace } = await this.document.loadStyles();
    try {
      const isAgain = this.wasLost;
      this.wasLost = false;
      this.worker = await EngineWorker.create(this.document.workers, backend, styleSpace, {
        isAgain,
      });
      return this.worker;
    } catch (thrown) {
      this.wasLost = thrown instanceof WorkerLost;
      const error = PasticheError.from(thrown);
      // These fail to start if something is missing that will be missing next time, too.
      const isPlain = backend.provider === 'webgpu' || sameBackend(backend, PLAIN);
      const isBroken = error.code === 'engine-crashed' && !(error instanceof WorkerLost);
      if (isBroken && !isPlain) this.giveUp(backend);
      throw error;
    }
  }

  private async prepare(best: Backend, styles: StyleSet): Promise<void> {
    try {
      const { worker, painted } = await warmWorker(this.document.workers, best, styles);
      // A verdict may be days old, and the driver a new one.
      const mustProve = best.provider === 'webgpu';
      const reference = mustProve ? await this.rightPixels(styles) : null;
      if (reference && !isRight(compare(new Uint8Array(painted.answer.data), reference))) {
        worker.kill();
        this.giveUp(best);
      } else this.successor = worker;
    } catch {
      this.giveUp(best);
    }
  }

  private rightPixels(styles: StyleSet): Promise<Uint8Array> {
    const backend = this.verdict?.bestWasm ?? firstBackend(this.document.capabilities);
    this.reference ??= paintReference(this.document.workers, backend, styles);
    this.reference.catch(() => {
      this.reference = null;
    });
    return this.reference;
  }

  private remember(verdict: Verdict): void {
    this.verdict = verdict;
    this.document.storage.setItem(VERDICT_KEY, JSON.stringify(verdict));
  }
}
