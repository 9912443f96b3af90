/**
 * The person's own styles, in IndexedDB: their images are too large for the other storages. Every
 * context of the extension reads and writes them; the engine is one that has no other storage.
 */
import { STYLE_DIM } from '../style/style';
import { isOwnId, type OwnStyle } from '../style/own-style';

const DATABASE = 'pastiche';
const STORE = 'own-styles';
/** The form of the database and of its records; raised with a migration in `onupgradeneeded`. */
const VERSION = 1;

const CHANNEL = 'own-styles';

/** One for the whole context: what it sends comes back to every other context alone. */
let channel: BroadcastChannel | null = null;
const listeners = new Set<() => void>();

/** All own styles, the oldest first. Damaged records are left out. Rejects without a database. */
export async function readOwnStyles(): Promise<OwnStyle[]> {
  const stored = await transact('readonly', (store) => store.getAll());
  return (stored as unknown[])
    .filter(isRecord)
    .sort((a, b) => a.added - b.added || (a.id < b.id ? -1 : 1));
}

/** Adds styles, all or none; one that is there already stays. Rejects where the storage is full. */
export async function addOwnStyles(styles: readonly OwnStyle[]): Promise<void> {
  const present = new Set((await readOwnStyles()).map(({ id }) => id));
  const added = styles.filter(({ id }) => !present.has(id));
  if (added.length > 0) await write((store) => added.forEach((style) => store.put(style)));
  changed();
}

/**
 * Changes a style in one step, so that what another window changes of it stays; nothing where it
 * was removed.
 * @param isSilent Whether nobody needs to look at the style again.
 */
export async function changeOwnStyle(
  id: string,
  changes: Partial<Omit<OwnStyle, 'id'>>,
  isSilent = false,
): Promise<void> {
  await write((store) => {
    const reading = store.get(id);
    reading.onsuccess = () => {
      if (isRecord(reading.result)) store.put({ ...reading.result, ...changes });
    };
  });
  if (!isSilent) changed();
}

export async function removeOwnStyle(id: string): Promise<void> {
  await write((store) => store.delete(id));
  changed();
}

export async function removeAllOwnStyles(): Promise<void> {
  await write((store) => store.clear());
  changed();
}

/** Calls back whenever any context adds, changes or removes a style; returns how to stop. */
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

let opening: Promise<IDBDatabase> | null = null;

function openDatabase(): Promise<IDBDatabase> {
  opening ??= new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(DATABASE, VERSION);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'id' });
    request.onsuccess = () => {
      // Another context with a later version must not wait for this one.
      request.result.onversionchange = () => {
        request.result.close();
        opening = null;
      };
      resolve(request.result);
    };
    request.onerror = () => reject(request.error ?? new Error('no database'));
  });
  opening.catch(() => {
    opening = null;
  });
  return opening;
}

async function transact(
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest,
): Promise<unknown> {
  const database = await openDatabase();
  return new Promise((resolve, reject) => {
    const request = ask(database.transaction(STORE, mode).objectStore(STORE));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the database can’t be read'));
  });
}

async function write(work: (store: IDBObjectStore) => void): Promise<void> {
  const database = await openDatabase();
  await new Promise<void>((resolve, reject) => {
    const transaction = database.transaction(STORE, 'readwrite');
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () =>
      reject(transaction.error ?? new Error('the database can’t be written'));
    work(transaction.objectStore(STORE));
  });
}

function isRecord(value: unknown): value is OwnStyle {
  if (typeof value !== 'object' || value === null) return false;
  const { id, title, added, image, swatch, vector, styleSpace } = value as Record<string, unknown>;
  return (
    isOwnId(id) &&
    typeof title === 'string' &&
    typeof added === 'number' &&
    (image === null || image instanceof Blob) &&
    (swatch === null || swatch instanceof Blob) &&
    (vector === null || (vector instanceof Float32Array && vector.length === STYLE_DIM)) &&
    (styleSpace === null || typeof styleSpace === 'string')
  );
}
