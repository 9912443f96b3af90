/** How many pixels a picture may be painted with. Pure. */
import { workingSize } from '../../core/fit';
import type { Box, Size } from '../../core/geometry';
import { suitedRenderOptions, type RenderOptions } from '../../core/style/render-options';

/** No picture is painted larger, in one piece or in slices. */
const MAX_PIXELS = 48e6;

/** The engine paints no larger picture in one piece: what can be chosen in the options. */
const MAX_AT_ONCE = 16e6;

/** A picture that is so many screens large is painted in slices, if it has more pixels than a slice. */
const MIN_SCREENS = 1.5;
const MIN_PIXELS = 2e6;

/**
 * The budget is for what can be seen at once: a strip that is ten screens high has ten times as much.
 * @param megapixels The person's budget.
 * @param shown The size at which the picture is shown, in pixels such as those of `view`, the viewport.
 * @param inSlices Whether it is painted in slices.
 */
export function pixelBudget(megapixels: number, shown: Size, view: Size, inSlices = false): number {
  const most = inSlices ? MAX_PIXELS : MAX_AT_ONCE;
  return Math.max(megapixels * 1e6, Math.min(most, megapixels * 1e6 * screensOf(shown, view)));
}

/** In which manner, and at which size, a picture of which a part is known is painted. */
export function suitedSize(
  wanted: RenderOptions,
  { natural, part }: { readonly natural: Size; readonly part: Box },
  shown: Size,
  pixels: number,
): { manner: RenderOptions; size: Size } {
  const seen = { width: shown.width * part.width, height: shown.height * part.height };
  const manner = suitedRenderOptions(wanted, workingSize(seen, natural, pixels));
  // Smaller strokes are those of a larger picture, which must not exceed the budget.
  const most = pixels * Math.min(1, manner.strokeSize ** 2);
  return { manner, size: workingSize(seen, natural, most) };
}

/** Whether a picture is so much larger than the viewport that it is painted in slices. */
export function isStrip(shown: Size, view: Size): boolean {
  return screensOf(shown, view) >= MIN_SCREENS && shown.width * shown.height > MIN_PIXELS;
}

/** How many times as large as what can be seen of it at once a picture is. */
function screensOf(shown: Size, view: Size): number {
  const seen = Math.min(shown.width, view.width) * Math.min(shown.height, view.height);
  return seen > 0 ? (shown.width * shown.height) / seen : 1;
}
