/** A style for every place of a picture. Pure. */
import { STYLE_DIM } from '../style/style';
import type { Size } from '../geometry';

/** Most style vectors that one picture is painted with. */
export const MAX_REGIONS = 8;

/** Pixels between two positions of the network's style map. */
const STRIDE = 8;

/**
 * A map of style vectors: at every position, the superposition of a few.
 *
 * All that the network makes of a style vector is linear in it, so the few vectors go through those
 * layers once and their results are superposed, and a map of 128 numbers a position never exists.
 */
export interface RegionalStyle {
  /** One for each region, each of STYLE_DIM numbers; at most {@link MAX_REGIONS}. */
  readonly vectors: readonly Float32Array[];
  /** Each region's share of the superposition, [regions][H/8][W/8]. At a position they sum to 1. */
  readonly shares: Float32Array;
}

/**
 * Any style as regions: one vector for the whole picture is one region, without shares.
 * @param size Of the content tensor.
 * @throws {RangeError} if there are no or too many regions, or shares of another size.
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
 * The style input of the exported graph, from what {@link regionsOf} returned.
 * @returns [1,128,H/8,W/8], or [1,128,1,1] where there is one region.
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
