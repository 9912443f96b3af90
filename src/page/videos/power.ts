/** Whether the machine runs on its battery, where the browser tells (Chrome, on secure pages). */

/** Styled frames per second on a battery, at most. */
const BATTERY_RATE = 15;

interface Battery extends EventTarget {
  readonly charging: boolean;
}

interface BatteryNavigator {
  getBattery?(): Promise<Battery>;
}

/** The rate to be reached, of the one that is wanted. */
export function rateOn(onBattery: boolean, wanted: number): number {
  return onBattery ? Math.min(wanted, BATTERY_RATE) : wanted;
}

/**
 * Calls back whenever the machine changes between mains and battery, and once at first if it is on
 * its battery.
 * @param navigator The browser's.
 */
export function watchPower(
  navigator: object,
  onChange: (onBattery: boolean) => void,
  signal: AbortSignal,
): void {
  const watch = (battery: Battery): void => {
    if (signal.aborted) return;
    battery.addEventListener('chargingchange', () => onChange(!battery.charging), { signal });
    if (!battery.charging) onChange(true);
  };
  // A page's policy may forbid it.
  (navigator as BatteryNavigator).getBattery?.().then(watch, () => undefined);
}
