/**
 * Keeps a restyled video from flashing where its source doesn't (by WCAG 2.3.1 a flash is a change of
 * a tenth of the maximum). Pure, on bytes.
 *
 * A network may answer a small change of the frame with a large one of the whole pastiche. From frame
 * to frame, the pastiche's mean lightness may change only a little more than the frame's; the excess
 * is held back, and spread over the next frames.
 */

/** How much more than the frame's the mean may change, in 1/255: less than a flash. */
const ALLOWED = 18;

/** Sampling interval in pixels; no divisor of usual widths, so that the sample is no stripe. */
const SAMPLE = 7;

/** Rec. 709 weights of red, green and blue. */
const WEIGHTS = [0.2126, 0.7152, 0.0722] as const;

export class FlashGuard {
  private frame: number | null = null;
  private pastiche: number | null = null;
  private change = 0;

  /**
   * Takes the frame of the next pastiche.
   * @param pixels RGBA.
   */
  takeFrame(pixels: Uint8ClampedArray): void {
    const mean = meanLightness(pixels);
    this.change = this.frame === null ? 255 : Math.abs(mean - this.frame);
    this.frame = mean;
  }

  /**
   * Limits the change of lightness since the last pastiche.
   * @param pixels RGBA of the pastiche; limited when this returns.
   */
  limit(pixels: Uint8ClampedArray): void {
    const mean = meanLightness(pixels);
    if (this.pastiche === null) {
      this.pastiche = mean;
      return;
    }
    const most = this.change + ALLOWED;
    const wanted = Math.min(this.pastiche + most, Math.max(this.pastiche - most, mean));
    if (wanted !== mean) shift(pixels, wanted - mean);
    // The mean before clamping: the next pastiches are compared with it.
    this.pastiche = wanted;
  }

  /** Forgets the last pastiche: the next one looks different on purpose. */
  forget(): void {
    this.pastiche = null;
  }
}

/** Mean lightness of RGBA pixels, 0..255. */
function meanLightness(pixels: Uint8ClampedArray): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < pixels.length; i += 4 * SAMPLE, count++) {
    sum += WEIGHTS[0] * pixels[i]! + WEIGHTS[1] * pixels[i + 1]! + WEIGHTS[2] * pixels[i + 2]!;
  }
  return count === 0 ? 0 : sum / count;
}

function shift(pixels: Uint8ClampedArray, by: number): void {
  for (let i = 0; i < pixels.length; i += 4) {
    pixels[i] = pixels[i]! + by;
    pixels[i + 1] = pixels[i + 1]! + by;
    pixels[i + 2] = pixels[i + 2]! + by;
  }
}
