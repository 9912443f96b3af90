import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import type { Page } from 'puppeteer';
import { afterAll, beforeEach, describe, expect } from 'vitest';

import { browser, opened, openPage, site, withBrowser } from './fixtures';
import { axeViolations } from './harness';

let folder: string;

const it = withBrowser({ build: 'chrome-granted' });

it.beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pastiche-'));
});

beforeEach(async () => {
  await browser.inServiceWorker(() => chrome.storage.local.clear());
});

afterAll(async () => {
  await browser.inServiceWorker(() => chrome.storage.local.clear());
  await rm(folder, { recursive: true });
});

const SLIDERS = '.style input[type=range]';

async function open(file: string, waitFor: string): Promise<Page> {
  const page = await openPage(browser.urlOf(file));
  await page.waitForSelector(waitFor);
  return page;
}

const openPalette = (): Promise<Page> => open('popup/popup.html', SLIDERS);
const openOptions = (): Promise<Page> => open('options/options.html', '.editor');

function stored(): Promise<Record<string, unknown>> {
  return browser.inServiceWorker(() => chrome.storage.local.get(null));
}

async function keep(...items: object[]): Promise<void> {
  await browser.inServiceWorker(
    (all) => chrome.storage.local.set(Object.assign({}, ...all) as object),
    items,
  );
}

const favourite = (id: string, position: number): object => ({
  [`favourite:${id}`]: {
    format: 2,
    name: `Mix ${id}`,
    mix: { udnie: 1 / (position + 1) },
    manner: {},
    position,
  },
});

const names = async (page: Page): Promise<string[]> =>
  page.$$eval('.shelf .name', (all) => all.map((name) => name.textContent));

const button = (page: Page, label: string): ReturnType<Page['waitForSelector']> =>
  page.waitForSelector(`::-p-aria([name="${label}"][role="button"])`);

async function storedMix(): Promise<Record<string, number>> {
  return ((await stored())['mix'] ?? {}) as Record<string, number>;
}

async function setSlider(page: Page, title: string, share: number): Promise<void> {
  await page.$$eval(
    '.style',
    (rows, wanted, percent) => {
      const row = rows.find((each) => each.querySelector('label')?.textContent === wanted);
      const slider = row?.querySelector('input');
      if (!slider) throw new Error(`no slider for ${wanted}`);
      slider.value = String(percent);
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      slider.dispatchEvent(new Event('change', { bubbles: true }));
    },
    title,
    100 * share,
  );
}

describe('mixing', () => {
  it('shares room, and is undone, redone, found and cleared', async () => {
    await keep({ mix: { 'starry-night': 1 } });
    const page = await openPalette();
    await setSlider(page, 'Udnie', 0.5);
    await expect.poll(storedMix).toEqual({ 'starry-night': 0.5, udnie: 0.5 });
    await (await button(page, 'Undo'))?.click();
    await expect.poll(storedMix).toEqual({ 'starry-night': 1 });
    await (await button(page, 'Redo'))?.click();
    await expect.poll(storedMix).toEqual({ 'starry-night': 0.5, udnie: 0.5 });
    const [label] = await page.$$('::-p-text(Udnie) >>> ::-p-xpath(self::label)');
    await label?.click({ count: 2 });
    await expect.poll(storedMix).toEqual({ 'starry-night': 0.5 });
    await page.type('.find input', 'munch');
    await expect.poll(() => page.$$eval('.style', (rows) => rows.length)).toBe(1);
    await (await button(page, 'Surprise me'))?.click();
    await expect.poll(async () => Object.keys(await storedMix()).length).toBeGreaterThan(1);
  });

  it('puts the most used styles first where that is asked for', async () => {
    await keep({ mix: {}, order: 'use', 'use:the-scream': 3, 'use:udnie': 7 });
    const page = await openPalette();
    const first = await page.$$eval('.style label', (all) =>
      all.slice(0, 2).map(({ textContent }) => textContent),
    );
    expect(first).toEqual(['Udnie', 'The Scream']);
  });
});

describe('the preview', () => {
  const picture = (page: Page): Promise<string> =>
    page.$eval('canvas.pastiche.shown', (canvas) => canvas.toDataURL());

  it('changes with the slider, and shows the original while it is held', async () => {
    await keep({ mix: { 'starry-night': 1 } });
    const page = await openPalette();
    await page.waitForSelector('canvas.pastiche.shown[width="416"]');
    const before = await picture(page);
    await setSlider(page, 'The Scream', 1);
    await expect.poll(() => picture(page)).not.toBe(before);
    const preview = await page.$('.preview');
    await preview?.focus();
    await page.keyboard.down('Space');
    await page.waitForSelector('.pastiche:not(.shown)');
    await page.keyboard.up('Space');
    await page.waitForSelector('.pastiche.shown');
  });

  it('is of the picture that was clicked last, and else of the largest', async () => {
    const page = await openPage();
    await page.setContent(
      `<img id="small" src="${site.origin}/pictures/harbour.jpg" width="160">
       <img src="${site.origin}/pictures/city-at-night.jpg" width="500">`,
      { waitUntil: 'load' },
    );
    const preview = async (): Promise<string> => {
      const popup = await browser.openPopup(page);
      await popup.waitForSelector(
        '::-p-aria([name="Preview on a picture of this page: press and hold to see the original"])',
      );
      const shown = await popup.$eval('.preview canvas', (canvas) => canvas.toDataURL());
      await popup.close();
      return shown;
    };
    const largest = await preview();
    await page.click('#small');
    expect(await preview()).not.toBe(largest);
  });

  it('costs nothing when the palette is closed in the middle of it', async () => {
    await keep({ mix: { udnie: 1 } });
    const page = await openPage();
    const popup = await browser.openPopup(page);
    await popup.waitForSelector(SLIDERS);
    await setSlider(popup, 'The Scream', 0.5);
    await popup.close();
    await expect.poll(storedMix).toEqual({ udnie: 0.5, 'the-scream': 0.5 });
  });
});

describe('favourites', () => {
  it('are kept, applied by a number key, renamed, moved, deleted and brought back', async () => {
    await keep({ mix: { 'the-kiss': 1 } }, favourite('a', 1), favourite('b', 2));
    const page = await openPalette();
    await (await button(page, 'Keep this mix'))?.click();
    await expect.poll(() => names(page)).toEqual(['Mix a', 'Mix b', 'Kiss']);
    await page.keyboard.press('2');
    await expect.poll(storedMix).toEqual({ udnie: 1 / 3 });

    await (await button(page, 'Edit favourites'))?.click();
    await (await button(page, 'Move Kiss up'))?.click();
    await button(page, 'Move Mix b up');
    const fields = await page.$$('.editor input');
    await fields[1]?.click({ count: 3 });
    await fields[1]?.type('Golden');
    await page.keyboard.press('Tab');
    await (await button(page, 'Delete Mix a'))?.click();
    await (await button(page, 'Edit favourites'))?.click();
    await expect.poll(() => names(page)).toEqual(['Golden', 'Mix b']);
    await (await button(page, 'Bring back'))?.click();
    await expect.poll(() => names(page)).toEqual(['Mix a', 'Golden', 'Mix b']);
  });

  it('of two windows at once are all kept', async () => {
    await keep({ mix: { 'the-kiss': 1 } });
    const [first, second] = [await openPalette(), await openPalette()];
    await keep(favourite('x', 1));
    for (const page of [first, second]) await expect.poll(() => names(page)).toEqual(['Mix x']);
    await (await button(second, 'Keep this mix'))?.click();
    await setSlider(second, 'Udnie', 1);
    await first.bringToFront();
    await expect.poll(() => names(first)).toEqual(['Mix x', 'Kiss']);
    await first.waitForFunction(() => document.querySelector('.title h2')?.textContent === 'Udnie');
    await (await button(first, 'Keep this mix'))?.click();
    for (const page of [first, second]) {
      await expect.poll(() => names(page)).toEqual(['Mix x', 'Kiss', 'Udnie']);
    }
  });

  it('say so where the storage is full, and nothing is lost', async () => {
    await keep(favourite('a', 1), { mix: { 'the-kiss': 1 } });
    const page = await openPalette();
    await browser.inServiceWorker(async () => {
      const free = chrome.storage.local.QUOTA_BYTES - (await chrome.storage.local.getBytesInUse());
      await chrome.storage.local.set({ filler: 'x'.repeat(free - 40) });
    });
    await (await button(page, 'Keep this mix'))?.click();
    const alert = await page.waitForSelector('.favourites [role=alert]');
    expect(await alert?.evaluate(({ textContent }) => textContent)).toContain('full');
    expect(await names(page)).toEqual(['Mix a']);
    await browser.inServiceWorker(() => chrome.storage.local.remove('filler'));
    await (await button(page, 'Keep this mix'))?.click();
    await expect.poll(() => names(page)).toEqual(['Mix a', 'Kiss']);
  });
});

describe('files of favourites', () => {
  const MINE = { name: 'Mine', mix: { udnie: 0.5 } };
  const file = (format: number, ...favourites: unknown[]): string =>
    JSON.stringify({ kind: 'pastiche-favourites', format, favourites });

  it.each([
    ['good', file(3, MINE, { ...MINE, name: 'Other' }), '2 favourites were added.', 2],
    ['old', file(1, MINE), '1 favourite was added.', 1],
    ['broken', file(3, MINE).slice(0, 60), 'broken', 0],
    [
      'hostile',
      file(3, { ...MINE, name: '<img src=x onerror="document.title=1">' }),
      '1 favourite was added.',
      1,
    ],
    ['enormous', file(3, ...Array.from({ length: 501 }, () => MINE)), 'more favourites', 0],
  ])('%s: what is said and kept', async (name, contents, sentence, count) => {
    const page = await openOptions();
    const address = path.join(folder, `${name}.json`);
    await writeFile(address, contents);
    const chooser = await page.$('input[type=file][accept*=json]');
    await (chooser as unknown as { uploadFile(file: string): Promise<void> }).uploadFile(address);
    await page.waitForFunction(
      (text) =>
        [...document.querySelectorAll('[role=status]')].some((e) => e.textContent.includes(text)),
      {},
      sentence,
    );
    await expect.poll(() => page.$$eval('.editor li', (rows) => rows.length)).toBe(count);
    expect(await page.title()).toBe('Pastiche: options');
    expect(await page.$('.editor img[src=x]')).toBeNull();
  });

  it('or one as a text, which another person pastes', async () => {
    await keep(favourite('a', 1));
    const page = await openOptions();
    await (await button(page, 'Share Mix a'))?.click();
    const text = await page.waitForSelector('textarea');
    const shared = (await text?.evaluate((area) => area.value)) ?? '';
    expect(shared).toMatch(/^pastiche:[\w-]+$/);
    await browser.inServiceWorker(() => chrome.storage.local.clear());
    await page.type('.paste input', `Look: ${shared}`);
    await page.keyboard.press('Enter');
    await expect
      .poll(() => page.$$eval('.editor input', (fields) => fields.map(({ value }) => value)))
      .toEqual(['Mix a']);
    expect(Object.values(await stored())).toEqual([
      expect.objectContaining({ name: 'Mix a', mix: { udnie: 0.5 } }),
    ]);
  });
});

describe('the options', () => {
  it('give diagnostics without addresses, and make everything as it was', async () => {
    await keep(
      { 'site:https://secret.example/*': { format: 1, favourite: 'a', paints: 'off' } },
      favourite('a', 1),
    );
    const page = await openOptions();
    await (await button(page, 'Copy diagnostics'))?.click();
    const area = await page.waitForSelector('textarea');
    const text = (await area?.evaluate((element) => element.value)) ?? '';
    expect(text).toContain('1 with a rule');
    expect(text).not.toContain('secret.example');
    await (await button(page, 'Reset everything…'))?.click();
    // A page that is closed while it loads hangs Puppeteer.
    const reloaded = page.waitForNavigation();
    await (await button(page, 'Delete everything'))?.click();
    await reloaded;
    await expect
      .poll(async () => Object.keys(await stored()).filter((key) => key !== 'mix'))
      .toEqual([]);
  });

  it('measure the machine, and what is chosen paints', async () => {
    const page = await openOptions();
    await (await button(page, 'Measure my machine'))?.click();
    await page.waitForSelector('.chart .best', { timeout: 60_000 });
    const wanted = JSON.stringify({ provider: 'kernels', threads: 1 });
    await page.waitForFunction(
      () =>
        ![...document.querySelectorAll('button')].some(
          ({ textContent, disabled }) => disabled && textContent.includes('Measure'),
        ),
      { timeout: 60_000 },
    );
    await page.select('select:has(option[value=""])', wanted);
    const palette = await openPalette();
    await palette.waitForFunction(() =>
      document.querySelector('.engine')?.textContent.includes('Processor, 1 thread'),
    );
    await page.bringToFront();
    await page.select('select:has(option[value=""])', '');
  });
});

describe('the first page', () => {
  it('shows on our own picture what to do, in one screen', async () => {
    const page = await open('welcome.html', '.choices button');
    await page.setViewport({ width: 1280, height: 720 });
    const fits = await page.evaluate(() => document.documentElement.scrollHeight <= innerHeight);
    expect(fits).toBe(true);
    await page.click('.choices button');
    await page.waitForSelector('figure .pastiche.shown');
    await page.waitForFunction(() =>
      document.querySelector('figcaption')?.textContent.includes('Starry Night'),
    );
  });

  it('repaints the picture when that is clicked itself, small at first', async () => {
    const page = await open('welcome.html', '.choices button');
    // The widths of what is shown, in the order in which they came.
    await page.$eval('.pastiche', (canvas) => {
      const widths: number[] = [];
      new MutationObserver(() => {
        const { width } = canvas as HTMLCanvasElement;
        if (widths.at(-1) !== width) widths.push(width);
      }).observe(canvas, { attributes: true });
      Object.assign(globalThis, { widths });
    });
    await page.click('.picture');
    await page.waitForSelector('figure .pastiche.shown');
    await page.waitForFunction(
      () => (globalThis as unknown as { widths: number[] }).widths.length > 1,
    );
    expect(
      await page.evaluate(() => (globalThis as unknown as { widths: number[] }).widths),
    ).toEqual([480, 960]);
  });

  it('says that its picture has no menu of ours, and repaints it at the right click', async () => {
    const page = await open('welcome.html', '.choices button');
    await page.click('.picture', { button: 'right' });
    await page.waitForSelector('figure .pastiche.shown');
    expect(await page.$eval('.note', ({ textContent }) => textContent)).toContain(
      'a right click opens a menu',
    );
  });
});

describe('over a page on which no extension may act', () => {
  it('the palette says so, and leads to a picture that can be painted', async () => {
    const page = await openPage('chrome://version');
    const popup = await browser.openPopup(page);
    const button = await popup.waitForSelector('.page ::-p-text(Try it on our picture)');
    expect(await popup.$eval('.page', ({ textContent }) => textContent)).toContain(
      'Nothing can be painted here',
    );
    const opening = browser.browser.waitForTarget(
      (target) => target.url() === browser.urlOf('welcome.html'),
    );
    await button?.click();
    opened((await (await opening).page())!);
  });

  it('nothing of the kind is said over an ordinary page, and the palette has its full width', async () => {
    const page = await openPage('/one-image.html');
    const popup = await browser.openPopup(page);
    await popup.waitForSelector('.page .buttons');
    // Here, where the browser makes it as wide as its contents want it.
    await popup.waitForFunction(() => document.body.clientWidth === 360, { timeout: 5000 });
    expect(await popup.$$('.page ::-p-text(Try it on our picture)')).toEqual([]);
    await popup.close();
  });
});

describe('without a mouse', () => {
  it.each([
    ['popup/popup.html', SLIDERS],
    ['options/options.html', '.editor li'],
    ['welcome.html', '.choices button'],
  ])(
    '%s: Tab comes by every control, each has a name, and is seen to have the focus',
    async (file, waitFor) => {
      await keep(favourite('a', 1), { mix: { udnie: 0.5 } });
      const page = await open(file, waitFor);
      // Over its own page, which is closed to extensions, the palette has one more button a little later.
      if (file.startsWith('popup')) await page.waitForSelector('.page .button');
      const wanted = await page.evaluate(
        () =>
          [...document.querySelectorAll<HTMLElement>('button, input, select, textarea')].filter(
            (element) => !element.matches(':disabled') && element.checkVisibility(),
          ).length,
      );
      const seen = new Set<string>();
      for (let i = 0; i < wanted + 3; i++) {
        await page.keyboard.press('Tab');
        const focused = await page.evaluate((number) => {
          const element = document.activeElement;
          if (!(element instanceof HTMLElement) || element === document.body) return null;
          element.dataset['walk'] ??= String(number);
          const { outlineStyle, outlineWidth } = getComputedStyle(element);
          const isSeen = outlineStyle !== 'none' && outlineWidth !== '0px';
          return { id: element.dataset['walk'], isSeen };
        }, i);
        if (!focused) continue;
        seen.add(focused.id);
        expect(focused.isSeen).toBe(true);
      }
      expect(seen.size).toBe(wanted);
    },
  );
});

describe('for everyone', () => {
  it.each([
    ['popup/popup.html', SLIDERS],
    ['options/options.html', '.editor li'],
    ['welcome.html', '.choices button'],
    ['grant.html?origins=https://a.example/*&reason=cross-origin-image', 'button'],
  ])(
    '%s: axe finds nothing, light and dark; nothing is cut off at 200 %',
    async (file, waitFor) => {
      await keep(favourite('a', 1), { mix: { udnie: 0.5 } });
      const page = await open(file, waitFor);
      expect(await axeViolations(page)).toEqual([]);
      // A window of 640 pixels, enlarged to twice; the popup is never wider than the screen.
      await page.setViewport({ width: 320, height: 400, deviceScaleFactor: 2 });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
    },
  );
});
