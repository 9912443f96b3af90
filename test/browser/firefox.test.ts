/** The extension in a real Firefox: the ways in which it differs from Chromium. */
import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'puppeteer';

import type { PictureStatus } from '../../scripts/extension.mjs';
import { ExtensionFirefox, reasonAgainstFirefox } from './firefox';
import {
  closeSharedBrowser,
  meanAbsoluteDifference,
  pixelsOf,
  sharedSite,
  sourceOf,
} from './harness';
import type { Site } from './server.mjs';

const PHOTO = 'pictures/harbour.jpg';

const reason = await reasonAgainstFirefox();
if (reason) console.warn(`Firefox is not tested: ${reason}`);

describe.skipIf(reason !== null)('in Firefox', () => {
  let site: Site;
  let firefox: ExtensionFirefox;
  let page: Page;

  beforeAll(async () => {
    // Two cores carry one browser at a time.
    await closeSharedBrowser();
    site = await sharedSite();
    firefox = await ExtensionFirefox.launch();
  });

  afterEach(async () => {
    await page.close();
  });

  afterAll(async () => {
    await firefox?.close();
  });

  it('a right click repaints an image in its own element, and another restores it', async () => {
    page = await firefox.openPage(`${site.origin}/one-image.html`);
    const source = `${site.origin}/${PHOTO}`;
    const original = await pixelsOf(page, '#photo');
    await firefox.clickMenu(page, '#photo', 'currentMix');
    expect(await firefox.waitForPicture(source)).toMatchObject({
      state: 'done',
      mode: 'in-place',
      read: 'page',
      backend: { threads: 1 },
      error: null,
    });
    expect(await sourceOf(page, '#photo')).toMatch(/^blob:/);
    expect(meanAbsoluteDifference(original, await pixelsOf(page, '#photo'))).toBeGreaterThan(12);

    await firefox.clickMenu(page, '#photo', 'restore');
    await firefox.waitForPicture(source, ['restored']);
    expect(await sourceOf(page, '#photo')).toBe(source);
    expect(meanAbsoluteDifference(original, await pixelsOf(page, '#photo'))).toBe(0);
  });

  it('restyles what the pointer picks where a picture has no address', async () => {
    page = await firefox.openPage(`${site.origin}/empty.html`);
    await page.setContent(
      `<h1 id="title">A title</h1>
      <div id="photo" style="width:600px;height:400px;background:url(/${PHOTO}) center/cover"></div>`,
    );
    await firefox.clickMenu(page, '#title', 'pick');
    await page.mouse.click(300, 250);
    const source = `${site.origin}/${PHOTO}`;
    expect(await firefox.waitForPicture(source)).toMatchObject({ state: 'done', error: null });
    expect(await sourceOf(page, '#photo')).toMatch(/^blob:/);
  });

  it('a picture of another site: a capture, then a grant that is given by its own click', async () => {
    page = await firefox.openPage(`${site.origin}/empty.html`);
    const source = `${site.otherOrigin}/${PHOTO}`;
    await page.setContent(`<img id="photo" src="${source}" width="600">`, { waitUntil: 'load' });
    await firefox.clickMenu(page, '#photo', 'currentMix');
    expect(await firefox.waitForPicture(source)).toMatchObject({
      state: 'done',
      mode: 'overlay',
      read: 'capture',
    });
    // Ours is the only button on the page.
    const granted = Date.now();
    const opening = firefox.waitForPage('/grant.html');
    await firefox.press('Tab', 'Return');
    const question = await opening;
    await question.click('.button.primary');
    expect(
      await firefox.waitForPicture(source, ['done', 'failed'], { since: granted }),
    ).toMatchObject({ state: 'done', mode: 'overlay', read: 'extension' });
    expect(
      await firefox.inExtension(
        (origins) => chrome.permissions.contains({ origins }),
        [`${new URL(site.otherOrigin).protocol}//127.0.0.1/*`],
      ),
    ).toBe(true);
  });
});

describe.skipIf(reason !== null)('in a Firefox that suspends background pages at once', () => {
  const IDLE = 1500;
  /** As long as somebody has the patience: ten minutes by `VIDEO_SECONDS=600`. */
  const VIDEO_SECONDS = Number(process.env['VIDEO_SECONDS'] ?? 6);
  /** Megapixels: the largest picture that can be chosen in the options. */
  const MOST = 16;
  let site: Site;
  let firefox: ExtensionFirefox;
  let page: Page;

  beforeAll(async () => {
    await closeSharedBrowser();
    site = await sharedSite();
    firefox = await ExtensionFirefox.launch({
      preferences: { 'extensions.background.idle.timeout': IDLE },
    });
    await firefox.inExtension(() => chrome.storage.local.set({ budget: 16 }));
    page = await firefox.openPage(`${site.origin}/empty.html`);
  });

  afterAll(async () => {
    await firefox?.close();
  });

  it('a picture that takes longer than that is painted in one go', async () => {
    const sample = await paint(1);
    // However fast the engine is here: so large that it takes twice the time, if that may be chosen.
    const megapixels = Math.min((2 * IDLE) / (sample.timings['refine:engine:run'] ?? 1), MOST);
    const status = await paint(Math.max(megapixels, 1));
    expect(status.timings['refine:engine:run']).toBeGreaterThan(IDLE);
  });

  /** A new tab in place of one. */
  async function reopen(old: Page, url: string): Promise<Page> {
    const opened = await firefox.openPage(url);
    await old.close();
    return opened;
  }

  /** Has a picture of so many megapixels painted, at its own size. */
  async function paint(megapixels: number): Promise<PictureStatus> {
    const width = Math.round(Math.sqrt(megapixels * 1.5e6));
    const height = Math.round(width / 1.5);
    const source = `${site.origin}/made/squares.png?width=${width}&height=${height}`;
    await page.setContent(`<img id="photo" src="${source}" width="${width}">`, {
      waitUntil: 'load',
    });
    await page.$eval('#photo', (image) =>
      image.scrollIntoView({ block: 'center', inline: 'center' }),
    );
    await firefox.clickMenu(page, '#photo', 'currentMix');
    const status = await firefox.waitForPicture(source, ['done', 'failed'], { timeout: 110_000 });
    expect(status).toMatchObject({ state: 'done', error: null });
    return status;
  }

  it(
    'a video that plays on and on is painted on and on',
    async () => {
      page = await reopen(page, `${site.origin}/video.html`);
      await page.$eval('#video', (video) => (video as HTMLVideoElement).play());
      const tabId = await firefox.restyleVideo(page);
      const count = async (): Promise<number> => (await firefox.video(tabId))?.painted ?? 0;
      let painted = 0;
      for (const end = Date.now() + VIDEO_SECONDS * 1000; Date.now() < end;) {
        await expect.poll(count, { timeout: 20_000 }).toBeGreaterThan(painted);
        painted = await count();
        await pause(1000);
      }
      console.log(`Firefox painted ${painted} frames in ${VIDEO_SECONDS} s`);
      // One that doesn't play keeps nothing awake.
      await page.$eval('#video', (video) => (video as HTMLVideoElement).pause());
      await expect.poll(() => firefox.hasBackground(), { timeout: 30_000 }).toBe(false);
    },
    VIDEO_SECONDS * 1000 + 100_000,
  );

  it('and once it is suspended, the next picture wakes it', async () => {
    page = await reopen(page, `${site.origin}/empty.html`);
    await page.setContent(`<img id="photo" src="/${PHOTO}" width="600">`, { waitUntil: 'load' });
    await expect.poll(() => firefox.hasBackground(), { timeout: 30_000 }).toBe(false);
    await firefox.clickMenu(page, '#photo', 'currentMix');
    const status = await firefox.waitForPicture(`${site.origin}/${PHOTO}`);
    expect(status).toMatchObject({ state: 'done', error: null });
  });
});
