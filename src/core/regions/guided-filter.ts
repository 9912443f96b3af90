/** The guided filter of He, Sun and Tang (2010): smooths a plane but keeps a guide's edges. Pure. */
import { meanOfRows, transposed } from './mask';

export interface Plane {
  readonly width: number;
  readonly height: number;
  /** [height][width] */
  readonly data: Float32Array;
}

/** Mean over a square of `reach` pixels to each side. */
export function boxMean({ width, height, data }: Plane, reach: number): Float32Array {
  const rows = meanOfRows(data, width, height, reach);
  return transposed(meanOfRows(transposed(rows, width), height, width, reach), height);
}

/**
 * @param guide Lightness, 0..1, of the same size.
 * @param reach Radius of the neighbourhood in pixels.
 * @param tolerance Variance of the guide that is still smoothed over.
 */
export function guidedFilter(
  { width, height, data }: Plane,
  guide: Float32Array,
  reach: number,
  tolerance: number,
): Float32Array {
  const mean = (plane: Float32Array): Float32Array =>
    boxMean({ width, height, data: plane }, reach);
  const meanGuide = mean(guide);
  const meanData = mean(data);
  const meanProduct = mean(data.map((value, i) => value * guide[i]!));
  const meanSquare = mean(guide.map((value) => value * value));
  const slope = data.map((_, i) => {
    const covariance = meanProduct[i]! - meanGuide[i]! * meanData[i]!;
    const variance = meanSquare[i]! - meanGuide[i]! * meanGuide[i]!;
    return covariance / (variance + tolerance);
  });
  const offset = mean(slope.map((value, i) => meanData[i]! - value * meanGuide[i]!));
  return mean(slope).map((value, i) => value * guide[i]! + offset[i]!);
}
