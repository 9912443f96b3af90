/**
 * Finds the mix of the named styles that comes nearest to a painting: the combination of weights
 * whose style vector is nearest to the painting's own. A style vector stands for the statistics of
 * a painting's activations (models/training/pastiche_training/pretrain_encoder.py), so near vectors are near looks.
 * Pure.
 */
import { STYLE_DIM, type Style } from './style';
import { mixOfShares, type StyleMix } from './mix';

/** More styles in a mix than these can't be told apart. */
const MAX_STYLES = 3;

/** Smaller shares are what is left over, and not what was meant. */
const MIN_SHARE = 0.1;

const ROUNDS = 400;

/**
 * @param vector Of the painting, in the style space of the styles.
 * @returns A mix of full strength.
 */
export function matchLook(vector: Float32Array, styles: readonly Style[]): StyleMix {
  let candidates = [...styles];
  for (;;) {
    const amounts = nonNegativeFit(vector, candidates);
    const total = amounts.reduce((sum, amount) => sum + amount, 0);
    const ranked = candidates
      .map((style, i) => ({ style, share: total > 0 ? amounts[i]! / total : 0 }))
      .sort((a, b) => b.share - a.share);
    const kept = ranked.filter(({ share }, i) => i < MAX_STYLES && share >= MIN_SHARE);
    // Of what is left, the shares are found again without those that were dropped.
    if (kept.length === candidates.length || kept.length <= 1) {
      const [first] = ranked;
      const chosen = kept.length > 0 ? kept : first ? [first] : [];
      return mixOfShares(
        Object.fromEntries(chosen.map(({ style, share }) => [style.id, share || 1])),
      );
    }
    candidates = kept.map(({ style }) => style);
  }
}

/** Amounts, none negative, of the styles' vectors whose sum is nearest to a vector. */
function nonNegativeFit(vector: Float32Array, styles: readonly Style[]): number[] {
  const products = styles.map((a) => styles.map((b) => dot(a.vector, b.vector)));
  const wanted = styles.map(({ vector: own }) => dot(own, vector));
  const amounts = styles.map(() => 0);
  // One amount after the other is set to its best (coordinate descent): few styles, all convex.
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < styles.length; i++) {
      const others = amounts.reduce(
        (sum, amount, j) => (j === i ? sum : sum + amount * products[i]![j]!),
        0,
      );
      amounts[i] = Math.max(0, (wanted[i]! - others) / Math.max(products[i]![i]!, 1e-9));
    }
  }
  return amounts;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < STYLE_DIM; i++) sum += a[i]! * b[i]!;
  return sum;
}
