/** Whether a pastiche is none: what a GPU that has gone wrong paints is of one colour. Pure. */

/** Samples of a picture that are looked at to tell whether it is flat. */
const SAMPLES = 1000;

/** In 1/255: a picture of less contrast is flat, one of more is certainly not. */
const FLAT = 8;
const CERTAINLY_NOT_FLAT = 64;

/** Whether a pastiche of this contrast is flat, such as black, though its content image isn't. */
export function cameOutFlat(content: number, pastiche: number): boolean {
  return pastiche < FLAT && content > CERTAINLY_NOT_FLAT;
}

/** How far the darkest and the brightest of a picture are apart, in 1/255. RGBA. */
export function contrastOf(picture: ArrayBuffer): number {
  const pixels = new Uint8Array(picture);
  const step = 4 * Math.max(1, Math.floor(pixels.length / 4 / SAMPLES));
  let smallest = 255;
  let largest = 0;
  for (let i = 0; i < pixels.length; i += step) {
    smallest = Math.min(smallest, pixels[i]!, pixels[i + 1]!, pixels[i + 2]!);
    largest = Math.max(largest, pixels[i]!, pixels[i + 1]!, pixels[i + 2]!);
  }
  return largest - smallest;
}
