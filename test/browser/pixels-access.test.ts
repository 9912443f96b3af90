/** Revoked access, and an extension that goes: dependent work ends, without errors. */
import { mkdirSync } from 'node:fs';

import type { Page } from 'puppeteer';
import { expect } from 'vitest';

import { eventually } from './faults';
import { browser, openPage, page, site, withBrowser } from './fixtures';
import { isPainted, meanAbsoluteDifference, pixelsOf, restyle } from './harness';

const PHOTO = '/pictures/harbour.jpg';
const UDNIE = {
  title: 'Udnie',
  mix: { udnie: 1 },
  manner: { keepColours: false, strokeSize: 1, secondCoat: 0 },
} as const;

/** Chrome's own page of extensions, which may change what they may do. */
let manager: Page;

const it = withBrowser({ build: 'chrome-granted', fresh: true, ends: true });

it.beforeAll(async () => {
  mkdirSync('out', { recursive: true });
  manager = await browser.browser.newPage();
  await manager.goto('chrome://extensions');
});

/** Sets access to sites, as the switch on the extension's own page does. */
async function setAccess(hostAccess: 'ON_ALL_SITES' | 'ON_CLICK'): Promise<void> {
  await manager.evaluate(
    async (extensionId, access) => {
      const { developerPrivate } = chrome as unknown as {
        developerPrivate: Record<string, (update: object) => Promise<void>>;
      };
      await developerPrivate['updateExtensionConfiguration']!({ extensionId, hostAccess: access });
    },
    browser.extension.id,
    hostAccess,
  );
  await browser.inServiceWorker(async (isGranted) => {
    while ((await chrome.permissions.contains({ origins: ['<all_urls>'] })) !== isGranted);
  }, hostAccess === 'ON_ALL_SITES');
}

interface Status {
  readonly page: { readonly state: string } | null;
  readonly pictures: readonly { readonly source: string; readonly state: string }[];
}

/** Status from the page's content script, which can be reached without access to the site. */
async function status(): Promise<Status | null> {
  return browser.inServiceWorker(
    async (id) =>
      (await chrome.tabs
        .sendMessage<object, unknown>(id, { type: 'page.status' })
        .catch(() => null)) as Status | null,
    await browser.tabId(page),
  );
}

/** A page with one picture, all painted, and later pictures as well. */
async function follow(): Promise<void> {
  await openPage();
  await page.setContent(`<img id="first" src="${PHOTO}?first" width="200">`, { waitUntil: 'load' });
  await browser.inServiceWorker(
    async (tabId, recipe) => {
      await chrome.scripting.executeScript({ target: { tabId }, files: ['content.js'] });
      await chrome.tabs.sendMessage(tabId, { type: 'page.all', ...recipe });
    },
    await browser.tabId(page),
    UDNIE,
  );
  await eventually(async () => (await status())?.page?.state === 'following');
  expect(await isPainted(page, '#first')).toBe(true);
}

/** Adds a picture, and waits until the page shows it. */
async function add(id: string): Promise<void> {
  await page.evaluate(
    async (name, src) => {
      const image = new Image(200);
      image.id = name;
      image.src = `${src}?${name}`;
      document.body.append(image);
      await image.decode();
      // The follower checks the page a moment after a change.
      for (let frame = 0; frame < 60; frame++) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    },
    id,
    PHOTO,
  );
}

it('access taken back ends a page that is followed, at once', async () => {
  await follow();
  await setAccess('ON_CLICK');
  await eventually(async () => (await status())?.page?.state === 'stopped');
  await add('second');
  expect(await isPainted(page, '#second')).toBe(false);
  expect((await status())?.pictures).toHaveLength(1);
  await setAccess('ON_ALL_SITES');
});

it('access taken back ends what a rule of the site does, and brings the originals back', async () => {
  const origin = 'http://localhost/*';
  await browser.inServiceWorker(
    async (key, { title, ...recipe }) => {
      await chrome.storage.local.set({
        'favourite:a': { format: 2, name: title, ...recipe, position: 1 },
        [`site:${key}`]: { format: 1, favourite: 'a', paints: 'both' },
      });
    },
    origin,
    UDNIE,
  );
  await eventually(() =>
    browser.inServiceWorker(
      async () => (await chrome.scripting.getRegisteredContentScripts()).length > 0,
    ),
  );
  await openPage('/one-image.html');
  await eventually(() => isPainted(page, '#photo'), 60_000);
  await setAccess('ON_CLICK');
  await eventually(async () => !(await isPainted(page, '#photo')));
  await setAccess('ON_ALL_SITES');
  await browser.inServiceWorker(() => chrome.storage.local.clear());
});

it('access taken back ends what a frame without an address of its own does', async () => {
  await openPage();
  await page.setContent(`<iframe srcdoc="<img src='${PHOTO}' width='200'>"></iframe>`, {
    waitUntil: 'load',
  });
  const tabId = await browser.tabId(page);
  const frameId = await browser.inServiceWorker(
    async (id, recipe) => {
      const target = { tabId: id, allFrames: true };
      const frames = await chrome.scripting.executeScript({ target, files: ['content.js'] });
      const inner = frames.find((frame) => frame.frameId !== 0)?.frameId ?? -1;
      await chrome.tabs.sendMessage(id, { type: 'page.all', ...recipe }, { frameId: inner });
      return inner;
    },
    tabId,
    UDNIE,
  );
  const state = (): Promise<string | undefined> =>
    browser.inServiceWorker(
      async (id, inner) => {
        const answer: unknown = await chrome.tabs.sendMessage(
          id,
          { type: 'page.status' },
          { frameId: inner },
        );
        return (answer as Status).page?.state;
      },
      tabId,
      frameId,
    );
  await eventually(async () => (await state()) === 'following', 60_000);
  await setAccess('ON_CLICK');
  await eventually(async () => (await state()) === 'stopped');
  await setAccess('ON_ALL_SITES');
});

it('access taken back in the middle of painting ends it, and the original stays', async () => {
  await openPage();
  // Its server takes its time: it is still being read when access goes.
  const srcUrl = `${site.otherOrigin}${PHOTO}?delay=3000`;
  await page.setContent(`<img id="photo" src="${srcUrl}" width="300">`, { waitUntil: 'load' });
  const before = await pixelsOf(page, '#photo');
  await browser.clickMenu(page, { menuItemId: 'restyle:style:udnie', srcUrl });
  await eventually(async () => (await status())?.pictures[0]?.state === 'reading');
  await setAccess('ON_CLICK');
  await eventually(async () => (await status())?.pictures[0]?.state === 'restored');
  // Longer than its server would take.
  await site.idle(500);
  expect((await status())?.pictures[0]?.state).toBe('restored');
  expect(meanAbsoluteDifference(before, await pixelsOf(page, '#photo'))).toBe(0);
  await setAccess('ON_ALL_SITES');
});

it('access to all sites lets a picture go on that waited for its own', async () => {
  await setAccess('ON_CLICK');
  await openPage();
  const srcUrl = site.otherOrigin + PHOTO;
  await page.setContent(`<img id="photo" src="${srcUrl}" width="300">`, { waitUntil: 'load' });
  await browser.grantActiveTab(page);
  expect(await restyle(browser, page, '#photo')).toMatchObject({ read: 'capture' });
  await setAccess('ON_ALL_SITES');
  await eventually(() => isPainted(page, '#photo'), 60_000);
});

/** Switches the extension on or off, on the browser's own page. */
function switchTo(enabled: boolean): Promise<void> {
  // There these functions call back, and promise nothing.
  return manager.evaluate(
    (id, on) => new Promise<void>((resolve) => chrome.management.setEnabled(id, on, resolve)),
    browser.extension.id,
    enabled,
  );
}

it('an extension that is switched off gives a video back, and says nothing', async () => {
  await openPage('/video.html');
  await page.$eval('video', (video) => video.play());
  const count = (): Promise<number> => page.$$eval('*', (all) => all.length);
  const before = await count();
  await browser.inServiceWorker(
    async (tabId) => {
      await chrome.scripting.executeScript({ target: { tabId }, files: ['content.js'] });
      const target = { kind: 'pointed' };
      await chrome.tabs.sendMessage(tabId, { type: 'page.video', target, action: 'start' });
    },
    await browser.tabId(page),
  );
  await eventually(
    async () => (await browser.videoStatus(page)).some(({ state }) => state === 'playing'),
    60_000,
  );
  const errors: unknown[] = [];
  page.on('pageerror', (error) => errors.push(error));
  await switchTo(false);
  await page.bringToFront();
  await eventually(async () => (await count()) === before);
  expect(errors).toEqual([]);
  await switchTo(true);
});

it('an extension that is switched off leaves a page that is followed without an error', async () => {
  await follow();
  const errors: unknown[] = [];
  page.on('pageerror', (error) => errors.push(error));
  await switchTo(false);
  await page.bringToFront();
  const children = await page.evaluate(() => document.documentElement.childElementCount);
  for (const id of ['second', 'third']) await add(id);
  expect(await isPainted(page, '#first')).toBe(true);
  expect(await isPainted(page, '#second')).toBe(false);
  expect(await page.evaluate(() => document.documentElement.childElementCount)).toBe(children);
  expect(errors).toEqual([]);
  await switchTo(true);
});

it('a picture in a frame that is allowed later: it is then edited, as was asked', async () => {
  await openPage();
  const frameUrl = `${site.otherOrigin}/one-image.html`;
  await page.setContent(`<iframe src="${frameUrl}" width="700" height="500"></iframe>`, {
    waitUntil: 'load',
  });
  const frameId = await browser.inServiceWorker(
    async (tabId) => {
      const target = { tabId, allFrames: true };
      const frames = await chrome.scripting.executeScript({ target, func: () => null });
      return frames.find((frame) => frame.frameId !== 0)?.frameId ?? -1;
    },
    await browser.tabId(page),
  );
  await setAccess('ON_CLICK');
  const srcUrl = site.otherOrigin + PHOTO;
  await browser.clickMenu(page, { menuItemId: 'edit', srcUrl, frameId, frameUrl });
  await eventually(() =>
    browser.inServiceWorker(
      async () => 'waiting-for-access' in (await chrome.storage.session.get()),
    ),
  );
  const editor = browser.browser.waitForTarget((target) =>
    target.url().startsWith(browser.urlOf('editor.html?picture=')),
  );
  await setAccess('ON_ALL_SITES');
  const edited = await (await editor).page();
  await edited!.waitForSelector('.stage canvas');
  await edited!.close();
});
