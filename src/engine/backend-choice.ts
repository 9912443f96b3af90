/** Which backend to use, from what was measured. Pure. */
import type { Backend } from '../messages/messages';

/** What a candidate did with the test picture. */
export interface Measurement {
  readonly backend: Backend;
  /** Median milliseconds of the network for the timed picture. */
  readonly milliseconds: number;
  /** The small test picture, painted: RGBA. */
  readonly pixels: Uint8ClampedArray;
}

/** More than rounding, in 0..255: a provider that differs by this much computes wrong pictures. */
const LARGEST_DIFFERENCE = 2;

/** A change of backend has to be worth its start. */
const WORTHWHILE = 0.9;

/** The backends worth measuring on a machine; the plain one, which the others must agree with,
 * first. */
export function candidates(machine: {
  readonly isolated: boolean;
  readonly cores: number;
  readonly webgpu: boolean;
}): Backend[] {
  const found: Backend[] = [{ provider: 'wasm', threads: 1 }];
  if (machine.isolated && machine.cores >= 2) found.push({ provider: 'wasm', threads: 2 });
  if (machine.isolated && machine.cores >= 4) found.push({ provider: 'wasm', threads: 4 });
  if (machine.webgpu) found.push({ provider: 'webgpu', threads: 1 });
  return found;
}

/** The backend to begin with, before anything is known of the machine. */
export function firstGuess(machine: {
  readonly isolated: boolean;
  readonly cores: number;
}): Backend {
  return { provider: 'wasm', threads: machine.isolated && machine.cores >= 2 ? 2 : 1 };
}

/** The fastest of the backends that paint what the first one paints, if it is worth a change. */
export function fastestAgreeing(measurements: readonly Measurement[]): Backend | null {
  const [reference] = measurements;
  if (!reference) return null;
  return measurements
    .filter(({ pixels }) => agrees(pixels, reference.pixels))
    .reduce((best, candidate) =>
      candidate.milliseconds < WORTHWHILE * best.milliseconds ? candidate : best,
    ).backend;
}

/** Whether a painted picture is the reference, and no uniform surface. */
export function agrees(pixels: Uint8ClampedArray, reference: Uint8ClampedArray): boolean {
  if (pixels.length !== reference.length) return false;
  let least = 255;
  let most = 0;
  for (let i = 0; i < pixels.length; i++) {
    if (Math.abs(pixels[i]! - reference[i]!) > LARGEST_DIFFERENCE) return false;
    if (i % 4 === 3) continue;
    least = Math.min(least, pixels[i]!);
    most = Math.max(most, pixels[i]!);
  }
  return most > least;
}
