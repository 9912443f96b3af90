import { mkdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

import type { Frame } from 'puppeteer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { pageStage, type PageStage } from './harness';

const SHOTS = '/tmp/pastiche-shots';

interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

let stage: PageStage;

beforeAll(async () => {
  await mkdir(SHOTS, { recursive: true });
  stage = await pageStage();
});

afterAll(() => stage.close());

/** Opens a page with these contents. */
async function open(html: string): Promise<void> {
  await stage.open(html, { viewport: { width: 1280, height: 800 } });
}

/** Has the video of a frame restyled. */
async function start(frame: Frame = stage.page.mainFrame(), frameId = 0): Promise<void> {
  await frame.waitForFunction(() => {
    const host = document.querySelector('#host')?.shadowRoot;
    const video = (host ?? document).querySelector('video');
    if (video?.paused) void video.play();
    return (video?.readyState ?? 0) >= 2 && !video?.paused;
  });
  await stage.send(
    { type: 'page.video', target: { kind: 'pointed' }, action: 'start' },
    { frameId },
  );
  await expect
    .poll(async () => (await stage.videoStatus()).map(({ painted }) => painted > 2), {
      timeout: 20_000,
    })
    .toContain(true);
}

/** Position of the layer's canvas in its frame's viewport, whatever shadow roots are around it. */
async function canvasRect(): Promise<Rect> {
  // The layer moves before a repaint.
  await pause(200);
  const rects = await stage.inWorlds((world) => {
    const find = (root: ParentNode): Element | null => {
      for (const element of root.querySelectorAll('*')) {
        const inner = world.rootOf(element);
        const canvas = inner?.querySelector('.frame .picture') ?? (inner && find(inner));
        if (canvas) return canvas;
      }
      return null;
    };
    const rect = find(document)?.getBoundingClientRect();
    return rect ? { x: rect.x, y: rect.y, width: rect.width, height: rect.height } : null;
  });
  const found = rects.find((rect) => rect !== null);
  if (!found) throw new Error('there is no layer');
  return found;
}

async function videoRect(frame: Frame = stage.page.mainFrame()): Promise<Rect> {
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
  `<video src="${stage.site.origin}/clips/boats.webm" muted loop style="${style}" ${more}></video>`;

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
    await stage.page.screenshot({ path: `${SHOTS}/video-turned.png` });
  });

  it('scrolled, on the page and in a box', async () => {
    await open(
      `<div style="height: 300px; overflow: auto; width: 700px"><div style="height: 200px"></div>
        ${video('width: 640px; height: 360px')}<div style="height: 900px"></div></div>
        <div style="height: 3000px"></div>`,
    );
    await start();
    await stage.page.evaluate(() => {
      scrollTo(0, 60);
      document.querySelector('div')!.scrollTop = 170;
    });
    expectRect(await canvasRect(), await videoRect());
  });

  it('resized while it plays', async () => {
    await open(video('width: 640px; height: 360px'));
    await start();
    await stage.page.$eval('video', ({ style }) => {
      style.width = '320px';
      style.height = '180px';
      style.marginLeft = '77px';
    });
    expectRect(await canvasRect(), await videoRect());
  });

  it('in a frame', async () => {
    await open(
      `<p>Text</p><iframe src="${stage.site.origin}/video.html" width="800" height="600"></iframe>`,
    );
    const frame = await stage.page.waitForFrame((candidate) =>
      candidate.url().endsWith('video.html'),
    );
    await start(frame, 1);
    expectRect(await canvasRect(), await videoRect(frame));
  });

  it('in a shadow root', async () => {
    await open('<div id="host"></div>');
    await stage.page.evaluate((html) => {
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
    await stage.page.$eval(
      'button',
      (button, wanted) => {
        button.onclick = () => void document.querySelector(wanted)!.requestFullscreen();
      },
      selector,
    );
    await stage.page.click('button');
    await stage.page.waitForFunction(() => document.fullscreenElement !== null);
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
    await stage.page.screenshot({ path: `${SHOTS}/video-full-${selector.replace('#', '')}.png` });
    await stage.page.evaluate(() => document.exitFullscreen());
    await pause(600);
    const back = await canvasRect();
    expect(Math.abs(back.x - (await videoRect()).x)).toBeLessThan(1);
  });
});
