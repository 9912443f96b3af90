/**
 * Forms with fields that are named like an element's properties: then `form.parentElement` is a field,
 * and so is `form.getBoundingClientRect`, for content scripts as for the page.
 */
import { afterAll, expect } from 'vitest';

import { browser, site, withBrowser } from './fixtures';
import { Stage } from './pages';

let stage: Stage;
/** A field for every name. */
let fields: string;

const it = withBrowser({ build: 'chrome-granted' });

it.beforeAll(async () => {
  stage = new Stage(browser, site);
  const page = await stage.open('');
  const names = await page.evaluate(() => {
    const found = new Set<string>();
    let at: unknown = HTMLFormElement.prototype;
    while (at && at !== Object.prototype) {
      for (const name of Object.getOwnPropertyNames(at)) found.add(name);
      at = Object.getPrototypeOf(at);
    }
    return [...found];
  });
  fields = names.map((name) => `<input type="hidden" name="${name}">`).join('');
});

afterAll(() => stage.close());

const FORM = 'display: block; position: relative; width: 400px; height: 300px; overflow: hidden';

it('a picture in such a form is painted and comes back', async () => {
  const image = '<img src="{X}" style="width: 400px; height: 300px">';
  await stage.follows({ html: `<form style="${FORM}">${fields}${image}</form><p>below</p>` });
});

it('the background of such a form is painted and comes back', async () => {
  const background = 'background: url({X}) center / cover';
  await stage.follows({
    html: `<form style="${FORM}; ${background}">${fields}</form><p>below</p>`,
  });
});

it('what is pointed at in such a form is looked for, and all of the page is painted', async () => {
  const image = '<img src="{S}" style="width: 300px; height: 200px">';
  const page = await stage.open(
    `<form style="${FORM}">${fields}${image}<p id="text">here</p></form>`,
  );
  await browser.grantActiveTab(page);
  await page.click('#text');
  const tabId = await browser.tabId(page);
  const pointed = { type: 'page.restore', target: { kind: 'pointed' } };
  const found = await browser.inServiceWorker(
    async (id, request) => {
      await chrome.scripting.executeScript({ target: { tabId: id }, files: ['content.js'] });
      return chrome.tabs.sendMessage<object, { found: boolean }>(id, request);
    },
    tabId,
    pointed,
  );
  expect(found).toEqual({ found: false });
  await stage.paintPage();
  expect(await browser.wholePageStatus(page)).toMatchObject([{ done: 1, failed: 0 }]);
});
