/**
 * Detects sprite sheets: sheets of many small pictures, of which a box shows one at a time. They are
 * not pictures themselves.
 */
import { flatParentOf } from '../dom/dom';
import { closestOf, rectOf } from '../dom/element';
import { intersection } from '../../core/fit';
import type { Box, Size } from '../../core/geometry';
import { pictureRect } from '../dom/place';
import type { Picture } from '../show/picture';
import { readContentImage } from '../read/read';
import { placeOf } from '../find/svg-images';
import { BESIDE, isPart, isWholePart } from './parts';

/**
 * Maximum fraction of the viewport for a sprite; a larger box shows a part of a picture that is worth
 * seeing.
 */
const MAX_SPRITE = 1 / 6;

/** Minimum ratio of a sheet's area to that of a box which shows a part of it. */
const MIN = 4;

/** Maximum number of boxes around an image that may cut a part out of it. */
const MAX_FRAMES = 3;

/** Timeout for loading a picture, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** Maximum number of remembered sheets. */
const MAX_SHEETS = 200;

/** The known sheets of a page: one box that shows a part of a sheet by its position is enough. */
export class SpriteSheets {
  private readonly known = new Set<string>();

  /** Whether a picture is a known sheet, or one by its element. */
  has(picture: Picture): boolean {
    const { source } = picture;
    if (!this.known.has(source) && showsOneOfMany(picture)) this.note(source);
    return this.known.has(source);
  }

  /**
   * Whether a picture is a sheet by its pixels: small boxes show complete parts of it, such as the
   * first part of a sheet, which is not moved. False if the pixels can't be read.
   */
  async isSeenIn(pictures: readonly Picture[]): Promise<boolean> {
    for (const picture of pictures) {
      if (!mayShowPart(picture) || !(await showsWholePart(picture))) return false;
    }
    const [first] = pictures;
    if (first) this.note(first.source);
    return first !== undefined;
  }

  private note(source: string): void {
    this.known.add(source);
    for (const first of this.known) {
      if (this.known.size <= MAX_SHEETS) break;
      this.known.delete(first);
    }
  }
}

/** Whether a picture may be larger than the small box that shows it. */
function mayShowPart(picture: Picture): boolean {
  const { size } = picture.placing ?? { size: 'fill' };
  const frame = frameOf(picture);
  const isLarger = frame !== null || !/^(cover|contain|fill|scale-down)|%/.test(size);
  return isLarger && isSmall(frame ?? rectOf(picture.element));
}

async function showsWholePart(picture: Picture): Promise<boolean> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  // Errors are handled when it is painted.
  const content = await readContentImage(picture, signal, false).catch(() => null);
  if (!content) return false;
  const { image, natural } = content;
  try {
    const { width, height } = natural;
    const known = picture.naturalSize();
    const own = { width: width / picture.density, height: height / picture.density };
    const whole = pictureRect(picture, known.width > 0 ? known : own);
    const shown = whole && intersection(whole, frameOf(picture) ?? rectOf(picture.element));
    if (!shown || areaOf(whole) < 2 * areaOf(shown)) return false;
    const edge = (at: number, length: number, most: number): number =>
      Math.min(most, Math.max(0, Math.round((at / length) * most)));
    const [left, right] = [shown.x - whole.x, shown.x - whole.x + shown.width].map((x) =>
      edge(x, whole.width, width),
    ) as [number, number];
    const [top, bottom] = [shown.y - whole.y, shown.y - whole.y + shown.height].map((y) =>
      edge(y, whole.height, height),
    ) as [number, number];
    const [x, y] = [Math.max(0, left - BESIDE), Math.max(0, top - BESIDE)];
    const size = {
      width: Math.min(width, right + BESIDE) - x,
      height: Math.min(height, bottom + BESIDE) - y,
    };
    const context = new OffscreenCanvas(size.width, size.height).getContext('2d');
    if (!context) return false;
    context.drawImage(image, -x, -y, width, height);
    const part = { x: left - x, y: top - y, width: right - left, height: bottom - top };
    return isWholePart(context.getImageData(0, 0, size.width, size.height), part);
  } finally {
    if (image instanceof ImageBitmap) image.close();
  }
}

function showsOneOfMany(picture: Picture): boolean {
  const { element } = picture;
  if (element instanceof SVGImageElement) {
    return isPartOfView(element) && isSmall(rectOf(placeOf(element)));
  }
  const box = rectOf(picture.element);
  const frame = frameOf(picture);
  if (!isSmall(frame ?? box)) return false;
  const isMoved = frame !== null && (box.x < frame.x - 1 || box.y < frame.y - 1);
  return isMoved || (picture.placing !== null && isPart(picture.placing));
}

/** Whether an SVG image is much larger than the view box of its drawing or symbol. */
function isPartOfView(image: SVGImageElement): boolean {
  const view = closestOf(image, 'svg, symbol, pattern, marker');
  if (!view || !('viewBox' in view)) return false;
  // Firefox returns null for a missing or invalid one.
  const shown = (view.viewBox as SVGAnimatedRect).baseVal as DOMRect | null;
  if (!shown || areaOf(shown) === 0) return false;
  const own = { width: image.width.baseVal.value, height: image.height.baseVal.value };
  return areaOf(own) >= MIN * areaOf(shown);
}

function isSmall(box: Size): boolean {
  return areaOf(box) <= MAX_SPRITE * innerWidth * innerHeight;
}

/** The box that shows a part of a much larger image; null if there is none. */
function frameOf({ element }: Picture): Box | null {
  if (!(element instanceof HTMLImageElement)) return null;
  const box = rectOf(element);
  let at: Element | null = flatParentOf(element);
  for (let i = 0; at && i < MAX_FRAMES; at = flatParentOf(at), i++) {
    const { overflowX, overflowY } = getComputedStyle(at);
    // Scrollable boxes are scrolled by the user.
    if (!/^(hidden|clip)$/.test(overflowX) || !/^(hidden|clip)$/.test(overflowY)) continue;
    const frame = rectOf(at);
    if (areaOf(box) >= MIN * areaOf(frame)) return intersection(frame, box);
  }
  return null;
}

function areaOf({ width, height }: Size): number {
  return width * height;
}
