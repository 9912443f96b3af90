/**
 * Layers over canvases and over what only the screen shows: they change the pixels that any other
 * picture in the same place would change, follow what the page does, and need nothing at rest.
 */
import type { Page } from 'puppeteer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { busyAtRest } from '../bench/cost.mjs';
import { eventually } from '../browser/faults';
import { pixelsOf, sourceOf, type Pixels } from '../browser/harness';
import { isPastiche, judge, likeness } from '../browser/pages';
import { pageStage, recipeOf, STYLE, type PageStage } from './harness';

let stage: PageStage;

beforeAll(async () => {
  stage = await pageStage();
  stage.access = false;
});

afterAll(() => stage.close());

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
  await stage.open(
    `<style>body { margin: 20px; background: #fff; font: 16px system-ui }</style>
    ${html}<script>const isFlat = ${isFlat}; ${DRAW}</script>`,
    { flat: isFlat },
  );
}

type Change = (page: Page) => Promise<unknown>;

async function seen(html: string, isFlat: boolean, change?: Change): Promise<Pixels> {
  await open(html, isFlat);
  await change?.(stage.page);
  return stage.stillShot();
}

async function paintCanvas(): Promise<void> {
  const { page } = stage;
  const picked = stage.send({
    type: 'page.restyle',
    target: { kind: 'pick' },
    ...recipeOf(STYLE),
  });
  await eventually(async () => (await stage.words()).includes('Click a picture'));
  const { x, y } = (await (await page.waitForSelector('canvas'))!.boundingBox())!;
  await page.mouse.move(x + 100, y + 90);
  await page.mouse.click(x + 101, y + 91);
  await picked;
  await stage.waitForPicture('canvas:1', { states: ['done'] });
  await page.mouse.move(1, 1);
  await hush();
}

/** Takes notices, which lie over the page, away. */
function hush(): Promise<void> {
  return stage.page.evaluate(() => {
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
    await change?.(stage.page);
    await expect
      .poll(async () => judge(original, flat, await stage.shot()), { timeout: 10_000 })
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
    expect(await stage.paint()).toMatchObject({ read: 'capture' });
    await hush();
    await change?.(stage.page);
    await expect
      .poll(async () => judge(original, flat, await stage.shot()), { timeout: 10_000 })
      .toSatisfy(isPastiche);
  });

  it.each([
    ['the page', 'html { filter: invert(1) hue-rotate(180deg) }'],
    ['the page, and the picture again', 'html, img { filter: invert(1) hue-rotate(180deg) }'],
    ['the picture', 'img { filter: invert(1) }'],
  ])('%s is inverted: its painting is no negative of what is seen', async (_, rules) => {
    await open(`<style>${rules}</style><img id="photo" src="{X}" width="400" height="300">`);
    const before = await pixelsOf(stage.page, '#photo');
    expect(await stage.paint()).toMatchObject({ read: 'capture' });
    await hush();
    const alike = async (): Promise<number> =>
      likeness(before, await pixelsOf(stage.page, '#photo'));
    await expect.poll(alike).toBeGreaterThan(0.25);
  });
});

describe('at rest', () => {
  /** How many frames the extension has asked for while the page has asked for sixty. */
  async function framesAskedFor(): Promise<number> {
    await stage.inWorlds(() => {
      const ask = globalThis.requestAnimationFrame;
      let asked = 0;
      globalThis.requestAnimationFrame = (callback) => {
        asked += 1;
        document.documentElement.dataset['asked'] = String(asked);
        return ask(callback);
      };
    });
    await stage.page.evaluate(
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
    return stage.page.$eval('html', ({ dataset }) => Number(dataset['asked'] ?? 0));
  }

  it('the layer over a captured picture asks for no frame', async () => {
    await open('<img id="photo" src="{X}" width="400" height="300">');
    expect(await stage.paint()).toMatchObject({ read: 'capture' });
    await stage.page.mouse.move(1, 1);
    expect(await framesAskedFor()).toBe(0);
  });

  it('the layer over a canvas asks for no frame', async () => {
    await open(CANVAS());
    await paintCanvas();
    expect(await framesAskedFor()).toBe(0);
  });

  it('a canvas adds at most 0.5 % to what the page needs, and is painted again when it changes', async () => {
    await open(CANVAS());
    const without = await busyAtRest(stage.page);
    await paintCanvas();
    // The last of its intervals are those of a canvas that has rested for a while.
    expect((await busyAtRest(stage.page)) - without).toBeLessThanOrEqual(0.005);
    const paintedAt = async (): Promise<number> =>
      (await stage.pageStatus())[0]?.timings['done'] ?? 0;
    const before = await paintedAt();
    await stage.page.$eval('canvas', (canvas) =>
      canvas.getContext('2d')?.fillRect(50, 50, 200, 200),
    );
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
    const [url, address] = [await sourceOf(stage.page, '#photo'), stage.page.url()];
    expect(await stage.paint(url)).toMatchObject({ mode: 'in-place' });
    await hush();
    await stage.send({ type: 'page.compare', target: { kind: 'source', url } });
    const painted = async (): Promise<number> => judge(original, flat, await stage.shot()).painted;
    await expect.poll(painted).toBeLessThan(0.6);
    await stage.page.mouse.move(20 + 200, 150);
    await stage.page.mouse.down();
    await stage.page.mouse.move(20 + 100, 150, { steps: 4 });
    await expect.poll(painted).toBeGreaterThan(0.68);
    expect(judge(original, flat, await stage.shot()).strays).toBe(0);
    await stage.page.mouse.up();
    expect(stage.page.url()).toBe(address);
  });
});
