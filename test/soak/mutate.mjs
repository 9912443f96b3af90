/** Random damage of all kinds. */

/**
 * A copy of bytes with some damage: flipped bits, a part removed, doubled or overwritten, an early end.
 * @param {Uint8Array} bytes At least one.
 * @param {import('./random.mjs').Chance} chance
 * @returns {Uint8Array}
 */
export function mutate(bytes, chance) {
  let damaged = Uint8Array.from(bytes);
  for (let i = 1 + chance.below(4); i > 0 && damaged.length > 0; i--) {
    const at = chance.below(damaged.length);
    const length = 1 + chance.below(Math.min(64, damaged.length - at));
    switch (chance.below(5)) {
      case 0:
        damaged[at] = chance.below(256);
        break;
      case 1:
        damaged = concat(damaged.subarray(0, at), damaged.subarray(at + length));
        break;
      case 2:
        damaged = concat(damaged.subarray(0, at + length), damaged.subarray(at));
        break;
      case 3:
        damaged.fill(chance.pick([0, 255, 127]), at, at + length);
        break;
      default:
        damaged = damaged.slice(0, at);
    }
  }
  return damaged;
}

/**
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 */
function concat(a, b) {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
