/**
 * Pictures on their way from a page to the editor. In a database of their own: they are too large
 * for messages that outlive the service worker, and are forgotten after a day.
 */

const DATABASE = 'pastiche-handover';
const STORE = 'pictures';

/** A page that was left open still finds its picture. Milliseconds. */
const KEPT = 24 * 60 * 60 * 1000;

/** A picture of a page, and where it is. */
export interface HandedOver {
  readonly id: string;
  /** A file, at the picture's own size. */
  readonly file: Blob;
  /** Address of the picture, which also names what is saved. */
  readonly source: string;
  /** Whether it is a frame of a video. */
  readonly isVideo: boolean;
  readonly tabId: number;
  readonly frameId: number;
  readonly added: number;
}

/** Keeps a picture for the editor. Rejects where the storage is full. */
export async function handOver(picture: HandedOver): Promise<void> {
  await transact('readwrite', (store) => {
    const reading = store.getAll();
    reading.onsuccess = () => {
      for (const old of reading.result as HandedOver[]) {
        if (Date.now() - old.added > KEPT) store.delete(old.id);
      }
    };
    return store.put(picture);
  });
}

/** A picture that was handed over; null if there is none of this name any more. */
export async function takeOver(id: string): Promise<HandedOver | null> {
  const found = await transact('readonly', (store) => store.get(id));
  return (found as HandedOver | undefined) ?? null;
}

async function transact(
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest,
): Promise<unknown> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'id' });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('no database'));
  });
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = ask(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? new Error('it can’t be kept'));
    });
  } finally {
    database.close();
  }
}
