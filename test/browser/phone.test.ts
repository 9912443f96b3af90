/**
 * A browser like Firefox for Android: without menus, shortcuts and a mouse. Chromium stands in for it,
 * on a narrow screen that is touched, with an extension that lacks these permissions.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import type { Page } from 'puppeteer';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import { ExtensionBrowser } from '../../scripts/extension.mjs';
import { closeSharedBrowser, isPainted, sharedSite, sourceOf } from './harness';
import type { Site } from './server.mjs';

const PHONE = { width: 360, height: 740 };

/** Milliseconds: everything is drawn by the processor. */
const PATIENCE = 60_000;

let build: string;
let browser: ExtensionBrowser;
let site: Site;
let page: Page;

interface Manifest {
  readonly permissions: readonly string[];
  readonly commands?: object;
}

beforeAll(async () => {
  await closeSharedBrowser();
  site = await sharedSite();
  build = mkdtempSync(path.join(os.tmpdir(), 'pastiche-phone-'));
  cpSync('dist/chrome', build, { recursive: true });
  const file = path.join(build, 'manifest.json');
  const { commands, ...manifest } = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  expect(commands).toBeDefined();
  const permissions = manifest.permissions.filter((name) => name !== 'contextMenus');
  writeFileSync(file, JSON.stringify({ ...manifest, permissions }));
  browser = await ExtensionBrowser.launch({ build });
});

afterEach(async () => {
  await page.close();
});

afterAll(async () => {
  await browser?.close();
  rmSync(build, { recursive: true });
});

it('the palette lets a picture be picked, which a touch paints', async () => {
  page = await browser.openPage(`${site.origin}/one-image.html`);
  await page.setViewport(PHONE);
  const source = await sourceOf(page, '#photo');
  const palette = await browser.openPopup(page);
  await palette.waitForSelector('.page .buttons', { timeout: PATIENCE });
  const closed = new Promise((resolve) => palette.once('close', resolve));
  await palette.$$eval('.page button', (buttons) =>
    buttons.find(({ textContent }) => textContent === 'Pick an image to restyle…')?.click(),
  );
  // It would cover the picture.
  await closed;
  await page.bringToFront();
  const { x, y } = await page.$eval('#photo', (photo) => {
    const { left, top, width, height } = photo.getBoundingClientRect();
    return { x: left + Math.min(width, innerWidth - left) / 2, y: top + height / 2 };
  });
  // Asking takes a moment; a touch before it is the page's own.
  await page.waitForFunction(() => document.querySelectorAll('html > *').length > 2, {
    timeout: PATIENCE,
  });
  await page.touchscreen.tap(x, y);
  const status = await browser.waitForPicture(page, source, {
    states: ['done', 'failed'],
    timeout: PATIENCE,
  });
  expect(status).toMatchObject({ state: 'done', error: null });
  expect(await isPainted(page, '#photo')).toBe(true);
});

it('the first steps are those of a phone, and fit on it', async () => {
  page = await browser.openPage('about:blank');
  await page.setViewport(PHONE);
  await page.goto(browser.urlOf('welcome.html'));
  const steps = await page.waitForSelector('.steps', { timeout: PATIENCE });
  const words = (await steps?.evaluate(({ textContent }) => textContent)) ?? '';
  expect(words).toContain('tap a picture');
  expect(words).not.toMatch(/right-click|toolbar/i);
  for (const file of ['welcome.html', 'options/options.html', 'popup/popup.html']) {
    await page.goto(browser.urlOf(file));
    await page.waitForSelector('main > *', { timeout: PATIENCE });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width, file).toBe(PHONE.width);
    if (process.env['LANGUAGE_SHOTS']) {
      const name = `phone-${path.basename(file, '.html')}.png`;
      await page.screenshot({
        path: path.join(process.env['LANGUAGE_SHOTS'], name),
        fullPage: true,
      });
    }
  }
});
