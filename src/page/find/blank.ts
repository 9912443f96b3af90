/** Blank images, which pages put over pictures, or in their place. */
import { isBlank, sampleOf } from '../canvases/sample';
import { MAX_DOT, type Picture } from '../show/picture';

const known = new WeakMap<
  HTMLImageElement,
  { readonly address: string; readonly isBlank: boolean }
>();

/**
 * Whether an image is fully transparent or, if it can't be read, a dot; false for anything but an
 * `<img>`.
 */
export function isBlankPicture({ drawable }: Picture): boolean {
  if (!(drawable instanceof HTMLImageElement) || !drawable.complete) return false;
  const { currentSrc: address, naturalWidth, naturalHeight } = drawable;
  if (naturalWidth === 0 || naturalHeight === 0) return false;
  const before = known.get(drawable);
  if (before?.address === address) return before.isBlank;
  const sample = sampleOf(drawable);
  const found = {
    address,
    isBlank: sample ? isBlank(sample) : Math.max(naturalWidth, naturalHeight) <= MAX_DOT,
  };
  known.set(drawable, found);
  return found.isBlank;
}
