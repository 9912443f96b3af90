/**
 * Favourites in `storage.local`, each under a key of its own: two windows that change different
 * favourites at the same time don't overwrite each other.
 */
import browser from 'webextension-polyfill';

import { detach } from '../core/detach';
import { inOrder, parseRecord, recordOf, type Favourite } from '../core/favourites/favourite';

const PREFIX = 'favourite:';

/** All favourites in order, without damaged ones and those of a later version, which stay stored. */
export async function readFavourites(): Promise<Favourite[]> {
  const stored = await browser.storage.local.get(null);
  const favourites = Object.entries(stored)
    .filter(([key]) => key.startsWith(PREFIX))
    .map(([key, value]) => parseRecord(key.slice(PREFIX.length), value));
  return inOrder(favourites.filter((favourite) => favourite !== null));
}

/** Adds or replaces favourites, all or none. Rejects if the storage is full. */
export async function writeFavourites(favourites: readonly Favourite[]): Promise<void> {
  await browser.storage.local.set(
    Object.fromEntries(favourites.map((favourite) => [PREFIX + favourite.id, recordOf(favourite)])),
  );
}

export async function removeFavourite(id: string): Promise<void> {
  await browser.storage.local.remove(PREFIX + id);
}

/** Calls back with all favourites whenever any context changes one; returns a function that stops it. */
export function observeFavourites(callback: (favourites: Favourite[]) => void): () => void {
  let latest = 0;
  const listener = (changes: Record<string, unknown>, area: string): void => {
    if (area !== 'local' || !Object.keys(changes).some((key) => key.startsWith(PREFIX))) return;
    const turn = ++latest;
    // A result that is outdated, or comes after the observer has stopped, is dropped.
    detach(readFavourites().then((favourites) => turn === latest && callback(favourites)));
  };
  browser.storage.onChanged.addListener(listener);
  return () => {
    latest += 1;
    browser.storage.onChanged.removeListener(listener);
  };
}
