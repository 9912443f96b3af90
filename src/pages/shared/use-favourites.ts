import { useEffect, useState } from 'preact/hooks';

import { detach } from '../../core/detach';
import {
  lastPosition,
  moveFavourite,
  tidyName,
  type Favourite,
} from '../../core/favourites/favourite';
import type { SharedFavourite } from '../../core/favourites/favourites-file';
import {
  observeFavourites,
  readFavourites,
  removeFavourite,
  writeFavourites,
} from '../../storage/favourites';

export interface Favourites {
  /** In order; null until they are read. */
  readonly list: readonly Favourite[] | null;
  /** The last deleted favourite, which can be restored. */
  readonly removed: Favourite | null;
  /** Whether the last change could not be saved. */
  readonly failed: boolean;
  /** Adds favourites at the end, all or none. Resolves to whether they were saved. */
  add(favourites: readonly SharedFavourite[]): Promise<boolean>;
  /** An empty name changes nothing. */
  rename(favourite: Favourite, name: string): void;
  /** Moves it to an index, from 0. */
  move(favourite: Favourite, index: number): void;
  remove(favourite: Favourite): void;
  /** Restores the deleted one. */
  restore(): void;
}

/** The favourites, updated by other windows. */
export function useFavourites(): Favourites {
  const [list, setList] = useState<readonly Favourite[] | null>(null);
  const [removed, setRemoved] = useState<Favourite | null>(null);
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    readFavourites().then(setList, () => setFailed(true));
    return observeFavourites(setList);
  }, []);

  const save = async (work: Promise<void>): Promise<boolean> => {
    const saved = await work.then(
      () => true,
      () => false,
    );
    setFailed(!saved);
    return saved;
  };
  return {
    list,
    removed,
    failed,
    add: (favourites) => {
      const first = lastPosition(list ?? []);
      const added = favourites.map(({ name, mix, manner }, i) => ({
        id: crypto.randomUUID(),
        name,
        mix,
        manner,
        position: first + i,
      }));
      return save(writeFavourites(added));
    },
    rename: (favourite, name) => {
      const tidy = tidyName(name);
      if (!tidy || tidy === favourite.name) return;
      detach(save(writeFavourites([{ ...favourite, name: tidy }])));
    },
    move: (favourite, index) => {
      const changed = moveFavourite(list ?? [], favourite.id, index);
      if (changed.length > 0) detach(save(writeFavourites(changed)));
    },
    remove: (favourite) => {
      detach(save(removeFavourite(favourite.id)).then((done) => done && setRemoved(favourite)));
    },
    restore: () => {
      if (!removed) return;
      // Until it is saved again, it exists only here.
      detach(save(writeFavourites([removed])).then((done) => done && setRemoved(null)));
    },
  };
}
