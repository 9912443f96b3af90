import { readFileSync } from 'node:fs';

import { PNG } from 'pngjs';
import { expect } from 'vitest';

import { oklabOf } from '../../src/engine/worker/oklab';
import { DEFAULT_RENDER_OPTIONS, type RenderOptions } from '../../src/core/style/render-options';
import { browser, open, openPage, page, withBrowser } from './fixtures';
import { meanAbsoluteDifference, pastichePixels, restyle, type Pixels } from './harness';

const MIX = { 'the-scream': 1 };

const content = readFileSync(new URL('../fixtures/content.png', import.meta.url));

const it = withBrowser();

/** The pastiche of a PNG, by default of the drawn content image, painted in this manner. */
async function paint(manner: RenderOptions, picture = content): Promise<Pixels> {
  await browser.inServiceWorker((settings) => chrome.storage.local.set(settings), {
    mix: MIX,
    manner,
  });
  await open(`<img id="content" src="data:image/png;base64,${picture.toString('base64')}">`);
  const status = await restyle(browser, page, '#content');
  expect(status).toMatchObject({ state: 'done', error: null });
  const pastiche = await pastichePixels(page, '#content');
  await page.close();
  return pastiche;
}

/** Mean distances of two pictures of one size in Oklab, of lightness and of chroma. */
function distances(a: Pixels, b: Pixels): { lightness: number; chroma: number } {
  let lightness = 0;
  let chroma = 0;
  const labOf = ({ data }: Pixels, at: number): [number, number, number] =>
    oklabOf(data[at]! / 255, data[at + 1]! / 255, data[at + 2]! / 255);
  for (let at = 0; at < a.data.length; at += 4) {
    const [l1, a1, b1] = labOf(a, at);
    const [l2, a2, b2] = labOf(b, at);
    lightness += Math.abs(l1 - l2);
    chroma += Math.hypot(a1 - a2, b1 - b2);
  }
  const pixels = a.width * a.height;
  return { lightness: lightness / pixels, chroma: chroma / pixels };
}

/** Mean difference of neighbours in a row: how fine a picture is. */
function fineness({ data, width }: Pixels): number {
  let sum = 0;
  for (let at = 4; at < data.length; at += 4) {
    if ((at / 4) % width !== 0) sum += Math.abs(data[at + 1]! - data[at - 3]!);
  }
  return sum / (data.length / 4);
}

/** The change of red, green and blue from one picture to another. */
function differenceOf({ data }: Pixels, other: Pixels): Float64Array {
  return Float64Array.from(data, (value, i) => (i % 4 === 3 ? 0 : other.data[i]! - value));
}

function cosine(a: Float64Array, b: Float64Array): number {
  const dot = (one: Float64Array, two: Float64Array): number =>
    one.reduce((sum, value, i) => sum + value * two[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

it('keeps the colours of the photograph, and the lightness of the pastiche', async () => {
  const photograph = PNG.sync.read(content);
  const plain = await paint({ keepColours: false, strokeSize: 1, secondCoat: 0 });
  const kept = await paint({ keepColours: true, strokeSize: 1, secondCoat: 0 });
  const before = distances(plain, photograph);
  const after = distances(kept, photograph);
  console.log(
    `chroma from the photograph: ${before.chroma.toFixed(4)}, kept ${after.chroma.toFixed(4)}`,
  );
  expect(before.chroma).toBeGreaterThan(0.03);
  expect(after.chroma).toBeLessThan(before.chroma / 5);
  expect(distances(kept, plain).lightness).toBeLessThan(0.01);
});

it('paints with larger and with smaller strokes', async () => {
  const plain = await paint({ keepColours: false, strokeSize: 1, secondCoat: 0 });
  const large = await paint({ keepColours: false, strokeSize: 3, secondCoat: 0 });
  const small = await paint({ keepColours: false, strokeSize: 0.5, secondCoat: 0 });
  expect([large.width, large.height]).toEqual([plain.width, plain.height]);
  expect(fineness(large)).toBeLessThan(0.8 * fineness(plain));
  expect(small.width / small.height).toBeCloseTo(plain.width / plain.height, 1);
});

it('paints what it has painted again, as far as a second coat is asked for', async () => {
  const coats = (secondCoat: number): RenderOptions => ({ ...DEFAULT_RENDER_OPTIONS, secondCoat });
  const [once, half, twice] = [
    await paint(coats(0)),
    await paint(coats(0.5)),
    await paint(coats(1)),
  ];
  const png = new PNG({ width: once.width, height: once.height });
  png.data.set(once.data);
  const again = await paint(DEFAULT_RENDER_OPTIONS, Buffer.from(PNG.sync.write(png)));
  const change = meanAbsoluteDifference(once, twice);
  expect(change).toBeGreaterThan(4);
  // Grain, which a second coat isn't given, makes them differ a little.
  const alike = cosine(differenceOf(once, twice), differenceOf(once, again));
  console.log(`second coat and painting again: cosine ${alike.toFixed(3)}`);
  expect(alike).toBeGreaterThan(0.75);
  expect(meanAbsoluteDifference(once, half)).toBeCloseTo(change / 2, 0);
  expect(meanAbsoluteDifference(half, twice)).toBeCloseTo(change / 2, 0);
});

it('is set on the palette, and kept', async () => {
  await browser.inServiceWorker((mix) => chrome.storage.local.set({ mix }), MIX);
  await browser.inServiceWorker(() => chrome.storage.local.remove('manner'));
  await openPage(browser.urlOf('popup/popup.html'));
  const check = await page.waitForSelector('.manner input[type=checkbox]');
  await check?.focus();
  await page.keyboard.press('Space');
  const [slider, coat] = await page.$$('.manner input[type=range]');
  for (const range of [slider, coat]) {
    await range?.focus();
    await page.keyboard.press('End');
  }
  await page.waitForFunction(async () => {
    const manner = (await chrome.storage.local.get('manner'))['manner'] as
      RenderOptions | undefined;
    return manner?.keepColours === true && manner.strokeSize === 4 && manner.secondCoat === 1;
  });
  expect(await slider?.evaluate((element) => element.getAttribute('aria-valuetext'))).toMatch(
    /400/,
  );
});
