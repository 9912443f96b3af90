/** What a layer copies of its element's computed style, so that it looks as the element does. */
import type { Box, Size } from '../../core/geometry';

/**
 * What the page may do to the element itself. What it does to the element's ancestors reaches the
 * layer by itself, as it stands among them.
 */
export const MIRRORED = [
  'transform',
  'transform-origin',
  'translate',
  'rotate',
  'scale',
  'offset-path',
  'offset-distance',
  'offset-rotate',
  'offset-anchor',
  'backface-visibility',
  'opacity',
  'filter',
  'mix-blend-mode',
  'visibility',
  'clip-path',
  'mask-image',
  'mask-size',
  'mask-position',
  'mask-repeat',
  'mask-origin',
  'mask-clip',
  'mask-composite',
  'mask-mode',
  'border-top-left-radius',
  'border-top-right-radius',
  'border-bottom-right-radius',
  'border-bottom-left-radius',
  'order',
  'zoom',
  '-webkit-box-reflect',
] as const;

/** Lengths of the four sides, in CSS pixels. */
export interface Edges {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** Border and padding together. */
export function edgesOf(style: CSSStyleDeclaration): Edges {
  const edge = (side: string): number =>
    lengthOf(style.getPropertyValue(`border-${side}-width`)) +
    lengthOf(style.getPropertyValue(`padding-${side}`));
  return {
    top: edge('top'),
    right: edge('right'),
    bottom: edge('bottom'),
    left: edge('left'),
  };
}

/**
 * The border box of a replaced element before any transform, in CSS pixels: its computed width and
 * height are used values (CSSOM, section 9). Null where it has no box.
 */
export function borderBoxOf(style: CSSStyleDeclaration, edges: Edges): Size | null {
  const [width, height] = [Number.parseFloat(style.width), Number.parseFloat(style.height)];
  if (style.display === 'none' || !Number.isFinite(width) || !Number.isFinite(height)) return null;
  if (style.boxSizing === 'border-box') return { width, height };
  return {
    width: width + edges.left + edges.right,
    height: height + edges.top + edges.bottom,
  };
}

/** The content box within the border box. */
export function contentBoxOf({ width, height }: Size, { top, right, bottom, left }: Edges): Box {
  return {
    x: left,
    y: top,
    width: Math.max(0, width - left - right),
    height: Math.max(0, height - top - bottom),
  };
}

/** Insets that meet leave so much of a side, which nobody sees. */
const MIN_VIEW = 0.001;

/** The part of the picture that is shown (CSS Images 5, section 4.2), in shares of its sides. */
export function viewBoxOf(style: CSSStyleDeclaration, natural: Size): Box {
  const insets = /^inset\(([^)]*)\)/.exec(style.getPropertyValue('object-view-box'))?.[1];
  const [top = '0', right = top, bottom = top, left = right] = insets?.split(' ') ?? [];
  const share = (value: string, whole: number): number =>
    whole > 0 ? lengthOf(value, whole) / whole : 0;
  const [x, y] = [share(left, natural.width), share(top, natural.height)];
  return {
    x,
    y,
    width: Math.max(MIN_VIEW, 1 - x - share(right, natural.width)),
    height: Math.max(MIN_VIEW, 1 - y - share(bottom, natural.height)),
  };
}

/** The rounding of the content box (CSS Backgrounds 3, section 5.2), for `border-radius`. */
export function innerRadius(style: CSSStyleDeclaration, box: Size, edges: Edges): string {
  const corners = (
    [
      ['top', 'left'],
      ['top', 'right'],
      ['bottom', 'right'],
      ['bottom', 'left'],
    ] as const
  ).map(([vertical, horizontal]) => {
    const corner = style.getPropertyValue(`border-${vertical}-${horizontal}-radius`);
    const [first = '0', second = first] = corner.split(' ');
    return [
      Math.max(0, lengthOf(first, box.width) - edges[horizontal]),
      Math.max(0, lengthOf(second, box.height) - edges[vertical]),
    ] as const;
  });
  const along = (axis: 0 | 1): string => corners.map((corner) => `${corner[axis]}px`).join(' ');
  return `${along(0)} / ${along(1)}`;
}

/**
 * Whether something of what lies under the layer would shine through it, or spread beyond it: the
 * element itself, once more than the page wants.
 */
export function isTranslucent({
  opacity,
  mixBlendMode,
  filter,
  maskImage,
}: CSSStyleDeclaration): boolean {
  return opacity !== '1' || mixBlendMode !== 'normal' || filter !== 'none' || maskImage !== 'none';
}

/**
 * Whether the element is painted with the positioned ones of its stacking context, not with its
 * plain contents (CSS 2.2, appendix E).
 */
export function isStacked(style: CSSStyleDeclaration, isItem: boolean): boolean {
  return (
    style.position !== 'static' ||
    style.opacity !== '1' ||
    style.mixBlendMode !== 'normal' ||
    style.isolation === 'isolate' ||
    (isItem && style.zIndex !== 'auto') ||
    /opacity|transform|filter|mask|clip-path/.test(style.willChange) ||
    ['transform', 'translate', 'rotate', 'scale', 'filter', 'clip-path', 'mask-image'].some(
      (name) => style.getPropertyValue(name) !== 'none',
    )
  );
}

function lengthOf(value: string, whole = 0): number {
  const length = Number.parseFloat(value);
  if (!Number.isFinite(length)) return 0;
  return value.endsWith('%') ? (length / 100) * whole : length;
}
