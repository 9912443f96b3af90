/**
 * Favourites and their own styles as a file to keep or pass on, or as a short text. Pure; input is
 * not trusted. `docs/favourites.schema.json` describes the file.
 */
import * as v from 'valibot';

import { checked, record } from '../schema';
import { storedRenderOptions, type RenderOptions } from '../style/render-options';
import { keepKnownStyles, normaliseMix, type StyleMix } from '../style/mix';
import { ownId, sharedVector, sharedWords, type OwnStyle } from '../style/own-style';
import { tidyName } from './favourite';

/** A favourite without the fields that belong to one machine. */
export interface SharedFavourite {
  readonly name: string;
  readonly mix: StyleMix;
  readonly manner: RenderOptions;
}

/** An own style without its pictures: what it takes to paint in it with one network. */
export interface SharedStyle extends Pick<
  OwnStyle,
  'id' | 'title' | 'artist' | 'year' | 'licence'
> {
  /** The style space that the vector belongs to. */
  readonly styleSpace: string;
  readonly vector: Float32Array;
}

/** The contents of a favourites file. */
export interface FavouritesBundle {
  readonly favourites: readonly SharedFavourite[];
  readonly styles: readonly SharedStyle[];
}

/** Problems of a file or text; each has its message `import_<problem>` in _locales. */
export type FileProblem =
  | 'not_json'
  | 'not_favourites'
  | 'newer_format'
  | 'damaged'
  | 'damaged_style'
  | 'other_network'
  | 'too_many'
  | 'no_share'
  | 'damaged_share';

export class FavouritesFileError extends Error {
  override readonly name = 'FavouritesFileError';

  /** @param place Number of the damaged entry, from 1; 0 if it is no particular one. */
  constructor(
    readonly problem: FileProblem,
    readonly place = 0,
  ) {
    super(`${problem} ${place}`);
  }
}

const KIND = 'pastiche-favourites';
/** Format 1 had no manner, format 2 no styles. */
const FORMAT = 3;

/** Maximum number of entries: more than anyone keeps; a larger file is a mistake or an attack. */
const MAX = 500;

/** Decimal places of a weight, and of a vector's components, which are of the order of 1. */
const WEIGHT_DIGITS = 3;
const VECTOR_DIGITS = 4;

/** Favourites together with their own styles, if these can be painted with elsewhere. */
export function bundleOf(
  favourites: readonly SharedFavourite[],
  ownStyles: readonly OwnStyle[],
): FavouritesBundle {
  const styles = ownStyles.flatMap(({ id, title, artist, year, licence, styleSpace, vector }) =>
    vector && styleSpace ? [{ id, title, artist, year, licence, styleSpace, vector }] : [],
  );
  return { favourites, styles };
}

/** One favourite with its own styles. */
export function bundleOfOne(
  favourite: SharedFavourite,
  ownStyles: readonly OwnStyle[],
): FavouritesBundle {
  return bundleOf(
    [favourite],
    ownStyles.filter(({ id }) => id in favourite.mix),
  );
}

/** The file's text; without indentation where it must be short. */
export function writeFavouritesFile(
  { favourites, styles }: FavouritesBundle,
  indentation = 2,
): string {
  const file = {
    kind: KIND,
    format: FORMAT,
    favourites: favourites.map(({ name, mix, manner }) => ({
      name,
      mix: Object.fromEntries(
        Object.entries(mix).map(([id, weight]) => [id, rounded(weight, WEIGHT_DIGITS)]),
      ),
      manner,
    })),
    styles: styles.map(({ id, title, artist, year, licence, styleSpace, vector }) => ({
      id,
      title,
      // What is empty makes no text longer.
      ...(artist && { artist }),
      ...(year && { year }),
      ...(licence && { licence }),
      styleSpace,
      vector: Array.from(vector, (number) => rounded(number, VECTOR_DIGITS)),
    })),
  };
  return `${JSON.stringify(file, null, indentation)}\n`;
}

const head = v.object({
  kind: v.literal(KIND),
  format: v.pipe(v.number(), v.integer(), v.minValue(1)),
  favourites: v.array(v.unknown()),
  styles: v.optional(v.unknown(), []),
});

const name = v.pipe(v.string(), v.transform(tidyName), v.nonEmpty());

const entryOfFile = v.object({
  name,
  mix: v.pipe(record, v.record(v.string(), v.pipe(v.number(), v.minValue(0), v.maxValue(1)))),
  manner: storedRenderOptions,
});

const styleOfFile = v.object({
  ...sharedWords,
  id: ownId,
  title: name,
  styleSpace: v.string(),
  vector: sharedVector,
});

/**
 * Reads a file's text: all of it or nothing.
 * @param knownStyles Ids that mixes may name besides the file's own styles; others are dropped.
 * @param styleSpace The network's; styles of another can't be used.
 * @throws {FavouritesFileError}
 */
export function parseFavouritesFile(
  text: string,
  knownStyles: Iterable<string>,
  styleSpace: string,
): FavouritesBundle {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new FavouritesFileError('not_json');
  }
  const file = checked(head, json);
  if (file && file.format > FORMAT) throw new FavouritesFileError('newer_format');
  if (!file || !Array.isArray(file.styles)) throw new FavouritesFileError('not_favourites');
  const { favourites, styles } = file;
  if (favourites.length > MAX || styles.length > MAX) throw new FavouritesFileError('too_many');
  const read = styles.map((style: unknown, i) => {
    const sound = checked(styleOfFile, style);
    if (!sound) throw new FavouritesFileError('damaged_style', i + 1);
    return sound;
  });
  const usable = read.filter((style) => style.styleSpace === styleSpace);
  const known = new Set([...knownStyles, ...usable.map(({ id }) => id)]);
  const foreign = new Set(read.map(({ id }) => id));
  return {
    favourites: favourites.map((entry, i) => parseEntry(entry, i + 1, known, foreign)),
    styles: usable,
  };
}

function parseEntry(
  entry: unknown,
  place: number,
  known: ReadonlySet<string>,
  foreign: ReadonlySet<string>,
): SharedFavourite {
  const sound = checked(entryOfFile, entry);
  if (!sound) throw new FavouritesFileError('damaged', place);
  const mix = keepKnownStyles(sound.mix, known);
  if (Object.keys(mix).length === 0) {
    const isForeign = Object.keys(sound.mix).some((id) => foreign.has(id));
    throw new FavouritesFileError(isForeign ? 'other_network' : 'damaged', place);
  }
  return { ...sound, mix: normaliseMix(mix) };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
