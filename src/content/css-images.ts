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

/** The first address in a computed background image, `url(…)` or within `image-set(…)`. */
export function addressIn(image: string): string | null {
  const match = /url\("((?:[^"\\]|\\.)*)"\)/.exec(image);
  if (!match) return null;
  return match[1]!.replace(/\\(.)/g, '$1');
}
