/** Sheets of many small pictures, of which a box shows one at a time (sprites): no pictures themselves. */
import { parentAcrossRoots } from '../dom';
import { rectOf } from '../element';
import { intersection, type Box, type Size } from '../fit';
import type { Picture } from '../picture';

/** A box that takes more of the viewport shows a part of a picture that is worth seeing. */
const LARGEST_SPRITE = 1 / 6;

/** A box shows one of so many parts of a sheet at least. */
const FEWEST = 4;

/** Boxes around an image that may cut one part out of it. */
const MOST_FRAMES = 3;

/** So many sheets are remembered. */
const MOST_SHEETS = 200;

/** The sheets of a page, as they are found: one box that shows a part of it by its place is enough. */
export class SpriteSheets {
  private readonly known = new Set<string>();

  /** Whether a picture is a sheet, as far as can be seen by its element and by those that came before. */
  has(picture: Picture): boolean {
    const { source } = picture;
    if (!this.known.has(source) && showsOneOfMany(picture)) {
      this.known.add(source);
      for (const first of this.known) {
        if (this.known.size <= MOST_SHEETS) break;
        this.known.delete(first);
      }
    }
    return this.known.has(source);
  }
}

function showsOneOfMany(picture: Picture): boolean {
  const { element } = picture;
  const box = rectOf(element);
  const cut = picture.element instanceof HTMLImageElement ? cutOut(element, box) : null;
  const frame = cut ?? box;
  if (areaOf(frame) > LARGEST_SPRITE * innerWidth * innerHeight) return false;
  return cut !== null || (picture.placing !== null && isPart(picture.placing));
}

/**
 * Whether a picture lies in its box so that one part of many is seen: moved by a length to the left or
 * up at its own size, or twice as large as the box.
 * @param placing Computed `background-size` or `object-fit`, and position.
 */
export function isPart({ size, position }: NonNullable<Picture['placing']>): boolean {
  if (/^(cover|contain|fill)/.test(size)) return false;
  const shares = [...size.matchAll(/([\d.]+)%/g)].map(([, share]) => Number(share));
  return shares.some((share) => share >= 200) || /(^|\s)-[\d.]+px/.test(position);
}

/** The box that shows a part of a much larger image, which is moved in it; null where none does. */
function cutOut(image: Element, box: Box): Box | null {
  let at: Element | null = parentAcrossRoots(image);
  for (let i = 0; at && i < MOST_FRAMES; at = parentAcrossRoots(at), i++) {
    const { overflowX, overflowY } = getComputedStyle(at);
    // What scrolls is scrolled by the person.
    if (!/^(hidden|clip)$/.test(overflowX) || !/^(hidden|clip)$/.test(overflowY)) continue;
    const frame = rectOf(at);
    const isMoved = box.x < frame.x - 1 || box.y < frame.y - 1;
    if (isMoved && areaOf(box) >= FEWEST * areaOf(frame)) return intersection(frame, box);
  }
  return null;
}

function areaOf({ width, height }: Size): number {
  return width * height;
}
