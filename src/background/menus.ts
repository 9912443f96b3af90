/** The context menu: its items and their requests. */
import browser, { type Menus } from 'webextension-polyfill';

import type { Style } from '../core/style/style';
import { t } from '../words/i18n';

const CURRENT_MIX = 'restyle:mix';
const STYLE_PREFIX = 'restyle:style:';

type VideoAction = 'start' | 'stop' | 'follow' | 'save' | 'record';

/** Items on videos, and their actions. */
const VIDEO_ITEMS: Readonly<Record<string, VideoAction | undefined>> = {
  video: 'start',
  'video-save': 'save',
  'video-follow': 'follow',
  'video-record': 'record',
  'video-stop': 'stop',
};

/** Items whose request is only their target. */
const SIMPLE_ITEMS = ['restore', 'save', 'compare', 'use-style', 'edit'] as const;

/** A choice from the menu. */
export type MenuChoice =
  | { readonly action: 'restyle'; readonly mix: 'current' | { readonly style: string } }
  | { readonly action: 'restore' | 'save' | 'use-style' | 'edit' | 'edit-video' | 'compare' }
  | { readonly action: 'video'; readonly wanted: VideoAction }
  | { readonly action: 'pick' };

/** Replaces the extension's menu: a submenu on images, one item elsewhere on a page. */
export async function createMenus(styles: readonly Style[]): Promise<void> {
  await browser.contextMenus.removeAll();
  const onImages: Menus.CreateCreatePropertiesType = { contexts: ['image'] };
  const within = { ...onImages, parentId: 'restyle' };
  create({ ...onImages, id: 'restyle', title: t('menu_restyle') });
  create({ ...within, id: CURRENT_MIX, title: t('menu_current_mix') });
  create({ ...within, id: 'restyle:separator', type: 'separator' });
  for (const { id, title, artist } of styles) {
    create({ ...within, id: STYLE_PREFIX + id, title: asTitle(`${title} · ${artist}`) });
  }
  create({ ...within, id: 'restore:separator', type: 'separator' });
  create({ ...within, id: 'edit', title: t('menu_edit') });
  create({ ...within, id: 'use-style', title: t('menu_use_style') });
  create({ ...within, id: 'save', title: t('menu_save') });
  create({ ...within, id: 'compare', title: t('menu_compare') });
  create({ ...within, id: 'restore', title: t('menu_restore') });
  create({ id: 'video', title: t('menu_video'), contexts: ['video'] });
  create({ id: 'video-follow', title: t('menu_video_follow'), contexts: ['video'] });
  create({ id: 'video-edit', title: t('menu_video_edit'), contexts: ['video'] });
  create({ id: 'video-save', title: t('menu_video_save'), contexts: ['video'] });
  create({ id: 'video-record', title: t('menu_video_record'), contexts: ['video'] });
  create({ id: 'video-stop', title: t('menu_video_stop'), contexts: ['video'] });
  create({ id: 'pick', title: t('menu_pick'), contexts: ['page', 'frame', 'link', 'editable'] });
}

/** Has the item for the current mix say what that is. */
export async function nameCurrentMix(name: string): Promise<void> {
  await browser.contextMenus.update(CURRENT_MIX, {
    title: asTitle(t('menu_current_mix_is', name)),
  });
}

/** An ampersand in a menu's title would underline the next letter. */
function asTitle(words: string): string {
  return words.replaceAll('&', '&&');
}

/** What the person chose; null for an item that isn't ours to handle. */
export function menuChoice(id: string | number): MenuChoice | null {
  const name = String(id);
  if (name === CURRENT_MIX) return { action: 'restyle', mix: 'current' };
  const simple = SIMPLE_ITEMS.find((item) => item === name);
  if (simple) return { action: simple };
  if (name === 'video-edit') return { action: 'edit-video' };
  if (name === 'pick') return { action: 'pick' };
  const wanted = VIDEO_ITEMS[name];
  if (wanted) return { action: 'video', wanted };
  if (!name.startsWith(STYLE_PREFIX)) return null;
  return { action: 'restyle', mix: { style: name.slice(STYLE_PREFIX.length) } };
}

function create(properties: Menus.CreateCreatePropertiesType): void {
  browser.contextMenus.create(properties);
}
