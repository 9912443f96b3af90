/**
 * Pictures on their way from a page to the editor. They have a database of their own: they are too
 * large for `storage.session`, and are deleted after a day.
 */

import { Database } from './database';

const database = new Database<HandedOver>('pastiche-handover', 'pictures', 1);

/** How long a picture is kept: a page left open still finds it. Milliseconds. */
const RETENTION_MS = 24 * 60 * 60 * 1000;

/** A picture of a page, with its place. */
export interface HandedOver {
  readonly id: string;
  /** A file, at the picture's own size. */
  readonly file: Blob;
  /** Address of the picture; saved files are named after it. */
  readonly source: string;
  /** False for the part that a page could show. Missing in older records. */
  readonly isWhole?: boolean;
  /** Whether it is a frame of a video. */
  readonly isVideo: boolean;
  readonly tabId: number;
  readonly frameId: number;
  readonly added: number;
}

/** Keeps a picture for the editor. Rejects if the storage is full. */
export async function handOver(picture: HandedOver): Promise<void> {
  await database.write(async (store) => {
    const old = (await store.getAll()).filter(({ added }) => Date.now() - added > RETENTION_MS);
    await Promise.all(old.map(({ id }) => store.delete(id)));
    await store.put(picture);
  });
}

/** The picture handed over under this id; null if there is none any more. */
export async function takeOver(id: string): Promise<HandedOver | null> {
  return (await database.read((store) => store.get(id))) ?? null;
}
