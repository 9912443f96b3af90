/** What is kept of pictures that have gone. Pure. */

/** Pastiches that nothing shows are kept up to this size together, in bytes. */
const MAX_KEPT = 24e6;

/** So many of them are kept decoded, to be shown in the frame in which their picture comes back. */
const MAX_DECODED = 48;

/** So many addresses are remembered at most, of which nothing is shown. */
const MAX_REMEMBERED = 200;

/** Something that nothing shows any more. */
export interface Unshown {
  /** When it was shown last, in milliseconds. */
  readonly used: number;
  /** Of its files. */
  readonly bytes: number;
}

/**
 * What is to be done with what nothing shows any more: the latest are kept as they are, earlier ones
 * without being decoded, and the earliest are forgotten.
 */
export function sorted<T extends Unshown>(unshown: readonly T[]): { rested: T[]; forgotten: T[] } {
  const rested: T[] = [];
  const forgotten: T[] = [];
  let kept = 0;
  [...unshown]
    .sort((a, b) => b.used - a.used)
    .forEach((one, i) => {
      kept += one.bytes;
      if (kept > MAX_KEPT || i >= MAX_REMEMBERED) forgotten.push(one);
      else if (i >= MAX_DECODED) rested.push(one);
    });
  return { rested, forgotten };
}
