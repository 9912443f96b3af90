/** IndexedDB with one store per database, opened when it is first needed. */
import { openDB, type IDBPDatabase } from 'idb';

import { detach } from '../core/detach';

interface ReadableStore<Value> {
  get(id: string): Promise<Value | undefined>;
  getAll(): Promise<Value[]>;
  getAllKeys(): Promise<unknown[]>;
}

interface WritableStore<Value> extends ReadableStore<Value> {
  put(value: Value): Promise<unknown>;
  delete(id: string): Promise<void>;
  clear(): Promise<void>;
}

/** @template Value The records; another version may have stored others. */
export class Database<Value extends { readonly id: string }> {
  private opening: Promise<IDBPDatabase> | null = null;

  /**
   * @param store Name of the store; its records have their key in `id`.
   * @param version Version of the database and its records; raised with a migration in `open`.
   */
  constructor(
    private readonly name: string,
    private readonly store: string,
    private readonly version: number,
  ) {}

  /**
   * Resolves to the result of `work`, which must not wait for anything but the store's answers.
   * @throws {DOMException} without a database; whatever `work` throws.
   */
  async read<Result>(work: (store: ReadableStore<Value>) => Promise<Result>): Promise<Result> {
    return work((await this.open()).transaction(this.store, 'readonly').store);
  }

  /**
   * As {@link read}, but may change the store: all changes of `work` are kept or none. Resolves when
   * they are.
   * @throws {DOMException} also if the storage is full.
   */
  async write<Result>(work: (store: WritableStore<Value>) => Promise<Result>): Promise<Result> {
    const transaction = (await this.open()).transaction(this.store, 'readwrite');
    let isEnded = false;
    const ended = transaction.done.finally(() => {
      isEnded = true;
    });
    const worked = work(transaction.store).catch((thrown: unknown) => {
      if (!isEnded) transaction.abort();
      throw thrown;
    });
    const [result] = await Promise.all([worked, ended]);
    return result;
  }

  private async open(): Promise<IDBPDatabase> {
    const forget = (): void => {
      this.opening = null;
    };
    this.opening ??= openDB(this.name, this.version, {
      upgrade: (database) => {
        database.createObjectStore(this.store, { keyPath: 'id' });
      },
      // Another context with a later version must not wait for this one.
      blocking: () => {
        detach(this.close());
      },
      terminated: forget,
    });
    this.opening.catch(forget);
    return this.opening;
  }

  private async close(): Promise<void> {
    const { opening } = this;
    this.opening = null;
    (await opening)?.close();
  }
}
