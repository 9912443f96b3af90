/** The page of live pictures: a camera of Chromium's own making, and a tab that is captured. */
import { mkdir, rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

import { PNG } from 'pngjs';
import { afterAll, describe, expect } from 'vitest';

import { browser, opened, openPage, page, withBrowser } from './fixtures';
import {
  closeSharedBrowser,
  downloaded,
  downloadFolder,
  meanAbsoluteDifference,
  pixelsOf,
  type Pixels,
} from './harness';

const SHOTS = '/tmp/pastiche-shots';

let folder: string;

const it = withBrowser({
  build: 'chrome-granted',
  // Not --use-fake-ui-for-media-stream: with it there is no tab to be captured.
  args: ['--use-fake-device-for-media-stream'],
});

it.beforeAll(async () => {
  await mkdir(SHOTS, { recursive: true });
  folder = await downloadFolder(browser);
  const context = browser.browser.defaultBrowserContext();
  await context.overridePermissions(browser.urlOf('').slice(0, -1), ['camera']);
});

afterAll(async () => {
  await closeSharedBrowser();
  await rm(folder, { recursive: true });
});

/** Waits until the video's place on the screen differs from `other` by more than `least`. */
async function shownUnlike(other: Pixels, least: number): Promise<Pixels> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const shown = await pixelsOf(page, 'video');
    if (meanAbsoluteDifference(shown, other) > least) return shown;
    if (Date.now() > deadline) throw new Error('the picture did not change');
  }
}

async function chooseMix(mix: Record<string, number>): Promise<void> {
  await browser.inServiceWorker((wanted) => chrome.storage.local.set({ mix: wanted }), mix);
}

/**
 * Clicks with a user gesture, as everything that Puppeteer evaluates has one. A window without focus
 * takes no mouse and paints no frames to wait for, so the page is polled.
 */
async function clickButton(label: string): Promise<void> {
  const click = (text: string): boolean => {
    const buttons = [...document.querySelectorAll('button:enabled')] as HTMLButtonElement[];
    const button = buttons.find(({ textContent }) => textContent === text);
    button?.click();
    return button !== undefined;
  };
  // While the page loads, the evaluation fails.
  const attempt = (): Promise<boolean> => page.evaluate(click, label).catch(() => false);
  await expect.poll(attempt, { timeout: 30_000 }).toBe(true);
}

describe('the camera', () => {
  it('is painted live with the mix of the sliders, and saved', async () => {
    await chooseMix({});
    await openPage(browser.urlOf('camera.html'));
    await page.waitForFunction(() => (document.querySelector('video')?.videoWidth ?? 0) > 0);
    const plain = await pixelsOf(page, 'video');
    await chooseMix({ 'the-scream': 1 });
    const scream = await shownUnlike(plain, 12);
    await page.screenshot({ path: `${SHOTS}/camera.png` });
    await chooseMix({ 'great-wave': 1 });
    await shownUnlike(scream, 12);

    await clickButton('Save a picture');
    const { width, height } = PNG.sync.read((await downloaded(folder, /\.png$/)).data);
    expect(width).toBeGreaterThanOrEqual(640);
    expect(width / height).toBeCloseTo(16 / 9, 1);

    await clickButton('Record');
    await pause(2500);
    await clickButton('Stop and save');
    const recording = (await downloaded(folder, /\.webm$/)).data;
    // Matroska's magic number, and the index that makes it seekable.
    expect(recording.readUInt32BE(0)).toBe(0x1a45dfa3);
    expect(recording.indexOf(Buffer.from('1c53bb6b', 'hex'))).toBeGreaterThan(0);
  });

  it('says what is wrong where there is none', async () => {
    await openPage('about:blank');
    await page.evaluateOnNewDocument(() => {
      navigator.mediaDevices.getUserMedia = () =>
        Promise.reject(new DOMException('none', 'NotFoundError'));
    });
    await page.goto(browser.urlOf('camera.html'));
    await page.waitForFunction(() =>
      document.querySelector('[role=status]')?.textContent?.startsWith('No camera'),
    );
    expect(await page.$eval('.invitation button', (button) => button.disabled)).toBe(false);
  });
});

describe('a captured tab', () => {
  it('is painted in a window of its own', async () => {
    await chooseMix({ 'the-scream': 1 });
    const captured = await openPage('/video.html');
    await captured.evaluate(() => document.querySelector('video')?.play());
    await browser.grantActiveTab(captured);
    const tab = await browser.tabId(captured);
    const address = browser.urlOf(`camera.html?tab=${tab}`);
    const opening = browser.browser.waitForTarget((target) => target.url() === address);
    // In a window of its own, as the notice on the page opens it: a hidden tab shows nothing.
    await browser.inServiceWorker(
      (url) => void chrome.windows.create({ url, type: 'popup', width: 1120, height: 640 }),
      address,
    );
    opened((await (await opening).page())!);
    await clickButton('Paint the tab');
    await page.waitForFunction(() => (document.querySelector('video')?.videoWidth ?? 0) > 0, {
      polling: 200,
    });
    const first = await pixelsOf(page, 'video');
    await chooseMix({ 'great-wave': 1 });
    await shownUnlike(first, 12);
    await page.screenshot({ path: `${SHOTS}/capture.png` });
    await captured.close();
    // The page reports the end, and offers to start again.
    await page.waitForFunction(() => document.querySelector('.invitation button:enabled'), {
      polling: 200,
    });
  });
});
