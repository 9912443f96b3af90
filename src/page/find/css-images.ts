/** A comma-separated CSS list, commas within parentheses and quotes left alone. */
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

/** Notes that this browser shows pictures of one more type. */
export function noteShownType(type: string): void {
  SHOWN.add(type);
}

/** A string, or an image: `url(…)` or `image-set(…)`, which other images may be made of. */
const IMAGES =
  /"(?:[^"\\]|\\.)*"|image-set\((?:[^()"]|"(?:[^"\\]|\\.)*"|\((?:[^()"]|"(?:[^"\\]|\\.)*")*\))*\)|url\("(?:[^"\\]|\\.)*"\)/g;

/** An image that a list names. */
export interface ListedImage {
  readonly address: string;
  /** Pixels of it per CSS pixel. */
  readonly density: number;
  /** How many images the list names before it, and in which of its layers it is. */
  readonly at: number;
  readonly layer: number;
}

/**
 * The images in a computed list, those included of which others are made (`cross-fade(…)`).
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
 * A computed list with other images in it.
 * @param addresses By how many images come before it.
 * @returns Null where it has fewer.
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
 * The address in a computed image: `url(…)`, or the one that `image-set(…)` chooses.
 * @param resolution Device pixels per CSS pixel.
 * @returns Null where it names none.
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
