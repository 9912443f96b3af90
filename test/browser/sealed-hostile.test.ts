/**
 * A page shows a picture that it may not read, the extension replaces it by a pastiche, and the page
 * tries everything, before, meanwhile and afterwards. Attempts and leaks go to
 * `out/sealed-hostile.json`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';

import { afterAll, describe, expect } from 'vitest';

import { eventually } from './faults';
import { browser, opened, page, site, withBrowser } from './fixtures';
import { meanAbsoluteDifference, pixelsOf, restyleSource } from './harness';
import { TIMEOUT_MS, STYLE } from './pages';

const PHOTO = '/pictures/harbour.jpg';

interface Report {
  /** Number of rounds of attempts. */
  readonly rounds: number;
  readonly attempts: Readonly<Record<string, number>>;
  readonly leaks: readonly string[];
  readonly addresses: number;
  readonly received: readonly string[];
}

interface Hostile {
  readonly ready: Promise<void>;
  readonly hasWebGL: boolean;
  report(): Report;
  prove(revoked: boolean): Promise<void>;
}

const reports: Record<string, Report> = {};

const it = withBrowser({ build: 'chrome-granted', small: true });

afterAll(() => {
  mkdirSync('out', { recursive: true });
  writeFileSync('out/sealed-hostile.json', `${JSON.stringify(reports, null, 2)}\n`);
});

/** Opens the page from another of the same site, which then is its opener. */
async function open(kind: string, picture: string, query = ''): Promise<void> {
  const options = new URLSearchParams({ kind, picture });
  const address = `${site.origin}/sealed-hostile.html?${options}${query}`;
  const opener = await browser.openPage(`${site.origin}/empty.html`);
  const opening = browser.browser.waitForTarget((target) => target.url() === address);
  await opener.evaluate((url) => {
    window.open(url);
  }, address);
  const made = await (await opening).page();
  if (!made) throw new Error('the page was not opened');
  opened(made);
  page.once('close', () => void opener.close());
  await browser.tabId(page);
  await page.waitForFunction(() => document.readyState === 'complete' && 'hostile' in globalThis);
  await page.evaluate(() => (globalThis as unknown as { hostile: Hostile }).hostile.ready);
  await site.idle(200);
}

const report = (): Promise<Report> =>
  page.evaluate(() => (globalThis as unknown as { hostile: Hostile }).hostile.report());

/** The browser's number of the frame in which the picture is. */
const frameOfPicture = async (): Promise<number> =>
  browser.inServiceWorker(
    async (tabId) => {
      const func = (): boolean => document.querySelector('#slot') !== null;
      const target = { tabId, allFrames: true };
      const found = await chrome.scripting.executeScript({ target, func });
      return found.find(({ result }) => result)?.frameId ?? 0;
    },
    await browser.tabId(page),
  );

const ADDRESS_WAYS = ['', 'frame: ', 'opener: '].flatMap((realm) =>
  ['fetch', 'xhr', 'image'].map((way) => realm + way),
);
const WORKER_WAYS = ['worker', 'service worker'];
const ELEMENT_WAYS = ['canvas', 'opener: canvas', 'bitmap', 'pattern', 'VideoFrame'];

const IMAGES = ['img', 'srcset', 'picture', 'lazy', 'shadow', 'frame'];
const OTHERS = [
  'input',
  'svg',
  'svg pattern',
  'svg use',
  'svg filter',
  'poster',
  'background',
  'inline background',
  'before',
  'content',
  'list',
  'border',
];
const OWN = [
  'own-img',
  'own-img of a script',
  'own-input',
  'own-source',
  'own-video',
  'own-div',
  'own-element',
];

describe('what the page tries works where it may read', () => {
  it.each([...IMAGES, ...OTHERS])('%s', async (kind) => {
    await open(kind, site.origin + PHOTO);
    await page.evaluate(() => (globalThis as unknown as { hostile: Hostile }).hostile.prove(false));
    const hasWebGL = await page.evaluate(
      () => (globalThis as unknown as { hostile: Hostile }).hostile.hasWebGL,
    );
    const ways = [
      ...ADDRESS_WAYS,
      ...WORKER_WAYS,
      ...(IMAGES.includes(kind) ? [...ELEMENT_WAYS, 'clone', ...(hasWebGL ? ['WebGL'] : [])] : []),
    ];
    await expect
      .poll(async () => (await report()).leaks, { timeout: TIMEOUT_MS })
      .toEqual(expect.arrayContaining(ways));
  });

  it.each(OWN)('%s, though the address is taken back at once', async (kind) => {
    await open(kind, site.origin + PHOTO);
    await page.evaluate(() => (globalThis as unknown as { hostile: Hostile }).hostile.prove(true));
    await expect
      .poll(async () => (await report()).leaks, { timeout: TIMEOUT_MS })
      .toContain('callback');
  });
});

describe('and reads nothing of a pastiche where it may not', () => {
  it.each([...IMAGES, ...OTHERS, ...OWN])('%s', async (kind) => {
    const source = site.otherOrigin + PHOTO;
    await open(kind, source);
    expect(await report()).toMatchObject({ leaks: [] });
    const original = await pixelsOf(page, 'main');
    const click = { srcUrl: source, frameId: await frameOfPicture() };
    expect(
      await restyleSource(browser, page, { ...click, menuItemId: STYLE }, { timeout: TIMEOUT_MS }),
    ).toMatchObject({ state: 'done', error: null });
    // The attacks are meaningful only while there is a pastiche.
    const change = async (): Promise<number> =>
      meanAbsoluteDifference(original, await pixelsOf(page, 'main'));
    await expect.poll(change, { timeout: TIMEOUT_MS }).toBeGreaterThan(4);
    await moreAttacks();
    expect((await report()).leaks).toEqual([]);
    await browser.clickMenu(page, { ...click, menuItemId: 'restore' });
    await expect.poll(change, { timeout: TIMEOUT_MS }).toBe(0);
    await moreAttacks();
    const end = await report();
    reports[kind] = end;
    expect(end.leaks).toEqual([]);
    if (IMAGES.includes(kind)) expect(end.attempts['canvas']).toBeGreaterThan(3);
  });

  /** Waits for three more rounds of attempts. */
  async function moreAttacks(): Promise<void> {
    const { rounds } = await report();
    await expect
      .poll(async () => (await report()).rounds, { timeout: TIMEOUT_MS })
      .toBeGreaterThan(rounds + 2);
  }
});

describe("with the person's hand", () => {
  /** Drags the picture onto the page's drop zone, copies it and pastes it. */
  async function byHand(): Promise<readonly string[]> {
    const centre = (selector: string): Promise<{ x: number; y: number }> =>
      page.$eval(selector, (element) => {
        const { x, y, width, height } = element.getBoundingClientRect();
        return { x: x + width / 2, y: y + height / 2 };
      });
    const [from, to] = [await centre('#slot'), await centre('#drop')];
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x - 20, from.y - 20, { steps: 4 });
    await page.mouse.move(to.x, to.y, { steps: 8 });
    await page.mouse.up();
    const got = (way: string) => async (): Promise<boolean> =>
      (await report()).received.some((line) => line.startsWith(way));
    await eventually(got('drop'), TIMEOUT_MS);
    await page.evaluate(() => {
      const range = document.createRange();
      range.selectNode(document.querySelector('main')!);
      getSelection()?.removeAllRanges();
      getSelection()?.addRange(range);
    });
    await page.keyboard.down('Control');
    await page.keyboard.press('KeyC');
    await page.click('#paste');
    await page.keyboard.press('KeyV');
    await page.keyboard.up('Control');
    await eventually(got('paste'), TIMEOUT_MS);
    return (await report()).received;
  }

  it('a picture of its own is handed over', async () => {
    await open('img', site.origin + PHOTO);
    const received = await byHand();
    expect(received).toContainEqual(expect.stringMatching(/^drop: .*Files/));
    expect(received).toContainEqual(expect.stringMatching(/^paste: .*text\/html/));
    expect((await report()).leaks).toContain('drop: file');
  });

  it('a pastiche that it may not read is not', async () => {
    const source = site.otherOrigin + PHOTO;
    await open('img', source);
    await restyleSource(
      browser,
      page,
      { menuItemId: STYLE, srcUrl: source },
      { timeout: TIMEOUT_MS },
    );
    await byHand();
    const end = await report();
    reports['by hand'] = end;
    expect(end.leaks).toEqual([]);
  });
});
