/**
 * Finds the mix of the named styles that comes nearest to a painting: the weights whose style vector
 * is nearest to the painting's own. A style vector stands for the statistics of a painting's
 * activations (models/training/pastiche_training/pretrain_encoder.py), so near vectors look alike.
 * Pure.
 */
import { STYLE_DIM, type Style } from './style';
import { mixOfShares, type StyleMix } from './mix';

/** Maximum number of styles: more can't be told apart in a mix. */
const MAX_STYLES = 3;

/** Smaller shares are a residue of the fit. */
const MIN_SHARE = 0.1;

const ROUNDS = 400;

/**
 * @param vector The painting's, in the style space of `styles`.
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
    // The remaining shares are fitted again without the dropped styles.
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

/** Non-negative amounts of the styles whose vectors' sum is nearest to a vector. */
function nonNegativeFit(vector: Float32Array, styles: readonly Style[]): number[] {
  const products = styles.map((a) => styles.map((b) => dot(a.vector, b.vector)));
  const wanted = styles.map(({ vector: own }) => dot(own, vector));
  const amounts = styles.map(() => 0);
  // Coordinate descent: the styles are few and the problem is convex.
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
