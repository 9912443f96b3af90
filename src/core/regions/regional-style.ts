/** A style for every position of a picture. Pure. */
import { STYLE_DIM } from '../style/style';
import type { Size } from '../geometry';

/** Maximum number of style vectors in one picture. */
export const MAX_REGIONS = 8;

/** Pixels between two positions of the network's style map. */
const STRIDE = 8;

/**
 * A map of style vectors: at every position, a weighted sum of a few.
 *
 * The network is linear in the style vector, so the few vectors go through its layers once and their
 * results are summed; the map of 128 numbers a position is never built.
 */
export interface RegionalStyle {
  /** One for each region, each of STYLE_DIM numbers; at most {@link MAX_REGIONS}. */
  readonly vectors: readonly Float32Array[];
  /** Each region's share, [regions][H/8][W/8]. At a position they sum to 1. */
  readonly shares: Float32Array;
}

/**
 * Any style as regions: one vector for the whole picture is one region, without shares.
 * @param size Of the content tensor.
 * @throws {RangeError} if there are no regions or too many, or the shares have another size.
 */
export function regionsOf(style: Float32Array | RegionalStyle, size: Size): RegionalStyle {
  if (style instanceof Float32Array) return { vectors: [style], shares: new Float32Array(0) };
  const { vectors, shares } = style;
  if (vectors.length < 1 || vectors.length > MAX_REGIONS) {
    throw new RangeError(`${vectors.length} regions instead of 1 to ${MAX_REGIONS}`);
  }
  if (vectors.some(({ length }) => length !== STYLE_DIM)) {
    throw new RangeError(`a style vector has ${STYLE_DIM} numbers`);
  }
  const expected = (vectors.length * size.width * size.height) / STRIDE ** 2;
  if (vectors.length > 1 && shares.length !== expected) {
    throw new RangeError(`${shares.length} shares instead of ${expected}`);
  }
  return style;
}

/**
 * The style input of the exported graph, from the result of {@link regionsOf}.
 * @returns [1,128,H/8,W/8], or [1,128,1,1] if there is one region.
 */
export function styleMap({ vectors, shares }: RegionalStyle): Float32Array {
  if (vectors.length === 1) return vectors[0]!;
  const positions = shares.length / vectors.length;
  const map = new Float32Array(STYLE_DIM * positions);
  for (const [region, vector] of vectors.entries()) {
    for (let channel = 0; channel < STYLE_DIM; channel++) {
      const value = vector[channel]!;
      for (let at = 0; at < positions; at++) {
        map[channel * positions + at]! += value * shares[region * positions + at]!;
      }
    }
  }
  return map;
}
