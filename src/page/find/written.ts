import { attributeOf, closestOf } from '../dom/element';

/** What the page has written that decides which picture an image shows. */
export function writtenOn(element: Element): string | null {
  if (!(element instanceof HTMLImageElement)) return null;
  const sources = [element, ...(closestOf(element, 'picture')?.querySelectorAll('source') ?? [])];
  return JSON.stringify(
    sources.map((source) =>
      ['src', 'srcset', 'sizes', 'media', 'type'].map((name) => attributeOf(source, name)),
    ),
  );
}
