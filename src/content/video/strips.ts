/**
 * Which strips of a video the browser itself draws on, at its upper and lower edge: its controls
 * and its captions. They are left free of the layer. Pure; lengths in CSS pixels.
 */

/** Height of a browser's own controls: Chromium's rows of buttons and timeline, with their shade. */
const CONTROLS = 76;

/** Captions are set in a twentieth of the picture's height, and lines are so far apart. */
const LINE = 0.05 * 1.35;

/** Space between captions and the edge, in a share of the picture's height. */
const CAPTION_MARGIN = 0.02;

/** What of a VTTCue says where it stands. */
export interface Caption {
  readonly text: string;
  /** Line number, from the bottom if negative; or a percentage; or left to the browser. */
  readonly line: number | 'auto';
  readonly snapToLines: boolean;
}

export interface Strips {
  readonly top: number;
  readonly bottom: number;
}

/**
 * @param hasControls Whether the controls are to be seen.
 * @param captions Those that are shown.
 * @param height Of the video's box.
 */
export function freeStrips(
  hasControls: boolean,
  captions: readonly Caption[],
  height: number,
): Strips {
  let top = 0;
  let bottom = hasControls ? CONTROLS : 0;
  const controls = bottom;
  for (const { text, line, snapToLines } of captions) {
    const lines = text.split('\n').length * LINE;
    const place = placeOf(line, snapToLines);
    const reach = (Math.abs(place) + lines + CAPTION_MARGIN) * height;
    // The browser moves captions up to make room for its controls.
    if (place >= 0 && line !== 'auto' && place < 0.5) top = Math.max(top, reach);
    else if (place < 0 || line === 'auto') bottom = Math.max(bottom, controls + reach);
    else bottom = Math.max(bottom, controls + (1 - place) * height);
  }
  return { top: Math.min(top, height), bottom: Math.min(bottom, height) };
}

/** Distance from the top as a share of the height; negative from the bottom. */
function placeOf(line: number | 'auto', snapToLines: boolean): number {
  if (line === 'auto') return 0;
  if (!snapToLines) return line / 100;
  return line < 0 ? (line + 1) * LINE - 1e-6 : line * LINE;
}
