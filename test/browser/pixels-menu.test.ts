/**
 * What is painted and no image to the browser's menu: saved, compared and restored where it was clicked,
 * or chosen with the keyboard.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';

import { PNG } from 'pngjs';
import { beforeAll, describe, expect } from 'vitest';

import type { MenuClick } from '../../scripts/extension.mjs';
import { eventually } from './faults';
import {
  browser,
  open as openHtml,
  openPage,
  page,
  site,
  useBrowser,
  withBrowser,
} from './fixtures';
import {
  clickOnPage,
  downloaded,
  downloadFolder,
  meanAbsoluteDifference,
  pixelsOf,
  restyleSource,
  wordsOnPage,
  type Pixels,
} from './harness';
import { likeness } from './pages';

const PHOTO = '/pictures/harbour.jpg';
const NATURAL = [800, 600];
const STYLE = 'restyle:style:udnie';

/** A pastiche differs from its original by more than this, 0..255. */
const OTHER = 8;

let folder: string;

const it = withBrowser({ small: true });

it.beforeAll(async () => {
  folder = await downloadFolder(browser);
});

/** A page with these contents that the person has just used the extension on. */
async function open(html: string): Promise<void> {
  await openHtml(`<style>body { margin: 0 }</style>${html}`);
}

/** Right-clicks the middle of an element, and chooses an item of the menu. */
async function choose(
  menuItemId: string,
  selector = '#box',
  frame: Partial<MenuClick> = {},
): Promise<void> {
  await page.click(selector, { button: 'right', offset: { x: 210, y: 140 } });
  await browser.clickMenu(page, { menuItemId, ...frame });
}

/** Whether the menu has items for what is painted, elsewhere than on images. */
function isOffered(): Promise<boolean> {
  return browser.inServiceWorker(() =>
    chrome.contextMenus.update('painted:save', {}).then(
      () => true,
      () => false,
    ),
  );
}

/** A quarter of the width of an element, from a share of it on. */
function quarterOf({ width, height, data }: Pixels, from: number): Pixels {
  const columns = Math.floor(width / 4);
  const cut = new Uint8Array(4 * columns * height);
  for (let y = 0; y < height; y++) {
    const start = 4 * (y * width + Math.floor(from * width));
    cut.set(data.subarray(start, start + 4 * columns), 4 * y * columns);
  }
  return { width: columns, height, data: cut };
}

async function differs(original: Pixels, from?: number): Promise<number> {
  const now = await pixelsOf(page, '#box');
  if (from === undefined) return meanAbsoluteDifference(original, now);
  return meanAbsoluteDifference(quarterOf(original, from), quarterOf(now, from));
}

/** Saves what was clicked through the menu of the page; the file, once it is there. */
async function save(frame: Partial<MenuClick> = {}): Promise<Pixels> {
  await choose('painted:save', '#box', frame);
  const { name, data } = await downloaded(folder, /\.png$/);
  // The next one of the same name would be written over it.
  rmSync(path.join(folder, name));
  return PNG.sync.read(data);
}

/** A picture as a page shows it at a size. */
async function shown({ width, height, data }: Pixels, size: readonly number[]): Promise<Pixels> {
  const png = new PNG({ width, height });
  png.data = Buffer.from(data);
  const address = `data:image/png;base64,${PNG.sync.write(png).toString('base64')}`;
  const other = await browser.browser.newPage();
  await other.setContent(`<body style="margin: 0"><img id="x" src="${address}"
    width="${size[0]}" height="${size[1]}" style="display: block">`);
  await other.$eval('#x', (image) => (image as HTMLImageElement).decode());
  const pixels = await pixelsOf(other, '#x');
  await other.close();
  return pixels;
}

const BOX = 'width: 400px; height: 300px';

/** How each is compared: by a handle over it, or by looking at the original in its place. */
const KINDS: Readonly<Record<string, { readonly html: string; readonly by: 'handle' | 'look' }>> = {
  'a background': {
    html: `<div id="box" style="${BOX}; background: url(${PHOTO}) 0 0 / cover"></div>`,
    by: 'handle',
  },
  'a background of a pseudo-element': {
    html: `<style>#box::before { content: ''; display: block; ${BOX};
      background: url(${PHOTO}) 0 0 / cover }</style><div id="box" style="${BOX}"></div>`,
    by: 'look',
  },
  'a border image': {
    html: `<div id="box" style="${BOX}; box-sizing: border-box; border: 1px solid;
      border-image: url(${PHOTO}) 0 fill / 0 stretch"></div>`,
    by: 'look',
  },
  'an object': {
    html: `<object id="box" data="${PHOTO}" width="400" height="300" style="display: block"></object>`,
    by: 'handle',
  },
  'an image under a transparent link': {
    html: `<div id="box" style="position: relative; ${BOX}"><img src="${PHOTO}" width="400"
      height="300"><a href="/" style="position: absolute; inset: 0"></a></div>`,
    by: 'handle',
  },
  'what lets clicks through, in a closed shadow root': {
    html: `<div id="box" style="${BOX}"></div><script>
      document.querySelector('#box').attachShadow({ mode: 'closed' }).innerHTML =
        '<div style="${BOX}; pointer-events: none; background: url(${PHOTO}) 0 0 / cover"></div>';
      </script>`,
    by: 'handle',
  },
};

describe.each(Object.entries(KINDS))('%s', (_, { html, by }) => {
  it('is compared, saved at full size and restored from the menu of the page', async () => {
    await open(html);
    const original = await pixelsOf(page, '#box');
    await eventually(async () => !(await isOffered()));
    const srcUrl = site.origin + PHOTO;
    const status = await restyleSource(browser, page, { menuItemId: STYLE, srcUrl });
    expect(status).toMatchObject({ state: 'done', error: null });
    await eventually(isOffered);
    await eventually(async () => (await differs(original)) > OTHER);

    await choose('painted:compare');
    if (by === 'handle') {
      await eventually(
        async () => (await differs(original, 0.1)) < 1.5 && (await differs(original, 0.7)) > OTHER,
      );
      // What style sheets show is looked at whenever the pointer moves.
      await page.mouse.move(30, 30);
      await page.mouse.move(350, 60, { steps: 5 });
      await page.keyboard.press('End');
      await eventually(async () => (await differs(original, 0.1)) < 1.5);
      await page.keyboard.press('Escape');
    } else {
      await eventually(async () => (await differs(original)) < 0.5);
      await page.mouse.move(30, 30);
      await page.mouse.move(350, 60, { steps: 5 });
      await eventually(async () => (await wordsOnPage(browser, page)).includes('the original'));
      expect(await differs(original)).toBeLessThan(0.5);
      await clickOnPage(browser, page, 'Show the painting');
    }
    await eventually(async () => (await differs(original, 0.1)) > OTHER);

    const file = await save();
    expect([file.width, file.height]).toEqual(NATURAL);
    const small = await shown(file, [400, 300]);
    expect(meanAbsoluteDifference(original, small)).toBeGreaterThan(OTHER);
    expect(likeness(original, small)).toBeGreaterThan(0.4);

    await choose('painted:restore');
    await eventually(async () => (await differs(original)) < 0.5);
    await eventually(async () => !(await isOffered()));
  });
});

/** Draws the photograph on a canvas, with nothing else on the page. */
const CANVAS = `<canvas id="box" width="800" height="600" style="display: block; ${BOX}"></canvas>`;

it('a canvas is compared, saved at its own size and restored', async () => {
  await open(CANVAS);
  await page.$eval(
    '#box',
    async (canvas, src) => {
      const image = new Image();
      image.src = src;
      await image.decode();
      (canvas as HTMLCanvasElement).getContext('2d')!.drawImage(image, 0, 0);
    },
    PHOTO,
  );
  const original = await pixelsOf(page, '#box');
  await browser.clickMenu(page, { menuItemId: 'pick' });
  await eventually(async () => (await wordsOnPage(browser, page)).includes('Click a picture'));
  await page.mouse.click(200, 150);
  await browser.waitForPicture(page, 'canvas:1', { states: ['done'] });
  await eventually(async () => (await differs(original)) > OTHER);
  await eventually(isOffered);

  await choose('painted:compare');
  await eventually(
    async () => (await differs(original, 0.1)) < 1.5 && (await differs(original, 0.7)) > OTHER,
  );
  await page.keyboard.press('Escape');
  await eventually(async () => (await differs(original, 0.1)) > OTHER);

  const file = await save();
  expect([file.width, file.height]).toEqual(NATURAL);
  expect(likeness(original, await shown(file, [400, 300]))).toBeGreaterThan(0.4);

  await choose('painted:restore');
  await eventually(async () => (await differs(original)) < 0.5);
  await eventually(async () => !(await isOffered()));
});

/** Two backgrounds, of which only the first is painted, beside nothing. */
async function openTwo(): Promise<void> {
  await open(`<div id="box" style="${BOX}; background: url(${PHOTO}) 0 0 / cover"></div>
    <p id="plain" style="${BOX}; margin: 0">Nothing</p>`);
  const srcUrl = site.origin + PHOTO;
  await restyleSource(browser, page, { menuItemId: STYLE, srcUrl });
}

describe('where nothing painted was clicked', () => {
  it('the person is told, and chooses with the keyboard', async () => {
    await openTwo();
    const painted = await pixelsOf(page, '#box');
    await choose('painted:restore', '#plain');
    await eventually(async () => (await wordsOnPage(browser, page)).includes('no painted picture'));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await eventually(
      async () => meanAbsoluteDifference(painted, await pixelsOf(page, '#box')) > OTHER,
    );
  });

  it('a click on nothing ends it with a sentence, and is the page’s', async () => {
    await openTwo();
    await page.evaluate(() => addEventListener('click', () => (document.title = 'clicked')));
    await choose('painted:compare', '#plain');
    await eventually(async () => (await wordsOnPage(browser, page)).includes('Tab and Enter'));
    await page.mouse.click(200, 450);
    await eventually(async () => (await wordsOnPage(browser, page)).includes('Restyle image'));
    expect(await page.title()).toBe('clicked');
  });

  it('on a page on which nothing is painted any more, that is said', async () => {
    await openTwo();
    await choose('painted:restore');
    await browser.waitForPicture(page, site.origin + PHOTO, { states: ['restored'] });
    await choose('painted:save');
    await eventually(async () => (await wordsOnPage(browser, page)).includes('Restyle image'));
  });
});

it('the items are there only while a page is in front on which something is painted', async () => {
  await openTwo();
  await eventually(isOffered);
  const other = await browser.openPage(`${site.origin}/empty.html`);
  await eventually(async () => !(await isOffered()));
  await page.bringToFront();
  await eventually(isOffered);
  await page.goto(`${site.origin}/empty.html`);
  await eventually(async () => !(await isOffered()));
  await other.close();
});

it('an image under a clear one, which is what the menu names', async () => {
  await open(`<div id="box" style="position: relative; ${BOX}">
    <img id="photo" src="${PHOTO}" width="400" height="300">
    <img style="position: absolute; inset: 0; ${BOX}"></div>`);
  const clear = await page.$eval('#box img + img', async (image) => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 40;
    const element = image;
    element.src = canvas.toDataURL();
    await element.decode();
    return element.src;
  });
  // An image without an address has an outline.
  const original = await pixelsOf(page, '#box');
  await browser.clickMenu(page, { menuItemId: STYLE, srcUrl: clear });
  await browser.waitForPicture(page, site.origin + PHOTO, { states: ['done'] });
  await eventually(async () => (await differs(original)) > OTHER);
  await page.click('#box', { button: 'right' });
  await browser.clickMenu(page, { menuItemId: 'restore', srcUrl: clear });
  await eventually(async () => (await differs(original)) < 0.5);
});

it('a drawing under a clear rectangle, in a document of its own', async () => {
  await openPage();
  const text = `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300">
    <image href="${PHOTO}" width="400" height="300"/>
    <rect id="box" width="400" height="300" fill="transparent"/></svg>`;
  await page.goto(site.origin + site.serve(text, '.svg'));
  await browser.grantActiveTab(page);
  const srcUrl = site.origin + PHOTO;
  await restyleSource(browser, page, { menuItemId: STYLE, srcUrl });
  await choose('painted:restore');
  await browser.waitForPicture(page, srcUrl, { states: ['restored'] });
});

describe('in a frame', () => {
  beforeAll(async () => {
    await useBrowser({ build: 'chrome-granted', small: true });
    folder = await downloadFolder(browser);
  });

  it.each([
    ['of the page’s own site', (path: string) => site.origin + path],
    ['of another site', (path: string) => site.otherOrigin + path],
    ['without an address', null],
  ])('%s: a background is compared, saved and restored', async (_, addressOf) => {
    const html = `<body style='margin: 0'><div style='${BOX}; background: url(${site.origin}${PHOTO})
      0 0 / cover'></div>`;
    const content = addressOf ? `src="${addressOf(site.serve(html))}"` : `srcdoc="${html}"`;
    await open(`<iframe id="box" ${content} style="border: 0; ${BOX}"></iframe>
      <p id="beside" style="${BOX}">Words</p>`);
    const original = await pixelsOf(page, '#box');
    const frame = await innerFrame();
    const srcUrl = site.origin + PHOTO;
    const status = await restyleSource(browser, page, { menuItemId: STYLE, srcUrl, ...frame });
    expect(status).toMatchObject({ state: 'done', error: null });
    await eventually(isOffered);
    await eventually(async () => (await differs(original)) > OTHER);

    await choose('painted:compare', '#box', frame);
    await eventually(
      async () => (await differs(original, 0.1)) < 1.5 && (await differs(original, 0.7)) > OTHER,
    );
    await page.keyboard.press('Escape');
    await eventually(async () => (await differs(original, 0.1)) > OTHER);
    const file = await save(frame);
    expect([file.width, file.height]).toEqual(NATURAL);
    // On the page around it nothing is painted, which is said there.
    await choose('painted:restore', '#beside');
    await eventually(async () => (await wordsOnPage(browser, page)).includes('Restyle image'));
    expect(await differs(original)).toBeGreaterThan(OTHER);

    await choose('painted:restore', '#box', frame);
    await eventually(async () => (await differs(original)) < 0.5);
    await eventually(async () => !(await isOffered()));
  });

  it('that leaves the page: the menu has no items for what was painted in it', async () => {
    await open(
      `<iframe id="box" srcdoc="<img src='${PHOTO}' width='300'>" style="${BOX}"></iframe>`,
    );
    const srcUrl = site.origin + PHOTO;
    await restyleSource(browser, page, { menuItemId: STYLE, srcUrl, ...(await innerFrame()) });
    await eventually(isOffered);
    await page.$eval('#box', (element) => element.remove());
    await eventually(async () => !(await isOffered()));
  });
});

/** The page's only frame, as the menu names it. */
async function innerFrame(): Promise<{ frameId: number; frameUrl: string }> {
  const frameId = await browser.inServiceWorker(
    async (tabId) => {
      const target = { tabId, allFrames: true };
      const frames = await chrome.scripting.executeScript({ target, func: () => null });
      return frames.find((frame) => frame.frameId !== 0)?.frameId ?? -1;
    },
    await browser.tabId(page),
  );
  return { frameId, frameUrl: page.frames()[1]!.url() };
}
