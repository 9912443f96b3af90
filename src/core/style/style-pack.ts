/**
 * Style packs: styles with their pictures in one file, `.pastiche`, for another user to open. Pure;
 * read data is not trusted. `docs/style-packs.md` describes the file.
 */
import * as v from 'valibot';

import { dataAddress, fileIn } from '../bytes';
import { checked, record } from '../schema';
import { newOwnId, ownId, sharedVector, sharedWords, type OwnStyle } from './own-style';

/** File extension of a pack. */
export const PACK_ENDING = '.pastiche';

/** Maximum number of styles in a pack; more are written as several packs, and not read. */
export const MAX_PACK_STYLES = 500;

/** Maximum size in bytes of a pack that is read or written. */
export const MAX_PACK_BYTES = 60_000_000;

const KIND = 'pastiche-pack';
const FORMAT = 1;

/** Maximum size of a pack's contents besides its styles, in bytes. */
const FRAME_BYTES = 100;

/** Kind of the older files, with one style whose only text is a title. */
const OLDER_KIND = 'pastiche-style';

/** A style in a pack. It has a picture, or a vector for the network that reads it. */
export type PackedStyle = Omit<OwnStyle, 'added' | 'swatch'>;

/** Why a file can't be read as a pack; the messages are `pack_<problem>` in _locales. */
export type PackProblem = 'none' | 'damaged' | 'newer' | 'too_large';

export class StylePackError extends Error {
  override readonly name = 'StylePackError';

  constructor(readonly problem: PackProblem) {
    super(problem);
  }
}

/** Why a style of a pack is left out; the messages are `pack_left_<problem>` in _locales. */
export const LEFT_PROBLEMS = ['damaged', 'twice', 'other_network'] as const;

/** A style that is left out. */
export interface LeftStyle {
  readonly problem: (typeof LEFT_PROBLEMS)[number];
  /** The style's title or, if it has no readable one, its number in the file: `#3`. */
  readonly label: string;
}

/** The contents of a pack. */
export interface StylePack {
  readonly styles: readonly PackedStyle[];
  readonly left: readonly LeftStyle[];
}

/**
 * Packs that contain all these styles, in their order: one, unless they are too many or too large.
 * @param mostBytes Maximum size of a pack, unless a single style is larger.
 */
export async function writeStylePacks(
  styles: readonly OwnStyle[],
  mostBytes = MAX_PACK_BYTES,
): Promise<Blob[]> {
  const packs: Blob[][] = [];
  let bytes = 0;
  for (const style of styles) {
    const entry = new Blob([JSON.stringify(await entryOf(style))]);
    bytes += entry.size + 2;
    const pack = packs.at(-1);
    if (pack && pack.length < MAX_PACK_STYLES && bytes < mostBytes - FRAME_BYTES) pack.push(entry);
    else {
      packs.push([entry]);
      bytes = entry.size;
    }
  }
  // One style per line, so that packs can be compared.
  return packs.map(([first = '', ...others]) => {
    const lines = [first, ...others.flatMap((entry) => [',\n', entry])];
    return new Blob([`{"kind":"${KIND}","format":${FORMAT},"styles":[\n`, ...lines, '\n]}\n']);
  });
}

async function entryOf({ image, vector, ...style }: OwnStyle): Promise<object> {
  const { id, title, artist, year, licence, styleSpace } = style;
  return {
    ...{ id, title, artist, year, licence },
    picture: image && dataAddress(await image.arrayBuffer(), typeOf(image)),
    ...(vector && styleSpace !== null && { styleSpace, vector: Array.from(vector) }),
  };
}

/** Browsers detect the type of a picture by its bytes, so an unknown type may be replaced by any. */
function typeOf({ type }: Blob): string {
  return PICTURE_TYPE.test(type) ? type : 'image/jpeg';
}

const PICTURE_TYPE = /^image\/[a-z0-9.+-]+$/;

/** The beginning of a JSON object, even an incomplete one, but not of RTF. */
const JSON_OBJECT = /^\s*\{\s*(?:["}]|$)/;

/** Whether a file is meant to be a pack, valid or not: by its name or, if not a picture, as JSON. */
export async function isStylePack(file: Blob): Promise<boolean> {
  if (file instanceof File && file.name.toLowerCase().endsWith(PACK_ENDING)) return true;
  // A folder, or a file that is gone, can't be read.
  const beginning = await file
    .slice(0, 200)
    .text()
    .catch(() => '');
  return JSON_OBJECT.test(beginning);
}

const picture = v.pipe(
  v.string(),
  v.regex(/^data:image\/[a-z0-9.+-]+;base64,/),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return fileIn(dataset.value);
    } catch {
      addIssue();
      return NEVER;
    }
  }),
);

const entry = v.object({
  id: ownId,
  ...sharedWords,
  picture: v.nullish(picture, null),
  styleSpace: v.nullish(v.string(), null),
  vector: v.nullish(sharedVector, null),
});

const titled = v.object({ title: v.pipe(sharedWords.title, v.nonEmpty()) });

const head = v.object({
  kind: v.picklist([KIND, OLDER_KIND]),
  format: v.pipe(v.number(), v.integer(), v.minValue(1)),
});

const pack = v.object({ styles: v.pipe(v.array(v.unknown()), v.nonEmpty()) });

/**
 * Reads a pack, or an older file with one style. Returns the valid styles, and the names of the
 * others.
 * @param styleSpace Of the present network. Vectors of another one are dropped, and are encoded again
 *   from the picture.
 * @throws {StylePackError}
 */
export async function readStylePack(file: Blob, styleSpace: string): Promise<StylePack> {
  if (file.size > MAX_PACK_BYTES) throw new StylePackError('too_large');
  const json = await parsed(file);
  const about = checked(head, json);
  if (!about) throw new StylePackError('none');
  if (about.format > FORMAT) throw new StylePackError('newer');
  const read = checked(pack, about.kind === OLDER_KIND ? { styles: [broughtUp(json)] } : json);
  if (!read) throw new StylePackError('damaged');
  if (read.styles.length > MAX_PACK_STYLES) throw new StylePackError('too_large');

  const styles: PackedStyle[] = [];
  const left: LeftStyle[] = [];
  const ids = new Set<string>();
  for (const [i, stored] of read.styles.entries()) {
    const style = readEntry(stored, styleSpace);
    if (typeof style !== 'string' && !ids.has(style.id)) {
      ids.add(style.id);
      styles.push(style);
      continue;
    }
    const label = checked(titled, stored)?.title ?? `#${i + 1}`;
    left.push({ problem: typeof style === 'string' ? style : 'twice', label });
  }
  return { styles, left };
}

async function parsed(file: Blob): Promise<unknown> {
  const text = await file.text().catch(() => '');
  try {
    return JSON.parse(text);
  } catch {
    // Something else under a pack's name, or an incomplete pack.
    throw new StylePackError(text.trim() === '' || JSON_OBJECT.test(text) ? 'damaged' : 'none');
  }
}

function readEntry(stored: unknown, space: string): PackedStyle | LeftStyle['problem'] {
  const sound = checked(entry, stored);
  if (!sound) return 'damaged';
  const { picture: image, vector, styleSpace, ...about } = sound;
  if (vector && styleSpace === space) return { ...about, image, vector, styleSpace };
  if (image) return { ...about, image, vector: null, styleSpace: null };
  return vector && styleSpace !== null ? 'other_network' : 'damaged';
}

/** Converts an older file with one style to an entry of a pack. */
function broughtUp(json: unknown): object {
  const { title, type, image } = checked(record, json) ?? {};
  return { id: newOwnId(), title, picture: `data:${String(type)};base64,${String(image)}` };
}
