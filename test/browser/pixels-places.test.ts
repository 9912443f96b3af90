/** Pictures that are hard to reach: under a dialog, out of a click's way, zoomed, in frames. */
import { PNG } from 'pngjs';
import type { Page } from 'puppeteer';
import { describe, expect } from 'vitest';

import { eventually } from './faults';
import { browser, open as openHtml, page, site, withBrowser } from './fixtures';
import {
  clickOnPage,
  meanAbsoluteDifference,
  pixelsOf,
  restyle,
  wordsOnPage,
  type Pixels,
} from './harness';

const PHOTO = '/pictures/harbour.jpg';

const it = withBrowser({ ends: true });

/** A page with these contents on which the extension has just been used. */
const open = (html: string): Promise<Page> =>
  openHtml(html.replaceAll('{own}', PHOTO).replaceAll('{X}', site.otherOrigin + PHOTO));

describe('what is said over everything that the page shows', () => {
  it.each([
    ['a modal dialog', `<dialog id="box"><img id="photo" src="{X}" width="400"></dialog>`],
    ['the full screen', `<div id="box"><img id="photo" src="{X}" width="400"></div>`],
  ])('%s: it is seen, and its button works', async (_, html) => {
    await open(`<button>open</button>${html}`);
    await page.$eval('button', (button) =>
      button.addEventListener('click', () => {
        const box = document.querySelector('#box')!;
        if (box instanceof HTMLDialogElement) box.showModal();
        else void box.requestFullscreen();
      }),
    );
    await page.click('button');
    await page.waitForSelector('#box:is(:modal, :fullscreen)');
    expect(await restyle(browser, page, '#photo')).toMatchObject({ read: 'capture' });
    const { host } = new URL(site.otherOrigin);
    const asked = browser.browser.waitForTarget((target) =>
      target.url().startsWith(browser.urlOf('grant.html')),
    );
    await clickOnPage(browser, page, `Allow access to ${host}`);
    await (await (await asked).page())!.close();
  });

  it('a dialog that closes leaves it on the page', async () => {
    await open(`<dialog><img id="photo" src="{X}" width="400"></dialog>`);
    await page.$eval('dialog', (dialog) => dialog.showModal());
    await restyle(browser, page, '#photo');
    await eventually(async () => (await wordsOnPage(browser, page)).includes('Only the visible'));
    await page.$eval('dialog', (dialog) => dialog.close());
    const { host } = new URL(site.otherOrigin);
    const asked = browser.browser.waitForTarget((target) =>
      target.url().startsWith(browser.urlOf('grant.html')),
    );
    await clickOnPage(browser, page, `Allow access to ${host}`);
    await (await (await asked).page())!.close();
  });
});

describe('picking what clicks don’t reach', () => {
  it.each([
    [
      'lets them through',
      `<p><img id="photo" src="{own}" width="300" style="pointer-events: none">`,
    ],
    ['is inert', `<p inert><img id="photo" src="{own}" width="300"></p>`],
    [
      'is on a disabled button',
      `<button disabled><img id="photo" src="{own}" width="300"></button>`,
    ],
    [
      'is an image map',
      `<img id="photo" src="{own}" width="300" usemap="#m"><map name="m">
        <area shape="rect" coords="0,0,300,225" href="/elsewhere"></map>`,
    ],
    [
      'lets them through, on a background',
      `<div style="background: url(/pictures/orchard.jpg); padding: 20px">
        <img id="photo" src="{own}" width="300" style="pointer-events: none"></div>`,
    ],
  ])('a picture that %s', async (_, html) => {
    await open(html);
    await browser.clickMenu(page, { menuItemId: 'pick' });
    await eventually(async () => (await wordsOnPage(browser, page)).includes('Click a picture'));
    const { x, y } = (await (await page.$('#photo'))!.boundingBox())!;
    await page.mouse.move(x + 90, y + 90);
    await page.mouse.click(x + 100, y + 100);
    const status = await browser.waitForPicture(page, site.origin + PHOTO, {
      states: ['done', 'failed'],
    });
    expect(status).toMatchObject({ state: 'done', error: null });
    expect(page.url()).toBe(`${site.origin}/empty.html`);
  });
});

describe('a capture shows the picture, and not what is beside it', () => {
  /** The original of X as the extension reads it in a frame. */
  async function read(isInFrame: boolean): Promise<Pixels> {
    const data = await browser.inServiceWorker(
      async (tabId, inner, url) => {
        const frames = await chrome.scripting.executeScript({
          target: { tabId, allFrames: true },
          files: ['content.js'],
        });
        const frameId = frames.find((frame) => (frame.frameId !== 0) === inner)?.frameId ?? -1;
        const request = { type: 'page.edit', target: { kind: 'source', url } };
        const reply = await chrome.tabs.sendMessage<object, { data: string } | null>(
          tabId,
          request,
          { frameId },
        );
        return reply?.data;
      },
      await browser.tabId(page),
      isInFrame,
      site.otherOrigin + PHOTO,
    );
    if (data === undefined) throw new Error(`not read: ${await wordsOnPage(browser, page)}`);
    return PNG.sync.read(Buffer.from(data, 'base64'));
  }

  it('zoomed by two fingers', async () => {
    await open('<img id="photo" src="{X}" width="600" height="450">');
    const twice = await pixelsOf(page, '#photo');
    await page.$eval(
      '#photo',
      (image) =>
        ((image as HTMLImageElement).style.cssText =
          'width: 300px; height: 225px; position: absolute; left: 0; top: 0'),
    );
    const session = await page.createCDPSession();
    await session.send('Emulation.setPageScaleFactor', { pageScaleFactor: 2 });
    await page.waitForFunction(() => visualViewport?.scale === 2);
    const found = await read(false);
    expect([found.width, found.height]).toEqual([600, 450]);
    expect(meanAbsoluteDifference(found, twice)).toBeLessThan(4);
  });

  it('in a frame that its page makes smaller, with a border and a padding', async () => {
    const inner = `<body style='margin: 0'><img id=photo src={X} width=400 height=300>`;
    await open(`<iframe srcdoc="${inner}" width="500" height="400" style="padding: 30px;
      border: 6px solid; transform: scale(0.5); transform-origin: 0 0; margin: 20px"></iframe>`);
    const frame = page.frames()[1]!;
    await frame.$eval('#photo', (image) => (image as HTMLImageElement).decode());
    const found = await read(true);
    await page.$eval('iframe', (element) => (element.style.transform = 'none'));
    await frame.$eval('#photo', (image) => {
      image.setAttribute('width', '200');
      image.setAttribute('height', '150');
    });
    const photo = (await frame.$('#photo'))!;
    const half = PNG.sync.read(Buffer.from(await photo.screenshot()));
    expect([found.width, found.height]).toEqual([200, 150]);
    expect(meanAbsoluteDifference(found, half)).toBeLessThan(4);
  });

  it('in a frame of which a part is out of sight', async () => {
    const inner = `<body style='margin: 0'><img id=photo src={X} width=400 height=300>`;
    await open(`<iframe srcdoc="${inner}" width="500" height="400" style="border: 0;
      position: absolute; left: -100px; top: 40px"></iframe>`);
    const found = await read(true);
    expect([found.width, found.height]).toEqual([300, 300]);
  });

  /** A page whose picture moves, as it does under one who scrolls: for a time, or until it is stopped. */
  async function openMoving(): Promise<Pixels> {
    await open(`<body style="background: #f00"><img id="photo" src="{X}" width="400" height="300"
      style="position: absolute; left: 100px; top: 50px">`);
    const still = await pixelsOf(page, '#photo');
    await page.$eval('#photo', (image) => {
      const { style } = image as HTMLElement;
      const move = (now: number): void => {
        style.left = document.title ? '100px' : `${100 + 300 * Math.abs(Math.sin(now / 400))}px`;
        requestAnimationFrame(move);
      };
      document.title = '';
      requestAnimationFrame(move);
    });
    return still;
  }

  it('that moves at first: what is captured once it rests is painted', async () => {
    const still = await openMoving();
    const reading = read(false);
    await page.evaluate(() => setTimeout(() => (document.title = 'rests'), 1200));
    const found = await reading;
    expect([found.width, found.height]).toEqual([400, 300]);
    expect(meanAbsoluteDifference(found, still)).toBeLessThan(1);
  });

  it('that never rests: a sentence says that it can’t be read', async () => {
    await openMoving();
    const status = await restyle(browser, page, '#photo');
    expect(status).toMatchObject({ state: 'failed', error: { code: 'pixels-blocked' } });
    const words = await wordsOnPage(browser, page);
    expect(words).toContain('Allow access to');
  });
});
