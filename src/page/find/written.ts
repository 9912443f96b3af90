import { attributeOf, closestOf } from '../dom/element';

/** The attributes by which the page selects the picture of an image; null for other elements. */
export function writtenOn(element: Element): string | null {
  if (!(element instanceof HTMLImageElement)) return null;
  const sources = [element, ...(closestOf(element, 'picture')?.querySelectorAll('source') ?? [])];
  return JSON.stringify(
    sources.map((source) =>
      ['src', 'srcset', 'sizes', 'media', 'type'].map((name) => attributeOf(source, name)),
    ),
  );
}
