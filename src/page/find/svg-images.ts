/**
 * SVG images that are shown elsewhere than at their own position: repeated by a `<use>`, or in
 * patterns, markers and filters.
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

/**
 * The contents of these are drawn by reference only. Masks and clips of pictures are shapes, and are
 * ignored.
 */
const UNSEEN = 'defs, symbol, pattern, marker, filter, mask, clipPath';

/** Properties by which an element refers to other ones to be drawn. */
const REFERENCES = ['fill', 'stroke', 'filter', 'markerStart', 'markerMid', 'markerEnd'] as const;

/** Maximum depth of nested references. */
const MAX_DEPTH = 4;

/** Time for which the place of an image is cached, in milliseconds. */
const CACHE_TIME = 500;

const known = new WeakMap<SvgImage, { readonly at: number; readonly places: readonly Element[] }>();

/**
 * The element in whose box an image of a drawing is seen: itself, or the largest of those that refer
 * to it.
 */
export function placeOf(image: SvgImage): Element {
  if (image instanceof SVGImageElement && !closestOf(image, UNSEEN)) {
    const { width, height } = rectOf(image);
    if (width > 0 && height > 0) return image;
  }
  const now = performance.now();
  let found = known.get(image);
  if (!found || now - found.at > CACHE_TIME) {
    found = { at: now, places: placesOf(image, MAX_DEPTH) };
    known.set(image, found);
  }
  const area = (element: Element): number => {
    const { width, height } = rectOf(element);
    return isAttached(element) ? width * height : 0;
  };
  return found.places.reduce<Element>((a, b) => (area(b) > area(a) ? b : a), image);
}

/** The elements with a box that refer to another one. */
function placesOf(element: Element, depth: number): Element[] {
  const root = rootOf(element);
  if (depth === 0 || !(root instanceof Document || root instanceof ShadowRoot)) return [];
  const names = new Set(namesOf(element));
  if (names.size === 0) return [];
  // Style sheets apply filters to every kind of element.
  const isFilter = closestOf(element, 'filter') !== null;
  return allIn(root, isFilter ? '*' : 'use, svg *')
    .filter((one) => one !== element && referencesOf(one).some((id) => names.has(id)))
    .flatMap((one) => (closestOf(one, UNSEEN) ? placesOf(one, depth - 1) : one));
}

/** The images of drawings that an element refers to, besides those inside it. */
export function imagesUsedBy(element: Element, depth = MAX_DEPTH): SvgImage[] {
  const root = rootOf(element);
  if (depth === 0 || !(root instanceof Document || root instanceof ShadowRoot)) return [];
  return referencesOf(element).flatMap((id) => {
    const target = root.getElementById(id);
    if (!target || closestOf(target, 'mask, clipPath')) return [];
    const inner = [target, ...allIn(target, `${IMAGES}, use`)];
    return inner.flatMap((one) => (isSvgImage(one) ? one : imagesUsedBy(one, depth - 1)));
  });
}

/** The ids that an element refers to. */
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

/** The ids by which an element can be referred to: its own, and those of its ancestors. */
function* namesOf(element: Element): Generator<string> {
  for (let at: Element | null = element; at; at = parentElementOf(at)) {
    const id = attributeOf(at, 'id');
    if (id) yield id;
  }
}
