/** Where a picture lies in its element's box. Pure geometry; all lengths in CSS pixels. */

import type { Box, Size } from './geometry';

export type Fit = 'fill' | 'contain' | 'cover' | 'none' | 'scale-down';

/** The size at which `object-fit` (CSS Images 3, section 5.5) draws a picture in a box. */
export function fittedSize(fit: Fit, box: Size, natural: Size): Size {
  if (natural.width <= 0 || natural.height <= 0) return box;
  const contain = Math.min(box.width / natural.width, box.height / natural.height);
  const cover = Math.max(box.width / natural.width, box.height / natural.height);
  switch (fit) {
    case 'fill':
      return box;
    case 'contain':
      return scaled(natural, contain);
    case 'cover':
      return scaled(natural, cover);
    case 'none':
      return natural;
    case 'scale-down':
      return scaled(natural, Math.min(1, contain));
  }
}

/** The offset of one component of computed `object-position`: `50%`, `calc(100% - 12px)`. */
export function positionOffset(component: string, free: number): number {
  const terms = [...component.matchAll(/(-?)\s*([\d.]+(?:e-?\d+)?)(%|px)/g)];
  if (terms.length === 0) return free / 2;
  return terms.reduce((sum, [, sign, value, unit]) => {
    const length = Number(value) * (unit === '%' ? free / 100 : 1);
    return sum + (sign === '-' ? -length : length);
  }, 0);
}

/** Where the whole picture is drawn in its box; may be larger than the box, which clips it. */
export function pictureBox(fit: Fit, position: string, box: Size, natural: Size): Box {
  const { width, height } = fittedSize(fit, box, natural);
  const [horizontal = '50%', vertical = '50%'] = position.split(/\s+(?![^(]*\))/);
  return {
    x: positionOffset(horizontal, box.width - width),
    y: positionOffset(vertical, box.height - height),
    width,
    height,
  };
}

/**
 * The part of a picture that its element shows, in shares of its sides: computed `object-view-box`
 * (CSS Images 4, section 5.7), which browsers give as `inset(…)`. Insets that meet mean all of it.
 */
export function viewOf(view: string, natural: Size): Box {
  const insets = /^inset\(([^)]*)\)/.exec(view)?.[1]?.split(/\s+(?!round)/) ?? [];
  const [top = '0', right = top, bottom = top, left = right] = insets;
  const share = (inset: string, whole: number): number =>
    whole > 0 && insets.length > 0 ? positionOffset(inset, whole) / whole : 0;
  const [x, y] = [share(left, natural.width), share(top, natural.height)];
  const width = 1 - x - share(right, natural.width);
  const height = 1 - y - share(bottom, natural.height);
  return width > 0 && height > 0 ? { x, y, width, height } : { x: 0, y: 0, width: 1, height: 1 };
}

/** Where the whole picture is drawn if its element shows a part of it only; see {@link viewOf}. */
export function viewedBox(view: string, natural: Size, box: (part: Size) => Box): Box {
  const part = viewOf(view, natural);
  const seen = box({ width: natural.width * part.width, height: natural.height * part.height });
  const [width, height] = [seen.width / part.width, seen.height / part.height];
  return { x: seen.x - part.x * width, y: seen.y - part.y * height, width, height };
}

/**
 * The size of a background picture: computed `background-size` of one layer (CSS Backgrounds 3,
 * section 3.9) over its positioning area.
 */
export function backgroundSize(computed: string, area: Size, natural: Size): Size {
  if (computed === 'cover' || computed === 'contain') return fittedSize(computed, area, natural);
  const [first = 'auto', second = 'auto'] = computed.split(/\s+/);
  const ratio = natural.width / natural.height;
  const width = lengthOf(first, area.width);
  const height = lengthOf(second, area.height);
  if (width === null && height === null) return natural;
  if (width === null) return { width: height! * ratio, height: height! };
  return { width, height: height ?? width / ratio };
}

function lengthOf(component: string, whole: number): number | null {
  const value = Number.parseFloat(component);
  if (!Number.isFinite(value)) return null;
  return component.endsWith('%') ? (value / 100) * whole : value;
}

/** The intersection of two boxes; null if it is empty. */
export function intersection(a: Box, b: Box): Box | null {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

/**
 * The size in pixels at which a picture is painted: its shown size in device pixels, in its own
 * aspect ratio, with at most `maxPixels` pixels. At least 1×1.
 */
export function workingSize(shown: Size, natural: Size, maxPixels: number): Size {
  const scale = Math.max(shown.width / natural.width, shown.height / natural.height);
  const pixels = natural.width * natural.height * scale * scale;
  const bounded = scale * Math.min(1, Math.sqrt(maxPixels / pixels));
  return {
    width: Math.max(1, Math.round(natural.width * bounded)),
    height: Math.max(1, Math.round(natural.height * bounded)),
  };
}

function scaled(size: Size, factor: number): Size {
  return { width: size.width * factor, height: size.height * factor };
}
