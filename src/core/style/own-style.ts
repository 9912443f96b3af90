/** A style that the user has added. Pure. */
import * as v from 'valibot';

import { MAX_NAME, tidyName } from '../favourites/favourite';
import { STYLE_DIM, type Style } from './style';

export interface OwnStyle {
  /** `own:` and a UUID. */
  readonly id: string;
  readonly title: string;
  /** Who painted it, when, and under what licence it may be passed on; empty where nobody said. */
  readonly artist: string;
  readonly year: string;
  readonly licence: string;
  /** When it was added, in milliseconds since the epoch. */
  readonly added: number;
  /** The small image for the style encoder; null if only the vector was passed on. */
  readonly image: Blob | null;
  /** A picture painted in the style; null until one is painted. */
  readonly swatch: Blob | null;
  /** {@link STYLE_DIM} numbers; null until the image is encoded. */
  readonly vector: Float32Array | null;
  /** The style space that the vector belongs to. */
  readonly styleSpace: string | null;
}

/** Short side of the image for the style encoder, in pixels, as in the training. */
const ENCODED_SIDE = 512;

/** Maximum long side, for pictures much longer than wide. */
const MAX_SIDE = 1024;

/** Minimum side of a painting, in pixels. */
export const MIN_SIDE = 32;

/** The size at which an image is kept and encoded; never larger than the image. */
export function encodedSize(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(
    1,
    ENCODED_SIDE / Math.min(width, height),
    MAX_SIDE / Math.max(width, height),
  );
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

/** A style that has just been added; what is not said of it is empty. */
export function newOwnStyle(about: Pick<OwnStyle, 'title'> & Partial<OwnStyle>): OwnStyle {
  return {
    id: newOwnId(),
    artist: '',
    year: '',
    licence: '',
    added: Date.now(),
    image: null,
    swatch: null,
    vector: null,
    styleSpace: null,
    ...about,
  };
}

/** A new id for a style of the person's own. */
export function newOwnId(): string {
  return `own:${crypto.randomUUID()}`;
}

/** An id of the form of {@link newOwnId}. */
export const ownId = v.pipe(v.string(), v.regex(/^own:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/));

/** Longest texts, in UTF-16 code units; longer ones are cut. A licence may have an address in it. */
export const MAX_WORDS = { title: MAX_NAME, artist: 80, year: 40, licence: 200 } as const;

/** What is written about a style, of somebody else's file. */
export const sharedWords = {
  title: words(MAX_WORDS.title),
  artist: words(MAX_WORDS.artist),
  year: words(MAX_WORDS.year),
  licence: words(MAX_WORDS.licence),
};

function words(most: number): v.GenericSchema<string | undefined, string> {
  const tidy = v.transform((text: string) => tidyName(text, most));
  return v.optional(v.pipe(v.string(), tidy), '');
}

/** A style vector as numbers. Vectors are whitened: their numbers are of the order of 1. */
export const sharedVector = v.pipe(
  v.custom<number[]>(
    (value) =>
      Array.isArray(value) &&
      value.length === STYLE_DIM &&
      value.every((number) => typeof number === 'number' && Math.abs(number) <= 100),
  ),
  v.transform((numbers) => Float32Array.from(numbers)),
);

/** Whether its image must be encoded before a network of this style space can use it. */
export function needsEncoding({ vector, styleSpace, image }: OwnStyle, space: string): boolean {
  return image !== null && (vector === null || styleSpace !== space);
}

/** Whether a network of this style space can paint with it, once its image is encoded. */
export function isUsable(style: OwnStyle, space: string): boolean {
  return style.image !== null || usableStyle(style, space) !== null;
}

/** The style as the engine uses it; null where a network of this style space can't. */
export function usableStyle(
  { id, title, artist, year, vector, styleSpace }: OwnStyle,
  space: string,
): Style | null {
  if (vector === null || styleSpace !== space) return null;
  return { id, title, artist, year, vector };
}
