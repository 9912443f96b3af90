/**
 * Those of Chromium's figures that can be measured in Firefox, where only a real mouse can click a menu:
 * from the click's arrival on the page to the pastiche, and a video while it plays.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { startSite } from '../browser/server.mjs';
import { medianStages, pageTime, withoutNetwork } from './frame-times.mjs';
import { quantileOf } from './statistics.mjs';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Time for the pace to settle, and of measurement, in milliseconds. */
const SETTLING = 20_000;
const MEASURED = 20_000;

/** @type {import('./bench.mjs').Part} */
export const firefox = {
  title: 'In Firefox: a picture of 512 × 512, and a video of 640 × 360 at 25/s',
  rounds: 3,
  cases: ['picture', 'video'],
  units: { 'styled rate': '1/s', 'internal width': 'px', 'internal height': 'px' },
  ratios: {},

  async start() {
    const { ExtensionFirefox, firefoxVersion } = await loadHarness();
    const site = await startSite();
    const browser = await ExtensionFirefox.launch();
    const page = await browser.openPage(`${site.origin}/empty.html`);
    const source = `${site.origin}/made/squares.png?width=512&height=512`;

    const paintPicture = async () => {
      await page.goto(`${site.origin}/empty.html`);
      await page.setContent(`<img id="photo" src="${source}">`, { waitUntil: 'load' });
      const since = Date.now();
      await browser.clickMenu(page, '#photo', 'currentMix');
      const picture = await browser.waitForPicture(source, ['done', 'failed'], { since });
      if (picture.error) throw new Error(JSON.stringify(picture.error));
      return picture.timings;
    };
    await paintPicture();

    return {
      version: await firefoxVersion(),
      async run(name) {
        if (name === 'picture') {
          const timings = await paintPicture();
          const all = Number(timings['pastiche']);
          const network = Object.entries(timings)
            .filter(([moment]) => moment.endsWith(':engine:run'))
            .reduce((sum, [, time]) => sum + time, 0);
          return { 'page to pastiche': all, network, 'all but the network': all - network };
        }
        await page.goto(`${site.origin}/video.html`);
        await page.evaluate(() => document.querySelector('video')?.play());
        const tabId = await browser.restyleVideo(page);
        await pause(SETTLING);
        const before = await browser.video(tabId);
        await pause(MEASURED);
        const after = await browser.video(tabId);
        if (!before || !after || after.error) throw new Error(JSON.stringify(after));
        const fresh = after.painted - before.painted;
        const frames = after.frames.slice(-fresh);
        const latencies = after.latencies.slice(-fresh);
        return {
          'styled rate': fresh / (MEASURED / 1000),
          'internal width': after.width,
          'internal height': after.height,
          'latency p50': quantileOf(latencies, 0.5),
          'latency p95': quantileOf(latencies, 0.95),
          'all but the network, p50': quantileOf(frames.map(withoutNetwork), 0.5),
          "page's main thread a frame, p50": quantileOf(frames.map(pageTime), 0.5),
          ...medianStages(frames),
        };
      },
      async stop() {
        await browser.close();
        await site.close();
      },
    };
  },
};

/**
 * @typedef {object} ExtensionFirefox As test/browser/firefox.ts has it.
 * @property {(url: string) => Promise<import('puppeteer').Page>} openPage
 * @property {(page: import('puppeteer').Page, selector: string, item: 'currentMix') => Promise<void>} clickMenu
 * @property {(source: string, states: readonly string[], options: { since: number }) => Promise<import('../../scripts/extension.mjs').PictureStatus>} waitForPicture
 * @property {(page: import('puppeteer').Page) => Promise<number>} restyleVideo
 * @property {(tabId: number) => Promise<import('../../scripts/extension.mjs').VideoStatus | null>} video
 * @property {() => Promise<void>} close
 */

/**
 * The tests' own way into Firefox, which is written in TypeScript.
 * @returns {Promise<{ ExtensionFirefox: { launch(): Promise<ExtensionFirefox> }, firefoxVersion(): Promise<string> }>}
 */
async function loadHarness() {
  const folder = await mkdtemp(path.join(ROOT, 'node_modules', '.firefox-bench-'));
  try {
    const { outputFiles } = await build({
      entryPoints: [path.join(ROOT, 'test', 'browser', 'firefox.ts')],
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      write: false,
    });
    const file = path.join(folder, 'firefox.mjs');
    await writeFile(file, outputFiles[0]?.text ?? '');
    return await import(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
