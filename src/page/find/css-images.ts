/** Splits a comma-separated CSS list, ignoring commas within parentheses and quotes. */
export function splitLayers(list: string): string[] {
  const layers: string[] = [];
  let depth = 0;
  let quote = '';
  let current = '';
  for (let i = 0; i < list.length; i++) {
    const character = list[i]!;
    if (quote) {
      if (character === '\\') current += character + (list[++i] ?? '');
      else {
        current += character;
        if (character === quote) quote = '';
      }
      continue;
    }
    if (character === '"' || character === "'") quote = character;
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (character === ',' && depth === 0) {
      layers.push(current.trim());
      current = '';
    } else current += character;
  }
  if (current.trim()) layers.push(current.trim());
  return layers;
}

const CANDIDATE = /url\("((?:[^"\\]|\\.)*)"\)(?:\s+([\d.]+)(?:dppx|x))?(?:\s+type\("([^"]*)"\))?/g;

/** Types of pictures that browsers show, besides those that this one was found to show. */
const SHOWN = new Set(
  ['apng', 'avif', 'bmp', 'gif', 'jpeg', 'jpg', 'png', 'svg+xml', 'vnd.microsoft.icon', 'webp']
    .concat('x-icon')
    .map((name) => `image/${name}`),
);

/** Adds a type of pictures that this browser shows. */
export function noteShownType(type: string): void {
  SHOWN.add(type);
}

/** A string, or an image: `url(…)` or `image-set(…)`, which may be part of other images. */
const IMAGES =
  /"(?:[^"\\]|\\.)*"|image-set\((?:[^()"]|"(?:[^"\\]|\\.)*"|\((?:[^()"]|"(?:[^"\\]|\\.)*")*\))*\)|url\("(?:[^"\\]|\\.)*"\)/g;

/** An image in a list. */
export interface ListedImage {
  readonly address: string;
  /** Image pixels per CSS pixel. */
  readonly density: number;
  /** Number of images before it in the list, and the index of its layer. */
  readonly at: number;
  readonly layer: number;
}

/**
 * The images in a computed list, including those nested in other images (`cross-fade(…)`).
 * @param resolution Device pixels per CSS pixel.
 */
export function imagesIn(list: string, resolution = 1): ListedImage[] {
  const found = splitLayers(list).flatMap((text, layer) =>
    [...text.matchAll(IMAGES)]
      .filter(([image]) => !image.startsWith('"'))
      .map(([image]) => ({ image: imageIn(image, resolution), layer })),
  );
  return found.flatMap(({ image, layer }, at) => (image ? { ...image, layer, at } : []));
}

/**
 * Replaces images in a computed list.
 * @param addresses By the number of images before each.
 * @returns Null if it has fewer images.
 */
export function withImages(list: string, addresses: ReadonlyMap<number, string>): string | null {
  let at = -1;
  let exchanged = 0;
  const replaced = list.replace(IMAGES, (image) => {
    if (image.startsWith('"')) return image;
    at += 1;
    const address = addresses.get(at);
    if (address === undefined) return image;
    exchanged += 1;
    return `url("${address}")`;
  });
  return exchanged === addresses.size ? replaced : null;
}

/**
 * The address in a computed image: `url(…)`, or the one that `image-set(…)` selects.
 * @param resolution Device pixels per CSS pixel.
 * @returns Null if there is none.
 */
export function imageIn(
  image: string,
  resolution = 1,
): { readonly address: string; readonly density: number } | null {
  const candidates = [...image.matchAll(CANDIDATE)]
    .filter(([, , , type]) => type === undefined || SHOWN.has(type.toLowerCase()))
    .map(([, address = '', density = '1']) => ({
      address: address.replace(/\\(.)/g, '$1'),
      density: Number(density) || 1,
    }))
    .sort((a, b) => a.density - b.density);
  return candidates.find(({ density }) => density >= resolution) ?? candidates.at(-1) ?? null;
}
