/**
 * SVG images that are seen elsewhere than where they stand: in what a `<use>` repeats, in patterns,
 * markers and filters.
 */
import {
  allIn,
  attributeOf,
  closestOf,
  isAttached,
  matches,
  parentElementOf,
  rectOf,
  rootOf,
} from '../dom/element';

/** Elements that show a picture in an SVG drawing. */
export type SvgImage = SVGImageElement | SVGFEImageElement;

export function isSvgImage(element: Element): element is SvgImage {
  return element instanceof SVGImageElement || element instanceof SVGFEImageElement;
}

const IMAGES = 'image, feImage';

/** What is in these is drawn by reference only. A mask or a clip of a picture is a shape, and is left. */
const UNSEEN = 'defs, symbol, pattern, marker, filter, mask, clipPath';

/** The properties by which an element is drawn with what stands elsewhere. */
const REFERENCES = ['fill', 'stroke', 'filter', 'markerStart', 'markerMid', 'markerEnd'] as const;

/** References within references are followed so far. */
const DEEPEST = 4;

/** How long it is remembered where an image is seen, in milliseconds. */
const MEMORY = 500;

const known = new WeakMap<SvgImage, { readonly at: number; readonly places: readonly Element[] }>();

/**
 * The element in whose box an image of a drawing is seen: itself, or the largest of those that are drawn
 * with it.
 */
export function placeOf(image: SvgImage): Element {
  if (image instanceof SVGImageElement && !closestOf(image, UNSEEN)) {
    const { width, height } = rectOf(image);
    if (width > 0 && height > 0) return image;
  }
  const now = performance.now();
  let found = known.get(image);
  if (!found || now - found.at > MEMORY) {
    found = { at: now, places: placesOf(image, DEEPEST) };
    known.set(image, found);
  }
  const area = (element: Element): number => {
    const { width, height } = rectOf(element);
    return isAttached(element) ? width * height : 0;
  };
  return found.places.reduce<Element>((a, b) => (area(b) > area(a) ? b : a), image);
}

/** The elements with a box that are drawn with another one. */
function placesOf(element: Element, depth: number): Element[] {
  const root = rootOf(element);
  if (depth === 0 || !(root instanceof Document || root instanceof ShadowRoot)) return [];
  const names = new Set(namesOf(element));
  if (names.size === 0) return [];
  // Style sheets lay filters over every kind of element.
  const isFilter = closestOf(element, 'filter') !== null;
  return allIn(root, isFilter ? '*' : 'use, svg *')
    .filter((one) => one !== element && referencesOf(one).some((id) => names.has(id)))
    .flatMap((one) => (closestOf(one, UNSEEN) ? placesOf(one, depth - 1) : one));
}

/** The images of drawings with which an element is drawn, besides those that are in it. */
export function imagesUsedBy(element: Element, depth = DEEPEST): SvgImage[] {
  const root = rootOf(element);
  if (depth === 0 || !(root instanceof Document || root instanceof ShadowRoot)) return [];
  return referencesOf(element).flatMap((id) => {
    const target = root.getElementById(id);
    if (!target || closestOf(target, 'mask, clipPath')) return [];
    const inner = [target, ...allIn(target, `${IMAGES}, use`)];
    return inner.flatMap((one) => (isSvgImage(one) ? one : imagesUsedBy(one, depth - 1)));
  });
}

/** The ids of what an element is drawn with. */
function referencesOf(element: Element): string[] {
  if (element instanceof SVGUseElement) {
    const { baseVal } = element.href;
    return baseVal.startsWith('#') ? [baseVal.slice(1)] : [];
  }
  if (isSvgImage(element) || matches(element, UNSEEN)) return [];
  const style = getComputedStyle(element);
  return REFERENCES.flatMap((name) =>
    [...style[name].matchAll(/url\("#([^"\\]+)"\)/g)].map(([, id = '']) => id),
  );
}

/** The ids by which an element can be meant: its own, and those of what it is in. */
function* namesOf(element: Element): Generator<string> {
  for (let at: Element | null = element; at; at = parentElementOf(at)) {
    const id = attributeOf(at, 'id');
    if (id) yield id;
  }
}
