import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect } from 'vitest';

import type { WholePageStatus } from '../../scripts/extension.mjs';
import { eventually } from './faults';
import { browser, it, openPage, page, site, useBrowser } from './fixtures';
import { closeSharedBrowser } from './harness';

const PICTURES = ['harbour', 'orchard', 'portrait', 'still-life', 'mountain-lake'];

const image = (source: string, id = ''): string =>
  `<img class="content" id="${id}" src="${source}" width="240" height="180" alt="" />`;

async function waitForPage(
  condition: (status: WholePageStatus) => boolean,
  timeout = 60_000,
): Promise<WholePageStatus> {
  let statuses: WholePageStatus[] = [];
  return eventually(async () => {
    statuses = await browser.wholePageStatus(page);
    return statuses.find(condition);
  }, timeout).catch(() => {
    throw new Error(`the page says ${JSON.stringify(statuses)}`);
  });
}

const isQuiet = ({ state }: WholePageStatus): boolean => state === 'following';

/** Number of the page's content pictures with a pastiche. */
function painted(): Promise<number> {
  return page.$$eval(
    'img.content',
    (images) => images.filter((image) => getComputedStyle(image).content !== 'normal').length,
  );
}

afterAll(closeSharedBrowser);

describe('the palette over a page', () => {
  beforeAll(() => useBrowser({ small: true }));

  it('restyles the pictures, those in sight first, and restores them all', async () => {
    await openPage();
    const far = PICTURES.map((name) => image(`/pictures/${name}.jpg?far`)).join('');
    const near = PICTURES.slice(0, 2)
      .map((name) => image(`/pictures/${name}.jpg`))
      .join('');
    await page.setContent(
      `<div style="position: absolute; top: 4000px">${far}</div>${near}
       <img id="icon" src="/pictures/harbour.jpg?icon" width="24" height="24" alt="" />
       ${image(`${site.otherOrigin}/pictures/city-at-night.jpg`, 'blocked')}`,
      { waitUntil: 'load' },
    );
    const before = await page.$$eval('img', (images) => images.map((element) => element.outerHTML));
    const popup = await browser.openPopup(page);
    const restyle = await popup.waitForSelector('.page .button');
    await restyle?.click();
    const status = await waitForPage(isQuiet);
    expect(status).toMatchObject({ total: 8, done: 7, failed: 1 });
    expect(status.blockedOrigins).toEqual(['http://127.0.0.1/*']);
    expect(await painted()).toBe(7);
    expect(await page.$eval('#icon', (icon) => icon.getAttribute('src'))).toContain('?icon');
    const order = (await browser.pageStatus(page))
      .filter(({ state }) => state === 'done')
      .sort((a, b) => a.startedAt - b.startedAt)
      .map(({ source }) => source.includes('?far'));
    expect(order.slice(0, 2)).toEqual([false, false]);

    await popup.waitForFunction(() => document.body.textContent.includes('127.0.0.1'));
    const restore = await popup.$$('.page .button');
    await restore[1]?.click();
    await expect.poll(painted, { timeout: 10_000 }).toBe(0);
    expect(await page.$$eval('img', (images) => images.map((e) => e.outerHTML))).toEqual(before);
  });

  it('restyles as often as it is asked to', async () => {
    await openPage();
    await page.setContent(image('/pictures/harbour.jpg'), { waitUntil: 'load' });
    const popup = await browser.openPopup(page);
    const [restyle, restore] = [1, 2].map((nth) => `.page .button:nth-of-type(${nth})`);
    const words = await (await popup.waitForSelector(restyle!))?.evaluate((e) => e.textContent);
    for (let i = 0; i < 8; i++) {
      // While it works, the same button stops it.
      await popup.waitForFunction(
        (selector, text) => document.querySelector(selector)?.textContent === text,
        {},
        restyle!,
        words,
      );
      await popup.locator(restyle!).click();
      await expect.poll(painted, { timeout: 10_000 }).toBe(1);
      await popup.locator(restore!).click();
      await expect.poll(painted, { timeout: 10_000 }).toBe(0);
    }
  });

  it('goes on when the palette is closed, and stops when it is told to', async () => {
    await openPage();
    const many = Array.from({ length: 24 }, (_, i) =>
      image(`/pictures/${PICTURES[i % PICTURES.length]!}.jpg?${i}`),
    );
    await page.setContent(many.join(''), { waitUntil: 'load' });
    const popup = await browser.openPopup(page);
    await (await popup.waitForSelector('.page .button'))?.click();
    await waitForPage(({ done }) => done > 0);
    await popup.close();
    const { done } = await waitForPage((status) => status.done > 3);
    expect(done).toBeLessThan(24);
    const again = await browser.openPopup(page);
    await again.waitForSelector('.page progress');
    await (await again.waitForSelector('.page .button'))?.click();
    const stopped = await waitForPage(({ state }) => state === 'stopped');
    await pause(1500);
    expect((await waitForPage(({ state }) => state === 'stopped')).done).toBe(stopped.done);
    expect(await painted()).toBe(stopped.done);
  });
});

describe('a site with a rule', () => {
  beforeAll(async () => {
    await useBrowser({ build: 'chrome-granted', small: true });
    await browser.inServiceWorker(() =>
      chrome.storage.local.set({
        'favourite:one': { format: 1, name: 'One', mix: { udnie: 1 }, position: 1 },
        'site:http://localhost/*': { format: 1, favourite: 'one', paints: 'images' },
      }),
    );
    await eventually(() =>
      browser.inServiceWorker(
        async () => (await chrome.scripting.getRegisteredContentScripts()).length > 0,
      ),
    );
  });

  it('is painted without being asked for, and follows an endless list', async () => {
    await openPage('/feed.html');
    await waitForPage((status) => isQuiet(status) && status.done >= 3);
    const before = await painted();
    const all = (): Promise<number> => page.$$eval('img.content', (images) => images.length);
    const length = await all();
    await page.evaluate(() => scrollBy(0, 2400));
    await page.waitForFunction(
      (count) => document.querySelectorAll('img.content').length > count,
      {},
      length,
    );
    await waitForPage((status) => isQuiet(status) && status.done > before);
    expect(await painted()).toBeGreaterThan(before);
    expect(
      await page.$$eval('img.icon', (icons) =>
        icons.every((icon) => getComputedStyle(icon).content === 'normal'),
      ),
    ).toBe(true);
  });

  it('is painted again where a framework renders anew, but without end nowhere', async () => {
    await openPage('/feed.html?anew');
    await waitForPage((status) => isQuiet(status) && status.done >= 3);
    await page.evaluate(() => dispatchEvent(new Event('render-anew')));
    await expect.poll(painted, { timeout: 10_000 }).toBeGreaterThanOrEqual(3);
    // The page puts its own picture back at once, whatever happens.
    await page.evaluate(() => dispatchEvent(new Event('quarrel')));
    const first = (): Promise<string> =>
      page.$eval('img.content', (image) => getComputedStyle(image).content);
    const quarrels = (): Promise<number> =>
      page.evaluate(() => Number(document.body.dataset['quarrels'] ?? 0));
    await expect.poll(quarrels, { timeout: 10_000 }).toBeGreaterThan(2);
    const refused = async (): Promise<unknown> =>
      (await browser.pageStatus(page)).find(({ source }) => source.endsWith('?entry=0'))?.error;
    await expect.poll(refused, { timeout: 10_000 }).toMatchObject({ code: 'page-resists' });
    await page.evaluate(() => scrollBy(0, 1));
    await pause(1500);
    expect(await quarrels()).toBeLessThan(12);
    expect(await first()).toBe('normal');
    expect(await painted()).toBeGreaterThanOrEqual(2);
  });

  it('comes back to its originals when the rule ends', async () => {
    await openPage('/feed.html');
    await waitForPage((status) => isQuiet(status) && status.done >= 3);
    await browser.inServiceWorker(() => chrome.storage.local.remove('site:http://localhost/*'));
    await expect.poll(painted, { timeout: 10_000 }).toBe(0);
    await page.reload();
    await pause(1000);
    expect(await painted()).toBe(0);
  });
});
