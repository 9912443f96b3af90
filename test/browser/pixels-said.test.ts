/** What a person waits for and can't have is said: refused, full, or out of reach. */
import { readFileSync, writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { ElementHandle } from 'puppeteer';
import { expect } from 'vitest';

import { eventually } from './faults';
import { browser, open as openHtml, openPage, page, site, withBrowser } from './fixtures';
import {
  isPainted,
  meanAbsoluteDifference,
  pixelsOf,
  restyle,
  sourceOf,
  wordsOnPage,
} from './harness';

const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" fill="#fc3"/></svg>';

const it = withBrowser();

/** Opens a page of the extension in which some function of the browser fails. */
async function open(file: string, breaking: () => void): Promise<void> {
  await openPage('about:blank');
  await page.evaluateOnNewDocument(breaking);
  await page.goto(browser.urlOf(file));
}

async function press(label: string): Promise<void> {
  const button = (await page.waitForSelector(`::-p-xpath(//button[text()="${label}"])`))!;
  await button.click();
}

/** Waits for these words in the text for screen readers. */
async function isSaid(words: string): Promise<void> {
  await eventually(async () => {
    const all = await page.$$eval('[role=status], [role=alert], .help', (elements) =>
      elements.map(({ textContent }) => textContent),
    );
    return all.join(' ').includes(words);
  });
}

const GRANT = `grant.html?reason=cross-origin-image&origins=${encodeURIComponent('https://a.example/*')}`;

it('access that the person refuses, or that the browser does', async () => {
  await open(GRANT, () => (chrome.permissions.request = () => Promise.resolve(false)));
  await press('Allow access');
  await isSaid('Access was not granted');
  await page.close();
  await open(GRANT, () => (chrome.permissions.request = () => Promise.reject(new Error('no'))));
  await press('Allow access');
  await isSaid('Access was not granted');
});

it('a page that the browser does not open', async () => {
  await open('welcome.html', () => {
    chrome.runtime.openOptionsPage = () => Promise.reject(new Error('there is no window'));
  });
  await press('Options');
  await isSaid('Something went wrong');
  await page.close();
  await open('options/options.html', () => {
    chrome.tabs.create = () => Promise.reject(new Error('there is no window'));
  });
  await press('Change shortcuts');
  await isSaid('page of add-ons');
});

it('a style of one’s own whose picture can’t be read is not passed on in silence', async () => {
  await open('options/options.html', () => undefined);
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'pastiche-')), 'sun.svg');
  writeFileSync(file, SVG);
  const field = (await page.waitForSelector(
    '#own-styles input[type=file]',
  )) as ElementHandle<HTMLInputElement>;
  await field.uploadFile(file);
  await page.waitForSelector('.own-styles .button');
  await page.evaluate(() => {
    Blob.prototype.arrayBuffer = () => Promise.reject(new DOMException('', 'NotReadableError'));
  });
  await press('Share');
  await isSaid('Something went wrong');
  expect(await page.$$eval('.own-styles li', (all) => all.length)).toBe(1);
});

/** Nothing more can be kept in the page that opens next. */
function fill(): void {
  chrome.storage.local.set = () =>
    Promise.reject(new Error('Resource::kQuotaBytes quota exceeded'));
}

it('a full storage: a favourite that is renamed, and the order of the styles', async () => {
  await browser.inServiceWorker(() =>
    chrome.storage.local.set({
      'favourite:a': { format: 2, name: 'Waves', mix: { udnie: 1 }, position: 1 },
    }),
  );
  await open('options/options.html', fill);
  const name = (await page.waitForSelector('.editor input'))!;
  await name.type('!');
  await page.keyboard.press('Enter');
  await isSaid('storage is full');
  await page.close();
  await open('popup/popup.html', fill);
  await page.waitForSelector('.find select');
  await page.select('.find select', 'title');
  await isSaid('no room left');
  await browser.inServiceWorker(() => chrome.storage.local.clear());
});

it('a full storage: of a file of favourites nothing is kept, no style either', async () => {
  const { styleSpace, styles } = JSON.parse(readFileSync('models/styles.json', 'utf8')) as {
    readonly styleSpace: string;
    readonly styles: readonly { readonly vector: readonly number[] }[];
  };
  const id = 'own:01234567-89ab-4cde-8f01-23456789abcd';
  const manner = { keepColours: false, strokeSize: 1 };
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'pastiche-')), 'favourites.json');
  writeFileSync(
    file,
    JSON.stringify({
      kind: 'pastiche-favourites',
      format: 3,
      favourites: [{ name: 'Mine', mix: { [id]: 1 }, manner }],
      styles: [{ id, title: 'Mine', styleSpace, vector: styles[0]!.vector }],
    }),
  );
  await open('options/options.html', fill);
  const countStyles = (): Promise<number> =>
    page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const opening = indexedDB.open('pastiche');
          opening.onsuccess = () => {
            const store = opening.result.transaction('own-styles').objectStore('own-styles');
            const counting = store.count();
            counting.onsuccess = () => resolve(counting.result);
          };
        }),
    );
  const field = (await page.waitForSelector(
    'input[accept=".json,application/json"]',
  )) as ElementHandle<HTMLInputElement>;
  const before = await countStyles();
  await field.uploadFile(file);
  await isSaid('storage is full');
  expect(await countStyles()).toBe(before);
});

it('rules of sites that can’t be read', async () => {
  await open('options/options.html', () => {
    chrome.permissions.contains = () => Promise.reject(new Error('not now'));
    void chrome.storage.local.set({
      'site:http://localhost/*': { format: 1, favourite: 'a', paints: 'images' },
    });
  });
  await isSaid('Something went wrong');
  await browser.inServiceWorker(() => chrome.storage.local.clear());
});

it('a folder among the files, or a file that has gone: named, and the others are added', async () => {
  await open('options/options.html', () => {
    const { slice } = Blob.prototype;
    Blob.prototype.slice = function (...range) {
      if (!(this instanceof File) || this.name !== 'folder') return slice.apply(this, range);
      const part = slice.apply(this, range);
      part.arrayBuffer = () => Promise.reject(new DOMException('', 'NotFoundError'));
      return part;
    };
  });
  await page.waitForSelector('#own-styles input[type=file]');
  await page.evaluate((svg) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['?'], 'folder'));
    dataTransfer.items.add(new File([svg], 'sun.svg', { type: 'image/svg+xml' }));
    document.body.dispatchEvent(
      new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }),
    );
  }, SVG);
  await isSaid('folder could not be used');
  await eventually(() =>
    page.$$eval('.own-styles li input', (fields) => fields.some((field) => field.value === 'sun')),
  );
});

it('what is pasted and is no picture', async () => {
  await open('options/options.html', () => undefined);
  await page.waitForSelector('#own-styles input[type=file]');
  await page.evaluate(() => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', 'only words');
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
  });
  await isSaid('no picture in that');
});

it('a picture that is not painted can’t be saved or compared', async () => {
  await openPage('/one-image.html');
  await browser.grantActiveTab(page);
  const srcUrl = await sourceOf(page, '#photo');
  for (const menuItemId of ['save', 'compare']) {
    await browser.clickMenu(page, { menuItemId, srcUrl });
    await eventually(async () => (await wordsOnPage(browser, page)).includes('no painted picture'));
    await page.reload();
  }
});

it.each([
  ['leaves the page', (image: Element): void => image.remove()],
  [
    'gives way to another',
    (image: Element): void => image.setAttribute('src', '/pictures/orchard.jpg'),
  ],
])('a picture that %s before it is painted', async (_, change) => {
  await openPage('/one-image.html');
  await browser.grantActiveTab(page);
  const image = (await page.$('#photo'))!;
  const srcUrl = await sourceOf(page, '#photo');
  await browser.clickMenu(page, { menuItemId: 'restyle:mix', srcUrl });
  await browser.waitForPicture(page, srcUrl, { states: ['reading', 'queued', 'preview'] });
  await image.evaluate(change);
  await eventually(async () => (await wordsOnPage(browser, page)).includes('left the page'));
  const [status, ...others] = await browser.pageStatus(page);
  expect(status).toMatchObject({ source: srcUrl, state: 'failed', error: { code: 'image-gone' } });
  expect(others).toEqual([]);
  expect(await image.evaluate((element) => getComputedStyle(element).content)).not.toContain(
    'blob:',
  );
});

it('a picture that comes back painted can be compared, also where it left while it was', async () => {
  await openPage('/one-image.html');
  await browser.grantActiveTab(page);
  const srcUrl = await sourceOf(page, '#photo');
  await restyle(browser, page, '#photo');
  const image = (await page.$('#photo'))!;
  const compare = async (): Promise<void> => {
    const pastiche = await pixelsOf(page, '#photo');
    await browser.clickMenu(page, { menuItemId: 'compare', srcUrl });
    await eventually(
      async () => meanAbsoluteDifference(pastiche, await pixelsOf(page, '#photo')) > 4,
    );
  };
  await compare();
  const parent = await image.evaluateHandle((element) => element.parentElement!);
  await image.evaluate((element) => element.remove());
  await image.evaluate(
    () =>
      new Promise((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(resolve));
      }),
  );
  await parent.evaluate((box, element) => box.append(element), image);
  await eventually(() => isPainted(page, '#photo'));
  await compare();
});

it('a picture that only the screen shows, and that leaves for a while, is painted no more', async () => {
  const srcUrl = `${site.otherOrigin}/pictures/harbour.jpg`;
  await openHtml(`<img id="photo" src="${srcUrl}" width="300">`);
  expect(await restyle(browser, page, '#photo')).toMatchObject({ state: 'done', read: 'capture' });
  await browser.clickMenu(page, { menuItemId: 'compare', srcUrl });
  const image = (await page.$('#photo'))!;
  await image.evaluate((element) => element.remove());
  await eventually(async () => (await browser.pageStatus(page))[0]?.state === 'restored');
  await image.evaluate((element) => document.body.append(element));
  await browser.clickMenu(page, { menuItemId: 'compare', srcUrl });
  await eventually(async () => (await wordsOnPage(browser, page)).includes('no painted picture'));
});

it('a canvas that leaves the page before it is painted', async () => {
  await openPage();
  await page.setContent(
    `<canvas width="400" height="300"></canvas><script>
      const context = document.querySelector('canvas').getContext('2d');
      for (let i = 0; i < 40; i++) {
        context.fillStyle = 'hsl(' + i * 37 + ' 80% 50%)';
        context.fillRect((i * 97) % 360, (i * 61) % 260, 60, 40);
      }
      // It leaves as soon as it is chosen.
      document.querySelector('canvas').addEventListener('pointerout', ({ target }) => target.remove());
    </script>`,
    { waitUntil: 'load' },
  );
  await browser.grantActiveTab(page);
  await browser.clickMenu(page, { menuItemId: 'pick' });
  await eventually(async () => (await wordsOnPage(browser, page)).includes('Click a picture'));
  await page.click('canvas');
  await page.mouse.move(700, 500);
  await eventually(async () => (await wordsOnPage(browser, page)).includes('left the page'));
});

it('a mix with nothing in it', async () => {
  await browser.inServiceWorker(() => chrome.storage.local.set({ mix: {} }));
  await openPage('/one-image.html');
  await browser.grantActiveTab(page);
  const srcUrl = await sourceOf(page, '#photo');
  await browser.clickMenu(page, { menuItemId: 'restyle:mix', srcUrl });
  await eventually(async () => (await wordsOnPage(browser, page)).includes('current mix is empty'));
  expect(await isPainted(page, '#photo')).toBe(false);
  await browser.inServiceWorker(() => chrome.storage.local.clear());
});
