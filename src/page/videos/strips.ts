/**
 * Finds the parts of a video on which the browser itself draws: its controls along the lower edge, and
 * its captions. The layer leaves them free. Pure; lengths in CSS pixels.
 */
import type { Size } from '../../core/geometry';
import type { Hole } from '../layer/layer';

/** Height of a browser's own controls: Chromium's rows of buttons and timeline, with their shade. */
export const CONTROLS = 76;

/** Font size of captions, as a fraction of the picture's shorter side (WebVTT, section 7.4). */
const FONT = 0.05;

/** Height of a line, in font sizes. */
const LINE = 1.25;

/** Space around the captions' own box, and width of the layer's fading edge there, in font sizes. */
const MARGIN = 0.2;
const SOFT = 0.5;

/** The part of a VTTCue that determines its position. */
export interface Caption {
  readonly text: string;
  /** Line number, from the bottom if negative; or a percentage; or chosen by the browser. */
  readonly line: number | 'auto';
  readonly snapToLines: boolean;
  /** Percentage of the width that `align` refers to. */
  readonly position: number | 'auto';
  readonly align: 'start' | 'center' | 'end' | 'left' | 'right';
  /** Percentage of the width that the text may take. */
  readonly size: number;
}

/** Parts of the content box that are left free. */
export interface Free {
  /** Height of a strip along the lower edge. */
  readonly bottom: number;
  /** At most two: of captions above the middle, and below it. */
  readonly holes: readonly Hole[];
}

/**
 * @param hasControls Whether the controls are visible.
 * @param captions Those that are shown, in their order.
 * @param box The content box.
 * @param widthOf Width of a line of text at a font size.
 */
export function freeParts(
  hasControls: boolean,
  captions: readonly Caption[],
  box: Size,
  widthOf: (text: string, fontSize: number) => number,
): Free {
  const bottom = hasControls ? Math.min(CONTROLS, box.height) : 0;
  const font = FONT * Math.min(box.width, box.height);
  if (font === 0) return { bottom, holes: [] };
  const areas = captions.map((caption) => areaOf(caption, box, font, widthOf));
  const line = LINE * font;
  // The browser stacks captions that it places itself, and moves them up to make room for its controls.
  let stack = box.height - bottom;
  const placed = captions.map((caption, i) => {
    const { left, right, lines } = areas[i]!;
    const height = lines * line;
    const top = topOf(caption, { ...box, height: box.height - bottom }, line);
    if (top !== null) return { left, right, top, bottom: top + height };
    stack -= height;
    return { left, right, top: stack, bottom: stack + height };
  });
  const isUpper = (area: Area): boolean => area.top + area.bottom < box.height;
  const holes = [placed.filter(isUpper), placed.filter((area) => !isUpper(area))]
    .filter((areas) => areas.length > 0)
    .map((areas) => holeAround(areas, font));
  return { bottom, holes };
}

interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function areaOf(
  { text, size, align, position }: Caption,
  { width }: Size,
  font: number,
  widthOf: (text: string, fontSize: number) => number,
): Pick<Area, 'left' | 'right'> & { lines: number } {
  const most = Math.max(1, (size / 100) * width);
  const widths = text.split('\n').map((row) => widthOf(row.replace(/<[^>]*>/g, ''), font));
  const lines = widths.reduce((sum, row) => sum + Math.max(1, Math.ceil(row / most)), 0);
  const wide = Math.min(most, Math.max(...widths));
  const isStart = align === 'start' || align === 'left';
  const share = isStart ? 0 : align === 'center' ? 0.5 : 1;
  const at = ((position === 'auto' ? 100 * share : position) / 100) * width;
  const left = Math.max(0, Math.min(width - wide, at - share * wide));
  return { left, right: left + wide, lines };
}

/** Upper edge of a caption; null if the browser places it. */
function topOf({ line, snapToLines }: Caption, { height }: Size, row: number): number | null {
  if (line === 'auto') return null;
  if (!snapToLines) return (line / 100) * height;
  return line < 0 ? height + line * row : line * row;
}

function holeAround(areas: readonly Area[], font: number): Hole {
  const margin = MARGIN * font;
  const left = Math.min(...areas.map((area) => area.left)) - margin;
  const right = Math.max(...areas.map((area) => area.right)) + margin;
  const top = Math.min(...areas.map((area) => area.top)) - margin;
  const bottom = Math.max(...areas.map((area) => area.bottom)) + margin;
  return { x: left, y: top, width: right - left, height: bottom - top, soft: SOFT * font };
}
