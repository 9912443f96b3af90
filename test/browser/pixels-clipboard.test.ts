/** The clipboard: a pastiche is copied, a picture becomes a style; a refusal is reported. */
import { readFileSync } from 'node:fs';

import type { CDPSession, ElementHandle, Frame, Page } from 'puppeteer';
import { expect } from 'vitest';

import { eventually } from './faults';
import { browser, openPage, page, site, withBrowser } from './fixtures';

const ALPHA = 'test/site/pictures/kinds/small/alpha.png';

let permissions: CDPSession | undefined;

const it = withBrowser({ ends: true });

async function permit(name: string, setting: 'granted' | 'denied'): Promise<void> {
  // Its settings last as long as the session.
  permissions ??= await browser.browser.target().createCDPSession();
  const origin = browser.urlOf('').replace(/\/$/, '');
  const permission = { name, allowWithoutSanitization: false };
  await permissions.send('Browser.setPermission', { origin, permission, setting });
}

/** Opens a page of the extension's in front, as the clipboard wants it. */
async function open(file: string): Promise<void> {
  await openPage(browser.urlOf(file));
  await page.bringToFront();
}

async function press(label: string, on: Page | Frame = page): Promise<void> {
  const button = (await on.waitForSelector(`::-p-xpath(//button[text()="${label}"])`))!;
  await button.click();
}

/** Puts a picture, or a text, on the clipboard. */
async function copy(type: string, data: Buffer): Promise<void> {
  await permit('clipboard-write', 'granted');
  await page.evaluate(
    async (mime, base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const blob = new Blob([bytes], { type: mime });
      await navigator.clipboard.write([new ClipboardItem({ [mime]: blob })]);
    },
    type,
    data.toString('base64'),
  );
}

const said = (selector: string): Promise<string> =>
  page.$$eval(selector, (all) => all.map(({ textContent }) => textContent).join(' '));

const titles = (): Promise<string[]> =>
  page.$$eval('.own-styles li input[type=text]', (fields) => fields.map((field) => field.value));

it('a picture that was copied becomes a style, and so does the address of one', async () => {
  await open('options/options.html');
  await permit('clipboard-read', 'granted');
  await copy('image/png', readFileSync(ALPHA));
  await press('Add from the clipboard');
  await eventually(async () => (await titles()).includes('My style'));
  await copy('text/plain', Buffer.from(`${site.origin}/pictures/orchard.jpg?cors`));
  await press('Add from the clipboard');
  await eventually(async () => (await titles()).includes('orchard'));
  await copy('text/plain', Buffer.from('no picture'));
  await press('Add from the clipboard');
  const status = '#own-styles [role=status]';
  await eventually(async () => (await said(status)).includes('no picture on the clipboard'));
  await permit('clipboard-read', 'denied');
  await press('Add from the clipboard');
  await eventually(async () => (await said(status)).includes('didn’t let the clipboard be read'));
});

it('a pastiche is copied from the editor', async () => {
  await open('editor.html');
  const field = (await page.waitForSelector('input[type=file]')) as ElementHandle<HTMLInputElement>;
  await field.uploadFile(ALPHA);
  await page.waitForSelector('.stage canvas');
  await permit('clipboard-write', 'granted');
  await permit('clipboard-read', 'granted');
  await press('Copy');
  await eventually(async () => (await said('.keep [role=status]')).includes('Copied.'), 60_000);
  const copied = await page.evaluate(async () => {
    const [item] = await navigator.clipboard.read();
    const image = await createImageBitmap(await item!.getType('image/png'));
    return [image.width, image.height];
  });
  expect(copied).toEqual([
    readFileSync(ALPHA).readUInt32BE(16),
    readFileSync(ALPHA).readUInt32BE(20),
  ]);
});

it('a pastiche that may not be copied: the editor says so, and goes on', async () => {
  // A click is enough for the clipboard, whatever the permissions, except in a frame whose page
  // denies it.
  await open('welcome.html');
  await page.evaluate(() => {
    const frame = document.createElement('iframe');
    frame.allow = "clipboard-write 'none'";
    frame.src = 'editor.html';
    [frame.width, frame.height] = ['1000', '700'];
    document.body.replaceChildren(frame);
  });
  const frame = await (await page.waitForSelector('iframe'))!.contentFrame();
  const field = (await frame.waitForSelector(
    'input[type=file]',
  )) as ElementHandle<HTMLInputElement>;
  await field.uploadFile(ALPHA);
  await frame.waitForSelector('.stage canvas');
  await press('Copy', frame);
  await eventually(() =>
    frame.$eval('.keep', (keep) => keep.textContent.includes('could not be copied')),
  );
  await frame.waitForSelector('.keep button:not([disabled])');
  expect(await frame.$('.keep progress')).toBeNull();
});
