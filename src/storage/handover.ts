/**
 * Pictures on their way from a page to the editor. In a database of their own: they are too large
 * for messages that outlive the service worker, and are forgotten after a day.
 */

import { Database } from './database';

const database = new Database<HandedOver>('pastiche-handover', 'pictures', 1);

/** A page that was left open still finds its picture. Milliseconds. */
const KEPT = 24 * 60 * 60 * 1000;

/** A picture of a page, and where it is. */
export interface HandedOver {
  readonly id: string;
  /** A file, at the picture's own size. */
  readonly file: Blob;
  /** Address of the picture, which also names what is saved. */
  readonly source: string;
  /** False where it is only the part that a page could show. Missing in older records. */
  readonly isWhole?: boolean;
  /** Whether it is a frame of a video. */
  readonly isVideo: boolean;
  readonly tabId: number;
  readonly frameId: number;
  readonly added: number;
}

/** Keeps a picture for the editor. Rejects where the storage is full. */
export async function handOver(picture: HandedOver): Promise<void> {
  await database.write(async (store) => {
    const old = (await store.getAll()).filter(({ added }) => Date.now() - added > KEPT);
    await Promise.all(old.map(({ id }) => store.delete(id)));
    await store.put(picture);
  });
}

/** A picture that was handed over; null if there is none of this name any more. */
export async function takeOver(id: string): Promise<HandedOver | null> {
  return (await database.read((store) => store.get(id))) ?? null;
}
