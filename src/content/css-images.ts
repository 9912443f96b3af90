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

/** Types of pictures that browsers show. */
const SHOWN = /^image\/(?:apng|avif|bmp|gif|jpe?g|png|svg\+xml|vnd\.microsoft\.icon|webp|x-icon)$/i;

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
    .filter(([, , , type]) => type === undefined || SHOWN.test(type))
    .map(([, address = '', density = '1']) => ({
      address: address.replace(/\\(.)/g, '$1'),
      density: Number(density) || 1,
    }))
    .sort((a, b) => a.density - b.density);
  return candidates.find(({ density }) => density >= resolution) ?? candidates.at(-1) ?? null;
}
