/** Pages of a site with a rule, and pages whose pictures come from a site without access. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { ExtensionBrowser } from '../../scripts/extension.mjs';
import { eventually } from './faults';
import { sharedBrowser, sharedSite } from './harness';
import { TIMEOUT_MS, Stage } from './pages';

let browser: ExtensionBrowser;
let stage: Stage;

beforeAll(async () => {
  browser = await sharedBrowser({ build: 'chrome-granted' });
  stage = new Stage(browser, await sharedSite());
});

afterAll(() => stage.close());

describe('a site with a rule', () => {
  const RULE = {
    'favourite:one': { format: 1, name: 'One', mix: { 'the-scream': 1 }, position: 1 },
    'site:http://localhost/*': { format: 1, favourite: 'one', paints: 'images' },
  };

  beforeAll(async () => {
    await browser.inServiceWorker((rule) => chrome.storage.local.set(rule), RULE);
    await eventually(() =>
      browser.inServiceWorker(async () => {
        return (await chrome.scripting.getRegisteredContentScripts()).length > 0;
      }),
    );
  });

  afterEach(async () => {
    await stage.page.goto('about:blank');
  });

  afterAll(async () => {
    await browser.inServiceWorker(() => chrome.storage.local.clear());
  });

  /** Hydration of a server-rendered page by a framework: it must find what it expects. */
  const HYDRATE = `globalThis.written = document.querySelector('#root').innerHTML;
    document.body.dataset.hydrated = String(written === globalThis.sent);
    if (written !== globalThis.sent) document.querySelector('#root').innerHTML = globalThis.sent;`;

  it.each([
    ['deferred', 2000, '<script src="SCRIPT" defer></script>'],
    ['a module', 2000, '<script src="SCRIPT" type="module"></script>'],
    [
      'a module that comes when it likes',
      5000,
      '<script src="SCRIPT" type="module" async></script>',
    ],
    [
      'one that another script asks for',
      2000,
      '<script>document.body.append(Object.assign(document.createElement("script"), { src: "SCRIPT" }))</script>',
    ],
  ])('is not touched before its own late scripts have run: %s', async (_, delay, script) => {
    const file = `${stage.site.serve(HYDRATE, '.js')}?delay=${delay}`;
    const root = '<figure><img src="{X}" width="500"><img src="{Y}" width="200"></figure>';
    const html = `<body><div id="root">${root}</div>
      <script>globalThis.sent = document.querySelector('#root').innerHTML</script>
      ${script.replace('SCRIPT', file)}`;
    await stage.open(html);
    await stage.page.waitForFunction(() => document.body.dataset['hydrated'] !== undefined);
    expect(await stage.page.evaluate(() => document.body.dataset['hydrated'])).toBe('true');
    await stage.isPaintedWhole();
    const statuses = await browser.pageStatus(stage.page);
    expect(statuses.map(({ state }) => state)).toEqual(['done', 'done']);
  });

  it.each(['visibility:hidden', 'opacity:0', 'transform:scale(0)', 'display:none'])(
    'paints what its own script reveals: %s',
    async (hidden) => {
      await stage.open(`<img src="{Y}" width="120"><p style="height:900px"></p>
        <img id="l" src="{X}" width="500" style="${hidden}">
        <script>addEventListener('scroll', () => setTimeout(() => l.removeAttribute('style'), 400))</script>`);
      await stage.isPaintedWhole();
      await stage.page.evaluate(() => scrollTo(0, 9999));
      await browser.waitForPicture(stage.page, stage.x, { states: ['done'], timeout: TIMEOUT_MS });
      const seen = await stage.page.$eval('#l', (image) => getComputedStyle(image).content);
      expect(seen).toMatch(/blob:/);
    },
  );

  it('paints what is put in place of a painted part once more', async () => {
    await stage.open('<main><img src="{X}" width="500"></main>');
    const shot = await stage.shot();
    await stage.isPaintedWhole();
    await stage.page.$eval(
      'main',
      (main, x) => {
        main.innerHTML = `<img src=${x} width=500>`;
      },
      stage.x,
    );
    await stage.showsPasticheOf(shot);
  });
});

describe('where the pictures come from a site without access', () => {
  beforeAll(async () => {
    browser = await sharedBrowser();
    stage = new Stage(browser, stage.site);
  });

  it.each([
    ['images', (i: number) => `<img src="{X}?${i}" width="150">`],
    [
      'backgrounds',
      (i: number) => `<div style="width:150px;height:100px;background:url({X}?${i})"></div>`,
    ],
  ])('the palette says so first, with the button in sight: %s', async (_, picture) => {
    await stage.open(Array.from({ length: 12 }, (__, i) => picture(i)).join(''));
    const popup = await browser.openPopup(stage.page);
    await popup.locator('.page .button').click();
    const box = (): Promise<{ words: string; top: number; bottom: number; room: number } | null> =>
      popup.evaluate(() => {
        const host = [...document.querySelectorAll('p, div, li, span')].find(
          (element) => element.children.length === 0 && element.textContent.includes('127.0.0.1'),
        );
        const part = host?.closest('div, section, li');
        const button = part?.querySelector('button');
        if (!host || !button) return null;
        return {
          words: part?.textContent ?? '',
          top: host.getBoundingClientRect().top,
          bottom: button.getBoundingClientRect().bottom,
          room: Math.min(innerHeight, 600),
        };
      });
    await expect.poll(box, { timeout: TIMEOUT_MS }).not.toBeNull();
    const found = await box();
    expect(found?.top).toBeGreaterThanOrEqual(0);
    expect(found?.bottom).toBeLessThanOrEqual(found?.room ?? 0);
    await popup.close();
  });
});
