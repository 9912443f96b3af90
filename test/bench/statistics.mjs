/**
 * @typedef {object} Summary Of repeated runs.
 * @property {number} median
 * @property {number} low Lower quartile.
 * @property {number} high Upper quartile.
 * @property {number} runs
 */

/**
 * The median and its spread.
 * @param {readonly number[]} values At least one.
 * @returns {Summary}
 * @throws {RangeError} if there is no value.
 */
export function summarise(values) {
  if (values.length === 0) throw new RangeError('nothing was measured');
  const sorted = [...values].sort((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
    runs: sorted.length,
  };
}

/**
 * A quantile of values in any order, interpolated.
 * @param {readonly number[]} values
 * @param {number} share 0..1.
 * @returns {number} NaN of no values.
 */
export function quantileOf(values, share) {
  if (values.length === 0) return Number.NaN;
  return quantile(
    [...values].sort((a, b) => a - b),
    share,
  );
}

/**
 * @param {readonly number[]} sorted
 * @param {number} share 0..1.
 */
function quantile(sorted, share) {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const lower = /** @type {number} */ (sorted[below]);
  const upper = /** @type {number} */ (sorted[Math.ceil(position)]);
  return lower + (position - below) * (upper - lower);
}
