/** All styles as shown: the named ones and the user's own. */
import { readOwnStyles } from '../storage/own-styles';
import { readStyleSet } from '../storage/style-set';
import { isUsable, type OwnStyle } from '../core/style/own-style';
import { t } from './i18n';
import type { NamedStyle } from './style-names';

/**
 * Own styles first, the newest before the others, then the named ones. Own ones that only another
 * network can paint with are left out.
 * @throws {PasticheError} `model-missing` if the named styles can't be read.
 */
export async function readShownStyles(): Promise<NamedStyle[]> {
  // Without a database, as in some private windows, the named styles remain.
  const own = readOwnStyles().catch(() => []);
  const { styles, styleSpace } = await readStyleSet();
  const usable = (await own).filter((style) => isUsable(style, styleSpace));
  return [...usable.reverse().map(shown), ...styles];
}

function shown(style: OwnStyle): NamedStyle {
  const { id, title, artist, added } = style;
  const swatch = swatchOf(style);
  // When a painting of somebody else's came here says nothing about it.
  const year = style.year || (artist ? '' : String(new Date(added).getFullYear()));
  return { id, title, artist: artist || t('own_artist'), year, ...(swatch && { swatch }) };
}

/** Object URLs of swatches by id and size: the database gives a new blob for the same picture. */
const addresses = new Map<string, string>();

function swatchOf({ id, swatch, image }: OwnStyle): string | null {
  const picture = swatch ?? image;
  // A service worker can't make object URLs, nor needs pictures.
  if (!picture || !('createObjectURL' in URL)) return null;
  const key = `${id} ${picture.size}`;
  const address = addresses.get(key) ?? URL.createObjectURL(picture);
  addresses.set(key, address);
  return address;
}
