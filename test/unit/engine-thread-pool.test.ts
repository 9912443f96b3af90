import { afterEach, describe, expect, it, vi } from 'vitest';

import { ThreadPool, failThreads } from '../../src/engine/worker/kernels/thread-pool';
import type { Kernels, Plan } from '../../src/engine/worker/kernels/plan';

/** Steps that do nothing but meet. */
function planOfSteps(count: number): Plan {
  const steps = Array.from({ length: count }, () => {
    return { name: '', macs: 0, units: 0, calls: () => [] };
  });
  return { steps, bytes: 0, content: 0, pastiche: 0, pixels: 0, shares: 0 };
}

describe('a thread of a kernel network', () => {
  afterEach(() => vi.restoreAllMocks());

  function leaderOfTwo(): { leader: ThreadPool; memory: WebAssembly.Memory } {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    return { leader: new ThreadPool(memory, {} as Kernels, 0, 2), memory };
  }

  it('learns that another one fails while it waits for it, also in the last step', () => {
    const { leader, memory } = leaderOfTwo();
    vi.spyOn(Atomics, 'wait').mockImplementation(() => {
      failThreads(memory);
      return 'ok';
    });
    expect(() => leader.run(planOfSteps(1))).toThrow('another thread has failed');
  });

  it('does not begin again once one has failed', () => {
    const { leader, memory } = leaderOfTwo();
    failThreads(memory);
    const onStep = vi.fn();
    expect(() => leader.run(planOfSteps(2), onStep)).toThrow('another thread has failed');
    expect(onStep).not.toHaveBeenCalled();
  });
});
