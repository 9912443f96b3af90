/** What the masks of jobs come to at the sizes that are painted. */
import type { Size } from '../../core/geometry';
import { Known } from '../../core/known';
import { regionalStyle, strengthMap } from '../../core/regions/region-map';
import type { RegionalStyle } from '../../core/regions/regional-style';
import type { Masks, PaintJob } from '../../protocol/paint';
import type { PaintedStyle } from './messages';

/** The size of a picture, that at which the network sees it, and what paddedSize makes of that. */
type Sizes = Readonly<Record<'size' | 'seen' | 'padded', Size>>;

/** The masks of the last few compositions, and what they came to: a video's frames want the same again. */
export class RegionMaps {
  private readonly known = new Known<Masks>();
  private readonly mapped = new WeakMap<
    Masks,
    { key: string; shares: Float32Array; strength: Float32Array }
  >();

  /**
   * @param styles One for each region and, last, one for the base.
   * @returns The style at every position, and the share of the pastiche at every pixel.
   * @throws {RangeError} if the masks were never sent.
   */
  of(
    { id, part, masks: sent }: NonNullable<PaintJob['regions']>,
    styles: readonly PaintedStyle[],
    sizes: Sizes,
  ): { style: RegionalStyle; strength: Float32Array } {
    if (sent) this.known.add(id, sent);
    const masks = this.known.get(id);
    if (!masks) throw new RangeError(`there are no masks ${id}`);
    const vectors = styles.map(({ vector }) => vector);
    const strengths = styles.map(({ strength }) => strength);
    const key = JSON.stringify([part, strengths, sizes]);
    let mapped = this.mapped.get(masks);
    if (mapped?.key !== key) {
      const painted = { map: { ...masks, part }, vectors, strengths };
      const { shares } = regionalStyle(painted, sizes.seen, sizes.padded);
      mapped = { key, shares, strength: strengthMap(painted, sizes.size) };
      this.mapped.set(masks, mapped);
    }
    return { style: { vectors, shares: mapped.shares }, strength: mapped.strength };
  }
}
