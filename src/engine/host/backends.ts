/** Chooses the backend from measurements. Pure; backend-trial measures. */
import * as v from 'valibot';

import { checked } from '../../core/schema';
import type { Backend } from '../../protocol/messages';

/** Capabilities of the document in which the engine runs. */
export interface Capabilities {
  /** Logical processors. */
  readonly cores: number;
  /** Whether memory can be shared between threads. */
  readonly isolated: boolean;
  /** Whether the browser can compile our own kernels. */
  readonly kernels: boolean;
}

/** A trial's result for one backend. */
export interface Measurement {
  readonly backend: Backend;
  /** Median time of the network for a picture of 256×256, in milliseconds. */
  readonly milliseconds: number;
  /** Largest difference, in 1/255, of any byte of its pastiche from the Wasm provider's. */
  readonly difference: number;
  /** Largest minus smallest byte of its pastiche; near 0 for one that came out black or grey. */
  readonly contrast: number;
}

/** The outcome of a trial, remembered. */
export interface Verdict {
  /** Identifies browser, GPU and network, on which the verdict depends. */
  readonly key: string;
  /** Time of the trial, in milliseconds since the epoch. */
  readonly date: number;
  readonly best: Backend;
  /** The best backend on the processor: the first picture runs on it even if WebGPU is better. */
  readonly bestWasm: Backend;
}

/** A setting that replaces trial and verdict, for tests, the bench and the options page. */
export interface Override {
  /** Use only this backend; null: choose as usual. */
  readonly backend: Backend | null;
  /** Whether backends may be tried. */
  readonly trial: boolean;
}

/** Maximum number of threads: more have not been seen to make so small a network faster. */
const MAX_THREADS = 4;

/** Lifetime of a verdict in milliseconds: drivers are updated without a change of the adapter's name. */
const VERDICT_LIFETIME_MS = 7 * 24 * 3600 * 1000;

/** In 1/255. Providers round differently; wrong pictures differ far more. */
const MAX_DIFFERENCE = 2;

/** In 1/255: with less contrast, a pastiche of a picture that isn't flat is wrong. */
const MIN_CONTRAST = 8;

/** A backend with more threads must be faster by this factor to be chosen. */
const MIN_SPEEDUP = 1.1;

/** The backend to use before anything was measured. */
export function firstBackend({ isolated, cores, kernels }: Capabilities): Backend {
  const threads = isolated ? Math.max(1, Math.min(2, cores)) : 1;
  return { provider: kernels ? 'kernels' : 'wasm', threads };
}

/** The backend to use where our own kernels fail. */
export function firstWithoutKernels(capabilities: Capabilities): Backend {
  return firstBackend({ ...capabilities, kernels: false });
}

/**
 * The backends to measure, the least demanding first; but the first is one of onnxruntime-web's,
 * whose picture is right.
 */
export function candidates(capabilities: Capabilities, webgpu: boolean): Backend[] {
  const { isolated, cores, kernels } = capabilities;
  const most = isolated ? Math.min(MAX_THREADS, cores) : 1;
  const found: Backend[] = [1, 2, 4]
    .filter((threads) => threads === 1 || threads <= most)
    .map((threads) => ({ provider: kernels ? 'kernels' : 'wasm', threads }));
  if (kernels) found.unshift(firstWithoutKernels(capabilities));
  if (webgpu) found.push({ provider: 'webgpu', threads: 1 });
  return found;
}

/** Whether a backend's pastiche of the test picture is right. */
export function isRight({
  difference,
  contrast,
}: Pick<Measurement, 'difference' | 'contrast'>): boolean {
  return difference <= MAX_DIFFERENCE && contrast >= MIN_CONTRAST;
}

/**
 * The fastest backend whose pastiche is right; among nearly equal ones, the first.
 * @returns undefined if none is right.
 */
export function fastest(measurements: readonly Measurement[]): Backend | undefined {
  const right = measurements.filter(isRight);
  let best = right[0];
  for (const measurement of right) {
    if (best && measurement.milliseconds * MIN_SPEEDUP < best.milliseconds) best = measurement;
  }
  return best?.backend;
}

/** The outcome of a trial. Wasm on one thread if no backend was right. */
export function judge(key: string, date: number, measurements: readonly Measurement[]): Verdict {
  const plain: Backend = { provider: 'wasm', threads: 1 };
  const onWasm = measurements.filter(({ backend }) => backend.provider !== 'webgpu');
  return {
    key,
    date,
    best: fastest(measurements) ?? plain,
    bestWasm: fastest(onWasm) ?? plain,
  };
}

const threads = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(64));

const backend = v.object({ provider: v.picklist(['kernels', 'wasm', 'webgpu']), threads });

const storedVerdict = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ key: v.string(), date: v.number(), best: backend, bestWasm: backend }),
);

/** Parses a stored verdict; null if it is damaged or too old. */
export function parseVerdict(stored: string | null, now: number): Verdict | null {
  const verdict = checked(storedVerdict, stored);
  return verdict && verdict.date <= now && now - verdict.date <= VERDICT_LIFETIME_MS
    ? verdict
    : null;
}

const storedOverride = v.pipe(
  v.string(),
  v.parseJson(),
  v.union([
    v.object({ ...backend.entries, threads: v.optional(threads, 1) }),
    v.object({ trial: v.literal(false) }),
  ]),
);

/** Parses a stored override: `{"provider", "threads"}`, `{"trial": false}`, or neither. */
export function parseOverride(stored: string | null): Override {
  const override = checked(storedOverride, stored);
  if (override === null) return { backend: null, trial: true };
  return { backend: 'provider' in override ? override : null, trial: false };
}

export function sameBackend(a: Backend, b: Backend): boolean {
  return a.provider === b.provider && a.threads === b.threads;
}
