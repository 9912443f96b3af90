/** A thread of a kernel network: a worker that does its share of every run until it is ended. */
import { detach } from '../../../core/detach';
import { ThreadPool, failThreads } from './thread-pool';
import type { NetworkForm } from './form';
import { layoutOf, planOf, type Kernels, type Plan, type Run } from './plan';

/** Name of the workers that are threads; the engine worker itself runs the same file. */
export const THREAD_NAME = 'kernel-thread';

/** The only message to a thread. It answers `true`; later it reports nothing but an `error`. */
export interface ThreadStart {
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly form: NetworkForm;
  /** Its number, from 1. */
  readonly thread: number;
  readonly threads: number;
}

/** Instantiates the kernels on a memory, and compiles them if necessary. */
export async function startKernels(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Promise<Kernels> {
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  return exports as unknown as Kernels;
}

/** Makes plans, and keeps the last one. */
export function planner(form: NetworkForm, threads: number): (run: Run) => Plan {
  const layout = layoutOf(form, threads);
  let last: Run | null = null;
  let plan: Plan | null = null;
  return (run) => {
    if (plan && last && isSame(last, run)) return plan;
    last = run;
    return (plan = planOf(form, layout, run));
  };
}

function isSame(a: Run, b: Run): boolean {
  const [picture, other] = [a.picture, b.picture];
  const isSamePicture =
    picture?.width === other?.width &&
    picture?.height === other?.height &&
    picture?.grain?.x === other?.grain?.x &&
    picture?.grain?.y === other?.grain?.y &&
    picture?.strength === other?.strength;
  const isSameSize = a.width === b.width && a.height === b.height;
  return isSameSize && a.regions === b.regions && isSamePicture;
}

/** Makes this worker a thread. */
export function serveThread(): void {
  self.addEventListener('message', ({ data }: MessageEvent<ThreadStart>) => detach(serve(data)), {
    once: true,
  });
}

async function serve({ memory, module, form, thread, threads }: ThreadStart): Promise<void> {
  try {
    const pool = new ThreadPool(memory, await startKernels(module, memory), thread, threads);
    const planFor = planner(form, threads);
    self.postMessage(true);
    for (let answered = 0; ; answered++) {
      pool.run(planFor(pool.awaitCall(answered)));
    }
  } catch (thrown) {
    failThreads(memory);
    // Unlike a mere rejection, this reaches the worker that started this one.
    self.reportError(thrown);
  }
}
