/**
 * An own style as a small file with its picture; the network of whoever opens it makes an own style of
 * it. Input is not trusted.
 */
import * as v from 'valibot';

import { packBytes, unpackBytes } from '../bytes';
import { checked } from '../schema';
import type { OwnStyle } from './own-style';
import { tidyName } from '../favourites/favourite';

const KIND = 'pastiche-style';
const FORMAT = 1;

/** The beginning of such a file, and of no other. */
const BEGINNING = /^\s*\{\s*"kind":\s*"pastiche-style"/;

/** The file's name and text; null for a style without a picture. */
export async function writeStyleFile({
  title,
  image,
}: Pick<OwnStyle, 'title' | 'image'>): Promise<string | null> {
  if (!image) return null;
  const data = packBytes(await image.arrayBuffer(), false);
  return `${JSON.stringify({ kind: KIND, format: FORMAT, title, type: image.type, image: data })}\n`;
}

/** Whether a file is one of these. */
export async function isStyleFile(file: Blob): Promise<boolean> {
  return BEGINNING.test(await file.slice(0, 200).text());
}

const styleFile = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    kind: v.literal(KIND),
    format: v.literal(FORMAT),
    title: v.pipe(v.string(), v.transform(tidyName)),
    type: v.pipe(v.string(), v.startsWith('image/')),
    image: v.pipe(v.string(), v.rawTransform(unpacked)),
  }),
);

function unpacked({ dataset, addIssue, NEVER }: v.RawTransformContext<string>): ArrayBuffer {
  try {
    return unpackBytes(dataset.value);
  } catch {
    addIssue();
    return NEVER;
  }
}

/**
 * The picture in such a file, named after the style.
 * @returns Null if the file is damaged or of a later format.
 */
export async function readStyleFile(file: Blob): Promise<File | null> {
  const read = checked(styleFile, await file.text());
  return read && new File([read.image], read.title, { type: read.type });
}
