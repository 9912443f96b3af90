/** The context menu: its items and their requests. */
import browser, { type Menus } from 'webextension-polyfill';

import type { Style } from '../core/style/style';
import type { PaintedKind } from '../protocol/messages';
import { t } from '../words/i18n';

/** Missing in Firefox for Android. */
const { contextMenus }: Partial<Pick<typeof browser, 'contextMenus'>> = browser;

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

/** Items that need nothing but their target. */
const SIMPLE_ITEMS = ['use-style', 'edit'] as const;

/** Items for what is painted and no image to the browser, elsewhere than on images. */
const PAINTED_PREFIX = 'painted:';
const PAINTED_ITEMS = ['save', 'compare', 'restore'] as const;

/** Where there are items that are not of one kind of element. */
const ANYWHERE = ['page', 'frame', 'link', 'editable'] as const;

/** A choice from the menu. */
export type MenuChoice =
  | { readonly action: 'restyle'; readonly mix: 'current' | { readonly style: string } }
  | { readonly action: 'use-style' | 'edit' | 'edit-video' }
  | {
      readonly action: (typeof PAINTED_ITEMS)[number];
      /** Chosen elsewhere than on an image. */
      readonly isAnywhere: boolean;
    }
  | { readonly action: 'video'; readonly wanted: VideoAction }
  | { readonly action: 'pick' };

/** Replaces the extension's menu: a submenu on images, one item elsewhere on a page. */
export async function createMenus(styles: readonly Style[]): Promise<void> {
  await contextMenus?.removeAll();
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
  create({ id: 'pick', title: t('menu_pick'), contexts: [...ANYWHERE] });
}

/**
 * Has the menu offer elsewhere than on images what can be done with what is painted. Items that can't
 * be seen still make Chrome put all of them into a submenu, so they are only there where needed.
 */
export async function offerPainted(what: PaintedKind): Promise<void> {
  for (const action of PAINTED_ITEMS) {
    // It may not be there.
    await contextMenus?.remove(PAINTED_PREFIX + action).catch(() => undefined);
  }
  if (what === 'nothing') return;
  // To Chrome a canvas is neither an image nor a part of the page: it has only what is for everything.
  const contexts: Menus.ContextType[] =
    what === 'canvases' ? ['all'] : [...ANYWHERE, 'selection', 'video'];
  for (const action of PAINTED_ITEMS) {
    create({ id: PAINTED_PREFIX + action, title: t(`menu_${action}`), contexts });
  }
}

/** Has the item for the current mix say what that is. */
export async function nameCurrentMix(name: string): Promise<void> {
  await contextMenus?.update(CURRENT_MIX, {
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
  const isAnywhere = name.startsWith(PAINTED_PREFIX);
  const painted = PAINTED_ITEMS.find((item) => name === (isAnywhere ? PAINTED_PREFIX : '') + item);
  if (painted) return { action: painted, isAnywhere };
  if (name === 'video-edit') return { action: 'edit-video' };
  if (name === 'pick') return { action: 'pick' };
  const wanted = VIDEO_ITEMS[name];
  if (wanted) return { action: 'video', wanted };
  if (!name.startsWith(STYLE_PREFIX)) return null;
  return { action: 'restyle', mix: { style: name.slice(STYLE_PREFIX.length) } };
}

function create(properties: Menus.CreateCreatePropertiesType): void {
  contextMenus?.create(properties);
}
