/** A style that the user has added. Pure. */
import * as v from 'valibot';

import { STYLE_DIM, type Style } from './style';

export interface OwnStyle {
  /** `own:` and a UUID. */
  readonly id: string;
  readonly title: string;
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

/** A new id for an own style. */
export function newOwnId(): string {
  return `own:${crypto.randomUUID()}`;
}

/** An id of the form of {@link newOwnId}. */
export const ownId = v.pipe(v.string(), v.regex(/^own:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/));

/** A style vector as numbers. Vectors are whitened: their components are of the order of 1. */
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

/** The style in the engine's form; null if a network of this style space can't use it. */
export function usableStyle(
  { id, title, vector, styleSpace }: OwnStyle,
  space: string,
): Style | null {
  if (vector === null || styleSpace !== space) return null;
  return { id, title, artist: '', year: '', vector };
}
