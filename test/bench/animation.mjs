/**
 * A GIF of 480 × 270 that is painted frame by frame: the time, whether its page is blocked meanwhile,
 * and whether the result is played at the original's rate.
 */
import { setTimeout as pause } from 'node:timers/promises';

import { ExtensionBrowser } from '../../scripts/extension.mjs';
import { startSite } from '../browser/server.mjs';
import { memoryOf, privateMemoryOf } from './memory.mjs';

/** Twelve and a half frames a second. */
const GIF = '/made/animated.gif?width=480&height=270&hundredths=8';
const RATE = 12.5;

/** Polling interval, and time of watching while it plays, in milliseconds. */
const LOOK = 250;
const WATCHED = 6_000;

/** @type {Readonly<Record<string, { frames: number, isForeign: boolean }>>} */
const CASES = {
  '40 frames, of the page': { frames: 40, isForeign: false },
  '40 frames, of another site': { frames: 40, isForeign: true },
  '300 frames, of another site': { frames: 300, isForeign: true },
};

/** @type {import('./bench.mjs').Part} */
export const animation = {
  title: `A GIF of 480 × 270 with ${RATE} frames a second, painted frame by frame`,
  rounds: 1,
  cases: Object.keys(CASES),
  units: {
    'frames shown a second': '1',
    'memory before': 'MB',
    'memory at its peak': 'MB',
    'memory while it plays': 'MB',
  },
  ratios: {},

  async start() {
    const site = await startSite();
    const browser = await ExtensionBrowser.launch({ build: 'chrome-granted' });
    return {
      version: await browser.browser.version(),
      async run(name) {
        const { frames, isForeign } = CASES[name] ?? { frames: 0, isForeign: false };
        const page = await browser.openPage(`${site.origin}/empty.html`);
        const origin = isForeign ? site.otherOrigin : site.origin;
        const srcUrl = `${origin}${GIF}&frames=${frames}`;
        await page.setContent(`<img id="photo" src="${srcUrl}">`, { waitUntil: 'load' });
        await browser.grantActiveTab(page);
        await browser.clickMenu(page, { menuItemId: 'restyle:style:udnie', srcUrl });
        await browser.waitForPicture(page, srcUrl);
        const before = await memoryOf(browser.browser);
        await page.evaluate(() => {
          /** @type {number[]} */
          const tasks = [];
          const observer = new PerformanceObserver((list) => {
            tasks.push(...list.getEntries().map(({ duration }) => duration));
          });
          observer.observe({ type: 'longtask' });
          Object.assign(globalThis, { tasks });
        });
        const began = performance.now();
        await browser.clickNotice(page, 'Paint all frames');
        let peak = 0;
        for (;;) {
          peak = Math.max(peak, await privateMemoryOf(browser.browser));
          const [status] = await browser.pageStatus(page);
          if (status?.timings['animated']) break;
          await pause(LOOK);
        }
        const time = performance.now() - began;
        const rate = (await distinctFrames(page)) / (WATCHED / 1000);
        const longest = await page.evaluate(() =>
          Math.max(0, .../** @type {any} */ (globalThis).tasks),
        );
        const memory = await memoryOf(browser.browser);
        await page.close();
        return {
          'all frames': time,
          'a frame': time / frames,
          'longest task of the page': longest,
          'frames shown a second': rate,
          'memory before': before,
          'memory at its peak': Math.max(peak, memory),
          'memory while it plays': memory,
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
 * The number of changes on the screen while it was watched.
 * @param {import('puppeteer').Page} page
 */
async function distinctFrames(page) {
  const session = await page.createCDPSession();
  let last = '';
  let changes = 0;
  session.on('Page.screencastFrame', ({ data, sessionId }) => {
    if (data !== last) changes += 1;
    last = data;
    session.send('Page.screencastFrameAck', { sessionId }).catch(() => undefined);
  });
  await session.send('Page.startScreencast', { format: 'jpeg', quality: 60 });
  await pause(WATCHED);
  await session.send('Page.stopScreencast');
  await session.detach();
  return changes;
}
