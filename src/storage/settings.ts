import browser from 'webextension-polyfill';

import { normaliseMix, type StyleMix } from '../style/mix';

/** What the person has chosen. Kept in `storage.local` under one key each. */
export interface Settings {
  /** The current mix: what the next restyle uses. */
  readonly mix: StyleMix;
  /** The largest picture the engine is given, in megapixels, on the Wasm provider. */
  readonly budget: number;
}

export const DEFAULT_SETTINGS: Settings = { mix: { 'starry-night': 1 }, budget: 1.5 };

const READERS: { readonly [K in keyof Settings]: (stored: unknown) => Settings[K] | undefined } = {
  mix: (stored) =>
    typeof stored === 'object' && stored !== null && !Array.isArray(stored)
      ? normaliseMix(stored as Record<string, number>)
      : undefined,
  budget: (stored) =>
    typeof stored === 'number' && stored >= 0.05 && stored <= 16 ? stored : undefined,
};

/** The settings; what is missing or damaged in the storage has its default. */
export async function readSettings(): Promise<Settings> {
  const stored = await browser.storage.local.get(Object.keys(READERS));
  return {
    mix: READERS.mix(stored['mix']) ?? DEFAULT_SETTINGS.mix,
    budget: READERS.budget(stored['budget']) ?? DEFAULT_SETTINGS.budget,
  };
}

/** Changes some settings and leaves the others alone. Rejects where the storage is full. */
export async function writeSettings(changes: Partial<Settings>): Promise<void> {
  await browser.storage.local.set(changes);
}

/** Calls back with the settings whenever any context changes them; returns how to stop. */
export function observeSettings(callback: (settings: Settings) => void): () => void {
  const listener = (changes: Record<string, unknown>, area: string): void => {
    if (area !== 'local' || !Object.keys(READERS).some((key) => key in changes)) return;
    void readSettings().then(callback);
  };
  browser.storage.onChanged.addListener(listener);
  return () => browser.storage.onChanged.removeListener(listener);
}
