/** Computed style that a layer copies from its element, to look the same. */
import { positionOffset } from '../../core/fit';
import type { Size } from '../../core/geometry';
import { flatParentOf } from '../dom/dom';
import type { Edges } from '../dom/place';

/**
 * Properties of the element itself. Those of its ancestors apply to the layer anyway, which has the
 * same ancestors.
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
      Math.max(0, positionOffset(first, box.width) - edges[horizontal]),
      Math.max(0, positionOffset(second, box.height) - edges[vertical]),
    ] as const;
  });
  const along = (axis: 0 | 1): string => corners.map((corner) => `${corner[axis]}px`).join(' ');
  return `${along(0)} / ${along(1)}`;
}

const OPAQUE = { opacity: '1', filter: 'none', 'mix-blend-mode': 'normal', 'mask-image': 'none' };

/**
 * Replacements for the element's properties, valid while these keep their present values: captured
 * pixels have gone through them already, and through the inversion of a darkened page, which the layer
 * would go through again.
 */
export function captureOf(element: Element): Captured {
  const style = getComputedStyle(element);
  let inversion = '';
  for (let at = flatParentOf(element); at; at = flatParentOf(at)) {
    const { filter } = getComputedStyle(at);
    if (filter.includes('invert(')) inversion += ` ${filter}`;
  }
  const { opacity, filter, 'mix-blend-mode': blending } = OPAQUE;
  const instead = { opacity, filter: inversion || filter, 'mix-blend-mode': blending };
  return new Map(
    Object.entries(instead).map(([name, value]) => [
      name,
      { before: style.getPropertyValue(name), instead: value },
    ]),
  );
}

/** By property: the value at the time of the capture, and the layer's replacement. */
export type Captured = ReadonlyMap<string, { readonly before: string; readonly instead: string }>;

/** Whether the element under the layer would shine through it, or spread beyond it, and so be seen twice. */
export function isTranslucent(mirrored: ReadonlyMap<string, string>): boolean {
  return Object.entries(OPAQUE).some(([name, opaque]) => mirrored.get(name) !== opaque);
}

/**
 * Whether the element is painted with the positioned elements of its stacking context, not with its
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
