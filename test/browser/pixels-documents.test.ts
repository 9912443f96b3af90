/** Documents of every kind: their pictures are painted and restored, or a message says why not. */
import { writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import type { Frame } from 'puppeteer';
import { expect } from 'vitest';

import { eventually } from './faults';
import { browser, innerFrameId, open, openPage, page, site, withBrowser } from './fixtures';
import { isPainted, meanAbsoluteDifference, pixelsOf, restyleSource, wordsOnPage } from './harness';

const PHOTO = '/pictures/harbour.jpg';
const STYLE = 'restyle:style:udnie';

const it = withBrowser({ ends: true });

/** Opens a page with a frame that contains a picture, and waits for it. */
async function openFrame(html: string): Promise<Frame> {
  await open(html.replaceAll('{photo}', site.origin + PHOTO));
  const frame = await eventually(() => Promise.resolve(page.frames()[1]));
  await eventually(() => frame.$eval('#photo', (image) => (image as HTMLImageElement).complete));
  return frame;
}

const PICTURE = '<img id=photo src={photo} width=300>';

it.each([
  ['of srcdoc', `<iframe srcdoc="${PICTURE}" width="500" height="400"></iframe>`],
  [
    'that a script has written',
    `<iframe width="500" height="400"></iframe><script>
      const inside = document.querySelector('iframe').contentDocument;
      inside.write('${PICTURE}');
      inside.close();</script>`,
  ],
  [
    'of a blob',
    `<iframe width="500" height="400"></iframe><script>
      const html = new Blob(['${PICTURE}'], { type: 'text/html' });
      document.querySelector('iframe').src = URL.createObjectURL(html);</script>`,
  ],
  [
    'in quirks, in a frame of srcdoc',
    `<iframe srcdoc="<table><td background={photo}>${PICTURE}</table>" width="500" height="400">
      </iframe>`,
  ],
])('a frame %s: its picture is painted and comes back', async (_, html) => {
  const frame = await openFrame(html);
  const before = await pixelsOf(page, 'iframe');
  const srcUrl = site.origin + PHOTO;
  const place = { srcUrl, frameId: await innerFrameId(), frameUrl: frame.url() };
  const status = await restyleSource(browser, page, { menuItemId: STYLE, ...place });
  expect(status).toMatchObject({ state: 'done', error: null });
  await eventually(async () => meanAbsoluteDifference(before, await pixelsOf(page, 'iframe')) > 4);
  await browser.clickMenu(page, { menuItemId: 'restore', ...place });
  await eventually(
    async () => meanAbsoluteDifference(before, await pixelsOf(page, 'iframe')) === 0,
  );
});

it.each([
  ['of srcdoc, sandboxed', `<iframe sandbox srcdoc="${PICTURE}" width="500" height="400">`],
  ['of data:', `<iframe src="data:text/html,${PICTURE}" width="500" height="400">`],
])('a frame %s: its picture is painted, or a sentence says why not', async (_, html) => {
  const frame = await openFrame(html);
  const srcUrl = site.origin + PHOTO;
  const place = { srcUrl, frameId: await innerFrameId(), frameUrl: frame.url() };
  await browser.clickMenu(page, { menuItemId: STYLE, ...place });
  await eventually(async () => {
    const isDone = (await browser.pageStatus(page)).some(({ state }) => state === 'done');
    return isDone || (await wordsOnPage(browser, page)).trim() !== '';
  }, 30_000);
});

it('a text file: a click on nothing is answered', async () => {
  await openPage(site.origin + site.serve('Only words.', '.txt'));
  await browser.grantActiveTab(page);
  await browser.clickMenu(page, { menuItemId: 'pick' });
  await eventually(async () => (await wordsOnPage(browser, page)).includes('Click a picture'));
  await page.mouse.click(100, 100);
  await eventually(async () => (await wordsOnPage(browser, page)).includes('no picture there'));
});

it('a stream of pictures: the one that is seen is painted, and the stream comes back', async () => {
  await openPage();
  const source = `${site.origin}/made/stream.mjpeg`;
  await page.setContent('<img id="photo" width="300">');
  await page.$eval(
    '#photo',
    async (image, address) => {
      image.setAttribute('src', address);
      while ((image as HTMLImageElement).naturalWidth === 0) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    },
    source,
  );
  await browser.grantActiveTab(page);
  const status = await restyleSource(browser, page, { menuItemId: STYLE, srcUrl: source });
  expect(status).toMatchObject({ state: 'done', error: null });
  expect(await isPainted(page, '#photo')).toBe(true);
  await browser.clickMenu(page, { menuItemId: 'restore', srcUrl: source });
  await eventually(async () => !(await isPainted(page, '#photo')));
});

it('a saved page (MHTML): its picture is painted, or a sentence says why not', async () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'pastiche-')), 'saved.mhtml');
  await openPage('/one-image.html');
  const session = await page.createCDPSession();
  writeFileSync(file, (await session.send('Page.captureSnapshot', { format: 'mhtml' })).data);
  await page.goto(pathToFileURL(file).href);
  const srcUrl = await page.$eval('img', (image) => image.src);
  await browser.grantActiveTab(page);
  await browser.clickMenu(page, { menuItemId: STYLE, srcUrl });
  await eventually(async () => {
    const key = `notice:${await browser.tabId(page)}`;
    const notice = await browser.inServiceWorker(
      async (name) => (await chrome.storage.session.get(name))[name],
      key,
    );
    if (notice) return true;
    const isDone = (await browser.pageStatus(page)).some(({ state }) => state === 'done');
    return isDone || (await wordsOnPage(browser, page)).trim() !== '';
  }, 30_000);
});
