/** The extension's pages in every language: nothing is cut off, and nothing overlaps. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { ElementHandle, Page } from 'puppeteer';
import { describe, expect } from 'vitest';

import { browser, withBrowser } from './fixtures';

const LOCALES = new URL('../../_locales/', import.meta.url);

const languages = readdirSync(LOCALES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** Pages by path in the package, with the width of the window in pixels. */
const PAGES = {
  'popup/popup.html': 360,
  'options/options.html': 800,
  'editor.html': 1100,
  'welcome.html': 800,
};

const PICTURE = fileURLToPath(new URL('../site/pictures/portrait.jpg', import.meta.url));

/** Where screenshots go, if they are asked for. */
const SHOTS = process.env['LANGUAGE_SHOTS'];

const it = withBrowser();

it.beforeAll(async () => {
  if (SHOTS) mkdirSync(SHOTS, { recursive: true });
});

interface Message {
  readonly message: string;
  readonly placeholders?: Readonly<Record<string, { readonly content: string }>>;
}

/** Has the next pages in this tab use a language, as in a browser of that language. */
async function speak(page: Page, language: string): Promise<void> {
  const file = new URL(`${language}/messages.json`, LOCALES);
  const messages = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Message>;
  await page.evaluateOnNewDocument((all: Record<string, Message>) => {
    chrome.i18n.getMessage = (key: string, substitutions: string | unknown[] = []): string => {
      const given = [substitutions].flat().map(String);
      const { message = '', placeholders = {} } = all[key] ?? {};
      return message.replace(/\$(\w+)\$/g, (_, name: string) =>
        (placeholders[name.toLowerCase()]?.content ?? '').replace(
          /\$(\d)/g,
          (__, nth: string) => given[Number(nth) - 1] ?? '',
        ),
      );
    };
  }, messages);
}

/** Elements that are cut off, extend beyond the page, or cover their neighbour. */
function faults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) {
      found.push(`the page is ${root.scrollWidth} px wide instead of ${root.clientWidth}`);
    }
    const name = (element: Element): string =>
      `<${element.localName} class="${element.className}"> “${element.textContent.trim().slice(0, 60)}”`;
    // What is scrolled goes under it.
    const staysInSight = (element: Element | null): boolean =>
      element !== null &&
      (/sticky|fixed/.test(getComputedStyle(element).position) ||
        staysInSight(element.parentElement));
    // Without what a box that scrolls hides of it.
    const seenBox = (element: Element): DOMRect => {
      const box = element.getBoundingClientRect();
      let { left, top, right, bottom } = box;
      for (let at = element.parentElement; at && at !== root; at = at.parentElement) {
        if (at === document.body || getComputedStyle(at).overflowY === 'visible') continue;
        const around = at.getBoundingClientRect();
        [left, top] = [Math.max(left, around.left), Math.max(top, around.top)];
        [right, bottom] = [Math.min(right, around.right), Math.min(bottom, around.bottom)];
      }
      return new DOMRect(left, top, Math.max(0, right - left), Math.max(0, bottom - top));
    };
    const controls: Element[] = [];
    for (const element of document.body.querySelectorAll<HTMLElement>('*')) {
      if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      const style = getComputedStyle(element);
      const hasText = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.nodeValue?.trim(),
      );
      const mayBeCut = style.textOverflow === 'ellipsis' || style.position === 'absolute';
      if (hasText && !mayBeCut && style.display !== 'inline') {
        const cut = style.overflowX !== 'visible' || style.overflowY !== 'visible';
        const isWide = element.scrollWidth > element.clientWidth + 1;
        const isHigh = element.scrollHeight > element.clientHeight + 1;
        // Letters may reach a little out of a line; a line that does lies over what is below.
        const sticksOut = element.scrollHeight > element.clientHeight + 8;
        if (isWide || (cut ? isHigh : sticksOut)) found.push(`cut: ${name(element)}`);
      }
      if (element instanceof HTMLSelectElement) {
        const pen = document.createElement('canvas').getContext('2d')!;
        pen.font = style.font;
        const words = element.selectedOptions[0]?.label ?? '';
        // The arrow takes as much as a letter or two.
        const room = element.clientWidth - Number.parseFloat(style.paddingInlineStart) - 18;
        if (pen.measureText(words).width > room) found.push(`cut: ${name(element)}`);
      }
      if (element.matches('button, select, input:not([type=range])')) controls.push(element);
    }
    for (const [i, one] of controls.entries()) {
      for (const other of controls.slice(i + 1)) {
        if (one.contains(other) || other.contains(one)) continue;
        if (staysInSight(one) !== staysInSight(other)) continue;
        const [a, b] = [seenBox(one), seenBox(other)];
        const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (width > 1 && height > 1) found.push(`${name(one)} lies over ${name(other)}`);
      }
    }
    return found;
  });
}

describe.each(languages)('%s', (language) => {
  it('has room for its words', async () => {
    const page = await browser.browser.newPage();
    try {
      await speak(page, language);
      const found: Record<string, string[]> = {};
      const look = async (name: string): Promise<void> => {
        await page.evaluate(() => document.fonts.ready);
        const wrong = await faults(page);
        if (wrong.length > 0) found[name] = wrong;
        if (SHOTS) await page.screenshot({ path: `${SHOTS}/${language}-${name}.png` });
      };
      for (const [path, width] of Object.entries(PAGES)) {
        await page.setViewport({ width, height: 900 });
        await page.goto(browser.urlOf(path));
        await page.waitForSelector('main > *');
        await look(path.replace(/\W.*/, ''));
        if (path !== 'editor.html') continue;
        // Most of its words come with a picture.
        const field = await page.waitForSelector('input[type=file]');
        await (field as ElementHandle<HTMLInputElement>).uploadFile(PICTURE);
        await page.waitForSelector('.stage canvas');
        await look('editor-with-picture');
      }
      expect(found).toEqual({});
    } finally {
      await page.close();
    }
  });
});
