/**
 * Layers over canvases and over what only the screen shows: they change the pixels that any other
 * picture in the same place would change, follow what the page does, and need nothing at rest.
 */
import { PNG } from 'pngjs';
import type { Page } from 'puppeteer';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { ExtensionBrowser } from '../../scripts/extension.mjs';
import { busyAtRest } from '../bench/cost.mjs';
import { eventually } from './faults';
import {
  closeSharedBrowser,
  paintSmall,
  pixelsOf,
  restyle,
  sharedBrowser,
  sharedSite,
  sourceOf,
  wordsOnPage,
  type Pixels,
} from './harness';
import { isPastiche, judge, likeness } from './pages';
import type { Site } from './server.mjs';

let browser: ExtensionBrowser;
let site: Site;
let page: Page;

beforeAll(async () => {
  site = await sharedSite();
  browser = await sharedBrowser();
  await paintSmall(browser);
});

afterEach(async () => {
  if (!page.isClosed()) await page.close();
});

afterAll(closeSharedBrowser);

const FLAT =
  'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" width="800" height="600"><rect width="800" height="600" fill="lime"/></svg>';

const DRAW = `for (const canvas of document.querySelectorAll('canvas')) {
  const context = canvas.getContext('2d');
  if (isFlat) {
    context.fillStyle = 'lime';
    context.fillRect(0, 0, 480, 360);
  } else for (let i = 0; i < 60; i++) {
    context.fillStyle = 'hsl(' + i * 37 + ' 80% ' + (30 + i % 5 * 12) + '%)';
    context.fillRect(i * 97 % 420, i * 61 % 300, 90, 80);
  }
}`;

/** Opens a page; X in it is a picture of another site. */
async function open(html: string, isFlat = false): Promise<void> {
  page = await browser.openPage(`${site.origin}/empty.html`);
  await page.setViewport({ width: 720, height: 520 });
  const x = isFlat ? FLAT : `${site.otherOrigin}/pictures/harbour.jpg`;
  await page.setContent(
    `<!doctype html><style>body { margin: 20px; background: #fff; font: 16px system-ui }</style>
    ${html.replaceAll('{X}', x.replaceAll('"', "'"))}
    <script>const isFlat = ${isFlat}; ${DRAW}</script>`,
    { waitUntil: 'load' },
  );
  await browser.grantActiveTab(page);
}

async function screen(): Promise<Pixels> {
  return PNG.sync.read(Buffer.from(await page.screenshot()));
}

type Change = (page: Page) => Promise<unknown>;

async function seen(html: string, isFlat: boolean, change?: Change): Promise<Pixels> {
  await open(html, isFlat);
  await change?.(page);
  const pixels = await screen();
  await page.close();
  return pixels;
}

async function paintCanvas(): Promise<void> {
  await browser.clickMenu(page, { menuItemId: 'pick' });
  await eventually(async () => (await wordsOnPage(browser, page)).includes('Click a picture'));
  const { x, y } = (await (await page.waitForSelector('canvas'))!.boundingBox())!;
  await page.mouse.move(x + 100, y + 90);
  await page.mouse.click(x + 101, y + 91);
  await browser.waitForPicture(page, 'canvas:1', { states: ['done'] });
  await page.mouse.move(1, 1);
  await hush();
}

/** Takes notices, which lie over the page, away. */
function hush(): Promise<void> {
  return page.evaluate(() => {
    while (document.documentElement.lastElementChild !== document.body) {
      document.documentElement.lastElementChild!.remove();
    }
  });
}

const CANVAS = (style = ''): string =>
  `<canvas width="480" height="360" style="${style}"></canvas>`;
const ROUND = 'width: 400px; height: 260px; overflow: hidden; border-radius: 60px';
const set =
  (selector: string, style: Record<string, string>): Change =>
  (page) =>
    page.$eval(
      selector,
      (element, changes) => Object.assign((element as HTMLElement).style, changes),
      style,
    );

describe('the painting of a canvas is where and how the canvas is', () => {
  it.each<[string, string, Change?]>([
    ['in a round box', `<div style="${ROUND}">${CANVAS()}</div>`],
    [
      'in a box with a clip path',
      `<div style="width: 480px; height: 360px; clip-path: circle(45%)">${CANVAS()}</div>`,
    ],
    ['half opaque', CANVAS('opacity: 0.5')],
    [
      'under a bar that comes before it',
      `<div style="position: relative"><b style="position: absolute; left: 40px; top: 150px; width: 300px; height: 60px; background: #c03"></b>${CANVAS()}</div>`,
    ],
    [
      'in a list, which is scrolled',
      `<div id="list" style="width: 500px; height: 240px; overflow: auto"><p style="height: 30px; background: #9ac"></p>${CANVAS()}<p style="height: 400px"></p></div><p>After</p>`,
      (page) => page.$eval('#list', (list) => list.scrollTo(0, 130)),
    ],
    [
      'on a slide that is hidden',
      `<div id="slide" style="width: 480px">${CANVAS()}</div>`,
      set('#slide', { visibility: 'hidden' }),
    ],
    [
      'in another box by now',
      `<div id="from">${CANVAS()}</div><div id="to" style="position: fixed; right: 30px; bottom: 30px; ${ROUND}"></div>`,
      (page) =>
        page.$eval('#to', (box) => {
          box.append(document.querySelector('canvas')!);
        }),
    ],
    [
      'below a banner that has grown',
      `<header style="height: 20px"></header><main><section style="display: flex"><div style="display: flex">${CANVAS()}</div></section></main>`,
      set('header', { height: '90px' }),
    ],
    [
      'moved by a rule that no element has',
      `<style id="rules">section { padding: 0 }</style><section>${CANVAS()}</section>`,
      (page) =>
        page.$eval('#rules', (style) => {
          const [rule] = (style as HTMLStyleElement).sheet!.cssRules;
          (rule as CSSStyleRule).style.padding = '40px 0 0 90px';
        }),
    ],
  ])('%s', async (_, html, change) => {
    const original = await seen(html, false, change);
    const flat = await seen(html, true, change);
    await open(html);
    await paintCanvas();
    await change?.(page);
    await expect
      .poll(async () => judge(original, flat, await screen()), { timeout: 10_000 })
      .toSatisfy(isPastiche);
  });
});

describe('what only the screen shows', () => {
  it.each<[string, string, Change?]>([
    [
      'in a round box',
      `<div style="${ROUND}"><img id="photo" src="{X}" width="400" height="300"></div>`,
    ],
    [
      'on a slide that is hidden, over the next one',
      `<div style="position: relative"><p style="position: absolute; inset: 0; background: #9ac">next</p>
        <div id="slide" style="position: relative"><img id="photo" src="{X}" width="400" height="300"></div></div>`,
      set('#slide', { visibility: 'hidden' }),
    ],
    [
      'in a list, which is scrolled',
      `<div id="list" style="width: 500px; height: 340px; overflow: auto"><p style="height: 30px; background: #9ac"></p><img id="photo" src="{X}" width="400" height="270"><p style="height: 400px"></p></div><p>After</p>`,
      (page) => page.$eval('#list', (list) => list.scrollTo(0, 130)),
    ],
  ])('%s: its painting is where and how it is', async (_, html, change) => {
    const original = await seen(html, false, change);
    const flat = await seen(html, true, change);
    await open(html);
    expect(await restyle(browser, page, '#photo')).toMatchObject({ read: 'capture' });
    await hush();
    await change?.(page);
    await expect
      .poll(async () => judge(original, flat, await screen()), { timeout: 10_000 })
      .toSatisfy(isPastiche);
  });

  it.each([
    ['the page', 'html { filter: invert(1) hue-rotate(180deg) }'],
    ['the page, and the picture again', 'html, img { filter: invert(1) hue-rotate(180deg) }'],
    ['the picture', 'img { filter: invert(1) }'],
  ])('%s is inverted: its painting is no negative of what is seen', async (_, rules) => {
    await open(`<style>${rules}</style><img id="photo" src="{X}" width="400" height="300">`);
    const before = await pixelsOf(page, '#photo');
    expect(await restyle(browser, page, '#photo')).toMatchObject({ read: 'capture' });
    await hush();
    const alike = async (): Promise<number> => likeness(before, await pixelsOf(page, '#photo'));
    await expect.poll(alike).toBeGreaterThan(0.25);
  });
});

describe('at rest', () => {
  /** How many frames the extension has asked for while the page has asked for sixty. */
  async function framesAskedFor(): Promise<number> {
    const tabId = await browser.tabId(page);
    await browser.inServiceWorker(
      (id) =>
        chrome.scripting.executeScript({
          target: { tabId: id },
          func: () => {
            const ask = globalThis.requestAnimationFrame;
            let asked = 0;
            globalThis.requestAnimationFrame = (callback) => {
              asked += 1;
              document.documentElement.dataset['asked'] = String(asked);
              return ask(callback);
            };
          },
        }),
      tabId,
    );
    await page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          let left = 60;
          const step = (): void => {
            left -= 1;
            if (left > 0) requestAnimationFrame(step);
            else resolve();
          };
          step();
        }),
    );
    return page.$eval('html', ({ dataset }) => Number(dataset['asked'] ?? 0));
  }

  it('the layer over a captured picture asks for no frame', async () => {
    await open('<img id="photo" src="{X}" width="400" height="300">');
    expect(await restyle(browser, page, '#photo')).toMatchObject({ read: 'capture' });
    await page.mouse.move(1, 1);
    expect(await framesAskedFor()).toBe(0);
  });

  it('the layer over a canvas asks for no frame', async () => {
    await open(CANVAS());
    await paintCanvas();
    expect(await framesAskedFor()).toBe(0);
  });

  it('a canvas adds at most 0.5 % to what the page needs, and is painted again when it changes', async () => {
    await open(CANVAS());
    const without = await busyAtRest(page);
    await paintCanvas();
    // The last of its intervals are those of a canvas that has rested for a while.
    expect((await busyAtRest(page)) - without).toBeLessThanOrEqual(0.005);
    const paintedAt = async (): Promise<number> =>
      (await browser.pageStatus(page))[0]?.timings['done'] ?? 0;
    const before = await paintedAt();
    await page.$eval('canvas', (canvas) => canvas.getContext('2d')?.fillRect(50, 50, 200, 200));
    await expect.poll(paintedAt, { timeout: 10_000 }).toBeGreaterThan(before);
  });
});

describe('comparing', () => {
  it('a picture in a round box: nothing is seen out of it, and a link over it holds nothing up', async () => {
    const html = `<div style="${ROUND}; position: relative"><img id="photo" src="{X}?cors" width="400" height="300">
      <a href="/elsewhere" style="position: absolute; inset: 0"></a></div>`;
    const original = await seen(html, false);
    const flat = await seen(html, true);
    await open(html);
    expect(await restyle(browser, page, '#photo')).toMatchObject({ mode: 'in-place' });
    await hush();
    await browser.clickMenu(page, {
      menuItemId: 'compare',
      srcUrl: await sourceOf(page, '#photo'),
    });
    const painted = async (): Promise<number> => judge(original, flat, await screen()).painted;
    await expect.poll(painted).toBeLessThan(0.6);
    await page.mouse.move(20 + 200, 150);
    await page.mouse.down();
    await page.mouse.move(20 + 100, 150, { steps: 4 });
    await expect.poll(painted).toBeGreaterThan(0.68);
    expect(judge(original, flat, await screen()).strays).toBe(0);
    await page.mouse.up();
    expect(page.url()).toBe(`${site.origin}/empty.html`);
  });
});
