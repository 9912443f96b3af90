/** Repeatable random numbers: the same seed gives the same numbers everywhere. */
export class Chance {
  #state;

  /** @param {number} seed A whole number. */
  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 to less than 1 (mulberry32). */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /**
   * A whole number from 0 to less than `end`.
   * @param {number} end
   */
  below(end) {
    return Math.floor(this.next() * end);
  }

  /**
   * One of several.
   * @template T
   * @param {readonly T[]} items At least one.
   * @returns {T}
   */
  pick(items) {
    return /** @type {T} */ (items[this.below(items.length)]);
  }
}
