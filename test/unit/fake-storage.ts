/** An in-memory fake of the parts of `browser.storage` that our code uses. */

type Items = Record<string, unknown>;
type Listener = (changes: Record<string, unknown>, area: string) => void;

export interface FakeStorageArea {
  readonly area: {
    get(keys?: string | readonly string[] | null): Promise<Items>;
    set(items: Items): Promise<void>;
    remove(keys: string | readonly string[]): Promise<void>;
  };
  readonly onChanged: {
    addListener(listener: Listener): void;
    removeListener(listener: Listener): void;
  };
  /** Makes every `set` fail, as a full storage does. */
  full: boolean;
}

/**
 * @param name Reported to listeners.
 * @param sibling Another area whose listeners are notified of changes here, too.
 */
export function fakeStorageArea(name: string, sibling?: FakeStorageArea): FakeStorageArea {
  const items = new Map<string, unknown>();
  const listeners = sibling ? listenersOf(sibling) : new Set<Listener>();
  const changed = (changes: Record<string, unknown>): void => {
    for (const listener of listeners) listener(changes, name);
  };
  const fake: FakeStorageArea = {
    area: {
      get: (keys) => {
        const wanted = keys === undefined || keys === null ? [...items.keys()] : [keys].flat();
        const found = wanted.filter((key) => items.has(key));
        return Promise.resolve(
          Object.fromEntries(found.map((key) => [key, structuredClone(items.get(key))])),
        );
      },
      set: (added) => {
        if (fake.full) return Promise.reject(new Error('QUOTA_BYTES quota exceeded'));
        for (const [key, value] of Object.entries(added)) items.set(key, structuredClone(value));
        changed(
          Object.fromEntries(Object.entries(added).map(([k, newValue]) => [k, { newValue }])),
        );
        return Promise.resolve();
      },
      remove: (keys) => {
        const gone = [keys].flat().filter((key) => items.delete(key));
        if (gone.length > 0) changed(Object.fromEntries(gone.map((key) => [key, {}])));
        return Promise.resolve();
      },
    },
    onChanged: {
      addListener: (listener) => void listeners.add(listener),
      removeListener: (listener) => void listeners.delete(listener),
    },
    full: false,
  };
  LISTENERS.set(fake, listeners);
  return fake;
}

const LISTENERS = new WeakMap<FakeStorageArea, Set<Listener>>();

function listenersOf(fake: FakeStorageArea): Set<Listener> {
  return LISTENERS.get(fake) ?? new Set();
}
