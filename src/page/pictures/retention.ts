/** Retention of pastiches whose pictures have gone. Pure. */

/** Maximum size in bytes of all retained pastiches that are not shown. */
const MAX_KEPT = 24e6;

/** Maximum number of them that stay decoded, to be shown in the same frame in which their picture returns. */
const MAX_DECODED = 48;

/** Maximum number of remembered addresses that are not shown. */
const MAX_REMEMBERED = 200;

/** A pastiche that is not shown any more. */
export interface Unshown {
  /** When it was last shown, in milliseconds. */
  readonly used: number;
  /** Size of its files. */
  readonly bytes: number;
}

/**
 * Sorts pastiches that are not shown any more: the latest are kept as they are, earlier ones lose
 * their decoded images, and the earliest are forgotten.
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
