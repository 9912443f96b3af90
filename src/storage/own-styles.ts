/**
 * The user's own styles, in IndexedDB: their images are too large for the other storages, and the
 * engine's contexts have no other one.
 */
import * as v from 'valibot';

import { ownId, type OwnStyle } from '../core/style/own-style';
import { STYLE_DIM } from '../core/style/style';
import { Database } from './database';

/** Records of a later version may have unknown fields. */
const database = new Database<OwnStyle>('pastiche', 'own-styles', 1);

/** Of records of version 0.1.0, which asked for a title and no more. */
const UNSAID = { artist: '', year: '', licence: '' };

const CHANNEL = 'own-styles';

/** One channel for the whole context: its messages reach all other contexts, but not itself. */
let channel: BroadcastChannel | null = null;
const listeners = new Set<() => void>();

/** All own styles, the oldest first, without damaged records. Rejects without a database. */
export async function readOwnStyles(): Promise<OwnStyle[]> {
  const stored = await database.read((store) => store.getAll());
  return stored
    .flatMap((style) => (v.is(record, style) ? [{ ...UNSAID, ...style }] : []))
    .sort((a, b) => a.added - b.added || (a.id < b.id ? -1 : 1));
}

/**
 * Adds styles, all or none. One that is there already stays; where it came without its picture, and
 * has it now, it gets what it lacks.
 * @returns How many are new or have got their picture.
 * @throws {DOMException} also where the storage is full.
 */
export async function addOwnStyles(styles: readonly OwnStyle[]): Promise<number> {
  const count = await database.write(async (store) => {
    const present = new Map((await store.getAll()).map((style) => [style.id, style]));
    const kept = styles.flatMap((style) => {
      const before = present.get(style.id);
      if (!before) return [style];
      if (before.image || !style.image || !v.is(record, before)) return [];
      return [{ ...style, title: before.title, added: before.added, swatch: before.swatch }];
    });
    await Promise.all(kept.map((style) => store.put(style)));
    return kept.length;
  });
  changed();
  return count;
}

/**
 * Changes a style in one transaction, so that changes by other windows are kept; does nothing if it
 * was removed.
 * @param isSilent Whether not to notify observers.
 */
export async function changeOwnStyle(
  id: string,
  changes: Partial<Omit<OwnStyle, 'id'>>,
  isSilent = false,
): Promise<void> {
  await database.write(async (store) => {
    const style = await store.get(id);
    if (v.is(record, style)) await store.put({ ...style, ...changes });
  });
  if (!isSilent) changed();
}

export async function removeOwnStyle(id: string): Promise<void> {
  await database.write((store) => store.delete(id));
  changed();
}

export async function removeAllOwnStyles(): Promise<void> {
  await database.write((store) => store.clear());
  changed();
}

/** Calls back whenever any context adds, changes or removes a style; returns a function that stops it. */
export function observeOwnStyles(callback: () => void): () => void {
  openChannel();
  listeners.add(callback);
  return () => listeners.delete(callback);
}

function changed(): void {
  openChannel().postMessage(null);
  for (const listener of listeners) listener();
}

function openChannel(): BroadcastChannel {
  if (!channel) {
    channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = () => {
      for (const listener of listeners) listener();
    };
  }
  return channel;
}

const record = v.object({
  id: ownId,
  title: v.string(),
  artist: v.optional(v.string()),
  year: v.optional(v.string()),
  licence: v.optional(v.string()),
  added: v.number(),
  image: v.nullable(v.instance(Blob)),
  swatch: v.nullable(v.instance(Blob)),
  vector: v.nullable(v.pipe(v.instance(Float32Array), v.length(STYLE_DIM))),
  styleSpace: v.nullable(v.string()),
});
