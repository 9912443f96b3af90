import { afterAll, beforeAll, describe, expect } from 'vitest';

import { eventually } from './faults';
import { browser, open, openPage, page, site, useBrowser, withBrowser } from './fixtures';
import {
  closeSharedBrowser,
  layoutOf,
  meanAbsoluteDifference,
  movedElements,
  pixelsOf,
  restyle,
  restyleSource,
  sourceOf,
  wordsOnPage,
} from './harness';

const PHOTO = 'pictures/harbour.jpg';

const it = withBrowser({ ends: true });

/** Attributes of an element by name. */
function attributesOf(selector: string): Promise<Record<string, string>> {
  return page.$eval(selector, (element) =>
    Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value])),
  );
}

/** Restyles the photograph, which shows a pastiche already, in another style. */
async function again(style: string): Promise<void> {
  expect(await shownIn('#photo')).toMatch(/^url\("blob:/);
  await restyle(browser, page, '#photo', { menuItemId: `restyle:style:${style}` });
}

/** The CSS value of an image's replacement: a pastiche, or `normal`. */
function shownIn(selector: string): Promise<string> {
  return page.$eval(selector, (image) => getComputedStyle(image).content);
}

const photo = (attributes = ''): string =>
  `<p>before</p><img id="photo" src="/${PHOTO}" alt="A harbour" ${attributes}><p>after</p>`;

/** A photograph of another site. */
const foreign = (query = ''): string =>
  `<img id="photo" src="${site.otherOrigin}/${PHOTO}${query}" width="400">`;

describe('an image of the page itself', () => {
  it('is repainted in its own element, which stays what it was otherwise', async () => {
    await open(photo('title="mine" width="400"'));
    const before = await pixelsOf(page, '#photo');
    const layout = await layoutOf(page);
    const elements = await page.$$eval('body *', (all) => all.length);
    const status = await restyle(browser, page, '#photo', { menuItemId: 'restyle:style:udnie' });
    expect(status).toMatchObject({ state: 'done', mode: 'in-place', read: 'page', error: null });
    expect(await movedElements(layout)).toEqual([]);
    expect(await attributesOf('#photo')).toMatchObject({
      alt: 'A harbour',
      title: 'mine',
      width: '400',
      src: `/${PHOTO}`,
    });
    expect(await page.$$eval('body *', (all) => all.length)).toBe(elements);
    const pastiche = await pixelsOf(page, '#photo');
    expect(meanAbsoluteDifference(before, pastiche)).toBeGreaterThan(12);
  });

  it('looks clearly different in two styles', async () => {
    await open(photo('width="400"'));
    await restyle(browser, page, '#photo', { menuItemId: 'restyle:style:udnie' });
    const first = await pixelsOf(page, '#photo');
    await again('the-scream');
    expect(meanAbsoluteDifference(first, await pixelsOf(page, '#photo'))).toBeGreaterThan(12);
  });

  it('starts a second restyle from the original', async () => {
    await open(photo('width="300"') + photo('width="300"').replace('"photo"', '"other"'));
    const scream = { menuItemId: 'restyle:style:the-scream' };
    await restyle(browser, page, '#photo', scream);
    const direct = await pixelsOf(page, '#photo');
    await again('udnie');
    await again('the-scream');
    expect(meanAbsoluteDifference(direct, await pixelsOf(page, '#photo'))).toBeLessThan(0.5);
  });

  it('gives way when the page shows another image', async () => {
    await open(photo('width="300"'));
    await restyle(browser, page, '#photo');
    await page.$eval('#photo', (image) => image.setAttribute('src', '/pictures/orchard.jpg'));
    await browser.waitForPicture(page, `${site.origin}/${PHOTO}`, { states: ['restored'] });
    expect(await sourceOf(page, '#photo')).toBe(`${site.origin}/pictures/orchard.jpg`);
    expect(await attributesOf('#photo')).not.toHaveProperty('srcset');
  });

  it('changes together with its visible copies', async () => {
    await open(photo('width="200"') + photo('width="300"').replace('"photo"', '"copy"'));
    await restyle(browser, page, '#photo');
    expect(await shownIn('#copy')).toMatch(/^url\("blob:/);
  });

  it('comes back exactly as it was', async () => {
    await open(`<style>#photo { max-width: 100% }</style><picture>
      <source srcset="/${PHOTO} 800w, /${PHOTO}?large 1600w" sizes="300px" type="image/jpeg">
      <img id="photo" src="/${PHOTO}?small" alt="" style="width:  50%;" sizes="100vw"></picture>`);
    const source = await sourceOf(page, '#photo');
    const before = [await attributesOf('#photo'), await attributesOf('source')];
    const markup = await page.$eval('body', (body) => body.innerHTML);
    const layout = await layoutOf(page);
    const status = await restyleSource(browser, page, {
      menuItemId: 'restyle:mix',
      srcUrl: source,
    });
    expect(status.mode).toBe('in-place');
    expect(await movedElements(layout)).toEqual([]);
    await browser.clickMenu(page, {
      menuItemId: 'restore',
      srcUrl: await sourceOf(page, '#photo'),
    });
    await browser.waitForPicture(page, source, { states: ['restored'] });
    expect([await attributesOf('#photo'), await attributesOf('source')]).toEqual(before);
    expect(await page.$eval('body', (body) => body.innerHTML)).toBe(markup);
  });

  it('keeps its transparency', async () => {
    await open('<body style="background:#0f0"><img id="photo" src="/made/alpha.png"></body>');
    const before = await pixelsOf(page, '#photo');
    await restyle(browser, page, '#photo');
    const after = await pixelsOf(page, '#photo');
    expect([...after.data.slice(0, 4)]).toEqual([...before.data.slice(0, 4)]);
  });
});

describe('every kind of picture', () => {
  it.each([
    ['a lazily loaded image', `<img id="x" loading="lazy" src="/${PHOTO}" width="200">`],
    ['an image in a link', `<a href="/"><img id="x" src="/${PHOTO}" width="200"></a>`],
    ['an image button', `<input id="x" type="image" src="/${PHOTO}" width="200" height="150">`],
    [
      'an SVG image',
      `<svg width="240" height="180"><image id="x" href="/${PHOTO}" width="240" height="180"/></svg>`,
    ],
    [
      'a fitted image',
      `<img id="x" src="/${PHOTO}" style="width:200px;height:200px;object-fit:cover">`,
    ],
    [
      'a background image',
      `<div id="x" style="width:300px;height:150px;background:url(/${PHOTO}) center/cover">Text</div>`,
    ],
    ['an SVG file without a size', '<img id="x" src="/made/no-size.svg" width="200" height="100">'],
    ['an animated GIF', '<img id="x" src="/made/animated.gif">'],
    ['a single pixel', '<img id="x" src="/made/dot.png">'],
  ])('%s', async (_, html) => {
    await open(html);
    // A page has loaded before its lazy images.
    await page.$eval('#x', (element) => element instanceof HTMLImageElement && element.decode());
    const before = await pixelsOf(page, '#x');
    const layout = await layoutOf(page);
    const status = await restyle(browser, page, '#x', { menuItemId: 'restyle:style:the-scream' });
    expect(status).toMatchObject({ state: 'done', error: null });
    expect(await movedElements(layout)).toEqual([]);
    expect(meanAbsoluteDifference(before, await pixelsOf(page, '#x'))).toBeGreaterThan(4);
  });

  it('an image in a closed shadow root', async () => {
    await open('<div id="x" style="display:inline-block"></div>');
    await page.$eval(
      '#x',
      (host, src) => {
        const root = host.attachShadow({ mode: 'closed' });
        root.innerHTML = `<img src="${src}" width="200">`;
        return (root.firstElementChild as HTMLImageElement).decode();
      },
      `/${PHOTO}`,
    );
    const before = await pixelsOf(page, '#x');
    const srcUrl = `${site.origin}/${PHOTO}`;
    const status = await restyleSource(browser, page, { menuItemId: 'restyle:mix', srcUrl });
    expect(status.mode).toBe('in-place');
    expect(meanAbsoluteDifference(before, await pixelsOf(page, '#x'))).toBeGreaterThan(12);
  });

  it('an image opened alone in a tab', async () => {
    await openPage(`/${PHOTO}`);
    await browser.grantActiveTab(page);
    const status = await restyle(browser, page, 'img');
    expect(status).toMatchObject({ state: 'done', mode: 'in-place' });
  });

  it('what is under the pointer, where the browser names no image', async () => {
    await open(
      `<div style="position:relative;width:300px;height:200px">
        <div id="x" style="position:absolute;inset:0;background:url(/${PHOTO}) center/cover"></div>
        <div style="position:absolute;inset:0"></div></div>`,
    );
    const source = await sourceOf(page, '#x');
    await browser.clickMenu(page, { menuItemId: 'pick' });
    await eventually(async () => (await wordsOnPage(browser, page)).includes('Click a picture'));
    await page.mouse.move(100, 100);
    await page.mouse.click(100, 100);
    const status = await browser.waitForPicture(page, source, { states: ['done', 'failed'] });
    expect(status).toMatchObject({ state: 'done', mode: 'in-place' });
  });
});

describe('an image of another site', () => {
  it('is read with CORS where the server allows it', async () => {
    await open(foreign('?cors'));
    const status = await restyle(browser, page, '#photo');
    expect(status).toMatchObject({ state: 'done', mode: 'in-place', read: 'cors' });
  });

  it('is painted from the screen without access, and offers to ask for it', async () => {
    await open(foreign());
    const before = await pixelsOf(page, '#photo');
    const layout = await layoutOf(page);
    const status = await restyle(browser, page, '#photo');
    expect(status).toMatchObject({ state: 'done', mode: 'layer', read: 'capture' });
    expect(await movedElements(layout)).toEqual([]);
    expect(meanAbsoluteDifference(before, await pixelsOf(page, '#photo'))).toBeGreaterThan(12);
    expect(await sourceOf(page, '#photo')).toBe(`${site.otherOrigin}/${PHOTO}`);
  });

  it('never becomes readable to the page', async () => {
    await open(`<div id="all">${foreign()}</div>`);
    const leaks = page.evaluate(
      () =>
        new Promise<string[]>((resolve) => {
          const found: string[] = [];
          const look = (node: Node): void => {
            if (!(node instanceof Element)) return;
            if (node.shadowRoot) found.push(`open shadow root of ${node.localName}`);
            if (node instanceof HTMLCanvasElement) found.push('a canvas in reach');
            const own = [node, ...node.querySelectorAll('*')];
            for (const element of own) {
              for (const { value } of element.attributes) {
                if (/^(blob|data):/.test(value)) found.push(value);
              }
            }
          };
          new MutationObserver((records) => {
            for (const { addedNodes, target } of records) {
              look(target);
              addedNodes.forEach(look);
            }
          }).observe(document, { subtree: true, childList: true, attributes: true });
          setTimeout(() => {
            const image = document.querySelector<HTMLImageElement>('#photo')!;
            const context = document.createElement('canvas').getContext('2d')!;
            context.drawImage(image, 0, 0);
            try {
              context.getImageData(0, 0, 1, 1);
              found.push('the image itself');
            } catch {
              // Tainted, as it was before.
            }
            for (const { name } of performance.getEntriesByType('resource')) {
              if (/^(blob|data):/.test(name)) found.push(name);
            }
            resolve(found);
          }, 8000);
        }),
    );
    await restyle(browser, page, '#photo');
    expect(await leaks).toEqual([]);
  });
});

describe('an image of another site that the person granted', () => {
  beforeAll(() => useBrowser({ build: 'chrome-granted' }));

  afterAll(async () => {
    await useBrowser();
  });

  it('is read in full and painted in its own element', async () => {
    await open(foreign());
    const before = await pixelsOf(page, '#photo');
    const status = await restyle(browser, page, '#photo');
    expect(status).toMatchObject({ state: 'done', mode: 'in-place', read: 'extension' });
    expect(meanAbsoluteDifference(before, await pixelsOf(page, '#photo'))).toBeGreaterThan(12);
  });

  it('keeps a background image under the contents of its element', async () => {
    const source = `${site.otherOrigin}/${PHOTO}`;
    await open(
      `<div id="x" style="width:300px;height:150px;background:url(${source}) center/cover">
        <p id="text" style="margin:0;width:40px;height:40px;background:rgb(1,2,3)"></p></div>`,
    );
    const style = await attributesOf('#x');
    const layout = await layoutOf(page);
    const status = await restyle(browser, page, '#x');
    expect(status).toMatchObject({ state: 'done', mode: 'in-place', read: 'extension' });
    expect(await movedElements(layout)).toEqual([]);
    expect([...(await pixelsOf(page, '#text')).data.slice(0, 3)]).toEqual([1, 2, 3]);
    await browser.clickMenu(page, { menuItemId: 'restore', srcUrl: source });
    await browser.waitForPicture(page, source, { states: ['restored'] });
    expect(await attributesOf('#x')).toEqual(style);
  });
});

describe('strict pages', () => {
  it('with a content security policy of default-src none', async () => {
    const policy = encodeURIComponent(`default-src 'none'; img-src ${site.origin}`);
    await openPage(`/one-image.html?csp=${policy}`);
    await browser.grantActiveTab(page);
    const before = await pixelsOf(page, '#photo');
    const status = await restyle(browser, page, '#photo');
    expect(status).toMatchObject({ state: 'done', error: null });
    expect(meanAbsoluteDifference(before, await pixelsOf(page, '#photo'))).toBeGreaterThan(12);
  });

  it('that is cross-origin isolated', async () => {
    await openPage('/one-image.html?isolated');
    await browser.grantActiveTab(page);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(await restyle(browser, page, '#photo')).toMatchObject({ state: 'done', error: null });
  });
});

describe('bad input', () => {
  it.each([
    ['a page of HTML', '/made/dot.png?html', 'image-broken'],
    ['a file of 0 bytes', '/made/empty.png', 'image-broken'],
  ])('%s gets a message and stays as it was', async (_, src, code) => {
    await open(`<img id="x" src="${src}" alt="broken" width="100" height="80">`);
    const status = await restyle(browser, page, '#x', { menuItemId: 'restyle:mix' });
    expect(status).toMatchObject({ state: 'failed', error: { code } });
    expect(await attributesOf('#x')).toMatchObject({ src });
  });

  it('a file that ends early is painted as far as it goes, or not at all', async () => {
    await open('<img id="x" src="/made/broken.png" width="100" height="80">');
    const status = await restyle(browser, page, '#x');
    expect(['done', 'failed']).toContain(status.state);
  });

  it('an image that is removed while it is painted leaves nothing but a sentence', async () => {
    await open(photo('width="800"'));
    const srcUrl = await sourceOf(page, '#photo');
    await browser.clickMenu(page, { menuItemId: 'restyle:mix', srcUrl });
    await browser.waitForPicture(page, srcUrl, { states: ['queued', 'preview', 'done'] });
    await page.$eval('#photo', (image) => image.remove());
    const status = await browser.waitForPicture(page, srcUrl, { states: ['done', 'failed'] });
    expect(['failed', 'done']).toContain(status.state);
    expect(await page.$$eval('body > *', (elements) => elements.length)).toBe(2);
  });

  it('an image of 20 000 × 20 000 pixels', async () => {
    await open('<img id="x" src="/made/squares.png?width=20000&height=20000" width="500">');
    const status = await restyle(browser, page, '#x');
    expect(['done', 'failed']).toContain(status.state);
    expect(await page.evaluate(() => 1 + 1)).toBe(2);
  });
});

afterAll(closeSharedBrowser);
