/** The right pixels, and never silence: the picture on the screen is painted, or a message says why not. */
import { createHash } from 'node:crypto';

import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect } from 'vitest';

import { slicesOf, tilesOf, TILING } from '../../src/engine/client/tiles';
import { DEFAULT_RENDER_OPTIONS } from '../../src/core/style/render-options';
import { eventually } from './faults';
import { browser, it, open, openPage, page, site, useBrowser } from './fixtures';
import {
  clickOnPage,
  closeSharedBrowser,
  downloaded,
  downloadFolder,
  isPainted,
  meanAbsoluteDifference,
  paintAllFrames,
  pixelsOf,
  restyle,
  restyleSource,
  sourceOf,
  wordsOnPage,
  type Pixels,
} from './harness';

const PHOTO = '/pictures/harbour.jpg';

/** An address that doesn't tell its type. */
const SILENT = '/made/squares.png/?width=320&height=240';

/** A page with these contents on which the extension has just been used. */
const MANNER = { keepColours: false, strokeSize: 1, secondCoat: 0 };
const ALL = { type: 'page.all', title: 'Udnie', mix: { udnie: 1 }, manner: MANNER };

/** Sends a request to the content script of the page itself, or of another frame. */
async function askPage<Reply>(request: object, frameId = 0): Promise<Reply> {
  return browser.inServiceWorker(
    async (id, message, frame) =>
      (await chrome.tabs.sendMessage<object, unknown>(id, message, { frameId: frame })) as Reply,
    await browser.tabId(page),
    request,
    frameId,
  );
}

/** Injects the content script, as a user's click does. */
async function loadContent(): Promise<void> {
  await browser.inServiceWorker(
    async (tabId) =>
      void (await chrome.scripting.executeScript({ target: { tabId }, files: ['content.js'] })),
    await browser.tabId(page),
  );
}

/** Distance of the centre of the differing pixels from that of the picture's box, in pixels. */
function offCentre(a: Pixels, b: Pixels): number {
  let [left, right, top, bottom] = [a.width, 0, a.height, 0];
  for (let i = 0; i < a.width * a.height; i++) {
    if (Math.abs(a.data[4 * i]! - b.data[4 * i]!) < 12) continue;
    const [x, y] = [i % a.width, Math.floor(i / a.width)];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  return Math.max(Math.abs(left - (a.width - 1 - right)), Math.abs(top - (a.height - 1 - bottom)));
}

/** The original of a picture as the extension reads it. */
async function readBy(url: string): Promise<Pixels> {
  await loadContent();
  const target = { kind: 'source', url };
  const reply = await askPage<{ data: string } | null>({ type: 'page.edit', target });
  if (!reply) throw new Error(`not read: ${await wordsOnPage(browser, page)}`);
  return PNG.sync.read(Buffer.from(reply.data, 'base64'));
}

/** The one file in a folder, once it is there. */
afterAll(closeSharedBrowser);

describe('a capture, where no site is granted', () => {
  beforeAll(() => useBrowser());

  it('holds none of our notices, even where the page hides things slowly', async () => {
    const foreign = (name: string): string => `${site.otherOrigin}${PHOTO}?${name}`;
    await open(`<style>* { transition: all 3s }</style>
      <img id="first" src="${foreign('first')}" width="300">
      <img id="second" src="${foreign('second')}" style="position: fixed; left: 300px; bottom: 0"
        width="700" height="300">`);
    const second = await sourceOf(page, '#second');
    const before = await pixelsOf(page, '#second');
    await restyle(browser, page, '#first');
    // The notice that only the visible part was painted has a button, and stays.
    const isCovered = async (): Promise<boolean> =>
      (await wordsOnPage(browser, page)).includes('Allow access') &&
      meanAbsoluteDifference(before, await pixelsOf(page, '#second')) > 1;
    await eventually(isCovered);
    const read = await readBy(second);
    expect(meanAbsoluteDifference(before, read)).toBeLessThan(0.1);
    // And it comes back.
    await eventually(isCovered);
  });

  it('holds no outline of the picker and no pastiche that lies over it', async () => {
    const under = `${site.otherOrigin}/pictures/orchard.jpg?under`;
    await open(`<img id="under" src="${under}" width="600" height="450">
      <img id="over" src="${site.otherOrigin}${PHOTO}?over" width="200" height="150"
        style="position: absolute; left: 100px; top: 100px; opacity: 0.5">`);
    const before = await pixelsOf(page, '#under');
    await restyle(browser, page, '#over');
    await browser.clickMenu(page, { menuItemId: 'pick' });
    await eventually(async () => (await wordsOnPage(browser, page)).includes('Click a picture'));
    await page.mouse.move(400, 300);
    await page.mouse.move(405, 305);
    const read = await readBy(under);
    expect(meanAbsoluteDifference(before, read)).toBeLessThan(0.1);
    await page.keyboard.press('Escape');
  });

  it('holds nothing of ours that is in a frame', async () => {
    await open(`<img id="photo" src="${site.otherOrigin}${PHOTO}" width="900" height="700">
      <iframe id="frame" src="/frame.html" width="400" height="300" style="position: fixed;
        left: 100px; top: 100px; border: 0; opacity: 0.9"></iframe>`);
    const photo = await sourceOf(page, '#photo');
    const before = await pixelsOf(page, '#photo');
    const frameId = await browser.inServiceWorker(
      async (tabId) => {
        const results = await chrome.scripting.executeScript({
          target: { tabId, allFrames: true },
          files: ['content.js'],
        });
        return results.find((result) => result.frameId !== 0)?.frameId ?? -1;
      },
      await browser.tabId(page),
    );
    await askPage({ type: 'page.notice', error: { code: 'image-gone', detail: '' } }, frameId);
    expect(meanAbsoluteDifference(before, await pixelsOf(page, '#photo'))).toBeGreaterThan(1);
    expect(meanAbsoluteDifference(before, await readBy(photo))).toBeLessThan(0.1);
  });

  it('of a part is saved under the name of a part, and a sentence says so', async () => {
    await open(`<img id="photo" src="${site.otherOrigin}${PHOTO}" width="600" height="450">
      <div style="height: 3000px"></div>`);
    const source = await sourceOf(page, '#photo');
    await restyle(browser, page, '#photo', { menuItemId: 'restyle:style:udnie' });
    await page.evaluate(() => scrollTo(0, 200));
    const folder = await downloadFolder(browser);
    await browser.clickMenu(page, { menuItemId: 'save', srcUrl: source });
    const { name, data: file } = await downloaded(folder);
    expect(name).toBe('harbour (part).Udnie.png');
    const { width, height } = PNG.sync.read(file);
    expect(width).toBe(600);
    expect(height).toBeLessThan(300);
    await eventually(async () => (await wordsOnPage(browser, page)).includes('Only the part'));
  });
});

describe('what is fetched', () => {
  beforeAll(() => useBrowser({ build: 'chrome-granted' }));

  it.each([
    ['a sign against hotlinks', 'hotlink'],
    ['another picture every time', 'changing'],
  ])('is %s: what is seen is painted, and a sentence says why', async (_, option) => {
    const query = `${option}=${crypto.randomUUID()}`;
    await open(`<img id="photo" src="${site.otherOrigin}${PHOTO}?${query}" width="480">`);
    const before = await pixelsOf(page, '#photo');
    const source = await sourceOf(page, '#photo');
    expect(meanAbsoluteDifference(before, await readBy(source))).toBeLessThan(1);
    const status = await restyle(browser, page, '#photo');
    expect(status).toMatchObject({ state: 'done', read: 'capture', error: null });
    const isSaid = async (): Promise<boolean> =>
      (await wordsOnPage(browser, page)).includes('another picture');
    await eventually(isSaid);
    // The saved file is no larger, either.
    await clickOnPage(browser, page, '×');
    await eventually(async () => !(await isSaid()));
    await downloadFolder(browser);
    await browser.clickMenu(page, { menuItemId: 'save', srcUrl: source });
    await eventually(isSaid);
  });

  it('is gone, as its address was good for once: what is seen is painted, and no access is asked for', async () => {
    const query = `once=${crypto.randomUUID()}`;
    await open(`<img id="photo" src="${site.otherOrigin}${PHOTO}?${query}" width="480">`);
    const status = await restyle(browser, page, '#photo');
    expect(status).toMatchObject({ state: 'done', read: 'capture', error: null });
    const words = await eventually(async () => {
      const now = await wordsOnPage(browser, page);
      return now.includes('Only the visible part') && now;
    });
    expect(words).not.toContain('Allow access');
  });

  it.each([
    ['plain', 'width="480"'],
    ['cut by its box', 'style="width: 400px; height: 150px; object-fit: cover"'],
    ['rounded', 'style="width: 300px; height: 300px; border-radius: 50%"'],
    ['turned', 'width="300" style="margin: 60px; rotate: 20deg"'],
    ['mirrored', 'width="300" style="transform: scaleX(-1)"'],
    ['a negative', 'width="300" style="filter: invert(1) hue-rotate(180deg)"'],
    ['partly out of sight', 'width="700" style="margin-left: -300px"'],
    ['blurred', 'width="300" style="filter: blur(6px)"'],
    ['blurred until it is asked for', 'width="300" style="filter: blur(20px)"'],
    ['dim', 'width="300" style="filter: brightness(0.25) contrast(0.6)"'],
    ['without colours', 'width="300" style="filter: grayscale(1) sepia(0.6)"'],
    ['half transparent', 'width="300" style="opacity: 0.4; background: #0a0"'],
    ['as small as a thumbnail', 'width="64"'],
    ['out of proportion', 'width="500" height="140"'],
  ])('is what is seen, %s: it is taken', async (_, attributes) => {
    await open(`<img id="photo" src="${site.otherOrigin}${PHOTO}" ${attributes}>`);
    expect(await restyle(browser, page, '#photo')).toMatchObject({
      state: 'done',
      read: 'extension',
    });
  });

  it('lies under something: it is taken', async () => {
    await open(`<div style="position: relative; width: 480px">
      <img id="photo" src="${site.otherOrigin}${PHOTO}" width="480">
      <div style="position: absolute; inset: 0; background: #123"></div></div>`);
    expect(await restyle(browser, page, '#photo')).toMatchObject({
      state: 'done',
      read: 'extension',
    });
  });

  it('is larger than what is drawn from its element: it is taken', async () => {
    await open('<img id="photo" width="600">');
    await page.$eval(
      '#photo',
      async (element, photo) => {
        const image = element as HTMLImageElement;
        image.src = photo;
        await image.decode();
        const canvas = new OffscreenCanvas(7000, 5250);
        canvas.getContext('2d')!.drawImage(image, 0, 0, 7000, 5250);
        image.src = URL.createObjectURL(await canvas.convertToBlob({ type: 'image/jpeg' }));
        await new Promise((resolve) => (image.onload = resolve));
      },
      PHOTO,
    );
    expect(await restyle(browser, page, '#photo')).toMatchObject({ state: 'done', read: 'cors' });
  });

  it('fades in over another one: it is taken', async () => {
    await open(`<style>img { position: absolute; left: 0; top: 0 }
      #photo { animation: come 3s infinite alternate linear } @keyframes come { from { opacity: 0 } }
      </style><img src="${site.otherOrigin}/pictures/orchard.jpg" width="480" height="360">
      <img id="photo" src="${site.otherOrigin}${PHOTO}" width="480" height="360">`);
    expect(await restyle(browser, page, '#photo')).toMatchObject({
      state: 'done',
      read: 'extension',
    });
  });

  it('is turned by what its file says: it is taken', async () => {
    await open(
      `<img id="photo" src="${site.otherOrigin}/pictures/kinds/small/turned.jpg" width="300">`,
    );
    expect(await restyle(browser, page, '#photo')).toMatchObject({
      state: 'done',
      read: 'extension',
    });
  });

  it('a capture of a picture in a box that scrolls has nothing of the page around it', async () => {
    const url = `${site.otherOrigin}${PHOTO}?changing=scrolled`;
    await open(`<div style="width: 400px; height: 200px; overflow: auto; background: red">
      <img id="photo" src="${url}" width="380"></div><p style="font-size: 60px">words</p>`);
    const read = await readBy(url);
    expect([read.width, read.height]).toEqual([380, 200]);
  });
});

describe('saving', () => {
  beforeAll(() => useBrowser({ build: 'chrome-granted' }));

  it.each([
    ['a picture that is its own sandboxed page', `${PHOTO}?csp=sandbox`],
    ['a page that is sandboxed', '/one-image.html?csp=sandbox%20allow-scripts%20allow-same-origin'],
  ])('%s', async (_, address) => {
    await openPage(address);
    await browser.grantActiveTab(page);
    const source = await sourceOf(page, 'img');
    await restyle(browser, page, 'img', { menuItemId: 'restyle:style:udnie' });
    const folder = await downloadFolder(browser);
    await browser.clickMenu(page, { menuItemId: 'save', srcUrl: source });
    const { name, data: file } = await downloaded(folder);
    expect(name).toBe('harbour.Udnie.png');
    expect(PNG.sync.read(file).width).toBe(800);
  });

  it('a picture in a sandboxed frame', async () => {
    await open(`<iframe sandbox="allow-scripts" src="/one-image.html" width="700" height="500">`);
    const frame = page.frames()[1]!;
    const frameId = await browser.inServiceWorker(
      async (tabId) => {
        const results = await chrome.scripting.executeScript({
          target: { tabId, allFrames: true },
          func: () => null,
        });
        return results.find((result) => result.frameId !== 0)?.frameId ?? -1;
      },
      await browser.tabId(page),
    );
    const srcUrl = await frame.$eval('img', (image) => image.currentSrc);
    const click = { menuItemId: 'restyle:style:udnie', srcUrl, frameId, frameUrl: frame.url() };
    expect(await restyleSource(browser, page, click)).toMatchObject({ state: 'done' });
    const folder = await downloadFolder(browser);
    await browser.clickMenu(page, { ...click, menuItemId: 'save' });
    expect((await downloaded(folder)).name).toBe('harbour.Udnie.png');
  });

  it.each([
    ['a transparent PNG', '/made/alpha.png'],
    ['a transparent WebP', '/pictures/kinds/alpha.webp'],
  ])('%s as JPEG: white where it was transparent', async (_, address) => {
    await open(`<img id="photo" src="${address}">`);
    await browser.inServiceWorker(() => chrome.storage.local.set({ saveType: 'jpeg' }));
    const source = await sourceOf(page, '#photo');
    await restyle(browser, page, '#photo', { menuItemId: 'restyle:style:udnie' });
    const folder = await downloadFolder(browser);
    await browser.clickMenu(page, { menuItemId: 'save', srcUrl: source });
    const { data: file } = await downloaded(folder);
    // White as a JPEG keeps it beside a painted part of the same block.
    expect(Math.min(...(await cornerOf(file)))).toBeGreaterThan(250);
    await browser.inServiceWorker(() => chrome.storage.local.clear());
  });

  it('what no canvas holds is written row by row, as a PNG, and a sentence says so', async () => {
    await open('<img id="photo" src="/made/squares.png?width=32&height=16500">');
    await browser.inServiceWorker(() => chrome.storage.local.set({ saveType: 'jpeg' }));
    const source = await sourceOf(page, '#photo');
    await restyle(browser, page, '#photo', { menuItemId: 'restyle:style:udnie' });
    const folder = await downloadFolder(browser);
    await browser.clickMenu(page, { menuItemId: 'save', srcUrl: source });
    const { name, data: file } = await downloaded(folder);
    expect(name).toBe('squares.Udnie.png');
    const saved = PNG.sync.read(file);
    expect([saved.width, saved.height]).toEqual([32, 16_500]);
    // No steeper at borders of tiles than elsewhere.
    const steps = stepsOf(saved);
    for (const { used } of tilesOf(saved, TILING).slice(1)) {
      const around = [
        ...steps.slice(used.y - 200, used.y - 1),
        ...steps.slice(used.y, used.y + 200),
      ];
      expect(steps[used.y - 1]).toBeLessThanOrEqual(Math.max(...around));
    }
    expect(await wordsOnPage(browser, page)).toContain('saved as a PNG');
    await browser.inServiceWorker(() => chrome.storage.local.clear());
  });
});

/** Red, green and blue of a JPEG's first pixel, as the browser decodes it. */
async function cornerOf(file: Buffer): Promise<number[]> {
  return page.evaluate(async (data) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
    const context = new OffscreenCanvas(1, 1).getContext('2d')!;
    context.drawImage(image, 0, 0);
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  }, file.toString('base64'));
}

describe('pictures that move', () => {
  beforeAll(() => useBrowser());

  it.each([
    ['WebP', '/pictures/kinds/moving.webp'],
    ['APNG', '/pictures/kinds/moving.png'],
    ['AVIF', '/pictures/kinds/moving.avif'],
    ['GIF', '/made/animated.gif'],
    ['GIF under a name that says nothing', '/made/animated.gif/?picture'],
    ['SVG', '/made/moving.svg'],
  ])('%s: a sentence says that the first frame was painted', async (_, address) => {
    await open(`<img id="photo" src="${address}" width="240">`);
    expect(await restyle(browser, page, '#photo')).toMatchObject({ state: 'done', error: null });
    await eventually(async () => (await wordsOnPage(browser, page)).includes('first frame'));
  });

  it.each([
    ['GIF', '/made/animated.gif', 4],
    ['WebP', '/pictures/kinds/moving.webp', 4],
  ])(
    '%s: painted frame by frame when the person wants it, and comes back',
    async (_, address, frames) => {
      await open(`<img id="photo" src="${address}" width="160">`);
      const source = await sourceOf(page, '#photo');
      await restyle(browser, page, '#photo', { menuItemId: 'restyle:style:udnie' });
      const animation = await paintAllFrames(browser, page, '#photo');
      const painted = await page.$eval(
        '#photo',
        async (image, address) => {
          const { width } = image as HTMLImageElement;
          const file = await (await fetch(address)).blob();
          // A file of another size than the original's is in an image of that size.
          const [inside] = /data:image[^"]+/.exec(await file.text()) ?? [];
          const data = await (await fetch(inside ?? address)).arrayBuffer();
          const decoder = new ImageDecoder({ data, type: 'image/webp' });
          await decoder.tracks.ready;
          const track = decoder.tracks.selectedTrack!;
          const { duration } = (await decoder.decode({ frameIndex: 1 })).image;
          const isEndless = track.repetitionCount === Infinity;
          return { width, count: track.frameCount, isEndless, duration };
        },
        animation,
      );
      const photo = (await page.$('#photo'))!;
      const before = await photo.screenshot();
      await eventually(async () => !Buffer.from(before).equals(await photo.screenshot()));
      expect(painted).toMatchObject({ width: 160, count: frames, duration: 200_000 });
      expect(painted.isEndless).toBe(true);
      await browser.clickMenu(page, { menuItemId: 'restore', srcUrl: source });
      await eventually(() =>
        page.$eval('#photo', (image) => getComputedStyle(image).content === 'normal'),
      );
    },
  );

  it('a picture that does not gets none', async () => {
    await open('<img id="photo" src="/pictures/kinds/alpha.webp" width="240">');
    await restyle(browser, page, '#photo');
    expect(await wordsOnPage(browser, page)).not.toContain('first frame');
  });

  it('of another site: it plays where the page can’t read it', async () => {
    await useBrowser({ build: 'chrome-granted' });
    await open(`<img id="photo" src="${site.otherOrigin}/made/animated.gif" width="160">`);
    await restyle(browser, page, '#photo', { menuItemId: 'restyle:style:udnie' });
    await eventually(async () => (await wordsOnPage(browser, page)).includes('Paint all frames'));
    await clickOnPage(browser, page, 'Paint all frames');
    await eventually(async () => (await browser.pageStatus(page))[0]?.timings['animated'], 60_000);
    const looks = new Set<string>();
    await eventually(async () => {
      looks.add(
        createHash('sha256')
          .update((await pixelsOf(page, '#photo')).data)
          .digest('hex'),
      );
      return looks.size === 4;
    });
    const read = await page.$eval('#photo', async (image) => {
      const address = getComputedStyle(image).content.slice(5, -2);
      return fetch(address).then(
        () => 'read',
        () => 'refused',
      );
    });
    expect(read).toBe('refused');
  });
});

/** A page with a picture of this size that repeats one photograph. Returns its address. */
async function openStrip(size: { width: number; height: number }): Promise<string> {
  await open('<img id="photo" style="position: absolute; left: 0; top: 0">');
  return page.$eval(
    '#photo',
    async (element, photo, { width, height }) => {
      const image = element as HTMLImageElement;
      image.src = photo;
      await image.decode();
      const context = new OffscreenCanvas(width, height).getContext('2d')!;
      for (let y = 0; y < height; y += 600) context.drawImage(image, 0, y, width, 600);
      image.src = URL.createObjectURL(await context.canvas.convertToBlob());
      await image.decode();
      return image.src;
    },
    PHOTO,
    size,
  );
}

/** A screenshot of the page. */
async function shot(): Promise<Pixels> {
  return PNG.sync.read(Buffer.from(await page.screenshot({ captureBeyondViewport: false })));
}

describe('a strip of many screens', () => {
  beforeAll(() => useBrowser({ build: 'chrome-granted' }));

  it('is painted in slices as it is scrolled to, without seams, until the page is stopped', async () => {
    const size = { width: 800, height: 2700 };
    const bottom = 2200;
    const source = await openStrip(size);
    const before = await pixelsOf(page, '#photo');
    await page.setViewport({ width: 800, height: 500 });
    const difference = async (y: number): Promise<number> =>
      meanAbsoluteDifference(await shot(), rows(before, y, 500));
    const slices = slicesOf(size, DEFAULT_RENDER_OPTIONS);
    const arePainted = async (wanted: number): Promise<void> =>
      void (await eventually(async () => {
        const [status] = await browser.pageStatus(page);
        return status?.state === 'done' && status.timings['slices'] === wanted;
      }, 60_000));
    await loadContent();
    await askPage(ALL);
    // Those in view, and one screen ahead; the third is farther away.
    await arePainted(2);
    expect(await difference(0)).toBeGreaterThan(8);
    await askPage({ type: 'page.stop' });
    await page.evaluate((y) => scrollTo(0, y), bottom);
    expect(await difference(bottom)).toBeLessThan(2);
    await askPage(ALL);
    await eventually(async () => (await difference(bottom)) > 8);
    await page.evaluate(() => scrollTo(0, 0));
    await arePainted(slices.length);
    const steps = stepsOf(await pixelsOf(page, '#photo'));
    for (const { used } of slices.slice(1)) {
      // As steep as elsewhere, which shows the same photograph.
      const near = steps.slice(used.y - 100, used.y + 160).sort((a, b) => a - b);
      const most = near[Math.floor(0.98 * near.length)]!;
      expect(steps[used.y - 1]).toBeLessThanOrEqual(most);
      expect(steps[used.y + 63]).toBeLessThanOrEqual(most);
    }
    await browser.clickMenu(page, { menuItemId: 'restore', srcUrl: source });
    await eventually(async () => (await difference(0)) === 0);
    expect(meanAbsoluteDifference(before, await pixelsOf(page, '#photo'))).toBe(0);
  });

  it('a huge one is there in full detail wherever it is scrolled to, painted or not', async () => {
    const source = await openStrip({ width: 800, height: 9000 });
    const before = await pixelsOf(page, '#photo');
    await page.setViewport({ width: 800, height: 500 });
    const difference = async (y: number): Promise<number> => {
      await page.evaluate((top) => scrollTo(0, top), y);
      return meanAbsoluteDifference(await shot(), rows(before, y, 500));
    };
    await loadContent();
    await askPage(ALL);
    await browser.waitForPicture(page, source, { states: ['done', 'failed'] });
    await eventually(async () => (await difference(8500)) > 8);
    await askPage({ type: 'page.stop' });
    // The small version for a distance would differ more.
    await eventually(async () => (await difference(4200)) < 2);
    await eventually(async () => (await difference(0)) > 8);
  });

  it('in a box that scrolls, it is painted where the box is scrolled to', async () => {
    const source = await openStrip({ width: 800, height: 4800 });
    await page.$eval('#photo', (image) => {
      const box = document.createElement('div');
      box.style.cssText = 'position: absolute; inset: 0 auto auto 0; height: 500px; overflow: auto';
      image.removeAttribute('style');
      image.before(box);
      box.append(image);
    });
    const scroll = (top: number): Promise<void> =>
      page.$eval('div', (box, y) => void (box.scrollTop = y), top);
    await scroll(4000);
    const before = await pixelsOf(page, 'div');
    await scroll(0);
    await browser.clickMenu(page, { menuItemId: 'restyle:style:udnie', srcUrl: source });
    await browser.waitForPicture(page, source, { states: ['done', 'failed'] });
    await scroll(4000);
    const difference = async (): Promise<number> =>
      meanAbsoluteDifference(before, await pixelsOf(page, 'div'));
    expect(await difference()).toBeLessThan(2);
    await eventually(async () => (await difference()) > 8, 60_000);
  });
});

/** Some lines of a picture. */
function rows({ width, data }: Pixels, from: number, height: number): Pixels {
  return { width, height, data: data.subarray(4 * from * width, 4 * (from + height) * width) };
}

/** Difference of each line of a picture from the next one, 0..255. */
function stepsOf(pixels: Pixels): number[] {
  return Array.from({ length: pixels.height - 1 }, (_, y) =>
    meanAbsoluteDifference(rows(pixels, y, 1), rows(pixels, y + 1, 1)),
  );
}

describe('two copies of a picture', () => {
  beforeAll(() => useBrowser());

  it.each(['src', 'srcset'])(
    'one gets another by its %s: the other can still be saved',
    async (name) => {
      await open(
        `<img id="one" src="${PHOTO}" width="200"><img id="two" src="${PHOTO}" width="200">`,
      );
      await restyle(browser, page, '#one', { menuItemId: 'restyle:style:udnie' });
      expect(await isPainted(page, '#one')).toBe(true);
      await page.$eval(
        '#one',
        (image, attribute) => image.setAttribute(attribute, '/pictures/orchard.jpg'),
        name,
      );
      await eventually(async () => (await sourceOf(page, '#one')).includes('orchard'));
      await eventually(async () => !(await isPainted(page, '#one')));
      expect(await isPainted(page, '#two')).toBe(true);
      const srcUrl = await sourceOf(page, '#two');
      const folder = await downloadFolder(browser);
      await browser.clickMenu(page, { menuItemId: 'save', srcUrl });
      expect((await downloaded(folder)).name).toBe('harbour.Udnie.png');
      await browser.clickMenu(page, { menuItemId: 'restore', srcUrl });
      await eventually(async () => !(await isPainted(page, '#two')));
    },
  );
});

describe('documents of every kind', () => {
  beforeAll(() => useBrowser());

  it.each([
    ['an SVG document', '/made/drawing.svg'],
    ['an XHTML document', '/made/page.xhtml'],
    ['an XML document', '/made/feed.xml'],
  ])(
    '%s: its picture is painted and comes back, and a sentence can be read',
    async (_, address) => {
      await openPage(address);
      await browser.grantActiveTab(page);
      const errors: unknown[] = [];
      page.on('pageerror', (error) => errors.push(error));
      const source = `${site.origin}${PHOTO}`;
      const before = await pixelsOf(page, '#photo');
      const markup = await page.evaluate(() => document.documentElement.outerHTML);
      const click = { menuItemId: 'restyle:style:udnie', srcUrl: source };
      expect(await restyleSource(browser, page, click)).toMatchObject({
        state: 'done',
        error: null,
      });
      expect(meanAbsoluteDifference(before, await pixelsOf(page, '#photo'))).toBeGreaterThan(8);
      await browser.clickMenu(page, { menuItemId: 'restore', srcUrl: source });
      await browser.waitForPicture(page, source, { states: ['restored'] });
      await eventually(
        async () => meanAbsoluteDifference(before, await pixelsOf(page, '#photo')) === 0,
      );
      await askPage({ type: 'page.notice', error: { code: 'image-gone', detail: '' } });
      expect(await wordsOnPage(browser, page)).toContain('left the page');
      // Six seconds later nothing of the extension remains.
      await eventually(
        async () => (await page.evaluate(() => document.documentElement.outerHTML)) === markup,
      );
      expect(errors).toEqual([]);
    },
  );
});

describe('picking', () => {
  beforeAll(() => useBrowser());

  /** Chooses *Pick an image*, and waits until the page asks for a click. */
  async function startPicking(): Promise<void> {
    await browser.clickMenu(page, { menuItemId: 'pick' });
    await eventually(async () => (await wordsOnPage(browser, page)).includes('Click a picture'));
  }

  it('answers a click on nothing, which the page sees, and ends', async () => {
    await open(`<img id="photo" src="${PHOTO}" width="300">
      <button id="b" onclick="this.textContent='ok'">b</button>`);
    await startPicking();
    await page.click('#b');
    expect(await page.$eval('#b', (button) => button.textContent)).toBe('ok');
    const words = await eventually(async () => {
      const now = await wordsOnPage(browser, page);
      return now.includes('no picture there') && now;
    });
    expect(words).not.toContain('Click a picture');
    // The next clicks are the page's again, and choose nothing.
    await page.$eval('#photo', (image) =>
      image.addEventListener('click', () => image.setAttribute('title', 'clicked')),
    );
    await page.click('#photo');
    expect(await page.$eval('#photo', (image) => image.getAttribute('title'))).toBe('clicked');
  });

  it('ends with a click into a frame, and says where to go on', async () => {
    await open(`<iframe src="/frame.html" width="400" height="300"></iframe>`);
    await startPicking();
    await page.click('iframe');
    await eventually(async () => (await wordsOnPage(browser, page)).includes('frame of its own'));
  });

  it('leaves keys and moves to the page, and ends with Esc and its button', async () => {
    await open(`<img src="${PHOTO}" width="300"><input id="field">`);
    await page.evaluate(() => {
      document.title = '';
      addEventListener('pointermove', () => (document.title = 'moved'));
    });
    await page.focus('#field');
    await startPicking();
    await page.keyboard.type('abc');
    expect(await page.$eval('#field', (field) => (field as HTMLInputElement).value)).toBe('abc');
    await page.mouse.move(50, 50);
    expect(await page.title()).toBe('moved');
    await page.keyboard.press('Escape');
    await eventually(async () => !(await wordsOnPage(browser, page)).includes('Click a picture'));
  });

  const COMIC = `<canvas id="comic" width="600" height="450"></canvas>
    <button id="next" onclick="draw(++n)">next</button><script>
      let n = 0;
      const context = document.querySelector('canvas').getContext('2d');
      function draw(page) {
        context.fillStyle = page % 2 ? '#446' : '#fe9';
        context.fillRect(0, 0, 600, 450);
        for (let i = 0; i < 40; i++) {
          context.fillStyle = 'hsl(' + (i * 37 + page * 90) + ' 80% 50%)';
          context.fillRect((i * 97) % 560, (i * 61) % 400, 60 + page * 10, 40);
        }
      }
      draw(0);
    </script>`;

  async function comic(extra = ''): Promise<void> {
    await openPage();
    await page.setContent(COMIC, { waitUntil: 'load' });
    if (extra) await page.evaluate(extra);
    await browser.grantActiveTab(page);
  }

  it.each([
    ['a canvas', '', 'page'],
    [
      'a canvas with pixels of another site',
      `new Promise((resolve) => {
        const image = new Image();
        image.onload = () => {
          const plain = draw;
          draw = (page) => { plain(page); context.drawImage(image, 0, 0, 9, 9); };
          draw(0);
          resolve();
        };
        image.src = location.origin.replace('localhost', '127.0.0.1') + '${PHOTO}';
      })`,
      'capture',
    ],
  ])(
    '%s is painted as it shows now, anew when it changes, and comes back',
    async (_, extra, read) => {
      await comic(extra);
      const first = await pixelsOf(page, '#comic');
      await startPicking();
      await page.click('#comic');
      const source = 'canvas:1';
      const status = await browser.waitForPicture(page, source, { states: ['done', 'failed'] });
      expect(status).toMatchObject({ state: 'done', mode: 'layer', read, error: null });
      const isPainted = async (of: Pixels): Promise<boolean> =>
        meanAbsoluteDifference(of, await pixelsOf(page, '#comic')) > 8;
      await eventually(() => isPainted(first));
      const pastiche = await pixelsOf(page, '#comic');
      await page.click('#next');
      // Its own click reaches the page, and the new picture is painted.
      await eventually(async () => {
        const now = await pixelsOf(page, '#comic');
        return meanAbsoluteDifference(pastiche, now) > 8 && meanAbsoluteDifference(first, now) > 8;
      });
      await browser.clickMenu(page, { menuItemId: 'pick' });
      await page.keyboard.press('Escape');
      await askPage({ type: 'page.restore', target: { kind: 'all' } });
      const second = await pixelsOf(page, '#comic');
      await page.evaluate('draw(0)');
      expect(meanAbsoluteDifference(first, await pixelsOf(page, '#comic'))).toBe(0);
      await page.evaluate('draw(1)');
      expect(meanAbsoluteDifference(second, await pixelsOf(page, '#comic'))).toBe(0);
    },
  );

  it.each([
    ['an object', `<object id="x" data="${PHOTO}" width="320" height="240"></object>`],
    ['an object of a type', `<object id="x" data="${PHOTO}?" type="image/jpeg"></object>`],
    ['an embedded picture', `<embed id="x" src="${PHOTO}" width="320" height="240">`],
    [
      'an object that says nothing',
      `<object id="x" data="${SILENT}" width="320" height="240"></object>`,
    ],
    [
      'an embedded picture that says nothing, with a border',
      `<embed id="x" src="${SILENT}" width="320" height="240" style="border: 9px solid red; padding: 5px">`,
    ],
  ])('%s can be picked, is painted and comes back', async (_, html) => {
    await open(`${html}<p>after</p>`);
    const before = await pixelsOf(page, '#x');
    const markup = await page.$eval('#x', (element) => element.outerHTML);
    await startPicking();
    await page.click('#x');
    const [status] = await eventually(async () => {
      const pictures = await browser.pageStatus(page);
      return pictures.length > 0 && ['done', 'failed'].includes(pictures[0]!.state) && pictures;
    });
    expect(status).toMatchObject({ state: 'done', error: null });
    await eventually(async () => meanAbsoluteDifference(before, await pixelsOf(page, '#x')) > 8);
    // The layer is where the picture is, within borders and padding.
    await eventually(async () => offCentre(before, await pixelsOf(page, '#x')) < 4);
    await askPage({ type: 'page.restore', target: { kind: 'all' } });
    await eventually(async () => meanAbsoluteDifference(before, await pixelsOf(page, '#x')) === 0);
    expect(await page.$eval('#x', (element) => element.outerHTML)).toBe(markup);
  });

  it.each(['object data', 'embed src'])(
    'an address that says nothing at all (%s): the picture in its frame is painted there',
    async (tag) => {
      await open(`<${tag}="/made/squares?width=300&height=200" width="320" height="240">`);
      await startPicking();
      await page.click('object, embed');
      await eventually(async () => (await wordsOnPage(browser, page)).includes('frame of its own'));
      const srcUrl = `${site.origin}/made/squares?width=300&height=200`;
      const frame = page.frames()[1]!;
      const frameId = await browser.inServiceWorker(
        async (tabId) =>
          (
            await chrome.scripting.executeScript({
              target: { tabId, allFrames: true },
              func: () => null,
            })
          ).find((each) => each.frameId !== 0)?.frameId ?? -1,
        await browser.tabId(page),
      );
      const click = { menuItemId: 'restyle:mix', srcUrl, frameId, frameUrl: frame.url() };
      await browser.clickMenu(page, click);
      const content = (): Promise<string> =>
        frame.$eval('img', (image) => getComputedStyle(image).content);
      await eventually(async () => (await content()).includes('blob:'));
      await browser.clickMenu(page, { ...click, menuItemId: 'restore' });
      await eventually(async () => (await content()) === 'normal');
    },
  );

  it('a canvas that shows nothing gets a sentence', async () => {
    await open('<canvas width="600" height="450"></canvas>');
    await startPicking();
    await page.click('canvas');
    await eventually(async () => (await wordsOnPage(browser, page)).includes('nothing to paint'));
  });
});
