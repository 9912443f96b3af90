import { PasticheError } from '../../../protocol/errors';
import type { Backend } from '../../../protocol/messages';
import type { Size } from '../../../core/geometry';
import { loadModel } from '../model-load';
import { grainTile } from '../grain';
import { regionsOf, type RegionalStyle } from '../../../core/regions/regional-style';
import type { PaintingNetwork, PictureRun } from '../painter';
import type { EngineUrls } from '../messages';
import { ThreadPool, failThreads } from './thread-pool';
import { readNetwork, type FormedNetwork } from './form';
import { layoutOf, type Layout, type Plan, type Run } from './plan';
import { planner, startKernels, THREAD_NAME, type ThreadStart } from './thread';
import { packingBytes, writeStyle, writeWeights } from './weights';

const PAGE_BYTES = 65_536;

/** The memory's maximum, for which the kernels were compiled: 4 GiB, allocated as needed. */
const MAX_PAGES = 65_536;

/** Minimum time between two heartbeats, in milliseconds. */
const HEARTBEAT_INTERVAL_MS = 500;

/** Time for a thread to start, in milliseconds. */
const THREAD_TIMEOUT_MS = 20_000;

/** The multi-style feed-forward network on kernels of our own. */
export class KernelNetwork implements PaintingNetwork {
  private readonly planFor: (run: Run) => Plan;
  private vectors: readonly Float32Array[] = [];

  private constructor(
    private readonly network: FormedNetwork,
    private readonly wasm: WebAssembly.Memory,
    private readonly layout: Layout,
    private readonly pool: ThreadPool,
    threads: number,
    readonly digest: string,
  ) {
    this.planFor = planner(network.form, threads);
  }

  /**
   * Loads the network.
   * @param urls `runtime` is the compiled src/engine/worker/wasm/kernels.ts.
   * @throws {PasticheError} `model-missing` if its file can't be read, is damaged, or belongs to
   *   another style space than `styleSpace`; `engine-crashed` if it has another form than the
   *   kernels know, or they don't start.
   */
  static async create(
    backend: Backend,
    urls: EngineUrls,
    styleSpace: string,
  ): Promise<KernelNetwork> {
    const { threads } = backend;
    const [{ file, digest }, runtime] = await Promise.all([
      loadModel(urls.model, styleSpace),
      fetch(urls.runtime),
    ]);
    try {
      const network = readNetwork(file);
      const layout = layoutOf(network.form, threads);
      const memory = new WebAssembly.Memory({
        initial: Math.ceil(packingBytes(network, layout) / PAGE_BYTES),
        maximum: MAX_PAGES,
        shared: true,
      });
      const module = await WebAssembly.compile(await runtime.arrayBuffer());
      const starts = Array.from({ length: threads - 1 }, async (_, i) =>
        startThread({ memory, module, form: network.form, thread: i + 1, threads }),
      );
      const kernels = await startKernels(module, memory);
      writeWeights(network, layout, memory.buffer, kernels);
      new Int8Array(memory.buffer, layout.grain).set(grainTile());
      await Promise.all(starts);
      const pool = new ThreadPool(memory, kernels, 0, threads);
      return new KernelNetwork(network, memory, layout, pool, threads, digest);
    } catch (thrown) {
      throw PasticheError.from(thrown, 'engine-crashed');
    }
  }

  get memory(): number {
    return this.wasm.buffer.byteLength;
  }

  async run(
    content: Float32Array,
    size: Size,
    style: Float32Array | RegionalStyle,
    alive: () => void,
  ): Promise<Float32Array> {
    const { run, plan, buffer } = this.prepare(size, style, null);
    new Float32Array(buffer, plan.content, content.length).set(content);
    this.work(run, plan, alive);
    return new Float32Array(buffer, plan.pastiche, content.length).slice();
  }

  async runOnPixels(
    pixels: Uint8ClampedArray,
    picture: PictureRun,
    padded: Size,
    style: Float32Array | RegionalStyle,
    alive: () => void,
  ): Promise<void> {
    const { run, plan, buffer } = this.prepare(padded, style, picture);
    const shared = new Uint8ClampedArray(buffer, plan.pixels, pixels.length);
    shared.set(pixels);
    this.work(run, plan, alive);
    pixels.set(shared);
  }

  private prepare(
    size: Size,
    style: Float32Array | RegionalStyle,
    picture: PictureRun | null,
  ): { run: Run; plan: Plan; buffer: ArrayBufferLike } {
    const { vectors, shares } = regionsOf(style, size);
    const run = { ...size, regions: vectors.length, picture };
    const plan = this.planFor(run);
    const missing = plan.bytes - this.wasm.buffer.byteLength;
    if (missing > 0) this.wasm.grow(Math.ceil(missing / PAGE_BYTES));
    const { buffer } = this.wasm;
    if (!areSame(this.vectors, vectors)) {
      writeStyle(this.network, this.layout, buffer, vectors);
      this.vectors = vectors.map((vector) => vector.slice());
    }
    if (vectors.length > 1) new Float32Array(buffer, plan.shares, shares.length).set(shares);
    return { run, plan, buffer };
  }

  private work(run: Run, plan: Plan, alive: () => void): void {
    this.pool.call(run);
    try {
      this.pool.run(plan, sometimes(alive));
    } catch (thrown) {
      failThreads(this.wasm);
      throw thrown;
    }
  }
}

function areSame(before: readonly Float32Array[], now: readonly Float32Array[]): boolean {
  if (before.length !== now.length) return false;
  return before.every((vector, i) => vector.every((value, at) => value === now[i]?.[at]));
}

/** Limits the rate of heartbeats. */
function sometimes(alive: () => void): () => void {
  let last = performance.now();
  return () => {
    const now = performance.now();
    if (now - last < HEARTBEAT_INTERVAL_MS) return;
    last = now;
    alive();
  };
}

/** Starts another worker of this same file as a thread; if it ever fails, the network does. */
async function startThread(start: ThreadStart): Promise<void> {
  const worker = new Worker(self.location.href, { type: 'module', name: THREAD_NAME });
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('a thread did not start')), THREAD_TIMEOUT_MS);
    worker.addEventListener('message', () => {
      clearTimeout(timer);
      resolve();
    });
    worker.addEventListener('error', ({ message }) => {
      failThreads(start.memory);
      reject(new Error(message));
    });
    worker.postMessage(start);
  });
}
