/** The number of pixels with which a picture is painted. Pure. */
import { workingSize } from '../../core/fit';
import type { Box, Size } from '../../core/geometry';
import { suitedRenderOptions, type RenderOptions } from '../../core/style/render-options';

/** Maximum number of pixels of a picture, in one piece or in slices. */
const MAX_PIXELS = 48e6;

/** Maximum number of pixels that the engine paints in one piece, and that can be set in the options. */
const MAX_AT_ONCE = 16e6;

/** Minimum size in screens of a picture that is painted in slices, if it has more pixels than a slice. */
const MIN_SCREENS = 1.5;
const MIN_PIXELS = 2e6;

/**
 * The budget applies to the part that is visible at once: a strip that is ten screens high has ten
 * times as much.
 * @param megapixels The user's budget.
 * @param shown Size of the picture on the page, in the same pixels as `view`, the viewport.
 * @param inSlices Whether it is painted in slices.
 */
export function pixelBudget(megapixels: number, shown: Size, view: Size, inSlices = false): number {
  const most = inSlices ? MAX_PIXELS : MAX_AT_ONCE;
  return Math.max(megapixels * 1e6, Math.min(most, megapixels * 1e6 * screensOf(shown, view)));
}

/** The render options and the size for painting a picture of which a part is known. */
export function suitedSize(
  wanted: RenderOptions,
  { natural, part }: { readonly natural: Size; readonly part: Box },
  shown: Size,
  pixels: number,
): { manner: RenderOptions; size: Size } {
  const seen = { width: shown.width * part.width, height: shown.height * part.height };
  const manner = suitedRenderOptions(wanted, workingSize(seen, natural, pixels));
  // Smaller strokes require a larger picture, which must not exceed the budget.
  const most = pixels * Math.min(1, manner.strokeSize ** 2);
  return { manner, size: workingSize(seen, natural, most) };
}

/** Whether a picture is so much larger than the viewport that it is painted in slices. */
export function isStrip(shown: Size, view: Size): boolean {
  return screensOf(shown, view) >= MIN_SCREENS && shown.width * shown.height > MIN_PIXELS;
}

/** The size of a picture, as a multiple of its part that is visible at once. */
function screensOf(shown: Size, view: Size): number {
  const seen = Math.min(shown.width, view.width) * Math.min(shown.height, view.height);
  return seen > 0 ? (shown.width * shown.height) / seen : 1;
}
