import { describe, expect, it } from 'vitest';

import { compare } from '../../src/engine/host/backend-trial';
import {
  candidates,
  fastest,
  firstBackend,
  firstWithoutKernels,
  judge,
  parseOverride,
  parseVerdict,
  type Measurement,
} from '../../src/engine/host/backends';
import type { Backend } from '../../src/protocol/messages';

const ONE: Backend = { provider: 'wasm', threads: 1 };
const TWO: Backend = { provider: 'wasm', threads: 2 };
const KERNELS: Backend = { provider: 'kernels', threads: 2 };
const GPU: Backend = { provider: 'webgpu', threads: 1 };

const DAY = 24 * 3600 * 1000;

function measured(
  backend: Backend,
  milliseconds: number,
  rest: Partial<Measurement> = {},
): Measurement {
  return { backend, milliseconds, difference: 0, contrast: 200, ...rest };
}

describe('before any measurement', () => {
  it('uses two threads where there can be threads and two cores', () => {
    expect(firstBackend({ isolated: true, cores: 8, kernels: false })).toEqual(TWO);
    expect(firstBackend({ isolated: true, cores: 1, kernels: false })).toEqual(ONE);
    expect(firstBackend({ isolated: false, cores: 8, kernels: false })).toEqual(ONE);
  });

  it('uses our own kernels where the browser can compile them', () => {
    const capabilities = { isolated: true, cores: 8, kernels: true };
    expect(firstBackend(capabilities)).toEqual(KERNELS);
    expect(firstWithoutKernels(capabilities)).toEqual(TWO);
  });

  it('measures what the machine can run, single-threaded Wasm first', () => {
    expect(candidates({ isolated: false, cores: 8, kernels: false }, false)).toEqual([ONE]);
    expect(candidates({ isolated: true, cores: 2, kernels: false }, true)).toEqual([ONE, TWO, GPU]);
    expect(candidates({ isolated: true, cores: 8, kernels: false }, false)).toHaveLength(3);
  });

  it('compares our own kernels with onnxruntime-web', () => {
    const capabilities = { isolated: true, cores: 2, kernels: true };
    const single: Backend = { provider: 'kernels', threads: 1 };
    expect(candidates(capabilities, true)).toEqual([TWO, single, KERNELS, GPU]);
  });
});

describe('fastest', () => {
  it('is the fastest of those whose picture is right', () => {
    expect(fastest([measured(ONE, 100), measured(TWO, 60), measured(GPU, 10)])).toEqual(GPU);
    expect(fastest([measured(ONE, 100), measured(GPU, 10, { difference: 3 })])).toEqual(ONE);
    expect(fastest([measured(ONE, 100), measured(GPU, 10, { contrast: 0 })])).toEqual(ONE);
    expect(fastest([])).toBeUndefined();
  });

  it('takes no more threads for a small gain', () => {
    expect(fastest([measured(ONE, 100), measured(TWO, 95)])).toEqual(ONE);
    expect(fastest([measured(ONE, 100), measured(TWO, 130)])).toEqual(ONE);
  });
});

describe('a verdict', () => {
  const verdict = judge('key', 5 * DAY, [measured(ONE, 90), measured(TWO, 50), measured(GPU, 9)]);

  it('names the best backend, and the best for the first picture', () => {
    expect(verdict).toEqual({ key: 'key', date: 5 * DAY, best: GPU, bestWasm: TWO });
  });

  it('lets our own kernels paint the first picture where they are the fastest', () => {
    const found = [measured(TWO, 50), measured(KERNELS, 20), measured(GPU, 9)];
    expect(judge('key', 0, found)).toMatchObject({ best: GPU, bestWasm: KERNELS });
    const wrong = [measured(TWO, 50), measured(KERNELS, 20, { difference: 3 })];
    expect(judge('key', 0, wrong)).toMatchObject({ best: TWO, bestWasm: TWO });
  });

  it('is plain Wasm where nothing was right', () => {
    expect(judge('key', 0, [measured(ONE, 9, { contrast: 0 })]).best).toEqual(ONE);
  });

  it('is remembered for a week', () => {
    const stored = JSON.stringify(verdict);
    expect(parseVerdict(stored, 12 * DAY)).toEqual(verdict);
    expect(parseVerdict(stored, 12 * DAY + 1)).toBeNull();
    // A date in the future: the clock was wrong.
    expect(parseVerdict(stored, 4 * DAY)).toBeNull();
  });

  it.each([null, '', 'null', '7', '{}', '{"key":"a","date":1,"best":{"provider":"cuda"}}'])(
    'is not read from %s',
    (stored) => expect(parseVerdict(stored, 2)).toBeNull(),
  );
});

describe('the override', () => {
  it('names a backend, forbids trials, or says nothing', () => {
    expect(parseOverride('{"provider":"wasm","threads":2}')).toEqual({
      backend: TWO,
      trial: false,
    });
    expect(parseOverride('{"provider":"webgpu"}')).toEqual({ backend: GPU, trial: false });
    expect(parseOverride('{"trial":false}')).toEqual({ backend: null, trial: false });
    expect(parseOverride(null)).toEqual({ backend: null, trial: true });
    expect(parseOverride('{"provider":"wasm","threads":-1}')).toEqual({
      backend: null,
      trial: true,
    });
  });
});

describe('compare', () => {
  it('finds the largest difference and the contrast of colours, not of alpha', () => {
    const reference = Uint8Array.of(10, 20, 30, 255, 40, 50, 60, 255);
    expect(compare(reference, reference)).toEqual({ difference: 0, contrast: 50 });
    expect(compare(Uint8Array.of(10, 25, 30, 0, 40, 49, 60, 0), reference)).toEqual({
      difference: 5,
      contrast: 50,
    });
    expect(compare(new Uint8Array(8), reference).contrast).toBe(0);
  });
});
