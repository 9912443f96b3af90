/**
 * The whole way of a user: a real mouse opens the browser's own context menu, and the click on its item
 * grants the extension the tab. Every other test calls the handler.
 */
import { afterAll, beforeAll, expect } from 'vitest';

import { browser, it, openPage, site, useBrowser } from './fixtures';
import { closeSharedBrowser, meanAbsoluteDifference, pixelsOf } from './harness';
import { VirtualDisplay } from './virtual-display.mjs';

/** From the menu's end: "Inspect", then ours, whose submenu opens on its first item. */
const OPEN_SUBMENU = ['Up', 'Up', 'Right'];
const CURRENT_MIX = [...OPEN_SUBMENU, 'Return'];
/** Up from the first item is the last one. */
const RESTORE = [...OPEN_SUBMENU, 'Up', 'Return'];

let display: VirtualDisplay;

// Xvfb exists where Linux does.
const onLinux = it.skipIf(process.platform !== 'linux');

beforeAll(async () => {
  if (process.platform !== 'linux') return;
  display = await VirtualDisplay.start();
  await useBrowser({
    headless: false,
    env: { DISPLAY: display.name },
    args: VirtualDisplay.windowArgs,
  });
});

afterAll(async () => {
  await closeSharedBrowser();
  await display?.close();
});

onLinux('a right click and a menu item restyle an image, and another restores it', async () => {
  const page = await openPage('/one-image.html');
  const source = `${site.origin}/pictures/harbour.jpg`;
  const original = await pixelsOf(page, '#photo');

  await display.rightClick(page, '#photo');
  await display.press(...CURRENT_MIX);
  const { error, state } = await browser.waitForPicture(page, source, {
    states: ['done', 'failed'],
  });
  expect({ error, state }).toEqual({ error: null, state: 'done' });
  expect(meanAbsoluteDifference(original, await pixelsOf(page, '#photo'))).toBeGreaterThan(12);

  await display.rightClick(page, '#photo');
  await display.press(...RESTORE);
  await browser.waitForPicture(page, source, { states: ['restored'] });
  expect(meanAbsoluteDifference(original, await pixelsOf(page, '#photo'))).toBe(0);
});
