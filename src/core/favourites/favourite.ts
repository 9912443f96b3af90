/** Favourites, and changes to their list. Pure. */
import * as v from 'valibot';

import { checked } from '../schema';
import { storedRenderOptions, type RenderOptions } from '../style/render-options';
import { storedMix, type StyleMix } from '../style/mix';

/** A mix that the user keeps under a name. */
export interface Favourite {
  readonly id: string;
  readonly name: string;
  readonly mix: StyleMix;
  readonly manner: RenderOptions;
  /** Favourites are listed by ascending position. Moving one changes only its own record. */
  readonly position: number;
}

/** Longer names are cut. In UTF-16 code units. */
export const MAX_NAME = 60;

/** Format of the records that {@link recordOf} makes. The first had no manner. */
const FORMAT = 2;

/** The stored record of a favourite; its key holds the id. */
export function recordOf({ name, mix, manner, position }: Favourite): object {
  return { format: FORMAT, name, mix, manner, position };
}

const record = v.object({
  format: v.picklist([1, FORMAT]),
  name: v.string(),
  mix: storedMix,
  manner: storedRenderOptions,
  position: v.fallback(v.pipe(v.number(), v.finite()), 0),
});

/**
 * Reads a stored record, of this or an older format.
 * @returns Null for a damaged record or one of a later format.
 */
export function parseRecord(id: string, stored: unknown): Favourite | null {
  const read = checked(record, stored);
  if (!read) return null;
  const { name, mix, manner, position } = read;
  return { id, name: tidyName(name), mix, manner, position };
}

/** A name on one line, without what can't be seen, and not too long. */
export function tidyName(name: string, most = MAX_NAME): string {
  return name
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .slice(0, most)
    .trim();
}

/** Favourites in the order in which they are listed. */
export function inOrder(favourites: readonly Favourite[]): Favourite[] {
  // Two windows may have given the same position; ordering by id is the same everywhere.
  return favourites.toSorted((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1));
}

/** The position after all others. */
export function lastPosition(favourites: readonly Favourite[]): number {
  return Math.max(0, ...favourites.map(({ position }) => position)) + 1;
}

/**
 * Moves a favourite in the list.
 * @param list In order.
 * @param index Its new index.
 * @returns The favourites whose records change: almost always only the moved one.
 */
export function moveFavourite(list: readonly Favourite[], id: string, index: number): Favourite[] {
  const moved = list.find((favourite) => favourite.id === id);
  if (!moved) return [];
  const others = list.filter((favourite) => favourite !== moved);
  const to = Math.min(Math.max(index, 0), others.length);
  if (list.indexOf(moved) === to) return [];
  const before = others[to - 1]?.position;
  const after = others[to]?.position;
  const position =
    before === undefined
      ? (after ?? 2) - 1
      : after === undefined
        ? before + 1
        : (before + after) / 2;
  // Between two neighbours about fifty moves fit; then all are renumbered.
  const hasRoom = position !== before && position !== after;
  if (hasRoom) return [{ ...moved, position }];
  return others.toSpliced(to, 0, moved).map((favourite, i) => ({ ...favourite, position: i + 1 }));
}
