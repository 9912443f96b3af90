/** Detects battery power, if the browser reports it (Chrome, on secure pages). */

/** Maximum number of styled frames per second on a battery. */
const BATTERY_RATE = 15;

interface Battery extends EventTarget {
  readonly charging: boolean;
}

interface BatteryNavigator {
  getBattery?(): Promise<Battery>;
}

/** The target rate, limited on a battery. */
export function rateOn(onBattery: boolean, wanted: number): number {
  return onBattery ? Math.min(wanted, BATTERY_RATE) : wanted;
}

/**
 * Calls back whenever the machine changes between mains and battery, and at once if it is on battery.
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
