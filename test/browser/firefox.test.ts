/** The extension in a real Firefox, where it differs from Chromium. */
import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Page } from 'puppeteer';

import type { PictureStatus } from '../../scripts/extension.mjs';
import { ExtensionFirefox, reasonAgainstFirefox } from './firefox';
import { it, opened, site } from './fixtures';
import {
  closeSharedBrowser,
  isPainted,
  meanAbsoluteDifference,
  pixelsOf,
  sourceOf,
  type Pixels,
} from './harness';

const PHOTO = 'pictures/harbour.jpg';

const reason = await reasonAgainstFirefox();
if (reason) console.warn(`Firefox is not tested: ${reason}`);

describe.skipIf(reason !== null)('in Firefox', () => {
  let firefox: ExtensionFirefox;
  let page: Page;

  beforeAll(async () => {
    // Two cores can run one browser at a time.
    await closeSharedBrowser();
    firefox = await ExtensionFirefox.launch();
  });

  afterAll(async () => {
    await firefox?.close();
  });

  it('a right click repaints an image in its own element, and another restores it', async () => {
    page = opened(await firefox.openPage(`${site.origin}/one-image.html`));
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
    expect(await isPainted(page, '#photo')).toBe(true);
    expect(meanAbsoluteDifference(original, await pixelsOf(page, '#photo'))).toBeGreaterThan(12);

    await firefox.clickMenu(page, '#photo', 'restore');
    await firefox.waitForPicture(source, ['restored']);
    expect(await sourceOf(page, '#photo')).toBe(source);
    expect(meanAbsoluteDifference(original, await pixelsOf(page, '#photo'))).toBe(0);
  });

  it('restyles what the pointer picks where a picture has no address', async () => {
    page = opened(await firefox.openPage(`${site.origin}/empty.html`));
    await page.setContent(
      `<h1 id="title">A title</h1>
      <div id="photo" style="width:600px;height:400px;background:url(/${PHOTO}) center/cover"></div>`,
    );
    await firefox.clickMenu(page, '#title', 'pick');
    await page.mouse.click(300, 250);
    const source = `${site.origin}/${PHOTO}`;
    expect(await firefox.waitForPicture(source)).toMatchObject({ state: 'done', error: null });
    expect(await isPainted(page, '#photo')).toBe(true);
  });

  it('a picture of another site: a capture, then a grant that is given by its own click', async () => {
    page = opened(await firefox.openPage(`${site.origin}/empty.html`));
    const source = `${site.otherOrigin}/${PHOTO}`;
    await page.setContent(`<img id="photo" src="${source}" width="600">`, { waitUntil: 'load' });
    await firefox.clickMenu(page, '#photo', 'currentMix');
    expect(await firefox.waitForPicture(source)).toMatchObject({
      state: 'done',
      mode: 'layer',
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
    ).toMatchObject({ state: 'done', mode: 'in-place', read: 'extension' });
    expect(
      await firefox.inExtension(
        (origins) => chrome.permissions.contains({ origins }),
        [`${new URL(site.otherOrigin).protocol}//127.0.0.1/*`],
      ),
    ).toBe(true);
  });
});

describe.skipIf(reason !== null)('in a Firefox with access to every site', () => {
  let firefox: ExtensionFirefox;
  let page: Page;

  beforeAll(async () => {
    await closeSharedBrowser();
    firefox = await ExtensionFirefox.launch({ build: 'firefox-granted' });
  });

  afterAll(async () => {
    await firefox?.close();
  });

  it('a picture that the page may not read is painted in its own element, and stays unread', async () => {
    page = await firefox.openPage(`${site.origin}/empty.html`);
    const source = `${site.otherOrigin}/${PHOTO}`;
    await page.setContent(`<img id="photo" src="${source}" width="600">`, { waitUntil: 'load' });
    const original = await pixelsOf(page, '#photo');
    const written = await page.$eval('body', (body) => body.innerHTML);
    const added = await page.evaluateHandle(() => {
      const names: string[] = [];
      new MutationObserver((records) => {
        for (const { addedNodes, target } of records) {
          if (target === document.documentElement) continue;
          for (const { nodeName } of addedNodes) names.push(nodeName);
        }
      }).observe(document, { childList: true, subtree: true });
      return names;
    });
    const since = Date.now();
    await firefox.clickMenu(page, '#photo', 'currentMix');
    expect(await firefox.waitForPicture(source, ['done', 'failed'], { since })).toMatchObject({
      state: 'done',
      error: null,
    });
    expect(await added.jsonValue()).toEqual([]);
    expect(await page.$eval('#photo', (image) => getComputedStyle(image).content)).toContain(
      'blob:moz-extension',
    );
    expect(meanAbsoluteDifference(original, await pixelsOf(page, '#photo'))).toBeGreaterThan(12);
    const readable = await page.$eval('#photo', async (element) => {
      const image = element as HTMLImageElement;
      const context = new OffscreenCanvas(8, 8).getContext('2d')!;
      const isRead = (picture: HTMLImageElement | ImageBitmap): boolean => {
        context.clearRect(0, 0, 8, 8);
        context.drawImage(picture, 0, 0, 8, 8);
        try {
          return context.getImageData(0, 0, 8, 8).data.some((value) => value > 0);
        } catch {
          return false;
        }
      };
      const fetched = fetch(image.currentSrc).then(
        () => true,
        () => false,
      );
      const bitmap = createImageBitmap(image).then(isRead, () => false);
      return { canvas: isRead(image), fetched: await fetched, bitmap: await bitmap };
    });
    expect(readable).toEqual({ canvas: false, fetched: false, bitmap: false });

    await firefox.clickMenu(page, '#photo', 'restore');
    await firefox.waitForPicture(source, ['restored'], { since });
    await expect.poll(() => page.$eval('body', (body) => body.innerHTML)).toBe(written);
    expect(meanAbsoluteDifference(original, await pixelsOf(page, '#photo'))).toBe(0);
  });
});

describe.skipIf(reason !== null)('a restyled video in Firefox', () => {
  let firefox: ExtensionFirefox;
  let page: Page;
  let tabId: number;

  it.beforeAll(async () => {
    await closeSharedBrowser();
    firefox = await ExtensionFirefox.launch();
    page = await firefox.openPage(`${site.origin}/empty.html`);
    await page.evaluate(() => {
      document.body.innerHTML = `
        <style>
          body { margin: 0; background: #0f0 }
          #box { position: relative; width: 320px; height: 180px; overflow: hidden; border-radius: 60px }
          video { width: 320px; height: 180px; display: block }
          #bar { position: absolute; left: 0; bottom: 0; width: 320px; height: 30px; background: #f0f; z-index: 1 }
          #mini { width: 160px; height: 90px; margin-top: 10px }
          #mini video { width: 160px; height: 90px }
        </style>
        <h1 style="margin: 0">A player</h1>
        <div id="box"><div id="bar"></div><video src="/clips/boats.webm#t=2" muted></video></div>
        <div id="mini"></div>`;
    });
    await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 2);
    await page.$eval('video', (video) => {
      const track = video.addTextTrack('captions');
      track.mode = 'showing';
      const cue = new VTTCue(0, 60, 'Boats');
      cue.snapToLines = false;
      cue.line = 4;
      track.addCue(cue);
    });
  });

  afterAll(async () => {
    await firefox?.close();
  });

  /** The box on the screen, before and after it was painted. */
  let raw: Pixels;
  let painted: Pixels;

  /** Parts of the box of 320×180: its picture, a corner that is cut off, a bar over it, and a caption. */
  const MIDDLE = { x: 80, y: 40, width: 160, height: 90 };
  const CORNER = { x: 0, y: 0, width: 12, height: 12 };
  const BAR = { x: 80, y: 155, width: 160, height: 20 };
  const CAPTION = { x: 150, y: 9, width: 20, height: 7 };

  async function look(selector = '#box'): Promise<Pixels> {
    return pixelsOf(page, selector);
  }

  /** Mean absolute difference in a part. */
  function differenceIn(a: Pixels, b: Pixels, part: typeof MIDDLE): number {
    return meanAbsoluteDifference(cut(a, part), cut(b, part));
  }

  function cut({ width, data }: Pixels, part: typeof MIDDLE): Pixels {
    const rows = Array.from({ length: part.height }, (_, y) => {
      const at = 4 * ((part.y + y) * width + part.x);
      return data.subarray(at, at + 4 * part.width);
    });
    return { width: part.width, height: part.height, data: Buffer.concat(rows) };
  }

  /** Whether the picture contains the black box of a caption of one word. */
  function hasCaption(picture: Pixels): boolean {
    return cut(picture, CAPTION).data.some((value, i) => i % 4 === 0 && value < 40);
  }

  it('is clipped and rounded by its box, and under captions and a bar that stands before it', async () => {
    await expect.poll(async () => hasCaption(await look()), { timeout: 10_000 }).toBe(true);
    raw = await look();
    tabId = await firefox.restyleVideo(page);
    await expect
      .poll(async () => (await firefox.video(tabId))?.state, { timeout: 40_000 })
      .toBe('still');
    await expect.poll(async () => differenceIn(raw, await look(), MIDDLE)).toBeGreaterThan(8);
    painted = await look();
    expect(differenceIn(raw, painted, CORNER)).toBeLessThan(1);
    expect(differenceIn(raw, painted, BAR)).toBeLessThan(1);
    // The caption's box is translucent, and the painting under it.
    expect(hasCaption(painted)).toBe(true);
  });

  it('is hidden and filtered as the video is', async () => {
    await page.$eval('video', (video) => video.style.setProperty('visibility', 'hidden'));
    const green = { ...MIDDLE, data: Buffer.alloc(4 * MIDDLE.width * MIDDLE.height) };
    for (let i = 0; i < green.data.length; i += 4) green.data.set([0, 255, 0, 255], i);
    await expect
      .poll(async () => meanAbsoluteDifference(cut(await look(), MIDDLE), green))
      .toBeLessThan(2);
    await page.$eval('video', (video) => (video.style.cssText = 'filter: brightness(0.2)'));
    const dark = { ...painted, data: Buffer.from(painted.data.map((value) => 0.2 * value)) };
    await expect.poll(async () => differenceIn(await look(), dark, MIDDLE)).toBeLessThan(2);
    await page.$eval('video', (video) => (video.style.cssText = ''));
    await expect.poll(async () => differenceIn(await look(), painted, MIDDLE)).toBeLessThan(1);
  });

  it('moves with the video into another box, and goes with its source', async () => {
    await page.$eval('#mini', (mini) => mini.append(document.querySelector('video')!));
    await expect
      .poll(async () => (await firefox.video(tabId))?.state, { timeout: 40_000 })
      .toBe('still');
    const stop = async (): Promise<void> => {
      await page.$eval('video', (video) => {
        video.removeAttribute('src');
        video.load();
      });
    };
    const small = { x: 40, y: 20, width: 80, height: 40 };
    const shown = await look('#mini');
    // The old box is empty.
    expect(differenceIn(raw, await look(), MIDDLE)).toBeGreaterThan(20);
    await stop();
    await expect
      .poll(async () => differenceIn(shown, await look('#mini'), small))
      .toBeGreaterThan(10);
    const without = await look('#mini');
    expect(without.data[4 * (45 * without.width + 80) + 1]).toBe(255);
  });
});

describe.skipIf(reason !== null)('in a Firefox that suspends background pages at once', () => {
  const IDLE = 1500;
  /** Duration: six seconds, or ten minutes by `VIDEO_SECONDS=600`. */
  const VIDEO_SECONDS = Number(process.env['VIDEO_SECONDS'] ?? 6);
  /** Megapixels: the largest choice in the options. */
  const MAX = 16;
  let firefox: ExtensionFirefox;
  let page: Page;

  it.beforeAll(async () => {
    await closeSharedBrowser();
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
    // Large enough, up to the maximum, to take twice the idle time, however fast the engine is here.
    const megapixels = Math.min((2 * IDLE) / (sample.timings['refine:engine:run'] ?? 1), MAX);
    const status = await paint(Math.max(megapixels, 1));
    expect(status.timings['refine:engine:run']).toBeGreaterThan(IDLE);
  });

  /** A new tab in place of one. */
  async function reopen(old: Page, url: string): Promise<Page> {
    const opened = await firefox.openPage(url);
    await old.close();
    return opened;
  }

  /** Has a picture painted at its own size, in megapixels. */
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
      // A paused video keeps nothing awake.
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
