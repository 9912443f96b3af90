/** What a favourite is and how a list of them changes. Pure. */
import * as v from 'valibot';

import { checked } from '../schema';
import { storedManner, type Manner } from '../style/manner';
import { storedMix, type StyleMix } from '../style/mix';

/** A mix that the person keeps under a name. */
export interface Favourite {
  readonly id: string;
  readonly name: string;
  readonly mix: StyleMix;
  readonly manner: Manner;
  /** Favourites are listed by ascending position. Moving one changes its own record alone. */
  readonly position: number;
}

/** Longer names are cut. In UTF-16 code units. */
export const MAX_NAME = 60;

/** The form of the records that {@link recordOf} makes. The first had no manner. */
const FORMAT = 2;

/** What is stored of a favourite, under a key of its own that has its id. */
export function recordOf({ name, mix, manner, position }: Favourite): object {
  return { format: FORMAT, name, mix, manner, position };
}

const record = v.object({
  format: v.picklist([1, FORMAT]),
  name: v.string(),
  mix: storedMix,
  manner: storedManner,
  position: v.fallback(v.pipe(v.number(), v.finite()), 0),
});

/**
 * Reads a stored record; records of older formats are brought up to date here.
 * @returns Null for what is damaged or was written by a later version.
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
  // Two windows may have given the same position: the id settles it everywhere alike.
  return favourites.toSorted((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1));
}

/** The position after all others. */
export function lastPosition(favourites: readonly Favourite[]): number {
  return Math.max(0, ...favourites.map(({ position }) => position)) + 1;
}

/**
 * Moves a favourite in the list.
 * @param list In order.
 * @param index Where it stands afterwards.
 * @returns The favourites whose records change: almost always the one that was moved.
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
  // Between neighbours there is room for about fifty moves; then all are numbered anew.
  const hasRoom = position !== before && position !== after;
  if (hasRoom) return [{ ...moved, position }];
  return others.toSpliced(to, 0, moved).map((favourite, i) => ({ ...favourite, position: i + 1 }));
}
