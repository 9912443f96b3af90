/** Maximum movement of a scene from one picture to the next, in pixels. */
const FARTHEST = 24;

/** Sampling interval of rows and pixels in the search. */
const SAMPLE = 4;

/**
 * @typedef {object} Picture
 * @property {number} width Pixels.
 * @property {number} height Pixels.
 * @property {Uint8Array} data RGBA.
 */

/**
 * The minimum, over all movements, of the mean absolute difference of two pictures of one size, 0..255:
 * the change in a scene that a camera pans over.
 * @param {Picture} a
 * @param {Picture} b
 */
export function leastDifference(a, b) {
  let best = { x: 0, y: 0 };
  let least = Infinity;
  for (let y = -FARTHEST; y <= FARTHEST; y++) {
    for (let x = -FARTHEST; x <= FARTHEST; x++) {
      const difference = differenceAt(a, b, { x, y }, SAMPLE);
      if (difference < least) [best, least] = [{ x, y }, difference];
    }
  }
  return differenceAt(a, b, best, 1);
}

/**
 * @param {Picture} a
 * @param {Picture} b
 * @param {{ x: number, y: number }} shift Of b over a.
 * @param {number} step
 */
function differenceAt({ width, height, data }, b, shift, step) {
  let sum = 0;
  let count = 0;
  for (let y = FARTHEST; y < height - FARTHEST; y += step) {
    for (let x = FARTHEST; x < width - FARTHEST; x += step, count += 3) {
      const here = 4 * (y * width + x);
      const there = 4 * ((y + shift.y) * width + x + shift.x);
      for (let channel = 0; channel < 3; channel++) {
        sum += Math.abs(Number(data[here + channel]) - Number(b.data[there + channel]));
      }
    }
  }
  return sum / count;
}
