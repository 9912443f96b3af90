/** The painting when a video's source, document, controls or captions change. */
import { mkdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

import type { ScreenshotClip } from 'puppeteer';
import { describe, expect } from 'vitest';

import { browser, openVideo, page, site, waitForVideo as waitFor, withBrowser } from './fixtures';
import {
  layoutOf,
  meanAbsoluteDifference,
  movedElements,
  screenshotOf,
  type Pixels,
} from './harness';

const SHOTS = '/tmp/pastiche-shots';

const it = withBrowser({ ends: true });

it.beforeAll(async () => {
  await mkdir(SHOTS, { recursive: true });
});

const open = (html: string): Promise<void> => openVideo(html, { width: 900, height: 620 });

const video = (more = ''): string =>
  `<video src="/clips/boats.webm" muted loop width="640" height="360" ${more}></video>`;

async function start(menuItemId = 'video'): Promise<void> {
  await page.$eval('video', (element) => element.play());
  await browser.clickMenu(page, { menuItemId, srcUrl: '' });
  await waitFor(({ painted }) => painted > 3);
}

interface Shown {
  /** Whether there is a layer that shows something. */
  readonly visible: boolean;
  /** Pixels of its canvas from left to right. */
  readonly width: number;
  /** Its clip path. */
  readonly clip: string;
  /** Whether it is in another window of the page. */
  readonly outside: boolean;
  /** Whether it lies over the whole page, for want of a place beside the video. */
  readonly loose: boolean;
}

/** The state of the layer. */
async function layer(): Promise<Shown> {
  return browser.inServiceWorker(
    async (id) => {
      const [result] = await chrome.scripting.executeScript({
        target: { tabId: id },
        func: () => {
          const pip = (
            globalThis as unknown as { documentPictureInPicture?: { window: Window | null } }
          ).documentPictureInPicture;
          const all = (root: ParentNode): Element[] =>
            [...root.querySelectorAll('*')].flatMap((element) => {
              const inner = chrome.dom.openOrClosedShadowRoot(element as HTMLElement);
              return [element, ...(inner ? all(inner) : [])];
            });
          const inside = all(document);
          const outside = pip?.window ? all(pip.window.document) : [];
          for (const element of [...inside, ...outside]) {
            if (!element.localName.startsWith('pastiche-layer')) continue;
            const root = chrome.dom.openOrClosedShadowRoot(element as HTMLElement);
            const canvas = root?.querySelector('canvas');
            const frame = root?.querySelector<HTMLElement>('.frame');
            if (!canvas || !frame) continue;
            const { visibility } = getComputedStyle(canvas);
            return {
              visible: visibility === 'visible',
              width: canvas.width,
              clip: frame.style.clipPath,
              outside: outside.includes(element),
              loose: element.parentElement === document.documentElement,
            };
          }
          return { visible: false, width: 0, clip: '', outside: false, loose: false };
        },
      });
      return result!.result!;
    },
    await browser.tabId(page),
  );
}

const screen = (clip?: ScreenshotClip): Promise<Pixels> => screenshotOf(page, clip);

describe('a source that goes', () => {
  /** Expects the layer to go at once, and not to come back while there is nothing to show. */
  async function expectGone(): Promise<void> {
    await expect.poll(async () => (await layer()).visible, { timeout: 2000 }).toBe(false);
    for (let i = 0; i < 12; i++) {
      expect((await layer()).visible).toBe(false);
      await pause(60);
    }
  }

  it.each([
    [
      'is taken away',
      (element: HTMLVideoElement) => {
        element.removeAttribute('src');
        element.load();
      },
    ],
    [
      'is a stream that is switched off',
      (element: HTMLVideoElement) => {
        element.srcObject = null;
      },
    ],
    [
      'is a stream whose camera is stopped',
      (element: HTMLVideoElement) => {
        for (const track of (element.srcObject as MediaStream).getTracks()) track.stop();
      },
    ],
    [
      'is a stream that makes way for an empty one',
      (element: HTMLVideoElement) => {
        element.srcObject = new MediaStream();
      },
    ],
    [
      'is no address any more',
      (element: HTMLVideoElement) => {
        element.src = '';
      },
    ],
    ['goes with the element', (element: HTMLVideoElement) => element.remove()],
    ['goes with the player', (element: HTMLVideoElement) => element.parentElement!.remove()],
    [
      'makes way for another that comes late',
      (element: HTMLVideoElement) => {
        element.src = '/clips/boats.webm?delay=4000';
      },
    ],
    [
      'was named by a child',
      (element: HTMLVideoElement) => {
        element.replaceChildren();
        element.load();
      },
    ],
  ])('%s', async (name, act) => {
    const isStream = name.includes('stream');
    const inner = name.includes('child')
      ? '<video muted loop width="640" height="360"><source src="/clips/boats.webm"></video>'
      : video();
    await open(`<div>${inner}</div>`);
    if (isStream) {
      await page.$eval('video', async (element) => {
        const source = element.cloneNode() as HTMLVideoElement;
        source.muted = true;
        await source.play();
        const { captureStream } = source as unknown as { captureStream(): MediaStream };
        element.removeAttribute('src');
        element.srcObject = captureStream.call(source);
      });
      await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 2);
    }
    await start();
    expect((await layer()).visible).toBe(true);
    await page.$eval('video', act);
    await expectGone();
  });

  it('is followed by the next one, painted', async () => {
    await open(video());
    await start();
    await page.$eval('video', (element) => {
      element.removeAttribute('src');
      element.load();
    });
    await expectGone();
    const { painted } = (await browser.videoStatus(page))[0]!;
    await page.$eval('video', (element) => {
      element.src = '/clips/boats.webm?next';
      return element.play();
    });
    await waitFor((status) => status.painted > painted + 3);
    expect((await layer()).visible).toBe(true);
  });
});

describe('a source that can not be painted', () => {
  it('is followed by one that can, as a film by its advertisement', async () => {
    await open(video());
    await start();
    const film = await page.$eval('video', ({ src }) => src);
    const show = (src: string): Promise<void> =>
      page.$eval(
        'video',
        (element, address) => {
          element.src = address;
          return element.play();
        },
        src,
      );
    await show(`${site.otherOrigin}/clips/boats.webm`);
    const { error, painted } = await waitFor(({ state }) => state === 'failed');
    expect(error?.code).toBe('video-blocked');
    expect((await layer()).visible).toBe(false);
    expect(await page.$eval('video', ({ paused }) => paused)).toBe(false);
    await show(film);
    await waitFor((status) => status.state === 'playing' && status.painted > painted + 3);
    expect((await layer()).visible).toBe(true);
  });

  it('plays, though the film before it was loaded so that it can be read', async () => {
    await open(video());
    await page.$eval(
      'video',
      (element, src) => {
        element.src = src;
      },
      `${site.otherOrigin}/clips/boats.webm?cors`,
    );
    await start();
    const show = (src: string): Promise<void> =>
      page.$eval(
        'video',
        (element, address) => {
          element.src = address;
          return element.play();
        },
        src,
      );
    await show(`${site.otherOrigin}/clips/boats.webm`);
    await waitFor(({ state }) => state === 'failed');
    expect(await page.$eval('video', (element) => element.error)).toBeNull();
    const { painted } = (await browser.videoStatus(page))[0]!;
    await show(`${site.otherOrigin}/clips/boats.webm?cors`);
    await waitFor((status) => status.state === 'playing' && status.painted > painted + 3);
  });
});

describe('a poster', () => {
  const POSTER = 'poster="/pictures/orchard.jpg" preload="auto"';

  it.each([
    ['it plays', (element: HTMLVideoElement) => element.play()],
    [
      'another frame is asked for',
      (element: HTMLVideoElement) => {
        element.currentTime = 3;
      },
    ],
  ])('stays until %s', async (_, act) => {
    await open(video(POSTER));
    await pause(500);
    const before = await screen();
    await browser.clickMenu(page, { menuItemId: 'video', srcUrl: '' });
    await waitFor(({ state }) => state === 'starting');
    await pause(1500);
    expect((await layer()).visible).toBe(false);
    expect(meanAbsoluteDifference(before, await screen())).toBeLessThan(1);
    await page.$eval('video', act);
    await waitFor(({ painted }) => painted > 0);
    await expect.poll(async () => (await layer()).visible).toBe(true);
  });
});

describe('a window of its own', () => {
  it.each([
    ['the video', 'video'],
    ['its player', '.player'],
  ])('shows the painting where the page moves %s there, and back', async (_, moved) => {
    await open(`<div id="place"><div class="player">${video()}</div></div><button>Out</button>`);
    await start();
    await page.$eval(
      'button',
      (button, selector) => {
        button.onclick = async () => {
          const { documentPictureInPicture } = globalThis as unknown as {
            documentPictureInPicture: { requestWindow(options: object): Promise<Window> };
          };
          const out = await documentPictureInPicture.requestWindow({ width: 640, height: 360 });
          out.document.body.append(document.querySelector(selector)!);
          out.addEventListener('pagehide', () => {
            document.querySelector('#place')!.append(out.document.querySelector(selector)!);
          });
        };
      },
      moved,
    );
    await page.click('button');
    await expect.poll(async () => (await layer()).outside, { timeout: 10_000 }).toBe(true);
    const { painted } = (await browser.videoStatus(page))[0]!;
    await waitFor((status) => status.painted > painted + 5);
    expect(await layer()).toMatchObject({ visible: true, outside: true });
    await page.evaluate(() => {
      const { documentPictureInPicture } = globalThis as unknown as {
        documentPictureInPicture: { window: Window | null };
      };
      documentPictureInPicture.window?.close();
    });
    await expect.poll(async () => (await layer()).outside, { timeout: 10_000 }).toBe(false);
    const again = (await browser.videoStatus(page))[0]!.painted;
    await waitFor((status) => status.painted > again + 3);
    expect((await layer()).visible).toBe(true);
  });
});

describe("the browser's own parts", () => {
  it('gives the strip of the controls back when they go, though the video has the focus', async () => {
    // In a flex container the painting lies over the video.
    await open(`<div style="display: flex">${video('controls')}</div>`);
    await start();
    await page.mouse.move(300, 200);
    await page.$eval('video', (element) => element.focus());
    await expect.poll(async () => (await layer()).clip).toContain('inset');
    await expect.poll(async () => (await layer()).clip, { timeout: 9000 }).toBe('');
    expect(await page.$eval('video', (element) => element.matches(':focus'))).toBe(true);
    // A key brings them back, for a while.
    await page.keyboard.press('Shift');
    await expect.poll(async () => (await layer()).clip).toContain('inset');
  });

  it('shows the controls over the painting, to the last pixel', async () => {
    await open(video('controls'));
    await page.$eval('video', (element) => {
      element.currentTime = 2;
    });
    await browser.clickMenu(page, { menuItemId: 'video', srcUrl: '' });
    await waitFor(({ state }) => state === 'still');
    await pause(400);
    const strip = { x: 20, y: 200, width: 640, height: 180 };
    const before = await screen(strip);
    await page.screenshot({ path: `${SHOTS}/controls-over.png` });
    expect((await layer()).clip).toBe('');
    await page.$eval('video', (element) => {
      element.controls = false;
    });
    await pause(400);
    const without = await screen(strip);
    // The browser's shade darkens the painting more and more towards the lower edge.
    const mean = ({ data, width }: Pixels, row: number): number =>
      data.subarray(4 * width * row, 4 * width * (row + 1)).reduce((sum, value) => sum + value, 0) /
      (4 * width);
    expect(Math.abs(mean(before, 2) - mean(without, 2))).toBeLessThan(6);
    expect(mean(before, 179)).toBeLessThan(mean(without, 179) - 10);
  });

  it.each([
    ['below', {}, 280],
    ['above', { line: 0 }, 0],
  ])('leaves captions %s free, and paints beside them', async (name, changes, top) => {
    await open(video());
    await page.$eval('video', (element) => {
      element.currentTime = 2;
    });
    await browser.clickMenu(page, { menuItemId: 'video', srcUrl: '' });
    await waitFor(({ state }) => state === 'still');
    await pause(400);
    const strip = { x: 20, y: 20 + top, width: 640, height: 80 };
    const before = await screen(strip);
    await page.$eval(
      'video',
      (element, settings) => {
        const track = element.addTextTrack('subtitles', 'English', 'en');
        const cue = new VTTCue(0, 9, 'A boat comes in');
        Object.assign(cue, settings);
        track.addCue(cue);
        track.mode = 'showing';
      },
      changes,
    );
    await pause(600);
    await page.screenshot({ path: `${SHOTS}/captions-${name}.png` });
    const after = await screen(strip);
    const part = (pixels: Pixels, from: number, to: number): Pixels => {
      const width = to - from;
      const data = new Uint8Array(4 * width * pixels.height);
      for (let y = 0; y < pixels.height; y++) {
        const at = 4 * (y * pixels.width + from);
        data.set(pixels.data.subarray(at, at + 4 * width), 4 * y * width);
      }
      return { width, height: pixels.height, data };
    };
    // The page's strip beside the caption is the painting's, as it was.
    expect(meanAbsoluteDifference(part(before, 0, 180), part(after, 0, 180))).toBeLessThan(1);
    expect(meanAbsoluteDifference(part(before, 460, 640), part(after, 460, 640))).toBeLessThan(1);
    // White letters on their black box.
    const middle = part(after, 220, 420).data;
    const count = (isLike: (value: number) => boolean): number =>
      middle.filter((value, i) => i % 4 < 3 && isLike(value)).length;
    expect(count((value) => value > 230)).toBeGreaterThan(400);
    expect(count((value) => value < 60)).toBeGreaterThan(3000);
  });
});

describe('a feed', () => {
  it('goes on where clips that were seen are taken away, and others come', async () => {
    const clip = (at: number): string =>
      video(`class="clip" autoplay`).replace('boats.webm', `boats.webm?${at}`);
    await open(`<div id="feed">${clip(1)}</div>`);
    await start('video-follow');
    for (const at of [2, 3]) {
      await page.$eval(
        '#feed',
        (feed, html) => {
          feed.insertAdjacentHTML('beforeend', html);
          feed.firstElementChild!.remove();
        },
        clip(at),
      );
      await waitFor(
        ({ source, state, painted }) =>
          source.endsWith(`?${at}`) && state === 'playing' && painted > 2,
      );
    }
    // The same element with another clip.
    await page.$eval('.clip', (element) => {
      (element as HTMLVideoElement).src = '/clips/boats.webm?4';
    });
    await waitFor(
      ({ source, state, painted }) => source.endsWith('?4') && state === 'playing' && painted > 2,
    );
    expect(
      (await browser.videoStatus(page)).filter(({ state }) => state === 'playing'),
    ).toHaveLength(1);
  });

  it('leaves what rests in the place of a clip that was taken away', async () => {
    await open(
      `<div id="feed">${video('id="a"')}${video('id="b"').replace('boats.webm', 'boats.webm?rests')}</div>`,
    );
    await start('video-follow');
    await page.$eval('#a', (element) => element.remove());
    // A player is given four seconds to put another one there.
    await pause(4500);
    const states = await browser.videoStatus(page);
    expect(states.filter(({ source }) => source.endsWith('?rests'))).toEqual([]);
  });

  it('is restyled from now on: the video in view, one at a time', async () => {
    await open(
      `<style>video { display: block; margin-bottom: 40px }</style>
       ${[1, 2, 3].map((i) => video(`id="v${i}"`).replace('boats.webm', `boats.webm?${i}`)).join('')}`,
    );
    await page.evaluate(() => {
      const sight = new IntersectionObserver(
        (entries) => {
          for (const { target, isIntersecting } of entries) {
            const clip = target as HTMLVideoElement;
            if (isIntersecting) void clip.play();
            else clip.pause();
          }
        },
        { threshold: 0.6 },
      );
      for (const clip of document.querySelectorAll('video')) sight.observe(clip);
    });
    await start('video-follow');
    for (const [left, next] of [
      [1, 2],
      [2, 3],
      [3, 2],
    ]) {
      await page.$eval(`#v${next}`, (element) => element.scrollIntoView());
      await waitFor(
        ({ source, state, painted }) =>
          source.endsWith(`?${next}`) && state === 'playing' && painted > 2,
      );
      await waitFor(({ source, state }) => source.endsWith(`?${left}`) && state === 'stopped');
    }
    // Stopping one video also stops following others.
    await browser.clickMenu(page, { menuItemId: 'video-stop', srcUrl: '' });
    await waitFor(({ source, state }) => source.endsWith('?2') && state === 'stopped');
    await page.$eval('#v1', (element) => element.scrollIntoView());
    await pause(1500);
    const states = (await browser.videoStatus(page)).map(({ state }) => state);
    expect(states.every((state) => state === 'stopped')).toBe(true);
  });
});

describe('at rest', () => {
  it('a paused video costs the page no more than two thousandths of its thread', async () => {
    await open(`<div style="position: relative">${video()}</div>`);
    const spent = async (): Promise<number> => {
      const before = (await page.metrics()).TaskDuration ?? 0;
      await pause(5000);
      return (((await page.metrics()).TaskDuration ?? 0) - before) / 5;
    };
    const plain = await spent();
    await browser.clickMenu(page, { menuItemId: 'video', srcUrl: '' });
    await waitFor(({ state }) => state === 'still');
    await pause(1500);
    const styled = await spent();
    console.log(`share of the page's thread: plain ${plain}, styled ${styled}`);
    expect(styled - plain).toBeLessThan(0.002);
  });
});

describe('the page around it', () => {
  it.each([
    ['a sibling', 'video + .bar { color: red; margin-top: 30px }'],
    ['the last child', '.player > :last-child { color: red; margin-bottom: 50px }'],
    ['all but the last', '.player > :not(:last-child) { margin-bottom: 25px }'],
    ['all but the first', '.player > * + * { margin-top: 25px }'],
    ['what is empty or a box', 'div:empty, div { border: 3px solid red; margin: 10px }'],
    ['everything', '* { transition: all 0.3s !important; margin: 4px !important }'],
    ['a gap', '.player { display: flex; flex-direction: column; gap: 20px }'],
    ['a grid', '.player { display: grid; grid-template-columns: auto auto; gap: 9px }'],
    ['columns that share the room', '.player { display: flex; justify-content: space-between }'],
  ])('stays as it is where its rules are for %s', async (_, rule) => {
    await open(
      `<style>${rule}</style><div class="player">${video()}<p class="bar">Controls</p></div><p>Text</p>`,
    );
    const colours = (): Promise<string[]> =>
      page.$$eval('.player > video, .bar, .player', (elements) =>
        elements.map((element) => getComputedStyle(element).color),
      );
    // Transitions of everything also fade in the page slowly.
    await page.evaluate(() => Promise.all(document.getAnimations().map((each) => each.finished)));
    const [layout, before] = [await layoutOf(page), await colours()];
    await browser.clickMenu(page, { menuItemId: 'video', srcUrl: '' });
    await waitFor(({ state }) => state === 'still');
    expect(await movedElements(layout)).toEqual([]);
    expect(await colours()).toEqual(before);
  });

  it('goes on with its animations, its scrolled boxes and its focus', async () => {
    await open(
      `<style>
         @keyframes fade { from { opacity: 0.2 } }
         .once { animation: fade 1ms } .slow { animation: fade 100s } .rest { animation: fade 9s paused }
       </style>
       <div class="player">${video()}<p class="once">Once</p><p class="slow">Slow</p><p class="rest">Rest</p>
         <div class="box" style="height: 40px; overflow: auto"><div style="height: 900px"></div></div><input></div>`,
    );
    await page.evaluate(() => {
      const heard: string[] = [];
      Object.assign(globalThis, { heard });
      document.querySelector('.box')!.scrollTop = 77;
      document.querySelector('input')!.focus();
      document.querySelector('.slow')!.getAnimations()[0]!.currentTime = 50_000;
      for (const type of ['animationstart', 'animationend', 'animationcancel', 'blur']) {
        document.addEventListener(type, () => heard.push(type), true);
      }
    });
    await browser.clickMenu(page, { menuItemId: 'video', srcUrl: '' });
    await waitFor(({ state }) => state === 'still');
    expect((await layer()).loose).toBe(false);
    const now = await page.evaluate(() => ({
      heard: (globalThis as unknown as { heard: string[] }).heard,
      scrolled: document.querySelector('.box')!.scrollTop,
      focused: document.activeElement?.localName,
      running: document
        .querySelector('.player')!
        .getAnimations({ subtree: true })
        // The video's own picture is moved away by one that has ended.
        .filter(({ playState }) => playState !== 'finished')
        .map(({ currentTime, playState }) => [playState, Number(currentTime) >= 50_000]),
    }));
    expect(now).toEqual({
      heard: [],
      scrolled: 77,
      focused: 'input',
      running: [
        ['running', true],
        ['paused', false],
      ],
    });
  });
});
