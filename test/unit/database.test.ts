import 'fake-indexeddb/auto';

import { deleteDB, openDB } from 'idb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Database } from '../../src/storage/database';

interface Item {
  readonly id: string;
  readonly size: number;
}

const NAME = 'test';

describe('a database', () => {
  let database: Database<Item>;

  beforeEach(() => {
    database = new Database(NAME, 'items', 1);
  });
  // Waits for every connection to it, as a later version does.
  afterEach(() => deleteDB(NAME));

  it('keeps what was written when that resolves, for other contexts too', async () => {
    await database.write((store) => store.put({ id: 'a', size: 1 }));
    const other = new Database<Item>(NAME, 'items', 1);
    expect(await other.read((store) => store.getAll())).toEqual([{ id: 'a', size: 1 }]);
  });

  it('gives what the work resolves to', async () => {
    const size = await database.write(async (store) => {
      await store.put({ id: 'a', size: 2 });
      return (await store.get('a'))?.size;
    });
    expect(size).toBe(2);
  });

  it('keeps nothing of work that fails', async () => {
    const work = database.write(async (store) => {
      await store.put({ id: 'a', size: 1 });
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect(await database.read((store) => store.getAll())).toEqual([]);
  });

  it('tells why something can not be kept', async () => {
    const odd = { id: 'a', size: 1, call: () => undefined };
    await expect(database.write((store) => store.put(odd))).rejects.toThrow(/clone/);
  });

  it('makes way for a later version, and says so to whoever asks then', async () => {
    await database.write((store) => store.put({ id: 'a', size: 1 }));
    const blocked = vi.fn();
    const later = await openDB(NAME, 2, { blocked });
    expect(blocked).not.toHaveBeenCalled();
    await expect(database.read((store) => store.getAll())).rejects.toThrow();
    later.close();
  });

  it('is opened again after it could not be', async () => {
    const later = await openDB(NAME, 2);
    await expect(database.read((store) => store.getAll())).rejects.toThrow();
    later.close();
    await deleteDB(NAME);
    expect(await database.read((store) => store.getAll())).toEqual([]);
  });
});
