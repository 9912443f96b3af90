/**
 * Use counts of styles. In `storage.local`, a key for each style, so that two windows count different
 * styles without overwriting each other. An occasional lost count does no harm.
 */
import browser from 'webextension-polyfill';

/** Number of uses by style. */
export type Uses = Readonly<Record<string, number>>;

const PREFIX = 'use:';

export async function readUses(): Promise<Uses> {
  const stored = await browser.storage.local.get(null);
  return Object.fromEntries(
    Object.entries(stored)
      .filter(([key]) => key.startsWith(PREFIX))
      .map(([key, value]) => [key.slice(PREFIX.length), countOf(value)]),
  );
}

/** Counts one use of each of these styles. Never rejects: a full storage must not cost a picture. */
export async function countUses(styles: readonly string[]): Promise<void> {
  const keys = styles.map((id) => PREFIX + id);
  try {
    const before = await browser.storage.local.get(keys);
    await browser.storage.local.set(
      Object.fromEntries(keys.map((key) => [key, countOf(before[key]) + 1])),
    );
  } catch {
    // The counts only affect the order of a list.
  }
}

function countOf(stored: unknown): number {
  return typeof stored === 'number' && Number.isSafeInteger(stored) && stored > 0 ? stored : 0;
}
