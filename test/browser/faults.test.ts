/** Parts of the extension end, get stuck or are damaged: it keeps working. */
import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import type { Page, WebWorker } from 'puppeteer';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';

import { eventually, recovered } from './faults';
import { browser, it, open as openHtml, openPage, page, useBrowser } from './fixtures';
import { closeSharedBrowser, isPainted, restyle, sourceOf } from './harness';

const PHOTO = '/pictures/harbour.jpg';
const MIX = { menuItemId: 'restyle:mix' } as const;
const ORDER = ['reading', 'queued', 'preview', 'done'] as const;

async function open(): Promise<string> {
  await openHtml(`<img id="x" src="${PHOTO}" width="800">`, { granted: false });
  return sourceOf(page, '#x');
}

/** The CSS value that shows something instead of the picture. */
function shown(): Promise<string> {
  return page.$eval('#x', (image) => getComputedStyle(image).content);
}

/** Waits until the picture shows a pastiche in its own element. */
async function painted(): Promise<void> {
  await eventually(async () => isPainted(page, '#x'), 60_000);
}

async function restore(source: string): Promise<void> {
  await browser.clickMenu(page, { menuItemId: 'restore', srcUrl: source });
  await eventually(async () => !(await isPainted(page, '#x')));
}

afterAll(closeSharedBrowser);

describe('the engine', () => {
  beforeAll(() => useBrowser({ build: 'chrome-granted' }));

  /** The worker that has just painted and would paint the next picture. */
  async function worker(): Promise<WebWorker> {
    const document = await browser.offscreenPage();
    return eventually(async () =>
      document.workers().find((candidate) => candidate.url().includes('engine-')),
    );
  }

  /** Reactions of the worker to a request to paint. */
  const ways: [string, () => void][] = [
    [
      'throws',
      () =>
        addEventListener('message', () => {
          setTimeout(() => {
            throw new Error('injected');
          });
        }),
    ],
    [
      'runs out of memory',
      () =>
        addEventListener('message', () => {
          setTimeout(() => {
            const kept: ArrayBuffer[] = [];
            for (;;) kept.push(new ArrayBuffer(2 ** 33));
          });
        }),
    ],
    ['ends', () => addEventListener('message', () => close())],
    [
      'is stuck',
      () =>
        addEventListener('message', () => {
          for (;;);
        }),
    ],
  ];

  it.each(ways)('worker %s: the picture is painted by another', async (fault, way) => {
    const source = await open();
    await restyle(browser, page, '#x');
    await restore(source);
    // The worker that has painted may just be replaced by a faster one.
    await eventually(async () => {
      const found = await worker();
      return found.evaluate(way).then(
        () => true,
        () => false,
      );
    });
    const began = performance.now();
    const since = Date.now();
    await browser.clickMenu(page, { ...MIX, srcUrl: source });
    const status = await browser.waitForPicture(page, source, {
      states: ['done', 'failed'],
      since,
    });
    recovered(`engine worker ${fault}`, performance.now() - began);
    expect(status).toMatchObject({ state: 'done', error: null });
    await restore(source);
  });

  it('verdict of an earlier trial is damaged', async () => {
    const document = await browser.offscreenPage();
    await document.evaluate(() => localStorage.setItem('engine-verdict', '{"best":{"provider":7}'));
    await browser.inServiceWorker(() => chrome.offscreen.closeDocument());
    await open();
    expect(await restyle(browser, page, '#x')).toMatchObject({ state: 'done', error: null });
  });
});

describe('at every step of a picture', () => {
  beforeAll(() => useBrowser({ build: 'chrome-granted' }));

  it.each(ORDER)('%s: the offscreen document is closed', async (state) => {
    const source = await open();
    await browser.clickMenu(page, { ...MIX, srcUrl: source });
    await browser.waitForPicture(page, source, { states: ORDER.slice(ORDER.indexOf(state)) });
    const began = performance.now();
    await browser.inServiceWorker(() => chrome.offscreen.closeDocument().catch(() => undefined));
    const status = await browser.waitForPicture(page, source, { states: ['done', 'failed'] });
    expect(status).toMatchObject({ state: 'done', error: null });
    recovered(`offscreen document closed, ${state}`, performance.now() - began);
    await restore(source);
  });

  it('the offscreen document is closed three times within half a second', async () => {
    const source = await open();
    await browser.clickMenu(page, { ...MIX, srcUrl: source });
    for (let i = 0; i < 3; i++) {
      await pause(170);
      await browser.inServiceWorker(() => chrome.offscreen.closeDocument().catch(() => undefined));
    }
    const began = performance.now();
    const status = await browser.waitForPicture(page, source, { states: ['done', 'failed'] });
    expect(status).toMatchObject({ state: 'done', error: null });
    recovered('offscreen document closed three times', performance.now() - began);
    await restore(source);
  });

  it('the worker ends before it has heard anything', async () => {
    await browser.inServiceWorker(() => chrome.offscreen.closeDocument().catch(() => undefined));
    const source = await open();
    await browser.clickMenu(page, { ...MIX, srcUrl: source });
    const document = await browser.offscreenPage();
    const first = document.workers()[0];
    const ending = first
      ? Promise.resolve(first)
      : new Promise<WebWorker>((resolve) => document.once('workercreated', resolve));
    await (await ending).evaluate(() => close());
    const began = performance.now();
    const status = await browser.waitForPicture(page, source, { states: ['done', 'failed'] });
    expect(status).toMatchObject({ state: 'done', error: null });
    recovered('engine worker ends as it starts', performance.now() - began);
    await restore(source);
  });

  it.each(ORDER)('%s: the service worker is killed', async (state) => {
    const source = await open();
    await browser.clickMenu(page, { ...MIX, srcUrl: source });
    await browser.waitForPicture(page, source, { states: ORDER.slice(ORDER.indexOf(state)) });
    const began = performance.now();
    await browser.killServiceWorker();
    await painted();
    recovered(`service worker killed, ${state}`, performance.now() - began);
    await wakeServiceWorker();
    await restore(source);
  });
});

/** Wakes it from an open page of the extension, as a click would. */
async function wakeServiceWorker(): Promise<void> {
  const waking = await browser.browser.newPage();
  await waking.goto(browser.urlOf('options/options.html'));
  await waking.evaluate(() => chrome.runtime.sendMessage({ type: 'background.wake-engine' }));
  await waking.close();
  await page.bringToFront();
}

describe('the extension is reloaded while a page is open', () => {
  beforeAll(() => useBrowser({ build: 'chrome-granted', fresh: true }));

  /** Reloads as an update does: everything of the extension ends, and its new version starts. */
  async function reload(): Promise<void> {
    await browser.killServiceWorker();
    await browser.browser.installExtension(path.resolve('dist/chrome-granted'));
    await wakeServiceWorker();
    await browser.serviceWorkerRuns();
  }

  it('a pastiche is restyled from its original', async () => {
    const source = await open();
    await restyle(browser, page, '#x');
    const pastiche = await shown();
    await reload();
    expect(await shown()).toBe(pastiche);
    const began = performance.now();
    await browser.clickMenu(page, { ...MIX, srcUrl: source });
    const status = await browser.waitForPicture(page, source, { states: ['done', 'failed'] });
    expect(status).toMatchObject({ state: 'done', error: null });
    expect(await shown()).not.toBe(pastiche);
    recovered('extension reloaded: the next restyle', performance.now() - began);
    await restore(source);
  });

  it('a pastiche of the version before is put back when that is asked for', async () => {
    const source = await open();
    await restyle(browser, page, '#x');
    await reload();
    const began = performance.now();
    await browser.clickMenu(page, { menuItemId: 'restore', srcUrl: source });
    await eventually(async () => !(await isPainted(page, '#x')));
    recovered('extension reloaded: restore', performance.now() - began);
  });

  it('in the middle of a picture', async () => {
    const source = await open();
    await browser.clickMenu(page, { ...MIX, srcUrl: source });
    await browser.waitForPicture(page, source, { states: ['queued', 'preview', 'done'] });
    await reload();
    const began = performance.now();
    await browser.clickMenu(page, { ...MIX, srcUrl: source });
    const status = await browser.waitForPicture(page, source, { states: ['done', 'failed'] });
    expect(status).toMatchObject({ state: 'done', error: null });
    recovered('extension reloaded in the middle: the next restyle', performance.now() - began);
    await restore(source);
    // The old script's layers go too, and so does a bridge frame that is just passing on a port.
    await eventually(async () => {
      const layers = await page.$$eval('html > div, body > div', (found) => found.length);
      return layers <= 2;
    });
  });
});

describe('what is stored', () => {
  beforeAll(() => useBrowser({ build: 'chrome-granted' }));

  it.each([
    ['damaged', { mix: 'x', budget: { a: 1 }, 'favourite:1': 7 }],
    ['of a newer version', { mix: { layers: [] }, budget: 1e9, version: 99 }],
    [
      'half there',
      { manner: { strokeSize: 'x' }, video: { rate: 10 }, 'favourite:a': { format: 2, name: 'a' } },
    ],
    ['a mix of styles that are gone', { mix: { 'no-such-style': 1, 'starry-night': 0.5 } }],
  ])('%s: defaults stand in', async (fault, stored) => {
    const values: Record<string, unknown> = stored;
    await browser.inServiceWorker((settings) => chrome.storage.local.set(settings), values);
    await open();
    const status = await restyle(browser, page, '#x');
    await browser.inServiceWorker(() => chrome.storage.local.clear());
    expect(status).toMatchObject({ state: 'done', error: null });
    recovered(`stored settings ${fault}`, status.timings['done'] ?? 0);
  });
});

describe('a package with a damaged file', () => {
  const built = path.resolve('dist/chrome-granted');
  let folder: string;

  afterEach(async () => {
    await closeSharedBrowser();
    await rm(folder, { recursive: true });
  });

  const faults: [string, string, (file: string) => Promise<void>, string][] = [
    ['network missing', 'models/pastiche.onnx', (file) => rm(file), 'model-missing'],
    ['network truncated', 'models/pastiche.onnx', (file) => truncate(file, 1e6), 'model-missing'],
    [
      'network with one other bit',
      'models/pastiche.onnx',
      async (file) => {
        const contents = await readFile(file);
        contents[contents.length >> 1]! ^= 1;
        await writeFile(file, contents);
      },
      'model-missing',
    ],
    ['styles damaged', 'models/styles.json', (file) => truncate(file, 1000), 'model-missing'],
  ];

  it.each(faults)(
    '%s: a sentence, and the page is as it was',
    async (fault, file, damage, code) => {
      folder = await mkdtemp(path.join(os.tmpdir(), 'pastiche-damaged-'));
      await cp(built, folder, { recursive: true });
      await damage(path.join(folder, file));
      await useBrowser({ build: folder, fresh: true });
      const source = await open();
      const began = performance.now();
      await browser.clickMenu(page, { ...MIX, srcUrl: source });
      const sentence = await eventually(async () => {
        const [status] = await browser.pageStatus(page);
        return status?.error?.code ?? (await noticeOf(page));
      }, 40_000);
      recovered(`${fault}: the sentence`, performance.now() - began);
      expect(sentence).toBe(code);
      expect(await isPainted(page, '#x')).toBe(false);
    },
  );

  /** A notice shown by the background's own message, on a page without jobs. */
  async function noticeOf(shown: Page): Promise<string | undefined> {
    const spoken = await shown.evaluate(() => document.documentElement.children.length > 2);
    return spoken ? 'model-missing' : undefined;
  }
});

describe('files of this machine, without the grant for them', () => {
  beforeAll(() => useBrowser());

  it('get a sentence in the popup', async () => {
    const file = path.join(os.tmpdir(), `pastiche-${process.pid}.html`);
    await writeFile(file, '<!doctype html><p>A file</p>');
    await openPage(`file://${file}`);
    const tabId = await browser.tabId(page);
    const began = performance.now();
    await browser.clickMenu(page, { menuItemId: 'pick' });
    const code = await eventually(() =>
      browser.inServiceWorker(async (id) => {
        const key = `notice:${id}`;
        return (await chrome.storage.session.get(key))[key] as { code: string } | undefined;
      }, tabId),
    );
    expect(code.code).toBe('page-forbidden');
    recovered('file:// without the grant: the sentence', performance.now() - began);
    await rm(file);
  });
});
