/**
 * A video of 640 × 360 at 25 frames a second while it is restyled: the rate of styled frames on the
 * screen, their painted size, their latency, and the cost to the page. The same with frames sent by the
 * plain runtime port, with the frames' own details where WebGL is software and where there is none, and
 * with a second video beside it.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { ExtensionBrowser } from '../../scripts/extension.mjs';
import { startSite } from '../browser/server.mjs';
import { leastDifference } from './aligned.mjs';
import { pageTime, withoutNetwork } from './frame-times.mjs';
import { memoryOf } from './memory.mjs';
import { quantileOf } from './statistics.mjs';

const DIST = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist', 'chrome');

const SOFTWARE_GPU = ['--enable-unsafe-swiftshader', '--use-angle=swiftshader'];
const NO_WEBGL = ['--disable-3d-apis'];

/**
 * @typedef {object} Case
 * @property {boolean} sharp Whether it gets its frames' details.
 * @property {boolean} [direct] Whether frames use the direct port. Default true.
 * @property {readonly string[]} [args] Of the browser.
 * @property {boolean} [two] Whether another video is restyled beside it.
 */

/** @type {Readonly<Record<string, Case>>} */
const CASES = {
  'direct port': { sharp: false },
  'runtime port': { sharp: false, direct: false },
  'WebGL in software': { sharp: true, args: SOFTWARE_GPU },
  'without WebGL': { sharp: true, args: NO_WEBGL },
  'with a second video': { sharp: true, args: NO_WEBGL, two: true },
};

/**
 * Time for the pace to settle, and for measuring, in milliseconds: some 375 frames in each round. Five
 * cases three times take nine minutes.
 */
const SETTLING = 15_000;
const MEASURED = 15_000;
/** For what the page counts by itself. */
const COUNTED = 2_000;

const UNITS = {
  'styled rate': '1/s',
  'styled rate, lowest second': '1/s',
  'internal width': 'px',
  'internal height': 'px',
  'dropped frames': '1/s',
  'page rAF rate': '1/s',
  'private memory': 'MB',
  'private memory at 1 minute': 'MB',
  'private memory at 10 minutes': 'MB',
};

/** @type {import('./bench.mjs').Part} */
export const video = {
  title: 'Video of 640 × 360 at 25/s, restyled while it plays',
  rounds: 3,
  cases: Object.keys(CASES),
  units: UNITS,
  ratios: {
    'runtime port / direct port: latency p50': [
      'runtime port: latency p50',
      'direct port: latency p50',
    ],
    'runtime port / direct port: all but the network': [
      'runtime port: all but the network, p50',
      'direct port: all but the network, p50',
    ],
  },

  async start() {
    const site = await startSite();
    const withoutBridge = await buildWithoutBridge();
    const first = await ExtensionBrowser.launch();
    const version = await first.browser.version();
    await first.close();
    return {
      version,
      async run(name) {
        const wanted = /** @type {Case} */ (CASES[name]);
        const build = (wanted.direct ?? true) ? 'chrome' : withoutBridge;
        const played = await play(site, build, wanted);
        try {
          await pause(SETTLING);
          return await measure(played, MEASURED);
        } finally {
          await played.browser.close();
        }
      },
      async stop() {
        await site.close();
        await rm(withoutBridge, { recursive: true, force: true });
      },
    };
  },
};

/** @type {import('./bench.mjs').Part} */
export const videoMemory = {
  title: 'Private memory of all processes of page and extension, a video restyled for ten minutes',
  rounds: 1,
  cases: ['direct port'],
  units: UNITS,
  ratios: {
    '10 minutes / 1 minute': [
      'direct port: private memory at 10 minutes',
      'direct port: private memory at 1 minute',
    ],
  },

  async start() {
    const site = await startSite();
    const played = await play(site, 'chrome', { sharp: false });
    return {
      version: await played.browser.browser.version(),
      async run() {
        await pause(60_000);
        const early = await memoryOf(played.browser.browser);
        await pause(9 * 60_000);
        const late = await memoryOf(played.browser.browser);
        return { 'private memory at 1 minute': early, 'private memory at 10 minutes': late };
      },
      async stop() {
        await played.browser.close();
        await site.close();
      },
    };
  },
};

/** Time until a paused video has been refined, and time of measurement. Milliseconds. */
const PAUSED = { settling: 10_000, measured: 30_000 };

/** @type {import('./bench.mjs').Part} */
export const videoPaused = {
  title: "The page's thread while its video is paused",
  rounds: 3,
  cases: ['plain', 'styled'],
  units: { "page's main thread": '%' },
  ratios: {},

  async start() {
    const site = await startSite();
    const played = await play(site, 'chrome', { sharp: true });
    const { browser, page } = played;
    await pause(2000);
    await page.$eval('video', (video) => video.pause());
    return {
      version: await browser.browser.version(),
      async run(name) {
        const srcUrl = await page.$eval('video', ({ currentSrc }) => currentSrc);
        const [status] = await browser.videoStatus(page);
        const isStyled = status !== undefined && status.state !== 'stopped';
        if (isStyled !== (name === 'styled')) {
          const menuItemId = isStyled ? 'video-stop' : 'video';
          await browser.clickMenu(page, { menuItemId, srcUrl });
        }
        await pause(PAUSED.settling);
        const [now] = await browser.videoStatus(page);
        if (name === 'styled' && now?.state !== 'still') throw new Error(JSON.stringify(now));
        const before = await page.metrics();
        await pause(PAUSED.measured);
        const after = await page.metrics();
        const busy = (after.TaskDuration ?? 0) - (before.TaskDuration ?? 0);
        return { "page's main thread": (100 * 1000 * busy) / PAUSED.measured };
      },
      async stop() {
        await browser.close();
        await site.close();
      },
    };
  },
};

/** @type {Readonly<Record<string, { address: string, steady: boolean }>>} */
const FLICKER_CASES = {
  'still, without the filter': { address: 'noise.html', steady: false },
  'still, with the filter': { address: 'noise.html', steady: true },
  'pan, without the filter': { address: 'noise.html?pan', steady: false },
  'pan, with the filter': { address: 'noise.html?pan', steady: true },
};

/** @type {import('./bench.mjs').Part} */
export const flicker = {
  title: 'Flicker: mean change of the shown picture between frames of a scene with noise',
  rounds: 3,
  cases: Object.keys(FLICKER_CASES),
  units: { change: 'of 255', 'change of the source': 'of 255' },
  ratios: {
    'still: with / without the filter': [
      'still, with the filter: change',
      'still, without the filter: change',
    ],
    'pan: with / without the filter': [
      'pan, with the filter: change',
      'pan, without the filter: change',
    ],
  },

  async start() {
    const site = await startSite();
    const browser = await ExtensionBrowser.launch();
    return {
      version: await browser.browser.version(),
      async run(name) {
        const { address, steady } = /** @type {(typeof FLICKER_CASES)[string]} */ (
          FLICKER_CASES[name]
        );
        await browser.inServiceWorker((filter) => {
          const settings = { rate: 10, steady: filter, sharp: false, meter: false };
          return chrome.storage.local.set({ video: settings });
        }, steady);
        const page = await browser.openPage(`${site.origin}/${address}`);
        await browser.grantActiveTab(page);
        await browser.clickMenu(page, { menuItemId: 'video' });
        await settled(browser, page);
        const change = await changeOf(page);
        await browser.clickMenu(page, { menuItemId: 'video-stop' });
        await pause(500);
        const source = await changeOf(page);
        await page.close();
        return { change, 'change of the source': source };
      },
      async stop() {
        await browser.close();
        await site.close();
      },
    };
  },
};

/**
 * @typedef {object} Played
 * @property {ExtensionBrowser} browser
 * @property {import('puppeteer').Page} page
 */

/**
 * Opens the test clip in a fresh browser and has it restyled.
 * @param {import('../browser/server.mjs').Site} site
 * @param {string} build
 * @param {Case} wanted
 * @returns {Promise<Played>}
 */
async function play(site, build, { sharp, args = [], two = false }) {
  const browser = await ExtensionBrowser.launch({ build, args });
  await browser.inServiceWorker((value) => {
    const settings = { rate: 24, steady: true, sharp: value, meter: false };
    return chrome.storage.local.set({ video: settings });
  }, sharp);
  const page = await browser.openPage(`${site.origin}/video.html`);
  await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 2);
  await browser.grantActiveTab(page);
  await page.evaluate(() => document.querySelector('video')?.play());
  const srcUrl = await page.$eval('video', ({ currentSrc }) => currentSrc);
  await browser.clickMenu(page, { menuItemId: 'video', srcUrl });
  if (two) {
    const second = await page.$eval('video', (first) => {
      const video = /** @type {HTMLVideoElement} */ (first.cloneNode());
      video.removeAttribute('id');
      video.muted = true;
      video.src += '?second';
      first.after(video);
      return video.play().then(() => video.currentSrc);
    });
    await browser.clickMenu(page, { menuItemId: 'video', srcUrl: second });
  }
  return { browser, page };
}

/**
 * @param {Played} played
 * @param {number} time Milliseconds.
 */
async function measure({ browser, page }, time) {
  const began = performance.now();
  const [before] = await browser.videoStatus(page);
  /** @type {number[]} */
  const latencies = [];
  /** @type {import('./frame-times.mjs').FrameTimes[]} */
  const frames = [];
  /** @type {number[]} */
  const rates = [];
  let last = before;
  while (performance.now() - began < time) {
    // The page keeps the last 200 frames, more than there are in five seconds.
    await pause(5000);
    const [status] = await browser.videoStatus(page);
    if (!status || !last) throw new Error('the video is not being restyled');
    if (status.error) throw new Error(JSON.stringify(status.error));
    const fresh = status.painted - last.painted;
    latencies.push(...status.latencies.slice(-fresh));
    frames.push(...status.frames.slice(-fresh));
    rates.push(status.rate);
    last = status;
  }
  const seconds = (performance.now() - began) / 1000;
  if (!before || !last) throw new Error('the video is not being restyled');
  const others = frames.map(withoutNetwork);
  const pageTimes = frames.map(pageTime);
  return {
    'styled rate': (last.painted - before.painted) / seconds,
    'styled rate, lowest second': Math.min(...rates),
    'internal width': last.width,
    'internal height': last.height,
    'latency p50': quantileOf(latencies, 0.5),
    'latency p95': quantileOf(latencies, 0.95),
    'all but the network, p50': quantileOf(others, 0.5),
    'all but the network, p95': quantileOf(others, 0.95),
    "page's main thread a frame, p50": quantileOf(pageTimes, 0.5),
    "page's main thread a frame, p95": quantileOf(pageTimes, 0.95),
    'dropped frames': (last.dropped - before.dropped) / seconds,
    'page rAF rate': await repaintRate(page),
    'private memory': await memoryOf(browser.browser),
  };
}

/** @param {import('puppeteer').Page} page */
function repaintRate(page) {
  return page.evaluate(
    (time) =>
      new Promise((resolve) => {
        let frames = 0;
        const began = performance.now();
        const step = () => {
          frames += 1;
          const passed = performance.now() - began;
          if (passed < time) requestAnimationFrame(step);
          else resolve((1000 * frames) / passed);
        };
        requestAnimationFrame(step);
      }),
    COUNTED,
  );
}

/**
 * Mean absolute change between corresponding points of screenshots of the video, 0..255.
 * @param {import('puppeteer').Page} page
 */
async function changeOf(page) {
  const { PNG } = await import('pngjs');
  const element = await page.waitForSelector('video');
  /** @type {import('pngjs').PNG[]} */
  const shots = [];
  for (let i = 0; i < 12; i++) {
    const png = await element?.screenshot({ type: 'png' });
    if (png) shots.push(PNG.sync.read(Buffer.from(png)));
    await pause(300);
  }
  let sum = 0;
  for (const [i, shot] of shots.entries()) {
    const before = shots[i - 1];
    if (before) sum += leastDifference(before, shot);
  }
  return sum / (shots.length - 1);
}
/** The extension without the bridge frame: it falls back on the runtime's port. */
async function buildWithoutBridge() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pastiche-without-bridge-'));
  await cp(DIST, folder, { recursive: true });
  const file = path.join(folder, 'manifest.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  delete manifest.web_accessible_resources;
  await writeFile(file, JSON.stringify(manifest));
  return folder;
}

/** Time without a change after which a video's resolution counts as settled. Milliseconds. */
const SETTLED_DELAY_MS = 12_000;

/**
 * Waits until the resolution has settled: with each step everything is painted again.
 * @param {ExtensionBrowser} browser
 * @param {import('puppeteer').Page} page
 */
async function settled(browser, page) {
  let width = 0;
  let since = performance.now();
  const deadline = since + 120_000;
  while (performance.now() - since < SETTLED_DELAY_MS) {
    const [status] = await browser.videoStatus(page);
    if (status?.width !== width) {
      width = status?.width ?? 0;
      since = performance.now();
    }
    if (performance.now() > deadline) throw new Error('the resolution does not settle');
    await pause(500);
  }
}
