/**
 * The cost of pastiches to their page: at rest, while they are painted and scrolled past, in memory as
 * they come and go, and for sealing one of 1.5 megapixels.
 */
import { setTimeout as pause } from 'node:timers/promises';

import { ExtensionBrowser } from '../../scripts/extension.mjs';
import { startSite } from '../browser/server.mjs';
import { memoryInNeedOf } from './memory.mjs';

/** Two styles in turn, so that nothing is reused. */
const STYLES = ['starry-night', 'the-scream'];
const PHOTO = '/pictures/harbour.jpg';

/** Time for painting a page of pictures, in milliseconds. */
const TIMEOUT_MS = 600_000;

/** Number of pictures of an endless list, and of those shown at a time. */
const FEED = 2000;
const BATCH = 8;
/** Number of pictures after which everything that is cached deliberately is there. */
const WARM = 240;

/** Marks the thread of a page in a trace. */
const MARK = 'traced';

/** About 1.5 megapixels. */
const LARGE = { width: 1225, height: 1225 };

/** @type {import('./bench.mjs').Part} */
export const cost = {
  title: 'What pastiches of another site’s pictures cost their page',
  rounds: 3,
  cases: ['at rest', 'feed', 'endless feed', 'sealing'],
  units: { share: '%', fps: 'frames/s', memory: 'MB' },
  ratios: { 'feed: scrolled fps, painted / without': ['feed: painted, fps', 'feed: without, fps'] },

  async start() {
    const site = await startSite();
    const browser = await ExtensionBrowser.launch({ build: 'chrome-granted' });
    const page = await browser.openPage('about:blank');
    await page.setViewport({ width: 1280, height: 800 });
    const x = site.otherOrigin + PHOTO;
    let turn = 0;

    /** @type {Tab} */
    const usual = { browser, page };
    /** @param {string} html @param {Tab} tab */
    const open = async (html, tab = usual) => {
      const text = `<!doctype html><link rel="icon" href="data:,">${html}`;
      await tab.page.goto(site.origin + site.serve(text), { waitUntil: 'load' });
    };
    /** @param {Tab} tab */
    const paintPage = async (tab = usual) => {
      const popup = await tab.browser.openPopup(tab.page);
      await popup.locator('.page .button').click();
      await popup.close();
      await tab.page.bringToFront();
    };
    /** @param {Tab} tab */
    const painted = async (tab = usual) => {
      for (const began = performance.now(); performance.now() - began < TIMEOUT_MS;) {
        const all = await tab.browser.wholePageStatus(tab.page);
        if (all.some(({ state, done }) => state === 'following' && done > 0)) return;
        await pause(500);
      }
      throw new Error('the page is not painted');
    };

    /** @type {Readonly<Record<string, () => Promise<Readonly<Record<string, number>>>>>} */
    const runs = {
      async 'at rest'() {
        await open(thumbnails(200, 10, x));
        const without = await busyAtRest(page);
        await paintPage();
        await painted();
        await allPainted(page);
        const share = await busyAtRest(page);
        return {
          '200 thumbnails, added share': 100 * (share - without),
          'without, share': 100 * without,
        };
      },
      async feed() {
        await open(thumbnails(80, 80, x, 400));
        const without = await scroll(page, 4);
        const plain = await traced(page, () => scroll(page, 4));
        await paintPage();
        const events = await traced(page, () => scroll(page, 8));
        await painted();
        await scroll(page, 1);
        const afterwards = await scroll(page, 4);
        return {
          'longest task': longestTask(events),
          'longest task, without': longestTask(plain),
          'without, fps': without,
          'painted, fps': afterwards,
        };
      },
      async 'endless feed'() {
        // Under Puppeteer's recording, the page's process would keep its requests.
        const unwatched = await ExtensionBrowser.launch({
          build: 'chrome-granted',
          network: false,
        });
        try {
          const tab = { browser: unwatched, page: await unwatched.openPage('about:blank') };
          await tab.page.setViewport({ width: 1280, height: 800 });
          await open(`${thumbnails(1, 1, x)}<main></main>`, tab);
          await paintPage(tab);
          await painted(tab);
          const feed = endlessFeed(tab.page, x);
          const measure = () => memoryInNeedOf(unwatched.browser);
          const first = await measure();
          await feed(0, WARM);
          const warm = await measure();
          await feed(WARM, FEED);
          const last = await measure();
          return {
            [`${FEED} pictures, more memory`]: last - first,
            [`those after ${WARM}, more memory`]: last - warm,
            'first, memory': first,
          };
        } finally {
          await unwatched.close();
        }
      },
      async sealing() {
        turn += 1;
        await page.setViewport(LARGE);
        const { width, height } = LARGE;
        const large = `${site.otherOrigin}/made/squares.png?width=${width}&height=${height}`;
        await open(`<img src="${large}">`);
        await page.waitForNetworkIdle({ idleTime: 500 });
        return sealingOf(browser, page, large, `restyle:style:${STYLES[turn % STYLES.length]}`);
      },
    };
    return {
      version: await browser.browser.version(),
      run: async (name) => (await runs[name]?.()) ?? {},
      async stop() {
        await browser.close();
        await site.close();
      },
    };
  },
};

/**
 * @typedef {object} Tab
 * @property {ExtensionBrowser} browser
 * @property {import('puppeteer').Page} page
 */

/**
 * Pictures of a page, many of them the same.
 * @param {number} count
 * @param {number} pictures Number of different ones.
 * @param {string} address
 */
export function thumbnails(count, pictures, address, width = 110) {
  return Array.from(
    { length: count },
    (_, i) =>
      `<img class="t" src="${address}?${i % pictures}" width="${width}" height="${(width * 3) / 4}">`,
  ).join('');
}

/**
 * Waits until all pictures on the page are painted.
 * @param {import('puppeteer').Page} page
 */
export async function allPainted(page, timeout = TIMEOUT_MS) {
  await page.waitForFunction(
    () =>
      [...document.querySelectorAll('img.t')].every((image) =>
        getComputedStyle(image).content.includes('blob:'),
      ),
    { timeout, polling: 100 },
  );
}

/**
 * The share of time in which the page's thread is busy at rest, 0..1: the smallest of three.
 * @param {import('puppeteer').Page} page
 */
export async function busyAtRest(page) {
  const session = await page.createCDPSession();
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const read = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    const busy = metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN;
    return { at: performance.now() / 1000, busy };
  };
  const shares = [];
  for (let i = 0; i < 3; i++) {
    const before = await read();
    await pause(1500);
    const after = await read();
    shares.push((after.busy - before.busy) / (after.at - before.at));
  }
  await session.detach();
  return Math.min(...shares);
}

/**
 * Scrolls through the page from a script in it.
 * @param {import('puppeteer').Page} page
 * @param {number} seconds
 * @returns {Promise<number>} Frames a second.
 */
export function scroll(page, seconds) {
  return page.evaluate(
    (most) =>
      new Promise((resolve) => {
        const began = performance.now();
        let frames = 0;
        const next = () => {
          const elapsed = performance.now() - began;
          scrollTo(0, (elapsed / (1000 * most)) * (document.body.scrollHeight - innerHeight));
          if (elapsed > 1000 * most) resolve((1000 * frames) / elapsed);
          else requestAnimationFrame(next);
          frames += 1;
        };
        next();
      }),
    seconds,
  );
}

/**
 * An event of Chrome's trace; times are in microseconds, `tdur` is the processor's.
 * @typedef {{ name: string, ph: string, ts: number, dur?: number, tdur?: number, pid: number,
 *   tid: number, args: { data?: { url?: string, scriptName?: string } } }} TraceEvent
 */

/**
 * Traces the page's tasks during an action.
 * @param {import('puppeteer').Page} page
 * @param {() => Promise<unknown>} action
 * @returns {Promise<TraceEvent[]>}
 */
export async function traced(page, action) {
  await page.tracing.start({
    categories: ['-*', 'devtools.timeline', 'toplevel', 'blink.user_timing'],
  });
  await page.evaluate((name) => performance.mark(name), MARK);
  await action();
  const trace = await page.tracing.stop();
  return JSON.parse(Buffer.from(trace ?? []).toString()).traceEvents;
}

/**
 * The maximum processor time of a task on the thread of the page that marked itself in the trace, in
 * milliseconds.
 * @param {readonly TraceEvent[]} events
 */
export function longestTask(events) {
  const mark = events.find(({ name }) => name === MARK);
  if (!mark) throw new Error('the trace is not of this page');
  const tasks = events.filter(
    ({ name, ph, pid, tid }) =>
      ph === 'X' && name.endsWith('RunTask') && pid === mark.pid && tid === mark.tid,
  );
  return Math.max(0, ...tasks.map(({ tdur = 0 }) => tdur / 1000));
}

/**
 * An endless list: inserts pictures, waits until they are painted, and removes them for the next.
 * @param {import('puppeteer').Page} page With a `<main>`.
 * @param {string} address
 * @param {{ width: number, height: number }} size Of each.
 * @param {number} timeout Milliseconds.
 * @returns {(from: number, to: number) => Promise<void>} Shows the pictures with these numbers.
 */
export function endlessFeed(
  page,
  address,
  size = { width: 240, height: 180 },
  timeout = TIMEOUT_MS,
) {
  return async (from, to) => {
    for (let first = from; first < to; first += BATCH) {
      await page.evaluate(
        (x, start, many, { width, height }) => {
          const images = Array.from({ length: many }, (_, i) => {
            const image = new Image(width, height);
            image.className = 't';
            image.src = `${x}?feed=${start + i}`;
            return image;
          });
          document.querySelector('main')?.replaceChildren(...images);
        },
        address,
        first,
        Math.min(BATCH, to - first),
        size,
      );
      await allPainted(page, timeout);
    }
    await page.evaluate(() => document.querySelector('main')?.replaceChildren());
  };
}

/**
 * Has a picture painted, and measures the time from the network's pixels until it was sealed and shown,
 * which includes encoding in the engine's worker and decoding in the page.
 * @param {ExtensionBrowser} browser
 * @param {import('puppeteer').Page} page
 * @param {string} address
 * @param {string} menuItemId A style.
 * @returns {Promise<Readonly<Record<string, number>>>}
 */
async function sealingOf(browser, page, address, menuItemId) {
  const since = Date.now();
  /** @type {import('../../scripts/extension.mjs').PictureStatus | undefined} */
  let picture;
  const events = await traced(page, async () => {
    // Its name contains the time by the page's own clock, which the trace lacks.
    await page.evaluate(() =>
      performance.mark(`clock ${performance.timeOrigin + performance.now()}`),
    );
    await browser.clickMenu(page, { menuItemId, srcUrl: address });
    picture = await browser.waitForPicture(page, address, {
      states: ['done', 'failed'],
      since,
      // Polls take time of the page, and would be measured along with its work.
      interval: 1000,
    });
  });
  const clock = events.find(({ name }) => name.startsWith('clock '));
  if (!clock || picture?.state !== 'done') throw new Error(JSON.stringify(picture));
  const { startedAt, timings } = picture;
  const zero = clock.ts + 1000 * (startedAt - Number(clock.name.slice(6)));
  const priority = 'refine:answered' in timings ? 'refine' : 'preview';
  const answered = Number(timings[`${priority}:answered`]);
  const at = (/** @type {string} */ part) => Number(timings[`${priority}:engine:${part}`]);
  // The page reads the answer before the job is done. The time of transport is unknown: the engine began
  // to encode at the earliest when its earlier work would have been done without any.
  const began = ['queue', 'pre', 'run', 'post'].reduce(
    (sum, part) => sum + at(part),
    Number(timings[`${priority}:grabbed`]),
  );
  const own = events.filter(({ pid, tid, ts, ph }) => {
    const moment = (ts - zero) / 1000;
    const isMain = pid === clock.pid && tid === clock.tid && ph === 'X';
    return isMain && moment > began && moment < Number(timings['done']);
  });
  /** @param {string} name */
  const times = (name) =>
    own.filter((one) => one.name.endsWith(name)).map(({ tdur = 0 }) => tdur / 1000);
  const tasks = [...times('RunTask'), ...times('PerformMicrotaskCheckpoint')];
  // The one task in which the image is loaded and decoded takes longer than all others.
  const decoding = Math.max(0, ...tasks);
  const all = tasks.reduce((sum, one) => sum + one, 0);
  return {
    'all of it': at('encode') + Number(timings['sealed']) - answered,
    'all of it, with both ways of transport': Number(timings['sealed']) - began,
    'the engine’s encoding': at('encode'),
    'the page’s decoding': decoding,
    'the page’s thread besides': all - decoding,
  };
}
