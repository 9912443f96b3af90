import * as v from 'valibot';

import { PasticheError } from '../../protocol/errors';
import type { Backend } from '../../protocol/messages';
import { paintJob } from '../../protocol/paint';
import type { StyleSet } from '../../core/style/style';
import { isRight, type Measurement } from './backends';
import { EngineWorker, type Timeouts, type WorkerSource } from './worker-proxy';
import type { Painted, PaintRequest } from '../worker/messages';

/** Side of the compared picture, in pixels: small enough for a software GPU. */
const COMPARED_SIDE = 64;

/** Side of the timed picture, in pixels. */
const TIMED_SIDE = 256;

/** Number of runs, whose median counts. */
const TIMED_RUNS = 3;

/** WebGPU compiles its shaders in the first run. */
const FIRST_RUN_TIMEOUTS_MS: Timeouts = { first: 10_000, next: 60_000 };

/** For the small picture, on a worker that is warm. */
const CHECK_TIMEOUTS_MS: Timeouts = { first: 5_000, next: 30_000 };

/** Limit for the picture of 256×256; a slower backend is rejected. */
const RUN_TIMEOUTS_MS: Timeouts = { first: 5_000, next: 5_000 };

/** The part of the style set that a trial needs: the style space, and any style to paint with. */
type TrialStyles = Pick<StyleSet, 'styleSpace' | 'styles'>;

/**
 * Tries backends one after the other, each in a worker of its own: whether its pastiche equals the
 * Wasm provider's, and how long it takes. A failing backend is left out.
 * @param backends The first must be on Wasm; the others are compared with it.
 * @param onMeasured Called with each backend as soon as it is measured.
 * @throws {PasticheError} `cancelled` by the signal.
 */
export async function tryBackends(
  workers: WorkerSource,
  backends: readonly Backend[],
  styles: TrialStyles,
  signal: AbortSignal,
  onMeasured?: (measurement: Measurement) => void,
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  let reference: Uint8Array | null = null;
  for (const backend of backends) {
    try {
      const { pixels, milliseconds } = await measure(workers, backend, styles, signal);
      reference ??= pixels;
      const measurement = { backend, milliseconds, ...compare(pixels, reference) };
      measurements.push(measurement);
      onMeasured?.(measurement);
    } catch (thrown) {
      if (signal.aborted) throw new PasticheError('cancelled', '', { cause: thrown });
      // Without a reference, nothing can be compared.
      if (!reference) throw thrown;
    }
  }
  return measurements;
}

/**
 * Loads the network on a backend and runs it once, which compiles whatever it needs.
 * @throws {PasticheError} as EngineWorker.create and EngineWorker.paint do.
 */
export async function warmWorker(
  workers: WorkerSource,
  backend: Backend,
  styles: TrialStyles,
  signal?: AbortSignal,
): Promise<{ worker: EngineWorker; painted: Painted }> {
  const worker = await EngineWorker.create(workers, backend, styles.styleSpace, { signal });
  const painted = await worker.paint(testRequest(COMPARED_SIDE, styles), FIRST_RUN_TIMEOUTS_MS);
  return { worker, painted };
}

/** A backend's pastiche of the test picture, the reference for {@link checkWorker}. */
export async function paintReference(
  workers: WorkerSource,
  backend: Backend,
  styles: TrialStyles,
): Promise<Uint8Array> {
  const { worker, painted } = await warmWorker(workers, backend, styles);
  worker.kill();
  return new Uint8Array(painted.answer.data);
}

/**
 * Whether a worker that was right still paints the test picture correctly.
 * @throws {PasticheError} `engine-crashed`
 */
export async function checkWorker(
  worker: EngineWorker,
  reference: Uint8Array,
  styles: TrialStyles,
): Promise<boolean> {
  const { answer } = await worker.paint(testRequest(COMPARED_SIDE, styles), CHECK_TIMEOUTS_MS);
  return isRight(compare(new Uint8Array(answer.data), reference));
}

async function measure(
  workers: WorkerSource,
  backend: Backend,
  styles: TrialStyles,
  signal: AbortSignal,
): Promise<{ pixels: Uint8Array; milliseconds: number }> {
  const { worker, painted } = await warmWorker(workers, backend, styles, signal);
  try {
    const request = testRequest(TIMED_SIDE, styles);
    // The first run at a size takes longer than later ones.
    await worker.paint(request, FIRST_RUN_TIMEOUTS_MS);
    const times: number[] = [];
    while (times.length < TIMED_RUNS) {
      times.push((await worker.paint(request, RUN_TIMEOUTS_MS)).answer.timings.run);
    }
    times.sort((a, b) => a - b);
    return {
      pixels: new Uint8Array(painted.answer.data),
      milliseconds: times[Math.floor(TIMED_RUNS / 2)]!,
    };
  } finally {
    worker.kill();
  }
}

/** Difference of a pastiche from the reference, and its contrast; both in 1/255. */
export function compare(
  pixels: Uint8Array,
  reference: Uint8Array,
): Pick<Measurement, 'difference' | 'contrast'> {
  let difference = 0;
  let smallest = 255;
  let largest = 0;
  for (let i = 0; i < reference.length; i++) {
    if (i % 4 === 3) continue;
    const value = pixels[i]!;
    difference = Math.max(difference, Math.abs(value - reference[i]!));
    smallest = Math.min(smallest, value);
    largest = Math.max(largest, value);
  }
  return { difference, contrast: largest - smallest };
}

function testRequest(side: number, { styles }: TrialStyles): Omit<PaintRequest, 'type'> {
  const [style] = styles;
  if (!style) throw new PasticheError('model-missing', 'there is no style');
  const size = { width: side, height: side };
  return {
    job: v.parse(paintJob, { ...size, mix: { [style.id]: 1 }, priority: 'refine' }),
    pixels: testPicture(side).buffer,
    base: { vector: style.vector, strength: 1 },
    regional: [],
  };
}

/** A picture with slopes, edges and every brightness, always the same. RGBA. */
function testPicture(side: number): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * side * side);
  for (let i = 0; i < side * side; i++) {
    const x = (i % side) / side;
    const y = Math.floor(i / side) / side;
    const isInside = Math.hypot(x - 0.5, y - 0.5) < 0.3;
    pixels.set([255 * x, 255 * y, isInside ? 230 : 127 + 127 * Math.sin(20 * (x + y)), 255], 4 * i);
  }
  return pixels;
}
