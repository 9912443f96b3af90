/** Runs the full network on our kernels, one thread, and times every step. For layers.mjs. */
import { readNetwork } from '../../src/engine/worker/kernels/form';
import { layoutOf, planOf, type Kernels, type Plan } from '../../src/engine/worker/kernels/plan';
import { startKernels } from '../../src/engine/worker/kernels/thread';
import { packingBytes, writeStyle, writeWeights } from '../../src/engine/worker/kernels/weights';
import { STYLE_DIM } from '../../src/core/style/style';

interface Load {
  readonly model: string;
  readonly kernels: string;
  readonly side: number;
}

/** How often a run is repeated for one answer; the fastest time of each step counts. */
const REPEATS = 5;

const PAGE_BYTES = 65_536;

let loaded: { readonly kernels: Kernels; readonly plan: Plan } | null = null;

self.addEventListener('message', ({ data }: MessageEvent<Load>) => {
  loadOnce(data)
    .then(({ kernels, plan }) => self.postMessage({ value: timesOf(kernels, plan) }))
    .catch((error: unknown) => self.postMessage({ error: String(error) }));
});

async function loadOnce({ model, kernels: source, side }: Load): Promise<typeof loaded & object> {
  if (loaded) return loaded;
  const [file, code] = await Promise.all([model, source].map(bytesOf));
  const network = readNetwork(file!);
  const layout = layoutOf(network.form, 1);
  const plan = planOf(network.form, layout, {
    width: side,
    height: side,
    regions: 1,
    picture: null,
  });
  const memory = new WebAssembly.Memory({
    initial: Math.ceil(Math.max(plan.bytes, packingBytes(network, layout)) / PAGE_BYTES),
    maximum: 65_536,
    shared: true,
  });
  const kernels = await startKernels(await WebAssembly.compile(code!), memory);
  writeWeights(network, layout, memory.buffer, kernels);
  writeStyle(network, layout, memory.buffer, [new Float32Array(STYLE_DIM)]);
  new Float32Array(memory.buffer, plan.content, 3 * side * side).fill(0.5);
  loaded = { kernels, plan };
  return loaded;
}

async function bytesOf(url: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await fetch(url)).arrayBuffer());
}

/** Milliseconds and multiply-adds, by name of the step; equal names are added up. */
function timesOf(kernels: Kernels, plan: Plan): Record<string, { ms: number; macs: number }> {
  const best = plan.steps.map(() => Infinity);
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    for (const [index, step] of plan.steps.entries()) {
      const started = performance.now();
      for (const [kernel, ...values] of step.calls(0, step.units, 0)) kernels[kernel](...values);
      best[index] = Math.min(best[index]!, performance.now() - started);
    }
  }
  const sums: Record<string, { ms: number; macs: number }> = {};
  for (const [index, { name, macs }] of plan.steps.entries()) {
    const sum = (sums[name] ??= { ms: 0, macs: 0 });
    sum.ms += best[index]!;
    sum.macs += macs;
  }
  return sums;
}
