/** Giving pictures: every kind of file, in every way; errors are shown. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { ElementHandle } from 'puppeteer';
import { afterEach, expect } from 'vitest';

import { eventually } from './faults';
import { browser, openPage, page, site, withBrowser } from './fixtures';
import { clearOwnStyles, downloadFolder } from './harness';

const SVG =
  '<?xml version="1.0"?><!-- by hand --><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">' +
  '<rect width="24" height="24" fill="#fc3"/><circle cx="9" cy="9" r="7" fill="#26a"/></svg>';

const it = withBrowser();

afterEach(async () => {
  await clearOwnStyles(page);
});

async function openOptions(): Promise<void> {
  await openPage(browser.urlOf('options/options.html'));
  await page.waitForSelector('#own-styles .picture-source, #own-styles .buttons');
}

const titles = (): Promise<string[]> =>
  page.$$eval('.own-styles li input[type=text]', (fields) => fields.map((field) => field.value));

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
    // As written by drawing programs.
    'declared.svg':
      '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "" [ <!ENTITY ns "http://example.org/"> ]>' +
      `<!-- ${'made by hand '.repeat(200)} -->${SVG.slice(SVG.indexOf('<svg'))}`,
    'wide.svg': Buffer.from(`\ufeff${SVG.slice(SVG.indexOf('<svg'))}`, 'utf16le'),
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
  expect((await titles()).toSorted()).toEqual(['declared', 'sun', 'wide']);
  // The drawing is not a dot: it was drawn at the size for the encoder.
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

it('several addresses at once, dropped or pasted: one after another, and what fails is named', async () => {
  await openOptions();
  const give = (type: 'drop' | 'paste', data: Readonly<Record<string, string>>): Promise<void> =>
    page.evaluate(
      (kind, entries) => {
        const transfer = new DataTransfer();
        for (const [name, text] of Object.entries(entries)) transfer.setData(name, text);
        const options = { bubbles: true, cancelable: true };
        const event =
          kind === 'drop'
            ? new DragEvent(kind, { ...options, dataTransfer: transfer })
            : new ClipboardEvent(kind, { ...options, clipboardData: transfer });
        document.querySelector('h1')!.dispatchEvent(event);
      },
      type,
      data,
    );
  await page.evaluate(() => {
    const heard: string[] = ((globalThis as { heard?: string[] }).heard = []);
    const note = (): void => {
      const status = [...document.querySelectorAll('#own-styles [role=status]')].at(-1);
      heard.push(status?.textContent ?? '');
    };
    const all = { childList: true, subtree: true, characterData: true };
    new MutationObserver(note).observe(document.querySelector('#own-styles')!, all);
  });
  const picture = (name: string): string => `${site.origin}/pictures/${name}.jpg`;
  await give('drop', {
    'text/uri-list': [
      '# what was dragged',
      `${picture('harbour')}?cors`,
      `${site.origin}/nowhere.jpg?cors`,
      // Its site doesn't let it be read.
      picture('portrait'),
      `${picture('orchard')}?cors`,
    ].join('\r\n'),
    'text/plain': `${picture('harbour')}?cors`,
  });
  await eventually(async () => (await titles()).includes('orchard'));
  expect((await titles()).toSorted()).toEqual(['harbour', 'orchard']);
  await eventually(async () => (await said()).includes('nowhere.jpg: There is no picture'));
  const words = await said();
  expect(words).not.toContain('harbour');
  expect(words).toContain('localhost');
  const heard = await page.evaluate(() => (globalThis as { heard?: string[] }).heard ?? []);
  expect(heard).toEqual(expect.arrayContaining(['Adding 2 of 4…', 'Adding 4 of 4…']));

  await give('paste', {
    'text/plain': `${picture('harbour')}?cors&2\n\n${picture('orchard')}?cors&2\n`,
  });
  await eventually(async () => (await titles()).length === 4);
  // A field makes one line of several.
  await page.evaluate(() => {
    const buttons = document.querySelectorAll<HTMLElement>(
      '#own-styles .picture-source .buttons button',
    );
    [...buttons].find(({ ariaExpanded }) => ariaExpanded !== null)?.click();
  });
  const field = (await page.waitForSelector('#own-styles .picture-source form input'))!;
  await field.type(`${picture('harbour')}?cors&3 ${site.origin}/gone.jpg?cors`);
  await page.keyboard.press('Enter');
  await eventually(async () => (await said()).includes('gone.jpg: There is no picture'));
  expect(await titles()).toHaveLength(5);
  expect(await field.evaluate((input) => input.value)).toBe(`${site.origin}/gone.jpg?cors`);
});

it('several addresses in a place that takes one picture: the first is taken', async () => {
  await openPage(browser.urlOf('editor.html'));
  await page.waitForSelector('.opening .picture-source');
  await page.evaluate((text) => {
    const transfer = new DataTransfer();
    transfer.setData('text/uri-list', text);
    const options = { bubbles: true, cancelable: true, dataTransfer: transfer };
    document.querySelector('h1')!.dispatchEvent(new DragEvent('drop', options));
  }, `${site.origin}/pictures/orchard.jpg?cors\n${site.origin}/nowhere.jpg?cors`);
  await page.waitForSelector('.opening', { hidden: true });
});

it('an address: loaded where its site allows it, else the site can be allowed', async () => {
  await openOptions();
  const load = async (address: string): Promise<void> => {
    if (!(await page.$('#own-styles .picture-source form input'))) {
      await page.evaluate(() => {
        const buttons = document.querySelectorAll<HTMLElement>(
          '#own-styles .picture-source .buttons button',
        );
        [...buttons].find(({ ariaExpanded }) => ariaExpanded !== null)?.click();
      });
    }
    const field = (await page.waitForSelector('#own-styles .picture-source form input'))!;
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
  const name = 'sun.pastiche';
  await eventually(async () => readdirSync(folder).includes(name));
  await page.click('.own-styles li .icon-button');
  await eventually(async () => (await titles()).length === 0);
  await chooseFiles({
    [name]: readFileSync(path.join(folder, name)),
    'bad.json': '{"kind":"pastiche-pack"',
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
