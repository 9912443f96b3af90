/** Players that pages put around their videos, as they come from npm. */

import { describe, expect } from 'vitest';

import { browser, openPage, page, withBrowser, waitForVideo as waitFor } from './fixtures';
import { meanAbsoluteDifference, pixelsOf, type Pixels } from './harness';

const it = withBrowser({ ends: true });

interface Player {
  readonly name: string;
  readonly files: readonly string[];
  readonly style?: string;
  readonly html: string;
  /** Scripts that run in the page; `bar` is a selector, all else is run. */
  readonly bar: string;
  readonly begin: string;
  readonly fill: string;
  readonly destroy: string;
}

const VIDEO = '<video src="/clips/boats.webm#t=2" muted width="480" height="270"';

const PLAYERS: readonly Player[] = [
  {
    name: 'media-chrome',
    files: ['media-chrome/dist/iife/index.js'],
    html: `<media-controller id="player" style="width: 480px; height: 270px">${VIDEO} slot="media"></video>
      <media-control-bar style="background: #f0f; --media-control-background: #f0f; height: 40px">
        <media-play-button></media-play-button></media-control-bar></media-controller>`,
    bar: 'media-control-bar',
    begin: '',
    fill: `Object.assign(document.querySelector('#player').style, { position: 'fixed', inset: '0', width: '100%', height: '100%' })`,
    destroy: `document.querySelector('#player').remove()`,
  },
  {
    name: 'plyr',
    files: ['plyr/dist/plyr.js'],
    style: 'plyr/dist/plyr.css',
    html: `<style>.plyr--video .plyr__controls { background: #f0f }</style><div style="width: 480px">${VIDEO}></video></div>`,
    bar: '.plyr__controls',
    begin: `window.player = new Plyr('video', { controls: ['play'], hideControls: false, fullscreen: { fallback: 'force' }, storage: { enabled: false }, loadSprite: false, clickToPlay: false })`,
    fill: `window.player.fullscreen.enter()`,
    destroy: `window.player.destroy()`,
  },
];

/** The number of layers, in shadow roots too, and their distance from the video, in CSS pixels. */
async function layers(): Promise<{ count: number; beside: number }> {
  return browser.inServiceWorker(
    async (tabId) => {
      const [found] = await chrome.scripting.executeScript({
        target: { tabId },
        func: () => {
          const all = (root: ParentNode): Element[] =>
            [...root.querySelectorAll('*')].flatMap((element) => {
              const inner =
                element instanceof HTMLElement ? chrome.dom.openOrClosedShadowRoot(element) : null;
              return [element, ...(inner ? all(inner) : [])];
            });
          const hosts = all(document).filter(({ localName }) =>
            localName.startsWith('pastiche-layer'),
          );
          const [a, b] = [hosts[0], document.querySelector('video')].map((element) =>
            element?.getBoundingClientRect(),
          );
          // Infinity does not survive a message.
          const beside =
            a && b ? Math.max(Math.abs(a.left - b.left), Math.abs(a.right - b.right)) : 1e9;
          return { count: hosts.length, beside };
        },
      });
      return found!.result!;
    },
    await browser.tabId(page),
  );
}

/** Share of a picture with the bar's colour. */
function magenta({ data }: Pixels): number {
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i]! > 240 && data[i + 1]! < 15 && data[i + 2]! > 240) count += 1;
  }
  return count / (data.length / 4);
}

describe.each(PLAYERS)('in $name', ({ files, style, html, bar, begin, fill, destroy }) => {
  it('a video is painted under its controls, as large as it gets, with its next source, and goes with it', async () => {
    await openPage();
    await page.setViewport({ width: 900, height: 620 });
    await page.evaluate((body) => {
      document.body.innerHTML = body;
    }, html);
    if (style) await page.addStyleTag({ path: `node_modules/${style}` });
    for (const file of files) await page.addScriptTag({ path: `node_modules/${file}` });
    await page.evaluate(begin);
    await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 2);
    await page.waitForSelector(bar);
    await expect.poll(async () => magenta(await pixelsOf(page, 'video'))).toBeGreaterThan(0.05);
    const raw = await pixelsOf(page, 'video');
    const covered = magenta(raw);

    await browser.grantActiveTab(page);
    await browser.clickMenu(page, { menuItemId: 'video', srcUrl: '' });
    await waitFor(({ state }) => state === 'still');
    await expect
      .poll(async () => meanAbsoluteDifference(raw, await pixelsOf(page, 'video')))
      .toBeGreaterThan(8);
    expect(magenta(await pixelsOf(page, 'video'))).toBeGreaterThan(0.98 * covered);

    await page.evaluate(fill);
    await page.waitForFunction(
      () => document.querySelector('video')!.getBoundingClientRect().width > 800,
    );
    await expect.poll(async () => (await layers()).beside).toBeLessThan(1);

    const { painted } = await waitFor(({ state }) => state === 'still');
    await page.$eval('video', (video) => {
      video.src = '/clips/boats.webm?another#t=5';
      return video.play();
    });
    await waitFor((status) => status.painted > painted + 3);
    expect(await layers()).toMatchObject({ count: 1 });

    await page.evaluate(destroy);
    await expect.poll(async () => (await layers()).count).toBe(0);
  });
});
