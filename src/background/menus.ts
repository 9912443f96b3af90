/** The context menu: which items there are and what each one asks for. */
import browser, { type Menus } from 'webextension-polyfill';

import type { Style } from '../style/style';
import { t } from '../ui/i18n';

const STYLE_PREFIX = 'restyle:style:';

/** What a click in the menu means. */
export type MenuChoice =
  | { readonly action: 'restyle'; readonly mix: 'current' | { readonly style: string } }
  | { readonly action: 'restore' }
  | { readonly action: 'pick' };

/** Replaces the extension's menu: a submenu on images, one item elsewhere on a page. */
export async function createMenus(styles: readonly Style[]): Promise<void> {
  await browser.contextMenus.removeAll();
  const onImages: Menus.CreateCreatePropertiesType = { contexts: ['image'] };
  const within = { ...onImages, parentId: 'restyle' };
  create({ ...onImages, id: 'restyle', title: t('menu_restyle') });
  create({ ...within, id: 'restyle:mix', title: t('menu_current_mix') });
  create({ ...within, id: 'restyle:separator', type: 'separator' });
  for (const { id, title, artist } of styles) {
    // An ampersand in a menu title would underline the next letter.
    const label = `${title} · ${artist}`.replaceAll('&', '&&');
    create({ ...within, id: STYLE_PREFIX + id, title: label });
  }
  create({ ...within, id: 'restore:separator', type: 'separator' });
  create({ ...within, id: 'restore', title: t('menu_restore') });
  create({ id: 'pick', title: t('menu_pick'), contexts: ['page', 'frame', 'link', 'editable'] });
}

/** What the person chose; null for an item that isn't ours to handle. */
export function menuChoice(id: string | number): MenuChoice | null {
  const name = String(id);
  if (name === 'restyle:mix') return { action: 'restyle', mix: 'current' };
  if (name === 'restore') return { action: 'restore' };
  if (name === 'pick') return { action: 'pick' };
  if (!name.startsWith(STYLE_PREFIX)) return null;
  return { action: 'restyle', mix: { style: name.slice(STYLE_PREFIX.length) } };
}

function create(properties: Menus.CreateCreatePropertiesType): void {
  browser.contextMenus.create(properties);
}
