/** Measures pictures in their elements and on the screen. Lengths are CSS pixels. */
import { isRendered } from './dom';
import { intersection, pictureBox, positionOffset, viewedBox, type Fit } from '../../core/fit';
import type { Box, Size } from '../../core/geometry';
import { offsetSizeOf, rectOf } from './element';

/** An element with a picture in its box. */
export interface Overlaid {
  readonly element: Element;
  /** The element in whose box it is seen, if that is another one. */
  readonly place?: Element;
  /** Whether the picture is under the element's own contents. */
  readonly behindContents: boolean;
  /** The box of the whole picture in the element's content box of the given size. */
  boxIn(content: Size, natural: Size): Box;
}

/** Lengths of the four sides. */
export interface Edges {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** The contents of a replaced element, such as a video or a canvas. */
export function contentsOf(element: Element): Overlaid {
  return {
    element,
    behindContents: false,
    boxIn: (content, natural) => fittedBox(element, content, natural),
  };
}

/** Added to an element's `object-position`, it moves the picture out of the element's box. CSS pixels. */
export const OUT_OF_SIGHT = -99_999;

/** Whether that was done, for a computed `object-position`. */
export function isOutOfSight(position: string): boolean {
  return positionOffset(position, 0) < OUT_OF_SIGHT;
}

/**
 * The box of a replaced element's contents in its content box; see {@link Overlaid.boxIn}. Where they
 * are out of sight, it is the box that they would have otherwise.
 */
export function fittedBox(element: Element, content: Size, natural: Size): Box {
  const style = getComputedStyle(element);
  const { objectFit, objectPosition } = style;
  const box = viewedBox(style.getPropertyValue('object-view-box'), natural, (part) =>
    pictureBox(objectFit as Fit, objectPosition, content, part),
  );
  const moved = isOutOfSight(objectPosition) ? OUT_OF_SIGHT : 0;
  return { ...box, x: box.x - moved, y: box.y - moved };
}

/**
 * The box of the whole picture in the viewport, provided that it is a rectangle there; null if the
 * element has no box. Without a natural size: its whole content box.
 */
export function pictureRect(picture: Overlaid, natural: Size): Box | null {
  return isRendered(picture.place ?? picture.element) ? rectIn(picture, natural) : null;
}

function rectIn(picture: Overlaid, natural: Size): Box {
  const place = picture.place ?? picture.element;
  const border = borderBoxOf(place);
  const content = contentBoxOf(border, edgesOf(picture));
  const placed = natural.width > 0 ? picture.boxIn(content, natural) : null;
  const inBox = placed ? { ...placed, x: placed.x + content.x, y: placed.y + content.y } : content;
  return onScreen(place, border, intersection(inBox, content) ? inBox : content);
}

/** Converts a box within an element's border box to the viewport. */
function onScreen(element: Element, border: Size, { x, y, width, height }: Box): Box {
  const rect = rectOf(element);
  const [scaleX, scaleY] = [rect.width / border.width || 0, rect.height / border.height || 0];
  return {
    x: rect.x + x * scaleX,
    y: rect.y + y * scaleY,
    width: width * scaleX,
    height: height * scaleY,
  };
}

/** The box of an element's contents in the viewport, without its border and padding. */
export function contentRect(element: Element): Box {
  const border = borderBoxOf(element);
  return onScreen(element, border, contentBoxOf(border, edgesOf({ element })));
}

/** Size of the whole picture on the screen, in device pixels, even while it is hidden. */
export function shownSize(picture: Overlaid, natural: Size): Size {
  const { width, height } = rectIn(picture, natural);
  return {
    width: Math.max(1, width * devicePixelRatio),
    height: Math.max(1, height * devicePixelRatio),
  };
}

/** Border and padding together; for a picture behind an element's contents, the border only. */
export function edgesOf({
  element,
  behindContents = false,
}: Pick<Overlaid, 'element'> & Partial<Overlaid>): Edges {
  if (isDrawn(element)) return { top: 0, right: 0, bottom: 0, left: 0 };
  const style = getComputedStyle(element);
  const edge = (side: string): number =>
    lengthOf(style.getPropertyValue(`border-${side}-width`)) +
    (behindContents ? 0 : lengthOf(style.getPropertyValue(`padding-${side}`)));
  return {
    top: edge('top'),
    right: edge('right'),
    bottom: edge('bottom'),
    left: edge('left'),
  };
}

/**
 * The border box before any transform: an element's computed width and height are used values (CSSOM,
 * section 9), except in lines of text and in drawings.
 */
export function borderBoxOf(element: Element): Size {
  const style = getComputedStyle(element);
  const [width, height] = [Number.parseFloat(style.width), Number.parseFloat(style.height)];
  if (isDrawn(element) || !Number.isFinite(width) || !Number.isFinite(height)) {
    const size = element instanceof HTMLElement ? offsetSizeOf(element) : rectOf(element);
    return { width: size.width, height: size.height };
  }
  if (style.boxSizing === 'border-box') return { width, height };
  const { top, right, bottom, left } = edgesOf({ element });
  return { width: width + left + right, height: height + top + bottom };
}

/** The box inside the edges of a border box. */
export function contentBoxOf({ width, height }: Size, { top, right, bottom, left }: Edges): Box {
  return {
    x: left,
    y: top,
    width: Math.max(0, width - left - right),
    height: Math.max(0, height - top - bottom),
  };
}

/** Whether it is part of an SVG drawing. */
function isDrawn(element: Element): boolean {
  return element instanceof SVGElement && element.ownerSVGElement !== null;
}

function lengthOf(value: string): number {
  return Number.parseFloat(value) || 0;
}
