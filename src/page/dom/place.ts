/** Where pictures are on the screen, measured. */
import { isRendered } from './dom';
import { intersection } from '../../core/fit';
import type { Box, Size } from '../../core/geometry';
import { offsetSizeOf, rectOf } from './element';

/** What has a picture in its box. */
export interface Overlaid {
  readonly element: Element;
  /** In whose box it is seen, if not in the element's own. */
  readonly place?: Element;
  /** Whether the picture lies under the element's own contents. */
  readonly behindContents: boolean;
  /** Where the whole picture lies in the element's content box of the given size. */
  boxIn(content: Size, natural: Size): Box;
}

/**
 * Where the whole picture is in the viewport, in CSS pixels, as far as it is a rectangle there;
 * null where the element has no box. Without a natural size: its whole content box.
 * @param border Size of the element's border box before transforms.
 */
export function pictureRect(picture: Overlaid, natural: Size, border?: Size): Box | null {
  const place = picture.place ?? picture.element;
  if (!isRendered(place)) return null;
  const rect = rectOf(place);
  border ??= borderBoxSize(place);
  const content = contentBox(picture, border);
  const scaleX = rect.width / border.width;
  const scaleY = rect.height / border.height;
  const placed = natural.width > 0 ? picture.boxIn(content, natural) : null;
  const inBox = placed ? { ...placed, x: placed.x + content.x, y: placed.y + content.y } : content;
  const clipped = intersection(inBox, content) ? inBox : content;
  return {
    x: rect.x + clipped.x * scaleX,
    y: rect.y + clipped.y * scaleY,
    width: clipped.width * scaleX,
    height: clipped.height * scaleY,
  };
}

/** Where an element's contents are in the viewport, without its border and padding. */
export function contentRect(element: Element): Box {
  const rect = rectOf(element);
  const border = borderBoxSize(element);
  const { x, y, width, height } = contentBox({ element, behindContents: false }, border);
  const [scaleX, scaleY] = [rect.width / border.width || 0, rect.height / border.height || 0];
  return {
    x: rect.x + x * scaleX,
    y: rect.y + y * scaleY,
    width: width * scaleX,
    height: height * scaleY,
  };
}

/** Size of the whole picture on the screen, in device pixels. */
export function shownSize(picture: Overlaid, natural: Size): Size {
  const rect = pictureRect(picture, natural);
  return {
    width: Math.max(1, (rect?.width ?? 1) * devicePixelRatio),
    height: Math.max(1, (rect?.height ?? 1) * devicePixelRatio),
  };
}

/** The content box, of a background its padding box, within a border box of this size. */
export function contentBox(
  { element, behindContents }: Pick<Overlaid, 'element' | 'behindContents'>,
  { width, height }: Size,
): Box {
  if (!(element instanceof HTMLElement)) return { x: 0, y: 0, width, height };
  const style = getComputedStyle(element);
  const edge = (side: string): number =>
    Number.parseFloat(style.getPropertyValue(`border-${side}-width`)) +
    (behindContents ? 0 : Number.parseFloat(style.getPropertyValue(`padding-${side}`)));
  const [left, top] = [edge('left'), edge('top')];
  return {
    x: left,
    y: top,
    width: Math.max(0, width - left - edge('right')),
    height: Math.max(0, height - top - edge('bottom')),
  };
}

function borderBoxSize(element: Element): Size {
  const size = element instanceof HTMLElement ? offsetSizeOf(element) : null;
  if (size && size.width > 0) return size;
  const { width, height } = rectOf(element);
  return { width, height };
}
