/** Files of all kinds, read in every way: seen, painted, restored, saved. Writes out/picture-files.md. */
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { Page } from 'puppeteer';
import { afterAll, expect } from 'vitest';

import type { PictureStatus } from '../../scripts/extension.mjs';
import { eventually } from './faults';
import { browser, it, open as openHtml, site, useBrowser } from './fixtures';
import {
  closeSharedBrowser,
  meanAbsoluteDifference,
  pixelsOf,
  restyle,
  type Pixels,
} from './harness';

const FOLDER = '/pictures/kinds/small/';
const FILES = readdirSync(new URL('../site/pictures/kinds/small/', import.meta.url)).sort();
/** Files that no browser reads at present, or that are no pictures: they are left alone. */
const UNSEEN = ['film.jp2', 'nothing.png', 'print.tiff'];
/** A capture does not depend on the file: these stand for all. */
const CAPTURED = ['baseline.jpg', 'alpha.png', 'still.avif', 'cut.gif'];

interface Row {
  readonly seen: boolean;
  readonly painted: boolean;
  readonly restored: boolean;
  readonly saved: boolean;
  readonly read: string | null;
}

/** By file, then by way. */
const table = new Map<string, Map<string, Row>>(FILES.map((file) => [file, new Map()]));

afterAll(async () => {
  await closeSharedBrowser();
  mkdirSync('out', { recursive: true });
  writeFileSync('out/picture-files.md', written());
});

async function ask(page: Page, request: object): Promise<void> {
  await browser.inServiceWorker(
    async (id, message) => void (await chrome.tabs.sendMessage<object, unknown>(id, message)),
    await browser.tabId(page),
    request,
  );
}

/** A page with all files, each in an element of its own. */
async function open(files: readonly string[], address: (file: string) => string): Promise<Page> {
  const images = files.map(
    (file, i) =>
      `<img id="f${i}" src="${address(file)}" style="width: 120px; height: 90px; margin: 2px">`,
  );
  return openHtml(images.join(''), { viewport: { width: 900, height: 900 } });
}

/** The elements' parts of one screenshot of the page. */
async function looks(page: Page, files: readonly string[]): Promise<Pixels[]> {
  const all = await pixelsOf(page, 'body');
  const boxes = await page.$$eval('img', (images) => {
    const { x, y } = document.body.getBoundingClientRect();
    return images.map((image) => {
      const box = image.getBoundingClientRect();
      return { x: Math.round(box.x - x), y: Math.round(box.y - y) };
    });
  });
  return files.map((_, i) => {
    const { x, y } = boxes[i]!;
    const data = new Uint8Array(4 * 120 * 90);
    for (let row = 0; row < 90; row++) {
      const from = 4 * ((y + row) * all.width + x);
      data.set(all.data.subarray(from, from + 480), 480 * row);
    }
    return { width: 120, height: 90, data };
  });
}

const MANNER = { keepColours: false, strokeSize: 1, secondCoat: 0 };
const ALL = { type: 'page.all', title: 'Udnie', mix: { udnie: 1 }, manner: MANNER };

it.each([
  ['page', 'chrome', (file: string) => site.origin + FOLDER + file],
  ['cors', 'chrome', (file: string) => `${site.otherOrigin}${FOLDER}${file}?cors`],
  ['extension', 'chrome-granted', (file: string) => site.otherOrigin + FOLDER + file],
] as const)('read by %s', async (way, build, address) => {
  await useBrowser({ build, small: true });
  const page = await open(FILES, address);
  const seen = await page.$$eval('img', (images) =>
    images.map(({ naturalWidth }) => naturalWidth > 0),
  );
  const before = await looks(page, FILES);
  await browser.inServiceWorker(
    async (tabId) =>
      void (await chrome.scripting.executeScript({ target: { tabId }, files: ['content.js'] })),
    await browser.tabId(page),
  );
  await ask(page, ALL);
  await eventually(async () => {
    const [status] = await browser.wholePageStatus(page);
    return status?.state === 'following';
  }, 90_000);
  const statuses = await browser.pageStatus(page);
  const after = await looks(page, FILES);
  const painted = statuses.filter(({ state }) => state === 'done');
  const saved = await saveAll(
    page,
    painted.map(({ source }) => source),
  );
  await ask(page, { type: 'page.restore', target: { kind: 'all' } });
  const back = await eventually(async () => {
    const now = await looks(page, FILES);
    const isMoving = (i: number): boolean => FILES[i]!.startsWith('moving');
    return now.every((it, i) => isMoving(i) || meanAbsoluteDifference(it, before[i]!) === 0) && now;
  });
  FILES.forEach((file, i) => {
    const status = statuses.find(({ source }) => source === address(file));
    const row = {
      seen: seen[i]!,
      painted: status?.state === 'done' && meanAbsoluteDifference(before[i]!, after[i]!) > 3,
      restored: meanAbsoluteDifference(back[i]!, after[i]!) > 3,
      saved: saved.has(address(file)),
      read: status?.read ?? null,
    };
    table.get(file)!.set(way, row);
    const isSeen = !UNSEEN.includes(file);
    expect.soft({ file, ...row }).toEqual({
      file,
      seen: isSeen,
      painted: isSeen,
      restored: isSeen,
      saved: isSeen,
      // Any frame of an animation may be on a canvas; its file tells which is the first.
      read: isSeen ? (way === 'page' && file.endsWith('.gif') ? 'cors' : way) : null,
    });
  });
  await page.close();
});

/**
 * Saves pictures one after the other: more than Chrome lets one document download.
 * @returns The sources of which there is a file.
 */
async function saveAll(page: Page, sources: readonly string[]): Promise<ReadonlySet<string>> {
  const saved = new Set<string>();
  const folder = mkdtempSync(path.join(tmpdir(), 'pastiche-'));
  const session = await browser.browser.target().createCDPSession();
  await session.send('Browser.setDownloadBehavior', {
    behavior: 'allowAndName',
    downloadPath: folder,
  });
  const files = (): string[] => readdirSync(folder).filter((file) => !file.endsWith('.crdownload'));
  for (const [i, srcUrl] of sources.entries()) {
    await browser.clickMenu(page, { menuItemId: 'save', srcUrl });
    await eventually(() => Promise.resolve(files().length > i));
    saved.add(srcUrl);
  }
  return saved;
}

it('read from the screen', async () => {
  await useBrowser({ small: true });
  const page = await open(CAPTURED, (file) => site.otherOrigin + FOLDER + file);
  const before = await looks(page, CAPTURED);
  const statuses: PictureStatus[] = [];
  for (const i of CAPTURED.keys()) {
    statuses.push(await restyle(browser, page, `#f${i}`, { menuItemId: 'restyle:style:udnie' }));
  }
  const saved = await saveAll(
    page,
    statuses.map(({ source }) => source),
  );
  await ask(page, { type: 'page.restore', target: { kind: 'all' } });
  const back = await looks(page, CAPTURED);
  for (const [i, file] of CAPTURED.entries()) {
    const { source, state, read } = statuses[i]!;
    const row = {
      seen: true,
      painted: state === 'done',
      restored: meanAbsoluteDifference(before[i]!, back[i]!) === 0,
      saved: saved.has(source),
      read,
    };
    table.get(file)!.set('capture', row);
    expect.soft({ file, ...row }).toEqual({
      file,
      seen: true,
      painted: true,
      restored: true,
      saved: true,
      read: 'capture',
    });
  }
  await page.close();
});

function written(): string {
  const ways = ['page', 'cors', 'extension', 'capture'];
  const cell = (row: Row | undefined): string => {
    if (!row) return '';
    if (!row.seen) return 'not seen';
    const { painted, restored, saved } = row;
    return [painted ? 'painted' : 'left', restored && 'restored', saved && 'saved']
      .filter(Boolean)
      .join(', ');
  };
  const lines = [...table].map(([file, rows]) => {
    const cells = ways.map((way) => cell(rows.get(way)));
    return `| ${file} | ${cells.join(' | ')} |`;
  });
  return [
    '# Picture files of all kinds',
    '',
    'Results of `test/browser/pixels-kinds.test.ts` in Chromium, which writes this table to `out/`. The files are',
    'made by `test/site/pictures/kinds/draw.py`. *Not seen*: the browser shows nothing either, and the element is',
    'left alone. A capture does not depend on the file, so four files stand for all.',
    '',
    '| file | page | CORS | granted site | screen |',
    '|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}
