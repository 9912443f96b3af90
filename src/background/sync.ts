/**
 * Carries settings between the person's machines. Every context reads and writes `storage.local`
 * alone, which is fast and never out of reach; the background mirrors what is not bound to one
 * machine in `storage.sync`, record by record, so that two machines that change different ones
 * don't overwrite each other. What doesn't fit its quota simply stays local.
 *
 * Not carried: the current mix and the resolution, which belong to the machine; own styles, which
 * are too large; sites' rules, since which sites a person visits is nobody's business.
 */
import browser from 'webextension-polyfill';

import { detach } from '../core/detach';

/** Keys in `storage.local` of what is carried, and prefixes of such. */
const CARRIED = ['video', 'order'];
const CARRIED_PREFIXES = ['favourite:'];

type Changes = Readonly<Record<string, { readonly newValue?: unknown }>>;

/** One step at a time: what comes while a step is done sees what it did. */
let queue: Promise<void> = Promise.resolve();

/** What was written here, by area and key, that the browser has not told of yet. */
const own = new Map<string, string[]>();

/** Follows both areas from now on. To be called before the first await of a service worker. */
export function serveSync(): void {
  browser.storage.onChanged.addListener((changes: Changes, area: string) => {
    if (area === 'local' || area === 'sync') follow(area, changes);
  });
}

/**
 * Brings both areas together: what only one of them has is given to the other. After installing,
 * updating, or a start, when changes may have been missed. Where both have a record, the one that
 * came from the other machines stays.
 */
export function reconcile(): Promise<void> {
  return inTurn(async () => {
    const [local, sync] = await Promise.all([
      browser.storage.local.get(null),
      browser.storage.sync.get(null),
    ]);
    const arriving = Object.entries(sync).filter(
      ([key, value]) => isCarried(key) && !isSame(local[key], value),
    );
    await write('local', Object.fromEntries(arriving));
    const leaving = Object.entries(local).filter(([key]) => isCarried(key) && !(key in sync));
    await send(Object.fromEntries(leaving));
  });
}

/** Whether a key is one of those that are carried between machines. */
export function isCarried(key: string): boolean {
  return CARRIED.includes(key) || CARRIED_PREFIXES.some((prefix) => key.startsWith(prefix));
}

function follow(area: 'local' | 'sync', changes: Changes): void {
  const news = Object.entries(changes).filter(([key, { newValue }]) => {
    if (!isCarried(key)) return false;
    return !isEcho(`${area} ${key}`, textOf(newValue));
  });
  if (news.length === 0) return;
  const keys = news.map(([key]) => key);
  detach(
    inTurn(async () => {
      // As it is now: when its turn comes, the change may be one of yesterday.
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

/** Gives records to the other machines: all or, where the quota forbids that, as many as fit. */
async function send(values: Readonly<Record<string, unknown>>): Promise<void> {
  try {
    await write('sync', values);
  } catch {
    for (const [key, value] of Object.entries(values)) {
      try {
        await write('sync', { [key]: value });
      } catch {
        // An older version of a record that no longer fits would come back as news one day.
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
  // A browser without sync, or one that refuses for now, leaves everything where it is.
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
