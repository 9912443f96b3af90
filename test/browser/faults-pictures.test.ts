/** Pictures that are damaged, strange, slow or gone: painted, or left alone with a message. */
import type { Page } from 'puppeteer';
import { describe, expect } from 'vitest';

import { eventually, recovered } from './faults';
import { browser, open as openHtml, openPage, page, site, withBrowser } from './fixtures';
import { meanAbsoluteDifference, pixelsOf, restyle, isPainted, sourceOf } from './harness';

const PHOTO = '/pictures/harbour.jpg';

const it = withBrowser({ build: 'chrome-granted', ends: true });

const open = (html: string): Promise<Page> => openHtml(html, { granted: false });

/** Restores everything on the page through the real handler. */
async function restoreAll(): Promise<void> {
  const tabId = await browser.tabId(page);
  const target = { kind: 'all' } as const;
  await browser.inServiceWorker((id, request) => chrome.tabs.sendMessage(id, request), tabId, {
    type: 'page.restore',
    target,
  });
}

describe('kinds of pictures', () => {
  it.each([
    ['AVIF', '/pictures/kinds/photo.avif'],
    ['WebP with alpha', '/pictures/kinds/alpha.webp'],
    ['CMYK JPEG', '/pictures/kinds/cmyk.jpg'],
    ['PNG of 16 bits', '/pictures/kinds/deep.png'],
    ['progressive JPEG that ends early', '/pictures/kinds/cut.jpg'],
    ['SVG without a size', '/made/no-size.svg'],
    ['a single pixel', '/made/dot.png'],
    ['100 megapixels', '/made/squares.png?width=10000&height=10000'],
  ])('%s is painted and comes back', async (kind, src) => {
    await open(`<img id="x" src="${src}" width="240" height="180">`);
    const before = await pixelsOf(page, '#x');
    const status = await restyle(browser, page, '#x');
    expect(status).toMatchObject({ state: 'done', error: null });
    if (kind !== 'a single pixel') {
      expect(meanAbsoluteDifference(before, await pixelsOf(page, '#x'))).toBeGreaterThan(3);
    }
    recovered(kind, status.timings['done'] ?? 0);
    await restoreAll();
    expect(await page.$eval('#x', (image) => image.getAttribute('src'))).toBe(src);
    expect(meanAbsoluteDifference(before, await pixelsOf(page, '#x'))).toBe(0);
  });

  it('a picture in a frame of another site that nobody sees is painted', async () => {
    await open(
      `<div style="height: 4000px"></div><iframe src="${site.otherOrigin}/one-image.html"></iframe>`,
    );
    await page.waitForFrame((frame) => frame.url().startsWith(site.otherOrigin));
    const palette = await browser.browser.newPage();
    await palette.goto(browser.urlOf('options/options.html'));
    await page.bringToFront();
    await palette.evaluate(
      (tabId) => {
        const mix = { udnie: 1 };
        const manner = { keepColours: false, strokeSize: 1, secondCoat: 0 };
        const request = { type: 'background.restyle-page', title: 'Udnie', mix, manner, tabId };
        return chrome.runtime.sendMessage(request);
      },
      await browser.tabId(page),
    );
    await palette.close();
    const source = `${site.otherOrigin}/pictures/harbour.jpg`;
    const status = await browser.waitForPicture(page, source, { timeout: 10_000 });
    expect(status).toMatchObject({ state: 'done', mode: 'in-place', error: null });
    recovered('picture in a frame that nobody sees', status.timings['done'] ?? 0);
  });

  it('an SVG that names resources of another site: nothing is asked of that site', async () => {
    const src = `/made/outside.svg?from=${encodeURIComponent(site.otherOrigin)}`;
    await open(`<img id="x" src="${src}">`);
    const status = await restyle(browser, page, '#x');
    expect(status).toMatchObject({ state: 'done', error: null });
    expect(site.requests.filter((address) => address.includes('/outside.png'))).toEqual([]);
    expect(site.requests.filter((address) => address.includes('/outside.css'))).toEqual([]);
    recovered('SVG with outside resources', status.timings['done'] ?? 0);
  });

  it('a data URL of 50 MB', async () => {
    await open('<a id="link" href="/"><img id="x" width="300" height="225"></a>');
    await page.$eval(
      '#x',
      async (image, address) => {
        const file = await (await fetch(address)).blob();
        const long = new Blob([file, new Uint8Array(37_500_000)], { type: 'image/jpeg' });
        const reader = new FileReader();
        await new Promise((resolve) => {
          reader.onload = resolve;
          reader.readAsDataURL(long);
        });
        const element = image as HTMLImageElement;
        element.src = String(reader.result);
        await element.decode();
      },
      PHOTO,
    );
    await page.focus('#link');
    const began = performance.now();
    await pressRestyle();
    await eventually(async () => isPainted(page, '#x'));
    recovered('data URL of 50 MB', performance.now() - began);
    await restoreAll();
    const length = await page.$eval('#x', (image) => (image as HTMLImageElement).src.length);
    expect(length).toBeGreaterThan(50e6);
  });

  it('a blob URL that was revoked', async () => {
    await open('<img id="x" width="300" height="225">');
    await page.$eval(
      '#x',
      async (image, address) => {
        const url = URL.createObjectURL(await (await fetch(address)).blob());
        (image as HTMLImageElement).src = url;
        await (image as HTMLImageElement).decode();
        URL.revokeObjectURL(url);
      },
      PHOTO,
    );
    const status = await restyle(browser, page, '#x');
    expect(status).toMatchObject({ state: 'done', mode: 'in-place', error: null });
    recovered('blob URL that was revoked', status.timings['done'] ?? 0);
  });
});

describe('servers and networks', () => {
  it.each([
    ['403 with a page', `${PHOTO}?status=403`, 'image-broken'],
    ['HTML in place of a picture', `${PHOTO}?html`, 'image-broken'],
    ['an address without a file', '/pictures/nothing.jpg', 'image-broken'],
  ])('%s: a sentence, and nothing changes', async (fault, src, code) => {
    await open(`<img id="x" src="${src}" alt="none" width="100" height="80">`);
    const status = await restyle(browser, page, '#x');
    expect(status).toMatchObject({ state: 'failed', error: { code } });
    expect(await page.$eval('#x', (image) => image.outerHTML)).toContain(`src="${src}"`);
    recovered(fault, status.timings['failed'] ?? 0);
  });

  it('a server that answers late: the picture is painted when it is there', async () => {
    await openPage();
    const src = `${PHOTO}?delay=3000`;
    await page.setContent(`<img id="x" src="${src}" width="300" height="225">`, {
      waitUntil: 'domcontentloaded',
    });
    const status = await restyle(browser, page, '#x');
    expect(status).toMatchObject({ state: 'done', error: null });
    recovered('server that answers after 3 s', status.timings['done'] ?? 0);
  });

  it('a connection that breaks in the middle', async () => {
    await open(`<img id="x" src="${site.otherOrigin}${PHOTO}?drop" width="300" height="225">`);
    const status = await restyle(browser, page, '#x');
    expect(['done', 'failed']).toContain(status.state);
    expect(status.error?.code ?? 'image-broken').toBe('image-broken');
    recovered('connection that breaks', status.timings[status.state] ?? 0);
  });

  it('a site that the browser can not reach any more when the extension fetches', async () => {
    await open(`<img id="x" src="${site.otherOrigin}${PHOTO}" width="300" height="225">`);
    await page.setOfflineMode(true);
    const status = await restyle(browser, page, '#x');
    await page.setOfflineMode(false);
    expect(status).toMatchObject({ state: 'done', error: null });
    recovered('network gone while it is fetched', status.timings['done'] ?? 0);
  });
});

describe('pages that change', () => {
  const changes: [string, (image: Element) => void][] = [
    ['removes', (image) => image.remove()],
    ['moves', (image) => document.body.prepend(image)],
    ['swaps', (image) => image.setAttribute('src', '/pictures/orchard.jpg')],
    ['hides', (image) => image.setAttribute('hidden', '')],
  ];
  it.each(
    changes.flatMap(([name, change]) =>
      (['reading', 'queued', 'done'] as const).map((state) => [name, state, change] as const),
    ),
  )('%s the picture while it is %s', async (name, state, change) => {
    await open(`<p>Text</p><img id="x" src="${PHOTO}" width="700">`);
    const source = await sourceOf(page, '#x');
    const began = performance.now();
    const image = await page.$('#x');
    if (!image) throw new Error('there is no picture');
    await browser.clickMenu(page, { menuItemId: 'restyle:mix', srcUrl: source });
    const order = ['reading', 'queued', 'preview', 'done'] as const;
    await browser.waitForPicture(page, source, { states: order.slice(order.indexOf(state)) });
    await image.evaluate(change);
    const end = await browser.waitForPicture(page, source, {
      states: ['done', 'failed', 'restored'],
    });
    recovered(`page ${name} the picture, ${state}`, performance.now() - began);
    await restoreAll();
    const wanted = name === 'swaps' ? '/pictures/orchard.jpg' : PHOTO;
    expect(await image.evaluate((element) => element.getAttribute('src'))).toBe(wanted);
    expect(['done', 'failed', 'restored']).toContain(end.state);
    // Only the line for the screen reader remains.
    expect(await page.$$eval('canvas', (canvases) => canvases.length)).toBe(0);
  });

  it('goes elsewhere in the middle and comes back', async () => {
    await openPage('/one-image.html');
    const source = await sourceOf(page, '#photo');
    await browser.clickMenu(page, { menuItemId: 'restyle:mix', srcUrl: source });
    await browser.waitForPicture(page, source, {
      states: ['reading', 'queued', 'preview', 'done'],
    });
    await page.goto(`${site.origin}/empty.html`);
    await page.goBack();
    await page.waitForSelector('#photo');
    const began = performance.now();
    const shown = await sourceOf(page, '#photo');
    await browser.clickMenu(page, { menuItemId: 'restyle:style:the-scream', srcUrl: shown });
    const status = await browser.waitForPicture(page, source, { states: ['done', 'failed'] });
    expect(status).toMatchObject({ state: 'done', error: null });
    recovered('navigation in the middle, and back', performance.now() - began);
    await restoreAll();
    expect(await isPainted(page, '#photo')).toBe(false);
  });

  it('comes back from the back/forward cache as it was left', async () => {
    await openPage('/one-image.html');
    await page.evaluate(() => {
      Object.assign(globalThis, { mark: 'kept' });
    });
    const source = await sourceOf(page, '#photo');
    await restyle(browser, page, '#photo');
    await page.goto(`${site.origin}/empty.html`);
    await page.goBack();
    await page.waitForSelector('#photo');
    const cached = await page.evaluate(() => 'mark' in globalThis);
    const began = performance.now();
    // From the cache the pastiche is still there; a reloaded page has its original.
    expect(await isPainted(page, '#photo')).toBe(cached);
    const shown = await sourceOf(page, '#photo');
    await browser.clickMenu(page, { menuItemId: 'restyle:style:the-scream', srcUrl: shown });
    await browser.waitForPicture(page, source, { states: ['done'], since: Date.now() - 100 });
    recovered(
      `back/forward cache (${cached ? 'kept' : 'loaded anew'}): the next restyle`,
      performance.now() - began,
    );
    await restoreAll();
    expect(await isPainted(page, '#photo')).toBe(false);
  });

  it('has 500 images', async () => {
    const images = Array.from(
      { length: 500 },
      (_, i) => `<img id="i${i}" src="${PHOTO}?${i}" width="60" height="45">`,
    );
    await open(images.join(''));
    const status = await restyle(browser, page, '#i250');
    expect(status).toMatchObject({ state: 'done', error: null });
    recovered('page of 500 images: one of them', status.timings['done'] ?? 0);
    await restoreAll();
    expect(await page.$eval('#i250', (image) => image.getAttribute('src'))).toBe(`${PHOTO}?250`);
  });

  it('has the same image 100 times', async () => {
    const image = `<img src="${PHOTO}" width="60" height="45">`;
    await open(`<img id="x" src="${PHOTO}" width="60" height="45">${image.repeat(99)}`);
    const status = await restyle(browser, page, '#x');
    expect(status).toMatchObject({ state: 'done', error: null });
    const kinds = await page.$$eval('img', (all) =>
      all.map((one) => getComputedStyle(one).content.slice(0, 10)),
    );
    expect(kinds).toEqual(new Array(100).fill('url("blob:'));
    recovered('page of 100 times the same image', status.timings['done'] ?? 0);
    await restoreAll();
    expect(await page.$$eval('img', (all) => all.filter((one) => /blob/.test(one.src)))).toEqual(
      [],
    );
  });
});

/** Presses the shortcut, by the event that the browser would send. */
async function pressRestyle(): Promise<void> {
  await browser.inServiceWorker(
    async (tabId) => {
      const tab = await chrome.tabs.get(tabId);
      const event = chrome.commands.onCommand as unknown as {
        dispatch(command: string, tab: chrome.tabs.Tab): void;
      };
      event.dispatch('restyle-image', tab);
    },
    await browser.tabId(page),
  );
}
