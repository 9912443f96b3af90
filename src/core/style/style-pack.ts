/**
 * Style packs: styles with their pictures in one file, `.pastiche`, which another person opens.
 * Pure; what is read is not trusted. `docs/style-packs.md` describes the file.
 */
import * as v from 'valibot';

import { dataAddress, fileIn } from '../bytes';
import { checked, record } from '../schema';
import { newOwnId, ownId, sharedVector, sharedWords, type OwnStyle } from './own-style';

/** How the name of such a file ends. */
export const PACK_ENDING = '.pastiche';

/** A pack with more is written as several, and not read. */
export const MAX_PACK_STYLES = 500;

/** In bytes, also of a pack that is written. */
export const MAX_PACK_BYTES = 60_000_000;

const KIND = 'pastiche-pack';
const FORMAT = 1;

/** What is around the styles of a pack has less, in bytes. */
const FRAME_BYTES = 100;

/** One style without words of its own but a title, as it was shared before there were packs. */
const OLDER_KIND = 'pastiche-style';

/** A style as it travels. Has a picture, or a vector of the network that it was read for. */
export type PackedStyle = Omit<OwnStyle, 'added' | 'swatch'>;

/** Why a file is no pack that can be read; each has its sentence `pack_<problem>` in _locales. */
export type PackProblem = 'none' | 'damaged' | 'newer' | 'too_large';

export class StylePackError extends Error {
  override readonly name = 'StylePackError';

  constructor(readonly problem: PackProblem) {
    super(problem);
  }
}

/** Why a style of a pack is left out; each has its sentence `pack_left_<problem>` in _locales. */
export const LEFT_PROBLEMS = ['damaged', 'twice', 'other_network'] as const;

/** A style that is left out. */
export interface LeftStyle {
  readonly problem: (typeof LEFT_PROBLEMS)[number];
  /** The style's title or, where it has none that can be read, its number in the file: `#3`. */
  readonly label: string;
}

/** What is in a pack. */
export interface StylePack {
  readonly styles: readonly PackedStyle[];
  readonly left: readonly LeftStyle[];
}

/**
 * Packs that hold all these styles, in their order: one, unless they are too many or too large.
 * @param mostBytes Of a pack, unless a single style is larger.
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
  // A style on a line, so that changes of a pack can be read.
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

/** A browser goes by a picture's bytes, so what has no type of its own may have any. */
function typeOf({ type }: Blob): string {
  return PICTURE_TYPE.test(type) ? type : 'image/jpeg';
}

const PICTURE_TYPE = /^image\/[a-z0-9.+-]+$/;

/** What JSON begins with, if there is no more of it than that, and RTF doesn't. */
const JSON_OBJECT = /^\s*\{\s*(?:["}]|$)/;

/** Whether a file is meant to be a pack, sound or not: it is called so, or no picture but JSON. */
export async function isStylePack(file: Blob): Promise<boolean> {
  if (file instanceof File && file.name.toLowerCase().endsWith(PACK_ENDING)) return true;
  // A folder, or a file that has gone, can't be read.
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
 * Reads a pack, or a style that was shared before there were packs. What is sound of it is there;
 * what is not is named.
 * @param styleSpace Of this network. Vectors of another are dropped: they are made of the picture.
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
    // Something else under a pack's name, or the beginning of one.
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

/** The entry of a style that was shared before there were packs. */
function broughtUp(json: unknown): object {
  const { title, type, image } = checked(record, json) ?? {};
  return { id: newOwnId(), title, picture: `data:${String(type)};base64,${String(image)}` };
}
