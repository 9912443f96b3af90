/**
 * Measures the backends of this machine, and remembers the verdict for this browser, GPU and
 * network.
 */
import type { Backend } from '../messages/messages';
import { candidates, fastestAgreeing, firstGuess, type Measurement } from './backend-choice';
import { EngineWorker, type Painter } from './engine-worker';

const VERDICT_KEY = 'backend-verdict';

/** For tests and measurements: what to use instead of a verdict. */
const OVERRIDE_KEY = 'engine-override';

/** A verdict may have been found on a busy machine; it is found anew after this, in ms. */
const VERDICT_AGE = 7 * 24 * 3600_000;

/** Sides of the compared and of the timed picture, in pixels. */
const COMPARED = 48;
const TIMED = 240;
const TIMED_RUNS = 3;
const PATIENCE = 30_000;

interface Override {
  readonly backend?: Backend;
  readonly trial?: boolean;
}

/** The remembered backend, if it runs on Wasm, else a guess: the first picture must not wait for
 * shaders. */
export function rememberedBackend(): Backend {
  const { backend } = readOverride();
  if (backend) return backend;
  const verdict = readJson(VERDICT_KEY) as { backend?: Backend } | null;
  if (verdict?.backend?.provider === 'wasm') return verdict.backend;
  return firstGuess(machine());
}

/**
 * The best backend of this machine.
 * @param style Any style vector of the network, to paint the test picture with.
 * @throws {PasticheError} `cancelled` when the signal says so.
 */
export async function findBetterBackend(
  current: Backend,
  style: Float32Array,
  network: string,
  signal: AbortSignal,
): Promise<Backend | null> {
  const override = readOverride();
  if (override.backend) return override.backend;
  if (override.trial === false) return null;
  const key = await machineKey(network);
  const verdict = readJson(VERDICT_KEY) as {
    key?: string;
    date?: number;
    backend?: Backend;
  } | null;
  if (verdict?.key === key && verdict.backend && Date.now() - (verdict.date ?? 0) < VERDICT_AGE) {
    return verdict.backend;
  }
  const measurements: Measurement[] = [];
  for (const backend of candidates({ ...machine(), webgpu: await hasWebGpu() })) {
    try {
      measurements.push(await measure(backend, style, signal));
    } catch (thrown) {
      signal.throwIfAborted();
      // A backend that can't run here is no candidate; only the plain one is needed.
      if (measurements.length === 0) throw thrown;
    }
  }
  const backend = fastestAgreeing(measurements) ?? current;
  localStorage.setItem(VERDICT_KEY, JSON.stringify({ key, date: Date.now(), backend }));
  return backend;
}

async function measure(
  backend: Backend,
  style: Float32Array,
  signal: AbortSignal,
): Promise<Measurement> {
  signal.throwIfAborted();
  let worker: Painter | null = null;
  const stop = (): void => worker?.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    worker = await EngineWorker.start(backend);
    signal.throwIfAborted();
    const { pixels } = await worker.paint(testPicture(COMPARED, style), PATIENCE);
    const times: number[] = [];
    // The first run at a size compiles and allocates; it doesn't count.
    for (let run = 0; run <= TIMED_RUNS; run++) {
      const { timings } = await worker.paint(testPicture(TIMED, style), PATIENCE);
      if (run > 0) times.push(timings.run);
    }
    const milliseconds = times.sort((a, b) => a - b)[Math.floor(TIMED_RUNS / 2)] ?? Infinity;
    return { backend, milliseconds, pixels: new Uint8ClampedArray(pixels) };
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

/** A picture with gradients, edges and fine detail, the same every time. */
function testPicture(side: number, style: Float32Array): Parameters<Painter['paint']>[0] {
  const pixels = new Uint8ClampedArray(4 * side * side);
  for (let y = 0, i = 0; y < side; y++) {
    for (let x = 0; x < side; x++, i += 4) {
      pixels[i] = (255 * x) / side;
      pixels[i + 1] = (x ^ y) & 8 ? 200 : 60;
      pixels[i + 2] = (255 * y) / side;
      pixels[i + 3] = 255;
    }
  }
  const painting = { width: side, height: side, pixels: pixels.buffer, style, strength: 1 };
  return { ...painting, file: false };
}

function machine(): { isolated: boolean; cores: number } {
  return { isolated: globalThis.crossOriginIsolated, cores: navigator.hardwareConcurrency };
}

/** WebGPU, and JavaScript Promise Integration, which the runtime's provider needs. */
async function hasWebGpu(): Promise<boolean> {
  if (!('Suspending' in WebAssembly) || !navigator.gpu) return false;
  return (await navigator.gpu.requestAdapter().catch(() => null)) !== null;
}

/** What a verdict depends on: browser, GPU and network. */
async function machineKey(network: string): Promise<string> {
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  const gpu = adapter ? `${adapter.info.vendor}/${adapter.info.architecture}` : 'none';
  return [navigator.userAgent, navigator.hardwareConcurrency, gpu, network].join(' ');
}

function readOverride(): Override {
  return (readJson(OVERRIDE_KEY) as Override | null) ?? {};
}

function readJson(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}
