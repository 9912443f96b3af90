import browser from 'webextension-polyfill';

/** Whether this browser has menus with items of extensions; Firefox for Android has not. */
export function hasMenus(): boolean {
  return 'contextMenus' in browser;
}
