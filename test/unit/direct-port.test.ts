import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Runtime } from 'webextension-polyfill';

import { pairing, PAIRING_TIMEOUT_MS } from '../../src/protocol/direct-port';

class FakeLifeline {
  readonly disconnect = vi.fn();
  gone: () => void = () => undefined;
  readonly onDisconnect = { addListener: (listener: () => void) => (this.gone = listener) };

  get port(): Runtime.Port {
    return this as unknown as Runtime.Port;
  }
}

describe('the halves of a direct port', () => {
  const onPair = vi.fn();
  const port = { close: vi.fn() };
  const half = { port: port as unknown as MessagePort };
  let lifeline: FakeLifeline;
  let accept: ReturnType<typeof pairing>;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.clearAllMocks();
    lifeline = new FakeLifeline();
    accept = pairing(onPair);
  });
  afterEach(() => vi.useRealTimers());

  it.each(['port', 'lifeline'] as const)(
    'come together, the %s first, and are left alone',
    (first) => {
      const halves = [half, { lifeline: lifeline.port }];
      for (const one of first === 'port' ? halves : halves.toReversed()) accept('token', one);
      expect(onPair).toHaveBeenCalledExactlyOnceWith(half.port, lifeline.port);
      vi.advanceTimersByTime(PAIRING_TIMEOUT_MS);
      expect(port.close).not.toHaveBeenCalled();
      expect(lifeline.disconnect).not.toHaveBeenCalled();
    },
  );

  it('of different tokens stay apart, and are closed when they have waited long enough', () => {
    accept('one', half);
    accept('other', { lifeline: lifeline.port });
    vi.advanceTimersByTime(PAIRING_TIMEOUT_MS);
    expect(port.close).toHaveBeenCalledOnce();
    expect(lifeline.disconnect).toHaveBeenCalledOnce();
    accept('one', { lifeline: lifeline.port });
    expect(onPair).not.toHaveBeenCalled();
  });

  it('are not paired with a lifeline that has gone', () => {
    accept('token', { lifeline: lifeline.port });
    lifeline.gone();
    accept('token', half);
    expect(onPair).not.toHaveBeenCalled();
  });
});
