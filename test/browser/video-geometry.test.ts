import { mkdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

import type { Frame, Page } from 'puppeteer';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { ExtensionBrowser } from '../../scripts/extension.mjs';
import { closeSharedBrowser, sharedBrowser, sharedSite } from './harness';
import type { Site } from './server.mjs';

const SHOTS = '/tmp/pastiche-shots';

interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

let browser: ExtensionBrowser;
let site: Site;
let page: Page;

beforeAll(async () => {
  await mkdir(SHOTS, { recursive: true });
  site = await sharedSite();
  browser = await sharedBrowser();
});

afterEach(async () => {
  if (page && !page.isClosed()) await page.close();
});

afterAll(async () => {
  await closeSharedBrowser();
});

/** A page with these contents, whose video is being restyled. */
async function open(html: string): Promise<void> {
  page = await browser.openPage(`${site.origin}/empty.html`);
  await page.setContent(html, { waitUntil: 'load' });
  await browser.grantActiveTab(page);
}

async function start(frame: Frame = page.mainFrame(), frameId = 0): Promise<void> {
  await frame.waitForFunction(() => {
    const host = document.querySelector('#host')?.shadowRoot;
    const video = (host ?? document).querySelector('video');
    if (video?.paused) void video.play();
    return (video?.readyState ?? 0) >= 2 && !video?.paused;
  });
  await browser.clickMenu(page, { menuItemId: 'video', srcUrl: '', frameId });
  const deadline = Date.now() + 20_000;
  while (!(await browser.videoStatus(page)).some(({ painted }) => painted > 2)) {
    if (Date.now() > deadline) {
      throw new Error(`not painted: ${JSON.stringify(await browser.videoStatus(page))}`);
    }
    await pause(100);
  }
}

/** Position of the layer's canvas in its frame's viewport, whatever shadow roots are around it. */
async function canvasRect(): Promise<Rect> {
  // The layer moves before a repaint.
  await pause(200);
  const tabId = await browser.tabId(page);
  const rects = await browser.inServiceWorker(async (id) => {
    const results = await chrome.scripting.executeScript({
      target: { tabId: id, allFrames: true },
      func: () => {
        const find = (root: ParentNode): Element | null => {
          for (const element of root.querySelectorAll('*')) {
            if (!(element instanceof HTMLElement)) continue;
            const inner = chrome.dom.openOrClosedShadowRoot(element);
            const canvas = inner?.querySelector('.frame .picture') ?? (inner && find(inner));
            if (canvas) return canvas;
          }
          return null;
        };
        const rect = find(document)?.getBoundingClientRect();
        return rect ? { x: rect.x, y: rect.y, width: rect.width, height: rect.height } : null;
      },
    });
    return results.map(({ result }) => result);
  }, tabId);
  const found = rects.find((rect) => rect !== null && rect !== undefined);
  if (!found) throw new Error('there is no layer');
  return found;
}

async function videoRect(frame: Frame = page.mainFrame()): Promise<Rect> {
  return frame.evaluate(() => {
    const host = document.querySelector('#host')?.shadowRoot;
    const rect = (host ?? document).querySelector('video')!.getBoundingClientRect();
    return { x: rect.x, y: rect.y, width: rect.width, height: rect.height };
  });
}

function expectRect(actual: Rect, expected: Rect): void {
  for (const side of ['x', 'y', 'width', 'height'] as const) {
    expect(
      Math.abs(actual[side] - expected[side]),
      `${side} of ${JSON.stringify({ actual, expected })}`,
    ).toBeLessThan(1);
  }
}

const video = (style: string, more = ''): string =>
  `<video src="${site.origin}/clips/boats.webm" muted loop style="${style}" ${more}></video>`;

describe('the layer lies over the picture of the video, within a pixel', () => {
  it.each([
    ['fill', 'object-fit: fill', { x: 0, y: 0, width: 300, height: 300 }],
    ['contain, with bars', '', { x: 0, y: 65.6, width: 300, height: 168.75 }],
    ['cover', 'object-fit: cover', { x: -116.7, y: 0, width: 533.3, height: 300 }],
    ['none', 'object-fit: none', { x: -170, y: -30, width: 640, height: 360 }],
    ['a position', 'object-position: 0 100%', { x: 0, y: 131.25, width: 300, height: 168.75 }],
    [
      'border and padding',
      'border: 10px solid red; padding: 20px',
      { x: 30, y: 95.6, width: 300, height: 168.75 },
    ],
  ])('%s', async (_, style, within) => {
    await open(`<p>Text</p>${video(`width: 300px; height: 300px; ${style}`)}`);
    await start();
    const box = await videoRect();
    expectRect(await canvasRect(), { ...within, x: box.x + within.x, y: box.y + within.y });
  });

  it('turned, scaled and shifted', async () => {
    await open(
      `<div style="transform: translate(200px, 150px) scale(0.8)">
        ${video('width: 480px; height: 270px; rotate: 12deg; transform: translateX(30px)')}</div>`,
    );
    await start();
    expectRect(await canvasRect(), await videoRect());
    await page.screenshot({ path: `${SHOTS}/video-turned.png` });
  });

  it('scrolled, on the page and in a box', async () => {
    await open(
      `<div style="height: 300px; overflow: auto; width: 700px"><div style="height: 200px"></div>
        ${video('width: 640px; height: 360px')}<div style="height: 900px"></div></div>
        <div style="height: 3000px"></div>`,
    );
    await start();
    await page.evaluate(() => {
      scrollTo(0, 60);
      document.querySelector('div')!.scrollTop = 170;
    });
    expectRect(await canvasRect(), await videoRect());
  });

  it('resized while it plays', async () => {
    await open(video('width: 640px; height: 360px'));
    await start();
    await page.$eval('video', ({ style }) => {
      style.width = '320px';
      style.height = '180px';
      style.marginLeft = '77px';
    });
    expectRect(await canvasRect(), await videoRect());
  });

  it('in a frame', async () => {
    await open(
      `<p>Text</p><iframe src="${site.origin}/video.html" width="800" height="600"></iframe>`,
    );
    const frame = await page.waitForFrame((candidate) => candidate.url().endsWith('video.html'));
    const tabId = await browser.tabId(page);
    const frameId = await browser.inServiceWorker(async (id) => {
      const frames = await chrome.scripting.executeScript({
        target: { tabId: id, allFrames: true },
        func: () => location.pathname,
      });
      return frames.find(({ result }) => result === '/video.html')?.frameId ?? -1;
    }, tabId);
    await start(frame, frameId);
    expectRect(await canvasRect(), await videoRect(frame));
  });

  it('in a shadow root', async () => {
    await open('<div id="host"></div>');
    await page.evaluate((html) => {
      const root = document.querySelector('#host')!.attachShadow({ mode: 'open' });
      root.setHTMLUnsafe(`<p>Text</p>${html}`);
    }, video('width: 500px; height: 300px'));
    await start();
    const box = await videoRect();
    const expected = { ...box, y: box.y + (300 - 281.25) / 2, height: 281.25 };
    expectRect(await canvasRect(), expected);
  });

  it.each([
    ['the video', 'video'],
    ['its player', '#player'],
  ])('in full screen: %s', async (_, selector) => {
    await open(
      `<div id="player" style="background: black">${video('width: 100%; height: 100%', 'controls')}</div>
       <button>Full screen</button>`,
    );
    await start();
    await page.$eval(
      'button',
      (button, wanted) => {
        button.onclick = () => void document.querySelector(wanted)!.requestFullscreen();
      },
      selector,
    );
    await page.click('button');
    await page.waitForFunction(() => document.fullscreenElement !== null);
    await pause(600);
    const box = await videoRect();
    const scale = Math.min(box.width / 640, box.height / 360);
    const [width, height] = [640 * scale, 360 * scale];
    expectRect(await canvasRect(), {
      x: box.x + (box.width - width) / 2,
      y: box.y + (box.height - height) / 2,
      width,
      height,
    });
    await page.screenshot({ path: `${SHOTS}/video-full-${selector.replace('#', '')}.png` });
    await page.evaluate(() => document.exitFullscreen());
    await pause(600);
    const back = await canvasRect();
    expect(Math.abs(back.x - (await videoRect()).x)).toBeLessThan(1);
  });
});
