/**
 * The whole way of a user: a real mouse opens the browser's own context menu, and the click on its item
 * grants the extension the tab. Every other test calls the handler.
 */
import { afterAll, beforeAll, expect } from 'vitest';

import { eventually } from './faults';
import { browser, it, openPage, site, useBrowser } from './fixtures';
import { closeSharedBrowser, meanAbsoluteDifference, pixelsOf, wordsOnPage } from './harness';
import { VirtualDisplay } from './virtual-display.mjs';

/** From the menu's end: "Inspect", then ours, whose submenu opens on its first item. */
const OPEN_SUBMENU = ['Up', 'Up', 'Right'];
const CURRENT_MIX = [...OPEN_SUBMENU, 'Return'];
/** Up from the first item is the last one. */
const RESTORE = [...OPEN_SUBMENU, 'Up', 'Return'];
/** On a page "View page source" comes before "Inspect". Where nothing is painted, ours is one item. */
const PICK = ['Up', 'Up', 'Up', 'Return'];
const RESTORE_ON_PAGE = ['Up', ...RESTORE];

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

onLinux(
  'a background and a canvas are painted, and restored from the menu where they are',
  async () => {
    const page = await openPage();
    const source = `${site.origin}/pictures/harbour.jpg`;
    const box = 'display: block; width: 400px; height: 200px; margin: 10px';
    await page.setContent(
      `<p id="text" style="${box}">Words</p>
    <div id="back" style="${box}; background: url(${source})"></div>
    <canvas id="canvas" width="400" height="200" style="${box}"></canvas>
    <script>
      const context = document.querySelector('canvas').getContext('2d');
      for (let i = 0; i < 40; i++) {
        context.fillStyle = 'hsl(' + i * 37 + ' 80% 50%)';
        context.fillRect((i * 97) % 360, (i * 61) % 160, 60, 40);
      }
    </script>`,
      { waitUntil: 'load' },
    );
    for (const [selector, painted, restore] of [
      ['#back', source, RESTORE_ON_PAGE],
      ['#canvas', 'canvas:1', RESTORE],
    ] as const) {
      const original = await pixelsOf(page, selector);
      const isOriginal = async (): Promise<boolean> =>
        meanAbsoluteDifference(original, await pixelsOf(page, selector)) === 0;
      // A canvas has no item of ours before anything is painted.
      await display.rightClick(page, '#text');
      await display.press(...PICK);
      await eventually(async () => (await wordsOnPage(browser, page)).includes('Click a picture'));
      await page.click(selector);
      await browser.waitForPicture(page, painted, { states: ['done'] });
      await eventually(async () => !(await isOriginal()));
      await eventually(() => isOffered(true));
      await display.rightClick(page, selector);
      await display.press(...restore);
      await eventually(isOriginal);
      await eventually(() => isOffered(false));
    }
  },
);

/** Whether the menu has, or hasn't, the items for what is painted and no image. */
async function isOffered(wanted: boolean): Promise<boolean> {
  const has = await browser.inServiceWorker(() =>
    chrome.contextMenus.update('painted:restore', {}).then(
      () => true,
      () => false,
    ),
  );
  return has === wanted;
}
