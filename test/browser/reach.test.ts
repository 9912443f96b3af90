import path from 'node:path';
import { pathToFileURL } from 'node:url';

import type { Page } from 'puppeteer';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';

import { ExtensionBrowser } from '../../scripts/extension.mjs';
import { eventually } from './faults';
import {
  browser,
  innerFrameId,
  open,
  opened,
  openPage,
  page,
  site,
  useBrowser,
  withBrowser,
} from './fixtures';
import { closeSharedBrowser, isPainted, restyleSource, sourceOf, wordsOnPage } from './harness';

const PHOTO = '/pictures/harbour.jpg';

const it = withBrowser();

afterEach(async () => {
  // Usually it has gone with its page.
  await (await openedPopup().catch(() => undefined))?.close().catch(() => undefined);
});

/** The popup that has opened by itself. */
async function openedPopup(): Promise<Page | undefined> {
  const { browser: chrome } = browser;
  const target = chrome.targets().find((other) => other.url().startsWith(browser.urlOf('popup/')));
  return target?.asPage();
}

async function popupWords(): Promise<string> {
  const popup = await openedPopup();
  return (await popup?.evaluate(() => document.body.innerText)) ?? '';
}

/** The browser's number of the first frame inside the page. */
async function innerFrame(): Promise<{ frameId: number; frameUrl: string }> {
  const frameUrl = page.frames()[1]!.url();
  return { frameId: await innerFrameId(), frameUrl };
}

/** Presses a shortcut, by the event that the browser would send. */
async function press(command: string): Promise<void> {
  await browser.inServiceWorker(
    async (name, tabId) => {
      const tab = await chrome.tabs.get(tabId);
      const event = chrome.commands.onCommand as unknown as {
        dispatch(command: string, tab: chrome.tabs.Tab): void;
      };
      event.dispatch(name, tab);
    },
    command,
    await browser.tabId(page),
  );
}

describe('frames', () => {
  it('restyles a picture in a frame of the same site', async () => {
    await open(`<iframe src="/frame.html" width="600" height="400"></iframe>`);
    const frame = page.frames()[1]!;
    const srcUrl = await frame.$eval('img', (image) => image.currentSrc);
    const { frameId, frameUrl } = await innerFrame();
    const click = { menuItemId: 'restyle:mix', srcUrl, frameId, frameUrl };
    expect(await restyleSource(browser, page, click)).toMatchObject({
      state: 'done',
      mode: 'in-place',
    });
    expect(await frame.$eval('img', (image) => getComputedStyle(image).content)).toContain('blob:');
  });

  it('says that a frame of another site needs a grant, and waits for it', async () => {
    await open(`<iframe src="${site.otherOrigin}/frame.html" width="600" height="400"></iframe>`);
    const frame = page.frames()[1]!;
    const srcUrl = await frame.$eval('img', (image) => image.currentSrc);
    // The id of a frame that is out of reach is only in the click itself.
    const click = { menuItemId: 'restyle:mix', srcUrl, frameId: 12345, frameUrl: frame.url() };
    await browser.clickMenu(page, click);
    const waiting = await eventually(() =>
      browser.inServiceWorker(async () => {
        const stored = await chrome.storage.session.get('waiting-for-access');
        return (stored['waiting-for-access'] as { origins: string[] }[] | undefined)?.[0]?.origins;
      }),
    );
    expect(waiting).toEqual([`${new URL(site.otherOrigin).protocol}//127.0.0.1/*`]);
  });
});

describe('shortcuts', () => {
  it('take the picture in focus where none is under the pointer', async () => {
    await open(`<p>Text</p><a id="link" href="/"><img id="photo" src="${PHOTO}" width="300"></a>`);
    const source = await sourceOf(page, '#photo');
    await page.mouse.move(5, 5);
    await page.focus('#link');
    await press('restyle-image');
    const status = await browser.waitForPicture(page, source, { states: ['done', 'failed'] });
    expect(status).toMatchObject({ state: 'done', mode: 'in-place' });
  });
});

// In a browser without a window, the popup that grants a tab takes the pointer from the page.
describe('shortcuts on a site that the person granted', () => {
  beforeAll(() => useBrowser({ build: 'chrome-granted' }));

  afterAll(async () => {
    await useBrowser();
  });

  it('restyle and restore the picture under the pointer', async () => {
    await openPage('/one-image.html');
    const source = await sourceOf(page, '#photo');
    await page.hover('#photo');
    expect(await page.$eval('#photo', (image) => image.matches(':hover'))).toBe(true);
    await press('restyle-image');
    await browser.waitForPicture(page, source, { states: ['done'] });
    expect(await isPainted(page, '#photo')).toBe(true);
    await press('restore-image');
    await browser.waitForPicture(page, source, { states: ['restored'] });
    expect(await isPainted(page, '#photo')).toBe(false);
  });
});

describe('pages where an extension may not act', () => {
  it.each([
    'chrome://version',
    'chrome://settings',
    'about:blank',
    'an address where nobody is',
    'the source of a page',
  ])('%s: the popup gets a sentence', async (place) => {
    const addresses: Record<string, string> = {
      'an address where nobody is': 'http://127.0.0.1:9/',
      'the source of a page': `view-source:${site.origin}/one-image.html`,
    };
    await openPage('about:blank');
    await page.goto(addresses[place] ?? place).catch(() => undefined);
    await browser.grantActiveTab(page);
    const tabId = await browser.tabId(page);
    await browser.clickMenu(page, { menuItemId: 'pick' });
    const said = await eventually(async () => {
      // Where the browser lets the popup open by itself, it takes the notice.
      const shown = (await popupWords().catch(() => '')).includes('no extension act on this page');
      const kept = await browser.inServiceWorker(async (id) => {
        const key = `notice:${id}`;
        return (await chrome.storage.session.get(key))[key] as { code: string } | undefined;
      }, tabId);
      return shown ? 'page-forbidden' : kept?.code;
    });
    expect(said).toBe('page-forbidden');
  });

  it('a document in the PDF viewer: the page gets a sentence', async () => {
    await openPage('/made/page.pdf');
    await browser.grantActiveTab(page);
    await browser.clickMenu(page, { menuItemId: 'pick' });
    const words = await eventually(
      async () => (await wordsOnPage(browser, page)).trim() || undefined,
    );
    expect(words).toContain('no extension');
  });

  it('a picture in a file is painted, where the person has allowed files', async () => {
    await openPage(pathToFileURL(path.resolve('test/site/pictures/harbour.jpg')).href);
    await browser.grantActiveTab(page);
    const srcUrl = await sourceOf(page, 'img');
    const status = await restyleSource(browser, page, { menuItemId: 'restyle:mix', srcUrl });
    expect(status).toMatchObject({ state: 'done', error: null });
  });
});

describe('a private window', () => {
  let own: ExtensionBrowser;

  beforeAll(async () => {
    await closeSharedBrowser();
    own = await ExtensionBrowser.launch();
  });

  afterAll(async () => {
    await own.close();
    await useBrowser();
  });

  it('is painted in, where the person has allowed it', async () => {
    const settings = await own.browser.newPage();
    await settings.goto('chrome://extensions');
    // As the switch "Allow in Incognito" does; the extension restarts.
    await settings.evaluate(async (extensionId) => {
      const { developerPrivate } = chrome as unknown as {
        developerPrivate: Record<string, (update: object) => Promise<void>>;
      };
      await developerPrivate['updateProfileConfiguration']!({ inDeveloperMode: true });
      const update = { extensionId, incognitoAccess: true };
      await developerPrivate['updateExtensionConfiguration']!(update);
    }, own.extension.id);
    await settings.close();
    await own.serviceWorkerRuns();
    const url = `${site.origin}/one-image.html`;
    // Puppeteer's own contexts are not private windows to the browser.
    await own.inServiceWorker(
      async (address) => void (await chrome.windows.create({ incognito: true, url: address })),
      url,
    );
    const target = await own.browser.waitForTarget((candidate) => candidate.url() === url);
    opened((await target.page())!);
    await page.waitForSelector('#photo');
    await own.grantActiveTab(page);
    const source = await sourceOf(page, '#photo');
    const isPrivate = await own.inServiceWorker(
      async (id) => (await chrome.tabs.get(id)).incognito,
      await own.tabId(page),
    );
    expect(isPrivate).toBe(true);
    const click = { menuItemId: 'restyle:mix', srcUrl: source };
    expect(await restyleSource(own, page, click)).toMatchObject({ state: 'done', error: null });
    expect(await isPainted(page, '#photo')).toBe(true);
  });
});

describe('what may go away', () => {
  it('the offscreen document: the next picture makes it anew', async () => {
    await open(`<img id="photo" src="${PHOTO}" width="300">`);
    const srcUrl = await sourceOf(page, '#photo');
    await restyleSource(browser, page, { menuItemId: 'restyle:mix', srcUrl });
    await browser.inServiceWorker(() => chrome.offscreen.closeDocument());
    const shown = await sourceOf(page, '#photo');
    const click = { menuItemId: 'restyle:style:the-scream', srcUrl: shown };
    const status = await restyleSource(browser, page, click, { source: srcUrl });
    expect(status).toMatchObject({ state: 'done', error: null });
  });

  it('the offscreen document, while it paints: the picture is painted all the same', async () => {
    await open(`<img id="photo" src="${PHOTO}" width="800">`);
    const srcUrl = await sourceOf(page, '#photo');
    await browser.clickMenu(page, { menuItemId: 'restyle:mix', srcUrl });
    await browser.waitForPicture(page, srcUrl, { states: ['queued', 'preview'] });
    await browser.inServiceWorker(() => chrome.offscreen.closeDocument());
    const status = await browser.waitForPicture(page, srcUrl, { states: ['done', 'failed'] });
    expect(status).toMatchObject({ state: 'done', error: null });
  });

  it('the service worker, while it paints', async () => {
    await open(`<img id="photo" src="${PHOTO}" width="800">`);
    const srcUrl = await sourceOf(page, '#photo');
    await browser.clickMenu(page, { menuItemId: 'restyle:mix', srcUrl });
    await browser.waitForPicture(page, srcUrl, { states: ['queued', 'preview'] });
    await browser.killServiceWorker();
    await eventually(async () => isPainted(page, '#photo'));
  });
});
