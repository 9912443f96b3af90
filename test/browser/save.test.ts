import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { PNG } from 'pngjs';
import { expect } from 'vitest';

import { browser, open, openPage, page, withBrowser } from './fixtures';
import {
  downloadFolder,
  isPainted,
  meanAbsoluteDifference,
  pixelsOf,
  restyle,
  sourceOf,
  type Pixels,
} from './harness';

const it = withBrowser();

it('compares original and pastiche by a handle', async () => {
  await openPage('/one-image.html');
  await browser.grantActiveTab(page);
  const before = await pixelsOf(page, '#photo');
  await restyle(browser, page, '#photo', { menuItemId: 'restyle:style:udnie' });
  const after = await pixelsOf(page, '#photo');
  const srcUrl = await sourceOf(page, '#photo');
  await browser.clickMenu(page, { menuItemId: 'compare', srcUrl });
  /** Whether a quarter of the picture, from a share of its width on, is unchanged. */
  const isAs = async (other: Pixels, from: number): Promise<boolean> => {
    const now = await pixelsOf(page, '#photo');
    const quarter = (pixels: Pixels): Pixels => {
      const width = Math.floor(pixels.width / 4);
      const data = new Uint8Array(4 * width * pixels.height);
      for (let y = 0; y < pixels.height; y++) {
        const start = 4 * (y * pixels.width + Math.floor(from * pixels.width));
        data.set(pixels.data.subarray(start, start + 4 * width), 4 * y * width);
      }
      return { width, height: pixels.height, data };
    };
    return meanAbsoluteDifference(quarter(now), quarter(other)) < 1.5;
  };
  const [left, middle, right] = [0.1, 0.375, 0.7];
  const sees = (...wanted: readonly (readonly [Pixels, number])[]): Promise<void> =>
    expect
      .poll(
        async () => {
          for (const [pixels, from] of wanted) if (!(await isAs(pixels, from))) return false;
          return true;
        },
        { timeout: 10_000 },
      )
      .toBe(true);
  await sees([before, left], [after, right]);
  // The handle has the focus, and is in the middle.
  await page.keyboard.down('Space');
  await sees([before, left], [before, right]);
  await page.keyboard.up('Space');
  await sees([before, left], [after, right]);
  await page.keyboard.press('Home');
  await sees([after, left], [after, middle], [after, right]);
  await page.keyboard.press('End');
  await sees([before, left], [before, middle]);
  // By the mouse, from the right edge back to the middle.
  const box = (await (await page.$('#photo'))!.boundingBox())!;
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width - 2, y);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.5 * box.width, y, { steps: 4 });
  await page.mouse.up();
  await sees([before, left], [after, right]);
  await page.keyboard.press('Escape');
  await expect.poll(() => isPainted(page, '#photo'), { timeout: 5000 }).toBe(true);
  await sees([after, left], [after, middle], [after, right]);
  // And the original is restored.
  await browser.clickMenu(page, { menuItemId: 'restore', srcUrl: await sourceOf(page, '#photo') });
  await expect.poll(() => isPainted(page, '#photo'), { timeout: 5000 }).toBe(false);
});

it('saves the pastiche at the full size of the picture, under a name of both', async () => {
  const folder = await downloadFolder(browser);
  await open('<img id="photo" src="/pictures/harbour.jpg" width="200">');
  const natural = await page.$eval('#photo', (image) => [
    (image as HTMLImageElement).naturalWidth,
    (image as HTMLImageElement).naturalHeight,
  ]);
  await restyle(browser, page, '#photo', { menuItemId: 'restyle:style:udnie' });
  await browser.clickMenu(page, { menuItemId: 'save', srcUrl: await sourceOf(page, '#photo') });
  const name = 'harbour.Udnie.png';
  await expect.poll(() => readdirSync(folder), { timeout: 60_000 }).toContain(name);
  const { width, height } = PNG.sync.read(readFileSync(path.join(folder, name)));
  expect([width, height]).toEqual(natural);
});
