/**
 * Rasterises `icon.svg` to the PNGs that the manifest names: `node icons/draw.mjs`. Run it after a
 * change of the SVG; the PNGs are kept in the repository.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import puppeteer from 'puppeteer';

import { findBrowser } from '../scripts/browser.mjs';

const FOLDER = path.dirname(fileURLToPath(import.meta.url));
const SIZES = [16, 32, 48, 128];

/** The ground of the icon on a tab that has pastiches on it, instead of the night sky's. */
const ACTIVE_GROUND = '#8c2f4f';

const drawing = await readFile(path.join(FOLDER, 'icon.svg'), 'utf8');
const browser = await puppeteer.launch({
  executablePath: await findBrowser(),
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  const page = await browser.newPage();
  for (const [name, svg] of [
    ['icon', drawing],
    ['icon-active', drawing.replaceAll('url(#night)', ACTIVE_GROUND)],
  ]) {
    for (const size of SIZES) {
      await page.setViewport({ width: size, height: size });
      await page.setContent(
        `<style>body { margin: 0 } svg { display: block; width: ${size}px }</style>${svg}`,
      );
      await page.screenshot({
        path: /** @type {`${string}.png`} */ (path.join(FOLDER, `${name}-${size}.png`)),
        omitBackground: true,
      });
    }
  }
} finally {
  await browser.close();
}
