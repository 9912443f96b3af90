import { mkdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

import { build } from 'esbuild';
import { afterEach, beforeAll, describe, expect } from 'vitest';

import type * as SharpScreens from '../../src/page/videos/sharp-screen';
import type { VideoSettings } from '../../src/storage/settings';
import {
  browser,
  openPage,
  page,
  site,
  useBrowser,
  waitForVideo as waitFor,
  withBrowser,
} from './fixtures';
import { closeSharedBrowser, meanAbsoluteDifference, pixelsOf, wordsOnPage } from './harness';

const SHOTS = '/tmp/pastiche-shots';

const it = withBrowser({ ends: true });

it.beforeAll(async () => {
  await mkdir(SHOTS, { recursive: true });
});

afterEach(async () => {
  await browser.inServiceWorker(() => chrome.storage.local.clear());
});

async function open(path = 'video.html'): Promise<void> {
  await openPage(`/${path}`);
  await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 2);
  await browser.grantActiveTab(page);
}

async function play(): Promise<void> {
  await page.evaluate(() => document.querySelector('video')?.play());
}

async function choose(menuItemId: 'video' | 'video-stop'): Promise<void> {
  const srcUrl = await page.$eval('video', ({ currentSrc }) => currentSrc);
  await browser.clickMenu(page, { menuItemId, srcUrl });
}

async function setVideo(changes: Partial<VideoSettings>): Promise<void> {
  const video: VideoSettings = {
    rate: 24,
    steady: true,
    sharp: true,
    meter: false,
    ...changes,
  };
  await browser.inServiceWorker((value) => chrome.storage.local.set({ video: value }), video);
}

/** The colours of a point of the video on the screen. */
async function shown(): Promise<ReturnType<typeof pixelsOf>> {
  return pixelsOf(page, 'video');
}

describe('a playing video', () => {
  it('is restyled while it plays, and stops when it is told to', async () => {
    await open();
    await play();
    await choose('video');
    expect(await waitFor(({ painted }) => painted > 30)).toMatchObject({ state: 'playing' });
    await page.evaluate(() => document.querySelector('video')?.pause());
    const still = await waitFor(({ state }) => state === 'still');
    expect(still).toMatchObject({ width: 640, height: 360, network: 'live' });
    const styled = await shown();
    await page.screenshot({ path: `${SHOTS}/video-still.png` });
    await choose('video-stop');
    await waitFor(({ state }) => state === 'stopped');
    expect(meanAbsoluteDifference(styled, await shown())).toBeGreaterThan(8);
  });

  it('leaves the controls of the browser free while they show', async () => {
    await open();
    await play();
    await choose('video');
    await waitFor(({ painted }) => painted > 5);
    const clipping = (): Promise<Uint8Array> =>
      page.screenshot({ clip: { x: 340, y: 440, width: 200, height: 18 } });
    await page.mouse.move(300, 300);
    await page.mouse.move(320, 320);
    await pause(600);
    const { PNG } = await import('pngjs');
    const strip = PNG.sync.read(Buffer.from(await clipping()));
    await page.screenshot({ path: `${SHOTS}/video-controls.png` });
    // The lowest rows under the timeline belong to the controls' own shade, which is nearly black.
    const last = strip.data.subarray(-4 * 200);
    expect(Math.max(...last.filter((_, k) => k % 4 < 3))).toBeLessThan(40);
    // A click reaches the player.
    await page.mouse.click(64, 411);
    await page.waitForFunction(() => document.querySelector('video')?.paused);
  });

  it('is restyled by the shortcut, and by the shortcut it ends', async () => {
    await open();
    await play();
    const command = (): Promise<void> =>
      browser.inServiceWorker(async () => {
        const [tab] = await chrome.tabs.query({ active: true, lastFocusedWindow: true });
        (chrome.commands.onCommand as unknown as { dispatch(...args: unknown[]): void }).dispatch(
          'restyle-video',
          tab,
        );
      });
    await command();
    await waitFor(({ painted }) => painted > 3);
    await command();
    await waitFor(({ state }) => state === 'stopped');
  });

  it('is painted again after a seek while it is paused', async () => {
    await open();
    await choose('video');
    const first = await waitFor(({ state }) => state === 'still');
    const before = await shown();
    await page.$eval('video', (video) => {
      video.currentTime = 5;
    });
    await waitFor(({ state, painted }) => state === 'still' && painted > first.painted);
    expect(meanAbsoluteDifference(before, await shown())).toBeGreaterThan(2);
  });

  it('changes with the mix while it plays, within a few frames', async () => {
    await open();
    await play();
    await choose('video');
    await waitFor(({ painted }) => painted > 10);
    await page.evaluate(() => document.querySelector('video')?.pause());
    await waitFor(({ state }) => state === 'still');
    const before = await shown();
    await browser.inServiceWorker(() => chrome.storage.local.set({ mix: { 'the-scream': 1 } }));
    const deadline = Date.now() + 5000;
    while (meanAbsoluteDifference(before, await shown()) < 5) {
      expect(Date.now()).toBeLessThan(deadline);
    }
    // An empty mix is the original.
    await browser.inServiceWorker(() => chrome.storage.local.set({ mix: {} }));
    await choose('video-stop');
    await waitFor(({ state }) => state === 'stopped');
  });

  it('goes with its element, and follows a new one in its place', async () => {
    await open();
    await play();
    await choose('video');
    await waitFor(({ painted }) => painted > 3);
    // Several, as each goes at another moment while a frame is being painted.
    for (const name of ['second', 'third', 'fourth', 'fifth']) {
      await page.evaluate((query) => {
        const old = document.querySelector('video')!;
        const next = old.cloneNode() as HTMLVideoElement;
        next.muted = true;
        next.src = `clips/boats.webm?${query}`;
        old.replaceWith(next);
        return next.play();
      }, name);
      await waitFor(({ source, painted }) => source.endsWith(name) && painted > 3);
    }
    expect(await browser.videoStatus(page)).toHaveLength(1);
    await page.evaluate(() => document.querySelector('video')?.remove());
    const deadline = Date.now() + 3000;
    while ((await browser.videoStatus(page)).length > 0) expect(Date.now()).toBeLessThan(deadline);
    expect(await page.evaluate(() => document.querySelectorAll('body > div').length)).toBe(0);
  });

  it('follows another source in the same element', async () => {
    await open();
    await play();
    await choose('video');
    await waitFor(({ painted }) => painted > 3);
    await page.$eval('video', (video) => {
      video.src = 'clips/boats.webm?second';
      return video.play();
    });
    const { painted } = await waitFor(({ source }) => source.endsWith('second'));
    await waitFor((video) => video.source.endsWith('second') && video.painted > painted + 5);
  });

  it('runs beside another one', async () => {
    await open();
    await page.evaluate(() => {
      const second = document.querySelector('video')!.cloneNode() as HTMLVideoElement;
      second.id = 'second';
      second.muted = true;
      second.src = 'clips/boats.webm?2';
      second.width = 320;
      second.height = 180;
      document.querySelector('video')!.after(second);
      return Promise.all([...document.querySelectorAll('video')].map((video) => video.play()));
    });
    await choose('video');
    await browser.clickMenu(page, {
      menuItemId: 'video',
      srcUrl: await page.$eval('#second', (video) => (video as HTMLVideoElement).currentSrc),
    });
    const first = await waitFor(({ source, painted }) => !source.endsWith('2') && painted > 10);
    const second = await waitFor(({ source, painted }) => source.endsWith('2') && painted > 10);
    // Neither video starves the other.
    expect(first.painted / second.painted).toBeGreaterThan(0.2);
    await page.screenshot({ path: `${SHOTS}/video-two.png` });
  });

  it('is painted to its end, and stays as a painting there', async () => {
    await open();
    await page.$eval('video', (video) => {
      video.loop = false;
      video.currentTime = video.duration - 1;
      return video.play();
    });
    await choose('video');
    await page.waitForFunction(() => document.querySelector('video')?.ended);
    const original = await page.$eval(
      'video',
      ({ currentTime, duration }) => duration - currentTime,
    );
    expect(original).toBeLessThan(0.1);
    expect(await waitFor(({ state }) => state === 'still')).toMatchObject({ network: 'live' });
    const styled = await shown();
    // When it is played again, it is painted again.
    await play();
    await waitFor(({ state }) => state === 'playing');
    await page.$eval('video', (video) => {
      video.pause();
      video.currentTime = video.duration;
    });
    await waitFor(({ state }) => state === 'still');
    await choose('video-stop');
    await waitFor(({ state }) => state === 'stopped');
    expect(meanAbsoluteDifference(styled, await shown())).toBeGreaterThan(8);
  });

  it('rests while it is in a window of its own, and says that it can not be painted there', async () => {
    await open();
    await play();
    await choose('video');
    await waitFor(({ painted }) => painted > 5);
    await page.evaluate(() => {
      const button = document.createElement('button');
      button.textContent = 'Out';
      button.onclick = () => void document.querySelector('video')!.requestPictureInPicture();
      document.body.append(button);
    });
    await page.click('body > button');
    // Repaints may be suspended now, and the notice disappears after a while.
    await page.waitForFunction(() => document.pictureInPictureElement !== null, { polling: 50 });
    await waitFor(({ state }) => state === 'asleep');
    // The notice may come a moment after the frames have stopped.
    await expect
      .poll(() => wordsOnPage(browser, page), { timeout: 5000 })
      .toContain('no extension paint there');
    await page.screenshot({ path: `${SHOTS}/video-moved-out.png` });
    await page.evaluate(() => document.exitPictureInPicture());
    const { painted } = await waitFor(({ state }) => state === 'playing');
    await waitFor((status) => status.painted > painted + 5);
  });

  it('says so where it is in a window of its own already, and is painted when it comes back', async () => {
    await open();
    await play();
    await page.evaluate(() => {
      const button = document.createElement('button');
      button.textContent = 'Out';
      button.onclick = () => void document.querySelector('video')!.requestPictureInPicture();
      document.body.append(button);
    });
    await page.click('body > button');
    await page.waitForFunction(() => document.pictureInPictureElement !== null, { polling: 50 });
    await choose('video');
    await expect
      .poll(() => wordsOnPage(browser, page), { timeout: 5000 })
      .toContain('no extension paint there');
    await page.evaluate(() => document.exitPictureInPicture());
    await waitFor(({ painted }) => painted > 5);
  });

  it('shows rate, latency, size and what paints on a meter, where that is wanted', async () => {
    await setVideo({ meter: true });
    await open();
    await play();
    await choose('video');
    await waitFor(({ painted }) => painted > 20);
    const words = (): Promise<string> => wordsOnPage(browser, page);
    const figures = /\d+ fps {2}\d+ ms {2}\d+×\d+ {2}\w+ (live|full)/;
    await expect.poll(words, { timeout: 5000 }).toMatch(figures);
    await page.screenshot({ path: `${SHOTS}/video-meter.png` });
    await setVideo({ meter: false });
    await expect.poll(words, { timeout: 5000 }).not.toContain(' fps');
  });

  it('rests while nobody can see it', async () => {
    await open();
    await play();
    await choose('video');
    await waitFor(({ painted }) => painted > 3);
    await page.evaluate(() => {
      document.body.style.paddingBottom = '3000px';
      scrollTo(0, 2000);
    });
    const asleep = await waitFor(({ state }) => state === 'asleep');
    await pause(700);
    const [later] = await browser.videoStatus(page);
    expect(later!.painted - asleep.painted).toBeLessThanOrEqual(1);
    await page.evaluate(() => scrollTo(0, 0));
    await waitFor(({ painted }) => painted > later!.painted + 3);
    const other = await browser.openPage(`${site.origin}/empty.html`);
    await other.bringToFront();
    await waitFor(({ state }) => state === 'asleep');
    await other.close();
    await page.bringToFront();
    await waitFor(({ state }) => state === 'playing');
  });

  it('goes on by itself when the engine is killed', async () => {
    await open();
    await play();
    await choose('video');
    const { painted } = await waitFor((video) => video.painted > 5);
    const offscreen = await browser.offscreenPage();
    await Promise.all(offscreen.workers().map((worker) => worker.close().catch(() => undefined)));
    await waitFor((video) => video.painted > painted + 10);
    await offscreen.close();
    const [before] = await browser.videoStatus(page);
    await waitFor((video) => video.painted > before!.painted + 10);
  });
});

describe('a video from another site', () => {
  async function embed(query: string): Promise<void> {
    await open();
    await page.evaluate((src) => {
      const video = document.querySelector('video')!;
      video.src = src;
      return video.play();
    }, `${site.otherOrigin}/clips/boats.webm${query}`);
    await choose('video');
  }

  it('is loaded again where its server lets it be read, and goes on', async () => {
    await embed('?cors');
    await waitFor(({ painted }) => painted > 5);
    expect(await page.$eval('video', (video) => video.crossOrigin)).toBe('anonymous');
    expect(await page.$eval('video', (video) => video.paused)).toBe(false);
    await page.$eval('video', (video) => {
      video.addEventListener('emptied', () => (video.title = 'emptied'));
    });
    await choose('video-stop');
    await page.waitForSelector('video:not([crossorigin])');
    expect(await page.$eval('video', ({ title, paused }) => [title, paused])).toEqual(['', false]);
  });

  it('is left alone with a message where it does not', async () => {
    await embed('');
    const { error } = await waitFor(({ state }) => state === 'failed');
    expect(error?.code).toBe('video-blocked');
    expect(await page.$eval('video', (video) => video.paused)).toBe(false);
    await page.screenshot({ path: `${SHOTS}/video-blocked.png` });
  });
});

describe('videos of all kinds', () => {
  it('runs on a stream without an address', async () => {
    await open();
    await page.evaluate(() => {
      const canvas = document.createElement('canvas');
      canvas.width = 320;
      canvas.height = 240;
      const context = canvas.getContext('2d')!;
      setInterval(() => {
        context.fillStyle = `hsl(${(performance.now() / 20) % 360} 60% 50%)`;
        context.fillRect(0, 0, 320, 240);
      }, 40);
      const video = document.querySelector('video')!;
      video.removeAttribute('src');
      video.srcObject = canvas.captureStream(25);
      return video.play();
    });
    await browser.clickMenu(page, { menuItemId: 'video' });
    await waitFor(({ painted, source }) => source === '' && painted > 5);
  });

  it('says so where a video is protected', async () => {
    await open();
    await page.$eval('video', async (video) => {
      const access = await navigator.requestMediaKeySystemAccess('org.w3.clearkey', [
        {
          initDataTypes: ['webm'],
          videoCapabilities: [{ contentType: 'video/webm; codecs="vp8"' }],
        },
      ]);
      await video.setMediaKeys(await access.createMediaKeys());
      return video.play();
    });
    await choose('video');
    const { error } = await waitFor(({ state }) => state === 'failed');
    expect(error?.code).toBe('video-protected');
  });

  it.each([
    ['a strict policy', "?csp=default-src 'none'; media-src 'self'; style-src 'unsafe-inline'"],
    ['isolation', '?isolated'],
  ])('runs on a page with %s', async (_, query) => {
    await open(`video.html${query}`);
    await play();
    await choose('video');
    await waitFor(({ painted }) => painted > 5);
  });
});

describe('where WebGL is software', () => {
  beforeAll(async () => {
    await closeSharedBrowser();
    await useBrowser({ args: SOFTWARE_GPU });
  });

  it('the engine brings it up to its own size, with the edges of its frames', async () => {
    // Too many frames for two cores to paint at full size.
    await setVideo({ sharp: true, rate: 60 });
    await open();
    await page.$eval('video', (video) => {
      video.playbackRate = 2.4;
    });
    await play();
    await choose('video');
    await waitFor(({ painted, width }) => painted > 10 && width < 640, 60_000);
    expect((await layer()).width).toBe(640);
    const sharp = (await layer()).likeness;
    await page.screenshot({ path: `${SHOTS}/video-sharp.png` });
    await setVideo({ sharp: false, rate: 60 });
    const [before] = await browser.videoStatus(page);
    await waitFor(({ painted }) => painted > before!.painted + 5);
    const plain = await layer();
    expect(plain.width).toBeLessThan(640);
    expect(sharp).toBeGreaterThan(0.1);
    expect(plain.likeness).toBeLessThan(sharp / 2);
  });

  it('a graphics card would lay the same details over it', async () => {
    await open();
    const bundle = await build({
      entryPoints: ['src/page/videos/sharp-screen.ts'],
      bundle: true,
      write: false,
      format: 'iife',
      globalName: 'sharpScreen',
    });
    await page.addScriptTag({ content: bundle.outputFiles[0]!.text });
    const { size, mean, most } = await page.evaluate(() => {
      const { sharpScreen } = globalThis as unknown as { sharpScreen: typeof SharpScreens };
      const screen = sharpScreen.SharpScreen.create(true)!;
      const video = document.querySelector('video')!;
      const small = new OffscreenCanvas(64, 36).getContext('2d')!;
      small.drawImage(video, 0, 0, 64, 36);
      const frame = screen.take(video, small.getImageData(0, 0, 64, 36));
      const grey = new ImageData(new Uint8ClampedArray(4 * 64 * 36).fill(128), 64, 36);
      screen.show(grey, frame, { width: 640, height: 360 }, null);
      const context = new OffscreenCanvas(640, 360).getContext('2d')!;
      context.drawImage(screen.canvas, 0, 0);
      const { data } = context.getImageData(0, 0, 640, 360);
      const red = Array.from({ length: 640 * 360 }, (_, i) => data[4 * i]!);
      return {
        size: [screen.canvas.width, screen.canvas.height],
        mean: red.reduce((sum, value) => sum + value, 0) / red.length,
        most: Math.max(...red.filter((_, i) => i % 7 === 0)),
      };
    });
    expect(size).toEqual([640, 360]);
    expect(Math.abs(mean - 128)).toBeLessThan(3);
    expect(most).toBeGreaterThan(150);
  });
});

const SOFTWARE_GPU = ['--enable-unsafe-swiftshader', '--use-angle=swiftshader'];

/**
 * The width of the layer's canvas in pixels, and the likeness of its finest details to those of the
 * video's frame: the correlation of both pictures' differences from their neighbourhoods.
 */
async function layer(): Promise<{ width: number; likeness: number }> {
  return browser.inServiceWorker(
    async (id) => {
      const [result] = await chrome.scripting.executeScript({
        target: { tabId: id },
        func: () => {
          const [canvas] = [...document.querySelectorAll('*')].flatMap((element) =>
            element instanceof HTMLElement
              ? (chrome.dom.openOrClosedShadowRoot(element)?.querySelector('canvas') ?? [])
              : [],
          );
          const video = document.querySelector('video');
          if (!canvas || !video) return { width: 0, likeness: 0 };
          const [width, height] = [640, 360];
          const details = [canvas, video].map((source) => {
            const context = new OffscreenCanvas(width, height).getContext('2d')!;
            context.drawImage(source, 0, 0, width, height);
            const { data } = context.getImageData(0, 0, width, height);
            const green = (x: number, y: number): number => data[4 * (y * width + x) + 1]!;
            return Array.from({ length: (width - 2) * (height - 2) }, (_, i) => {
              const [x, y] = [1 + (i % (width - 2)), 1 + Math.floor(i / (width - 2))];
              const around = green(x - 1, y) + green(x + 1, y) + green(x, y - 1) + green(x, y + 1);
              return green(x, y) - around / 4;
            });
          });
          const [a, b] = details as [number[], number[]];
          const product = (p: number[], q: number[]): number =>
            p.reduce((sum, value, i) => sum + value * q[i]!, 0);
          const likeness = product(a, b) / Math.sqrt(product(a, a) * product(b, b));
          return { width: canvas.width, likeness };
        },
      });
      return result?.result ?? { width: 0, likeness: 0 };
    },
    await browser.tabId(page),
  );
}
