/** Where pictures are asked for: every kind of file, by every way, and what can't be kept is said. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { ElementHandle, Page } from 'puppeteer';
import { afterEach, beforeAll, expect, it } from 'vitest';

import type { ExtensionBrowser } from '../../scripts/extension.mjs';
import { eventually } from './faults';
import { downloadFolder, sharedBrowser, sharedSite } from './harness';
import type { Site } from './server.mjs';

const SVG =
  '<?xml version="1.0"?><!-- by hand --><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">' +
  '<rect width="24" height="24" fill="#fc3"/><circle cx="9" cy="9" r="7" fill="#26a"/></svg>';

let browser: ExtensionBrowser;
let site: Site;
let page: Page;

beforeAll(async () => {
  site = await sharedSite();
  browser = await sharedBrowser();
});

afterEach(async () => {
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        const opening = indexedDB.open('pastiche');
        opening.onsuccess = () => {
          const store = opening.result.transaction('own-styles', 'readwrite');
          store.objectStore('own-styles').clear();
          store.oncomplete = resolve;
        };
      }),
  );
  await page.close();
});

async function openOptions(): Promise<void> {
  page = await browser.openPage(browser.urlOf('options/options.html'));
  await page.waitForSelector('#own-styles .picture-source, #own-styles .buttons');
}

const titles = (): Promise<string[]> =>
  page.$$eval('.own-styles li input', (fields) => fields.map((field) => field.value));

const said = (): Promise<string> =>
  page.$$eval('#own-styles [role=status], #own-styles [role=alert]', (all) =>
    all.map(({ textContent }) => textContent).join(' '),
  );

async function chooseFiles(files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pastiche-'));
  const paths = Object.entries(files).map(([name, contents]) => {
    writeFileSync(path.join(folder, name), contents);
    return path.join(folder, name);
  });
  const field = (await page.$('#own-styles input[type=file]')) as ElementHandle<HTMLInputElement>;
  await field.uploadFile(...paths);
}

it('several files at once: an SVG becomes a style, and what can’t be read is named', async () => {
  await openOptions();
  await chooseFiles({
    'sun.svg': SVG,
    'phone.heic': Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'),
    'new.jxl': Buffer.from('\xff\x0a\x00\x00', 'latin1'),
    'notes.txt': 'no picture',
  });
  const words = await eventually(async () => {
    const now = await said();
    return now.includes('notes.txt') && now;
  });
  expect(words).toMatch(/phone\.heic .*HEIC/);
  expect(words).toMatch(/new\.jxl .*JPEG XL/);
  expect(await titles()).toEqual(['sun']);
  // The drawing is not a dot: it was drawn at the size that the encoder sees.
  const size = await eventually(() =>
    page.$eval('.own-picture img', (image) => image.naturalWidth),
  );
  expect(size).toBe(512);
});

it('what is dropped anywhere on the page, as a file or out of another page', async () => {
  await openOptions();
  const drop = (data: Readonly<Record<string, string>>): Promise<void> =>
    page.evaluate((entries) => {
      const transfer = new DataTransfer();
      for (const [type, text] of Object.entries(entries)) {
        if (type === 'file') {
          transfer.items.add(new File([text], 'dropped.svg', { type: 'image/svg+xml' }));
        } else transfer.setData(type, text);
      }
      const event = new DragEvent('drop', {
        dataTransfer: transfer,
        bubbles: true,
        cancelable: true,
      });
      document.querySelector('h1')!.dispatchEvent(event);
      if (!event.defaultPrevented) throw new Error('the browser would open it in the tab');
    }, data);
  await drop({ file: SVG });
  await eventually(async () => (await titles()).includes('dropped'));
  await drop({ 'text/html': `<img src="${site.origin}/pictures/orchard.jpg?cors">` });
  await eventually(async () => (await titles()).includes('orchard'));
  await drop({ 'text/plain': 'only words' });
  await eventually(async () => (await said()).includes('no picture in that'));
});

it('an address: loaded where its site allows it, else the site can be allowed', async () => {
  await openOptions();
  const load = async (address: string): Promise<void> => {
    if (!(await page.$('#own-styles form input'))) {
      await page.evaluate(() => {
        const buttons = document.querySelectorAll<HTMLElement>('#own-styles .buttons button');
        [...buttons].find(({ ariaExpanded }) => ariaExpanded !== null)?.click();
      });
    }
    const field = (await page.waitForSelector('#own-styles form input'))!;
    await field.evaluate((input) => input.select());
    await field.type(address);
    await page.keyboard.press('Enter');
  };
  await load(`${site.origin}/pictures/harbour.jpg?cors`);
  await eventually(async () => (await titles()).includes('harbour'));
  await load(`${site.origin}/pictures/orchard.jpg`);
  await eventually(async () => (await said()).includes('localhost'));
  expect(await page.$('#own-styles [role=alert] button')).toBeTruthy();
  await load(`${site.origin}/nowhere.jpg?cors`);
  await eventually(async () => (await said()).includes('no picture that could be loaded'));
});

it('a style is passed on as a file with its picture, which another person opens', async () => {
  const folder = await downloadFolder(browser);
  await openOptions();
  await chooseFiles({ 'sun.svg': SVG });
  await eventually(async () => (await titles()).includes('sun'));
  await page.evaluate(() => {
    const buttons = document.querySelectorAll<HTMLElement>('.own-styles li .button');
    [...buttons].at(-1)?.click();
  });
  const name = 'sun.pastiche-style.json';
  await eventually(async () => readdirSync(folder).includes(name));
  await page.click('.own-styles li .icon-button');
  await eventually(async () => (await titles()).length === 0);
  await chooseFiles({
    [name]: readFileSync(path.join(folder, name)),
    'bad.json': '{"kind":"pastiche-style"',
  });
  await eventually(async () => (await titles()).includes('sun'));
  await eventually(async () => (await said()).includes('bad.json'));
});

it('a full storage: a style that is brought back and can’t be kept is not lost', async () => {
  await openOptions();
  await chooseFiles({ 'sun.svg': SVG });
  await eventually(async () => (await titles()).includes('sun'));
  await page.click('.own-styles li .icon-button');
  const bringBack = '#own-styles .message button';
  await page.waitForSelector(bringBack);
  await page.evaluate(() => {
    const { prototype } = IDBObjectStore;
    const put = prototype.put;
    addEventListener('room', () => (prototype.put = put));
    prototype.put = () => {
      throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
    };
  });
  await page.click(bringBack);
  await eventually(async () => (await said()).includes('no room left'));
  await chooseFiles({ 'moon.svg': SVG });
  await eventually(async () => (await said()).includes('no room left'));
  await page.evaluate(() => dispatchEvent(new Event('room')));
  await page.click(bringBack);
  await eventually(async () => (await titles()).includes('sun'));
  expect(await page.$(bringBack)).toBeNull();
});
