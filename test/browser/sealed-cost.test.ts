/** The cost of pastiches to their page, compared with the same page without the extension. */
import { setTimeout as pause } from 'node:timers/promises';

import type { CDPSession } from 'puppeteer';
import { afterAll, describe, expect } from 'vitest';

import {
  allPainted,
  busyAtRest,
  endlessFeed,
  longestTask,
  scroll,
  thumbnails,
  traced,
} from '../bench/cost.mjs';
import { memoryInNeedOf } from '../bench/memory.mjs';
import { browser, site, withBrowser } from './fixtures';
import { TIMEOUT_MS, Stage } from './pages';

let stage: Stage;

const it = withBrowser({ build: 'chrome-granted' });

it.beforeAll(async () => {
  stage = new Stage(browser, site);
});

afterAll(() => stage.close());

describe('at rest', () => {
  it('200 thumbnails and 40 backgrounds add at most 0.5 % to what the page needs', async () => {
    const block = '<p class="b" style="width:120px;height:90px;background:url({X}?b) 0/100%"></p>';
    await stage.open(thumbnails(200, 6, '{X}') + block.repeat(40));
    const without = await busyAtRest(stage.page);
    await stage.paintPage(3 * TIMEOUT_MS);
    await allPainted(stage.page, TIMEOUT_MS);
    // The palette closes, and pulses and fades have ended.
    await stage.page.waitForFunction(() =>
      document.getAnimations().every(({ playState }) => playState !== 'running'),
    );
    expect(await stage.page.$eval('.b', (b) => getComputedStyle(b).backgroundImage)).toMatch(
      /blob:/,
    );
    expect((await busyAtRest(stage.page)) - without).toBeLessThanOrEqual(0.005);
  });
});

it('no task holds a feed up for more than 50 ms while it is painted', async () => {
  await stage.open(thumbnails(24, 24, '{X}', 400));
  const without = longestTask(await traced(stage.page, () => scroll(stage.page, 2)));
  const events = await traced(stage.page, async () => {
    await stage.startPage();
    await scroll(stage.page, 6);
  });
  const done = (await browser.pageStatus(stage.page)).filter(({ state }) => state === 'done');
  expect(done.length).toBeGreaterThan(3);
  expect(longestTask(events)).toBeLessThanOrEqual(Math.max(50, 1.5 * without));
});

/** Numbers of the page's nodes and listeners, including those of SVG images, after a collection. */
async function counters(session: CDPSession): Promise<{ nodes: number; listeners: number }> {
  await memoryInNeedOf(browser.browser);
  await session.send('HeapProfiler.collectGarbage');
  const { nodes, jsEventListeners: listeners } = await session.send('Memory.getDOMCounters');
  return { nodes, listeners };
}

const ROWS = 20;

describe('memory is given back with the pictures', () => {
  /** A virtual list: only rows in view exist, made again whenever they are shown. */
  const VIRTUAL = `<div id="list" style="height:500px;overflow:auto"><div style="height:20000px;
    position:relative"></div></div><script>
    const rows = list.firstElementChild;
    const draw = () => {
      const first = Math.floor(list.scrollTop / 100);
      rows.replaceChildren(...Array.from({ length: 6 }, (_, i) => {
        const row = document.createElement('div');
        row.style.cssText = 'position:absolute;top:' + 100 * (first + i) + 'px';
        row.innerHTML = '<img class="t" width="128" height="96" src="{X}?' + ((first + i) % 20) + '">';
        return row;
      }));
    };
    list.onscroll = draw; draw();</script>`;

  /** Scrolls a page row by row, with time for each to be painted. */
  async function pass(rows: number): Promise<void> {
    for (let row = 0; row < rows; row += 4) {
      await stage.page.evaluate(
        (top) => document.querySelector('#list')?.scrollTo(0, top),
        100 * row,
      );
      await allPainted(stage.page, TIMEOUT_MS);
    }
  }

  it('rows of a virtual list that come back are put up at once, and nothing is kept of those that went', async () => {
    await stage.open(VIRTUAL);
    const session = await stage.page.createCDPSession();
    await stage.paintPage();
    await pass(ROWS);
    await pass(ROWS);
    const { nodes, listeners } = await counters(session);
    const asked = stage.site.requests.length;
    const begun = (await browser.pageStatus(stage.page)).map(({ startedAt }) => startedAt).sort();
    await pass(ROWS);
    await pass(ROWS);
    const after = await counters(session);
    // Some sixty rows went, each with two nodes, and the five of an SVG image.
    expect(after.nodes - nodes).toBeLessThan(120);
    expect(after.listeners - listeners).toBeLessThan(20);
    const now = (await browser.pageStatus(stage.page)).map(({ startedAt }) => startedAt).sort();
    expect(now).toEqual(begun);
    const own = stage.site.requests.slice(asked).filter((address) => address.startsWith(stage.x));
    // The page itself requests a picture whenever it makes a row.
    expect(own.length).toBeLessThanOrEqual(2 * 30 + 12);
    await session.detach();
  });

  it('an endless feed leaves nothing behind', async () => {
    // `npm run bench -- --only cost` measures 2,000, with their megabytes. Here the browser keeps the
    // page's requests for Puppeteer, outside the scripts' heap.
    await stage.open(thumbnails(1, 1, '{X}') + '<main></main>');
    const session = await stage.page.createCDPSession();
    const heap = async (): Promise<number> => (await session.send('Runtime.getHeapUsage')).usedSize;
    await stage.paintPage();
    const feed = endlessFeed(stage.page, stage.x, { width: 96, height: 72 }, TIMEOUT_MS);
    // Some fifty are kept in case they come back.
    await feed(0, 56);
    const [before, used] = [await counters(session), await heap()];
    await feed(56, 72);
    const [after, now] = [await counters(session), await heap()];
    expect(after.nodes - before.nodes).toBeLessThan(8);
    expect(after.listeners - before.listeners).toBeLessThan(8);
    // 2,000 pictures with 15 kB left of each would be 30 MB.
    expect(now - used).toBeLessThan(16 * 15_000);
    await session.detach();
  });
});

describe('a granted site', () => {
  it.each([
    ['images', thumbnails(6, 6, '{X}', 200)],
    [
      'sources',
      thumbnails(6, 6, '{X}', 200).replaceAll(/<img (\S+) src="(\S+)"/g, '<img $1 srcset="$2 1x"'),
    ],
    [
      'SVG images',
      `<svg width="600" height="400">${thumbnails(6, 6, '{X}', 200).replaceAll('<img', '<image').replaceAll('src=', 'href=').replaceAll('>', '/>')}</svg>`,
    ],
  ])('is asked once by us, and the console stays empty: %s', async (_, html) => {
    await stage.open(html);
    const lines: string[] = [];
    const session = await stage.page.createCDPSession();
    session.on('Log.entryAdded', ({ entry }) => lines.push(`${entry.level}: ${entry.text}`));
    await session.send('Log.enable');
    const note = (message: { type(): string; text(): string }): void => {
      lines.push(`${message.type()}: ${message.text()}`);
    };
    stage.page.on('console', note);
    const asked = stage.site.requests.length;
    await stage.paintPage();
    await pause(200);
    stage.page.off('console', note);
    await session.detach();
    const requests = stage.site.requests.slice(asked).filter((one) => one.startsWith(stage.x));
    // One more is the picture for the palette's preview.
    expect(requests.length).toBeLessThanOrEqual(6 + 1);
    expect(lines.filter((line) => !line.startsWith('debug'))).toEqual([]);
  });
});
