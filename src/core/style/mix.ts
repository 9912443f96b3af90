import * as v from 'valibot';

import { record } from '../schema';
import { STYLE_DIM, type Style } from './style';

/**
 * A style mix: weight by style id. Weights are ≥ 0 and sum to at most 1; the remainder is the
 * original. The empty mix is the original alone.
 */
export type StyleMix = Readonly<Record<string, number>>;

/** Weights below this share can't be seen and are dropped. */
const MIN_WEIGHT = 0.002;

/**
 * A mix from any weights, such as the positions of sliders: negative, tiny and non-finite weights
 * are dropped; weights that sum to more than 1 are scaled down to 1.
 */
export function normaliseMix(weights: Readonly<Record<string, number>>): StyleMix {
  const kept = Object.entries(weights).filter(
    ([, weight]) => Number.isFinite(weight) && weight >= MIN_WEIGHT,
  );
  const sum = kept.reduce((total, [, weight]) => total + weight, 0);
  const scale = sum > 1 ? 1 / sum : 1;
  return Object.fromEntries(kept.map(([id, weight]) => [id, weight * scale]));
}

/** Accepts anything stored: the valid weights of it. */
export const storedMix = v.pipe(
  record,
  v.transform((weights) => {
    const sound = Object.entries(weights).flatMap(([id, weight]) =>
      typeof weight === 'number' ? [[id, weight] as const] : [],
    );
    return normaliseMix(Object.fromEntries(sound));
  }),
);

/** The share of the picture that is painted, 0..1: the sum of the weights. */
export function strengthOf(mix: StyleMix): number {
  const sum = Object.values(mix).reduce((total, weight) => total + weight, 0);
  // A sum of thirds is not exactly 1, and must not cost a blend with the original.
  return sum > 0.9999 ? 1 : sum;
}

/**
 * Exponent that turns a slider's weight into a share of the style vector. The Gram distance between
 * pastiches changes slowly near a pure style and fast in between; with this exponent equal parts of
 * a slider change it about equally (measured in models/training/README.md).
 */
const SHARE_EXPONENT = 0.7;

/**
 * The shares of a mix's styles in its style vector: they sum to 1, and the picture changes evenly
 * with the weights.
 */
export function styleVectorShares(mix: StyleMix): StyleMix {
  const bent = Object.entries(mix).map(([id, weight]) => [id, weight ** SHARE_EXPONENT] as const);
  const total = bent.reduce((sum, [, share]) => sum + share, 0);
  return Object.fromEntries(bent.map(([id, share]) => [id, share / total]));
}

/** The mix of full strength with these {@link styleVectorShares}. */
export function mixOfShares(shares: Readonly<Record<string, number>>): StyleMix {
  const weights = Object.entries(shares).map(
    ([id, share]) => [id, share ** (1 / SHARE_EXPONENT)] as const,
  );
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  return normaliseMix(Object.fromEntries(weights.map(([id, weight]) => [id, weight / total])));
}

/**
 * The weighted sum of the mix's style vectors, by {@link styleVectorShares}.
 * @returns {@link STYLE_DIM} numbers; zeros for an empty mix.
 * @throws {RangeError} if the mix names a style that is not among `styles`.
 */
export function styleVectorOf(mix: StyleMix, styles: readonly Style[]): Float32Array {
  const vector = new Float32Array(STYLE_DIM);
  for (const [id, share] of Object.entries(styleVectorShares(mix))) {
    const style = styles.find((candidate) => candidate.id === id);
    if (!style) throw new RangeError(`there is no style "${id}"`);
    for (let i = 0; i < STYLE_DIM; i++) vector[i]! += share * style.vector[i]!;
  }
  return vector;
}

/** The mix without the styles that are not among `ids`, which an update may have removed. */
export function keepKnownStyles(mix: StyleMix, ids: Iterable<string>): StyleMix {
  const known = new Set(ids);
  return Object.fromEntries(Object.entries(mix).filter(([id]) => known.has(id)));
}
