/**
 * Synchronises settings between the user's machines. All contexts read and write only
 * `storage.local`, which is fast and always available; the background mirrors records that are not
 * bound to one machine in `storage.sync`, one by one, so that machines that change different ones
 * don't overwrite each other. Records beyond its quota stay local.
 *
 * Not synchronised: the current mix and the resolution, which belong to the machine; own styles, which
 * are too large; site rules, since the sites that a user visits are nobody else's business.
 */
import browser from 'webextension-polyfill';

import { detach } from '../core/detach';

/** Keys in `storage.local` that are synchronised, and prefixes of such keys. */
const SYNCED_KEYS = ['video', 'order'];
const SYNCED_PREFIXES = ['favourite:'];

type Changes = Readonly<Record<string, { readonly newValue?: unknown }>>;

/** One step at a time, so that each sees the effects of the last. */
let queue: Promise<void> = Promise.resolve();

/** Own writes, by area and key, that the browser has not reported yet. */
const own = new Map<string, string[]>();

/** Follows both areas. To be called before the first await of a service worker. */
export function serveSync(): void {
  browser.storage.onChanged.addListener((changes: Changes, area: string) => {
    if (area === 'local' || area === 'sync') follow(area, changes);
  });
}

/**
 * Copies records that only one area has to the other. For installation, updates and starts, when
 * changes may have been missed. If both areas have a record, the one from the other machines wins.
 */
export function reconcile(): Promise<void> {
  return inTurn(async () => {
    const [local, sync] = await Promise.all([
      browser.storage.local.get(null),
      browser.storage.sync.get(null),
    ]);
    const arriving = Object.entries(sync).filter(
      ([key, value]) => isSynced(key) && !isSame(local[key], value),
    );
    await write('local', Object.fromEntries(arriving));
    const leaving = Object.entries(local).filter(([key]) => isSynced(key) && !(key in sync));
    await send(Object.fromEntries(leaving));
  });
}

/** Whether a key is synchronised. */
export function isSynced(key: string): boolean {
  return SYNCED_KEYS.includes(key) || SYNCED_PREFIXES.some((prefix) => key.startsWith(prefix));
}

function follow(area: 'local' | 'sync', changes: Changes): void {
  const news = Object.entries(changes).filter(([key, { newValue }]) => {
    if (!isSynced(key)) return false;
    return !isEcho(`${area} ${key}`, textOf(newValue));
  });
  if (news.length === 0) return;
  const keys = news.map(([key]) => key);
  detach(
    inTurn(async () => {
      // The present values: the change that is being handled may be outdated.
      const values = await browser.storage[area].get(keys);
      if (area === 'local') await send(values);
      else await write('local', values);
      const removed = keys.filter((key) => !(key in values));
      await remove(area === 'local' ? 'sync' : 'local', removed);
    }),
  );
}

function expectEcho(id: string, text: string): void {
  own.set(id, [...(own.get(id) ?? []), text]);
}

function isEcho(id: string, text: string): boolean {
  const expected = own.get(id) ?? [];
  const place = expected.indexOf(text);
  if (place < 0) return false;
  own.set(id, expected.slice(place + 1));
  return true;
}

/** Sends records to the other machines: all or, if the quota forbids that, as many as fit. */
async function send(values: Readonly<Record<string, unknown>>): Promise<void> {
  try {
    await write('sync', values);
  } catch {
    for (const [key, value] of Object.entries(values)) {
      try {
        await write('sync', { [key]: value });
      } catch {
        // An older version of a record that no longer fits would come back later as a change.
        await remove('sync', [key]).catch(() => undefined);
      }
    }
  }
}

async function write(
  area: 'local' | 'sync',
  values: Readonly<Record<string, unknown>>,
): Promise<void> {
  const entries = Object.entries(values);
  const there = await browser.storage[area].get(entries.map(([key]) => key));
  const different = entries.filter(([key, value]) => !isSame(there[key], value));
  if (different.length === 0) return;
  for (const [key, value] of different) expectEcho(`${area} ${key}`, textOf(value));
  try {
    await browser.storage[area].set(Object.fromEntries(different));
  } catch (thrown) {
    for (const [key, value] of different) isEcho(`${area} ${key}`, textOf(value));
    throw thrown;
  }
}

async function remove(area: 'local' | 'sync', keys: readonly string[]): Promise<void> {
  const there = Object.keys(await browser.storage[area].get([...keys]));
  if (there.length === 0) return;
  for (const key of there) expectEcho(`${area} ${key}`, textOf(undefined));
  await browser.storage[area].remove(there);
}

function inTurn(work: () => Promise<void>): Promise<void> {
  // If the browser has no sync, or refuses for now, everything stays as it is.
  queue = queue.then(work).catch(() => undefined);
  return queue;
}

function isSame(a: unknown, b: unknown): boolean {
  return textOf(a) === textOf(b);
}

/** Independent of the order of keys, which storages do not keep. */
function textOf(value: unknown): string {
  return (
    JSON.stringify(value, (_, part: unknown) =>
      typeof part === 'object' && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    ) ?? ''
  );
}
