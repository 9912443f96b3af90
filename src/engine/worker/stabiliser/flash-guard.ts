/**
 * Keeps a restyled video from flashing where its source doesn't (WCAG 2.3.1 takes a change of a
 * tenth of the brightest for a flash). Pure, on bytes.
 *
 * A network may answer a small change of the frame by a large one of the whole pastiche. The mean
 * lightness of the pastiche may change from frame to frame as much as that of the frame and a little
 * more; what goes beyond is taken back, and comes over the next frames.
 */

/** By so much the mean may change more than the frame's, in 1/255: less than a flash. */
const ALLOWED = 18;

/** Every so many pixels count; not a divisor of usual widths, so that the sample is no stripe. */
const SAMPLE = 7;

/** Rec. 709 weights of red, green and blue. */
const WEIGHTS = [0.2126, 0.7152, 0.0722] as const;

export class FlashGuard {
  private frame: number | null = null;
  private pastiche: number | null = null;
  private change = 0;

  /**
   * Takes the frame that the next pastiche is of.
   * @param pixels RGBA.
   */
  takeFrame(pixels: Uint8ClampedArray): void {
    const mean = meanLightness(pixels);
    this.change = this.frame === null ? 255 : Math.abs(mean - this.frame);
    this.frame = mean;
  }

  /**
   * Takes back what of the pastiche's lightness has changed too much since the one before.
   * @param pixels RGBA; what is to be shown when this returns.
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
    // What was asked for, not what clamping has made of it: the next ones go on from there.
    this.pastiche = wanted;
  }

  /** The next pastiche looks different on purpose. */
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
