import { describe, expect, it } from 'vitest';

import { rateOn, watchPower } from '../../src/page/videos/power';

class Battery extends EventTarget {
  charging = false;
}

describe('power', () => {
  it('lowers a high rate on a battery, and no other', () => {
    expect(rateOn(false, 24)).toBe(24);
    expect(rateOn(true, 24)).toBe(15);
    expect(rateOn(true, 10)).toBe(10);
  });

  it('is told of at first and whenever it changes, until it ends', async () => {
    const battery = new Battery();
    const told: boolean[] = [];
    const abort = new AbortController();
    const navigator = { getBattery: () => Promise.resolve(battery) };
    watchPower(navigator, (onBattery) => told.push(onBattery), abort.signal);
    await navigator.getBattery();
    await Promise.resolve();
    expect(told).toEqual([true]);
    battery.charging = true;
    battery.dispatchEvent(new Event('chargingchange'));
    expect(told).toEqual([true, false]);
    abort.abort();
    battery.dispatchEvent(new Event('chargingchange'));
    expect(told).toEqual([true, false]);
  });

  it('is taken for mains where the browser does not tell', async () => {
    const told: boolean[] = [];
    const { signal } = new AbortController();
    watchPower({}, (onBattery) => told.push(onBattery), signal);
    const refusing = { getBattery: () => Promise.reject(new Error('forbidden')) };
    watchPower(refusing, (onBattery) => told.push(onBattery), signal);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(told).toEqual([]);
  });
});
