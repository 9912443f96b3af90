/**
 * The palette: from the document's start to its sliders on the screen, and from the movement of a
 * slider to the new picture, for the draft of 192 × 96 and the fine version of 416 × 208 that follows
 * when the pointer rests.
 */
import { setTimeout as pause } from 'node:timers/promises';

import { ExtensionBrowser } from '../../scripts/extension.mjs';
import { quantileOf } from './statistics.mjs';

/** Openings of the palette, and movements of a slider, in a round. */
const OPENINGS = 20;
const MOVEMENTS = 40;
const RELEASES = 8;

/** Milliseconds between two openings. */
const BETWEEN = 1000;

/** Milliseconds for the engine to try out backends after its first picture. */
const SETTLING = 15_000;

/** @type {import('./bench.mjs').Part} */
export const palette = {
  title: 'The palette',
  rounds: 3,
  cases: ['opening', 'slider'],
  ratios: {},

  async start() {
    const browser = await ExtensionBrowser.launch();
    const open = () => browser.openPage(browser.urlOf('popup/popup.html'));
    const first = await open();
    await first.waitForSelector('canvas.pastiche.shown[width="416"]');
    await pause(SETTLING);
    await first.close();

    return {
      version: await browser.browser.version(),
      async run(name) {
        return name === 'opening' ? openings(open) : movements(open);
      },
      async stop() {
        await browser.close();
      },
    };
  },
};

/** @param {() => Promise<import('puppeteer').Page>} open */
async function openings(open) {
  /** @type {number[]} */
  const times = [];
  for (let i = 0; i < OPENINGS; i++) {
    const page = await open();
    // The page is empty until everything is there at once: the first content has the sliders.
    const painted = await page.waitForFunction(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
    );
    if (!(await page.$('.style input'))) throw new Error('something else was painted first');
    times.push(Number(await painted.jsonValue()));
    await page.close();
    // The next opening must not meet an engine that is still busy for the last one.
    await pause(BETWEEN);
  }
  return {
    'sliders painted, p50': quantileOf(times, 0.5),
    'sliders painted, p95': quantileOf(times, 0.95),
  };
}

/** @param {() => Promise<import('puppeteer').Page>} open */
async function movements(open) {
  const page = await open();
  await page.waitForSelector('canvas.pastiche.shown[width="416"]');
  const drafts = await page.evaluate(measure, MOVEMENTS, 192);
  const fine = await page.evaluate(measure, RELEASES, 416);
  await page.close();
  return {
    'slider to draft, p50': quantileOf(drafts, 0.5),
    'slider to draft, p95': quantileOf(drafts, 0.95),
    'release to fine picture, p50': quantileOf(fine, 0.5),
    'release to fine picture, p95': quantileOf(fine, 0.95),
  };
}

/**
 * Runs in the palette: moves the second slider, and waits for a pastiche of this width.
 * @param {number} times
 * @param {number} width
 * @returns {Promise<number[]>} Milliseconds.
 */
async function measure(times, width) {
  const slider = document.querySelectorAll('.style input')[1];
  const canvas = document.querySelector('canvas.pastiche');
  if (!(slider instanceof HTMLInputElement) || !(canvas instanceof HTMLCanvasElement)) {
    throw new Error('the palette has no slider');
  }
  /** @type {number[]} */
  const found = [];
  for (let i = 0; i < times; i++) {
    /** @type {Promise<number>} */
    const painted = new Promise((resolve) => {
      // Every picture sets the canvas's size.
      const observer = new MutationObserver(() => {
        if (canvas.width !== width) return;
        observer.disconnect();
        // In the frame that shows it.
        requestAnimationFrame(() => resolve(performance.now()));
      });
      observer.observe(canvas, { attributeFilter: ['width'] });
    });
    const moved = performance.now();
    slider.value = String(20 + (i % 50));
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    slider.dispatchEvent(new Event('change', { bubbles: true }));
    found.push((await painted) - moved);
  }
  return found;
}
