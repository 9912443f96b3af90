/** Picking always answers, whatever picks, and leaves the page all that it does not use. */
import { expect } from 'vitest';

import { eventually } from './faults';
import { browser, innerFrameId, open as openHtml, page, site, withBrowser } from './fixtures';
import { wordsOnPage } from './harness';

const PHOTO = '/pictures/harbour.jpg';
const HINT = 'Click a picture';

const it = withBrowser({ small: true });

/** A page with these contents, which notes every key and click that it hears. */
async function open(html: string): Promise<void> {
  await openHtml(`<style>body { margin: 0 }</style>${html}`);
  await page.evaluate(() => {
    const heard: string[] = [];
    for (const type of ['keydown', 'click', 'pointerdown']) {
      addEventListener(type, (event) => {
        heard.push(event instanceof KeyboardEvent ? `${type} ${event.key}` : type);
      });
    }
    Object.assign(globalThis, { heard });
  });
}

const heard = (): Promise<string[]> =>
  page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard);

const isSaid = (words: string): Promise<boolean> =>
  eventually(async () => (await wordsOnPage(browser, page)).includes(words));

async function startPicking(frame: { frameId?: number } = {}): Promise<void> {
  await browser.clickMenu(page, { menuItemId: 'pick', ...frame });
  await isSaid(HINT);
}

const isPicking = async (): Promise<boolean> => (await wordsOnPage(browser, page)).includes(HINT);

const isPicked = (): Promise<unknown> =>
  browser.waitForPicture(page, site.origin + PHOTO, { states: ['done'] });

it('a finger picks, and the page hears nothing of it', async () => {
  await open(`<img src="${PHOTO}" width="400" height="300">`);
  await startPicking();
  await page.touchscreen.tap(200, 150);
  await isPicked();
  expect(await heard()).toEqual([]);
});

it('shortcuts of the page and what is written in it are its own, also over a picture', async () => {
  await open(`<img src="${PHOTO}" width="400" height="300"><p><input></p>`);
  await startPicking();
  await page.mouse.move(200, 150);
  await page.keyboard.down('Control');
  await page.keyboard.press('Enter');
  await page.keyboard.up('Control');
  await page.focus('input');
  await page.keyboard.press('a');
  await page.keyboard.press('Enter');
  expect(await heard()).toEqual(['Control', 'Enter', 'a', 'Enter'].map((key) => `keydown ${key}`));
  expect(await isPicking()).toBe(true);
  // A picture that was chosen by a key is picked by one, wherever the focus is.
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await isPicked();
});

it('a button that is pressed with a key is the page’s, whatever lies in the corner', async () => {
  await open(`<body style="background: url(${PHOTO})"><button>b</button></body>`);
  await page.$eval('button', (button) => button.focus());
  await startPicking();
  await page.keyboard.press('Space');
  expect(await heard()).toEqual(['keydown  ', 'click']);
  expect(await isPicking()).toBe(true);
  await page.mouse.click(300, 300);
  await isPicked();
});

it('the background of the window is picked also below the body', async () => {
  await open(`<body style="background: url(${PHOTO}); height: 20px"></body>`);
  await startPicking();
  await page.mouse.click(300, 500);
  await isPicked();
});

it('a click out of the frame in which it began ends it, with a sentence', async () => {
  await open(
    `<iframe srcdoc="<img src='${PHOTO}' width='200'>" width="300" height="200"></iframe>`,
  );
  const frameId = await innerFrameId();
  await page.mouse.click(280, 190, { button: 'right' });
  await startPicking({ frameId });
  await page.mouse.click(500, 400);
  await isSaid('in a frame of its own');
  expect(await isPicking()).toBe(false);
  expect(await heard()).toContain('click');
});

it('keys reach it where a frame of the page has the focus', async () => {
  await open(`<iframe srcdoc="<input>" width="300" height="200"></iframe>
    <img src="${PHOTO}" width="400" height="300">`);
  await page.mouse.click(40, 15);
  await startPicking();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await isPicked();
});
