/** Favourites as a file that people keep and pass on. Pure; what is read is not trusted. */
import { normaliseMix, type StyleMix } from '../style/mix';
import { tidyName } from './favourite';

/** A favourite without what belongs to one machine. */
export interface SharedFavourite {
  readonly name: string;
  readonly mix: StyleMix;
}

/** What may be wrong with a file; each has its sentence `import_<problem>` in _locales. */
export type FileProblem = 'not_json' | 'not_favourites' | 'newer_format' | 'damaged' | 'too_many';

export class FavouritesFileError extends Error {
  override readonly name = 'FavouritesFileError';

  /** @param place The number of the entry that is damaged, from 1; 0 where it is none in particular. */
  constructor(
    readonly problem: FileProblem,
    readonly place = 0,
  ) {
    super(`${problem} ${place}`);
  }
}

const KIND = 'pastiche-favourites';
const FORMAT = 1;

/** More than anyone keeps; a file with more is a mistake or an attack. */
const MOST = 500;

/** The file's text. */
export function writeFavouritesFile(favourites: readonly SharedFavourite[]): string {
  const entries = favourites.map(({ name, mix }) => ({ name, mix }));
  return `${JSON.stringify({ kind: KIND, format: FORMAT, favourites: entries }, null, 2)}\n`;
}

/**
 * Reads a file's text: all of it or nothing.
 * @param knownStyles Ids that a mix may name; others are dropped from it.
 * @throws {FavouritesFileError}
 */
export function parseFavouritesFile(
  text: string,
  knownStyles: Iterable<string>,
): SharedFavourite[] {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    throw new FavouritesFileError('not_json');
  }
  if (!isRecord(file) || file['kind'] !== KIND || !Array.isArray(file['favourites'])) {
    throw new FavouritesFileError('not_favourites');
  }
  const { format, favourites } = file;
  if (typeof format === 'number' && format > FORMAT) throw new FavouritesFileError('newer_format');
  if (format !== FORMAT) throw new FavouritesFileError('not_favourites');
  if (favourites.length > MOST) throw new FavouritesFileError('too_many');
  const known = new Set(knownStyles);
  return favourites.map((entry: unknown, i) => parseEntry(entry, i + 1, known));
}

function parseEntry(entry: unknown, place: number, known: ReadonlySet<string>): SharedFavourite {
  if (!isRecord(entry) || typeof entry['name'] !== 'string' || !isRecord(entry['mix'])) {
    throw new FavouritesFileError('damaged', place);
  }
  const name = tidyName(entry['name']);
  const weights = Object.entries(entry['mix']);
  const sound = weights.every(([, w]) => typeof w === 'number' && w >= 0 && w <= 1);
  const kept = weights.filter(([id]) => known.has(id)) as [string, number][];
  if (!name || !sound || kept.length === 0) throw new FavouritesFileError('damaged', place);
  return { name, mix: normaliseMix(Object.fromEntries(kept)) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
