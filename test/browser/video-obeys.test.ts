/**
 * The page's styles of a video apply to its painting: every page is compared with the same page with an
 * image of the painting instead of the video.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

import { PNG } from 'pngjs';
import { describe, expect } from 'vitest';

import { browser, openVideo, page, waitForVideo as waitFor, withBrowser } from './fixtures';
import { meanAbsoluteDifference, screenshotOf, type Pixels } from './harness';

const SHOTS = '/tmp/pastiche-shots';

/** Mean difference up to which two screenshots show the same, 0..255. */
const SAME = 1.2;

/** The painting of the frame that all pages show, as a data URL. */
let painting: string;

const it = withBrowser({ ends: true });

it.beforeAll(async () => {
  await mkdir(SHOTS, { recursive: true });
  await open(VIDEO);
  await restyle();
  const shot = await (await page.waitForSelector('video'))!.screenshot({ encoding: 'base64' });
  painting = `data:image/png;base64,${shot}`;
  await page.close();
});

const VIDEO = '<video src="/clips/boats.webm#t=2" muted width="640" height="360"></video>';

/** A page with these contents, whose video stands still at its second second. */
const open = (html: string): Promise<void> => openVideo(html, { width: 1000, height: 640 }, 1.9);

async function restyle(): Promise<void> {
  await browser.clickMenu(page, { menuItemId: 'video', srcUrl: '' });
  await waitFor(({ state }) => state === 'still');
  await faded();
}

/** Waits until the layer has faded in, and two frames have been presented. */
async function faded(): Promise<void> {
  await pause(350);
  await page.evaluate(
    () =>
      new Promise<void>((resolve) =>
        requestAnimationFrame(() => requestAnimationFrame(() => resolve())),
      ),
  );
}

const screen = (): Promise<Pixels> => screenshotOf(page);

/**
 * The same page with an image of the painting instead of the video.
 * @param prepare The page's change of the video.
 */
async function expected(prepare: () => Promise<void>): Promise<Pixels> {
  await page.evaluate(async (src) => {
    const video = document.querySelector('video')!;
    // The extension sets styles of its own, and takes them back when the video has gone.
    const image = document.createElement('img');
    const anchor = document.createComment('');
    video.replaceWith(anchor);
    await new Promise((resolve) => setTimeout(resolve));
    for (const { name, value } of video.attributes) {
      if (name !== 'src') image.setAttribute(name, value);
    }
    if (!image.style.objectFit) image.style.objectFit = 'contain';
    image.src = src;
    await image.decode();
    anchor.replaceWith(image);
  }, painting);
  await prepare();
  await faded();
  return screen();
}

/** Expects the painting exactly where and as the page would show the video. */
async function expectObeyed(name: string, prepare = async (): Promise<void> => {}): Promise<void> {
  const shown = await screen();
  const wanted = await expected(prepare);
  const difference = meanAbsoluteDifference(shown, wanted);
  await save(`${name}-shown`, shown);
  await save(`${name}-wanted`, wanted);
  expect(difference).toBeLessThan(SAME);
}

async function save(name: string, { width, height, data }: Pixels): Promise<void> {
  const png = new PNG({ width, height });
  png.data = Buffer.from(data);
  const file = `obeys-${name}`.replaceAll(/[^a-z0-9]+/gi, '-');
  await writeFile(`${SHOTS}/${file}.png`, PNG.sync.write(png));
}

const video = (style: string, more = ''): string =>
  `<video src="/clips/boats.webm#t=2" muted style="width: 640px; height: 360px; ${style}" ${more}></video>`;

const BOX = 'width: 480px; height: 300px; overflow: hidden; border-radius: 60px';
const BAR =
  '<div style="position: absolute; left: 40px; top: 250px; width: 400px; height: 60px; background: #c03"></div>';

describe('the painting is clipped, stacked and seen as the video is', () => {
  it.each([
    ['a box that clips, round', `<div style="${BOX}">${video('')}</div>`],
    [
      'the same in a flex container',
      `<div style="${BOX}; display: flex">${video('flex: none')}</div>`,
    ],
    ['the same in a grid', `<div style="${BOX}; display: grid">${video('')}</div>`],
    [
      'a box further out that clips',
      `<div style="${BOX}"><section><p>Text</p><div>${video('display: block')}</div></section></div>`,
    ],
    [
      'a box that is scrolled, round',
      `<div style="${BOX}; overflow: auto"><p>Text</p>${video('')}<p style="height: 400px"></p></div>`,
    ],
    [
      'a video in its place that is laid out absolutely',
      `<div style="${BOX}; position: relative">${video('position: absolute; left: -30px; top: 40px')}</div>`,
    ],
    ['its own round corners and border', video('border: 12px solid #073; border-radius: 50px')],
    ['a clip path', video('clip-path: circle(40%)')],
    ['a mask', video('mask-image: linear-gradient(#000, #0000)')],
  ])('%s', async (name, html) => {
    await open(html);
    await restyle();
    await expectObeyed(name);
  });

  it.each([
    ['a bar before it in the tree', `<div style="position: relative">${BAR}${video('')}</div>`],
    ['a bar after it', `<div style="position: relative">${video('')}${BAR}</div>`],
    [
      'a bar after it, which is laid out absolutely itself',
      `<div style="position: relative; height: 400px">${video('position: absolute; inset: 0')}${BAR}</div>`,
    ],
    [
      'bars before and after it, which is laid out absolutely itself',
      `<div style="position: relative; height: 400px">${BAR}${video('position: absolute; top: 0')}
       <div style="position: absolute; left: 300px; top: 100px; width: 90px; height: 90px; background: #05c"></div></div>`,
    ],
    [
      'a bar under another level of the tree',
      `<div style="position: relative">${BAR}<div><p>Text</p>${video('')}</div></div>`,
    ],
    [
      'numbers for the levels',
      `<div style="position: relative; height: 400px">${video('position: absolute; z-index: 3')}
       <div style="position: relative; z-index: 2; background: #05c">Hidden</div><div style="position: relative; z-index: 4">${BAR}</div></div>`,
    ],
  ])('%s', async (name, html) => {
    await open(html);
    await restyle();
    await expectObeyed(name);
  });

  it.each([
    ['brightness', video('filter: brightness(0.4)')],
    ['a blur', video('filter: blur(20px)')],
    ['half opaque', video('opacity: 0.5')],
    ['blended', video('mix-blend-mode: multiply')],
    [
      'blended, on a level of its own',
      `<div style="position: relative; background: linear-gradient(#f80, #08f)">${video('mix-blend-mode: screen; position: relative; z-index: 1')}</div>`,
    ],
    ['filtered with its box', `<div style="filter: sepia(1) blur(3px)">${video('')}</div>`],
    [
      'turned in a box that is turned',
      `<div style="rotate: 5deg; ${BOX}">${video('rotate: 10deg')}</div>`,
    ],
    ['zoomed', video('zoom: 0.7')],
    ['covering', video('width: 400px; object-fit: cover; object-position: 20% 0; opacity: 0.7')],
  ])('%s', async (name, html) => {
    await open(html);
    await restyle();
    await expectObeyed(name);
  });
});

describe('the painting obeys pages of every kind', () => {
  const BEFORE =
    '<style>.p { position: relative; width: 640px } .p::before, .p.after::after { content: ""; position: absolute; left: 20px; top: 30px; width: 500px; height: 90px; background: #c03 } .p.after::before { content: none }</style>';

  it.each([
    ['a bar of the box itself', `${BEFORE}<div class="p">${video('')}</div>`],
    [
      'the same, and the box is no div',
      `${BEFORE}<figure class="p" style="margin: 0">${video('')}</figure>`,
    ],
    ['a bar of the box behind it', `${BEFORE}<div class="p after">${video('')}</div>`],
    [
      'a bar of the box under a video that is laid out absolutely',
      `${BEFORE}<div class="p" style="height: 360px">${video('position: absolute; left: 0; top: 60px')}</div>`,
    ],
    ['a mirrored camera', video('transform: scaleX(-1); object-fit: cover; width: 360px')],
    ['a box that mirrors', `<div style="scale: -1 1; ${BOX}">${video('')}</div>`],
    ['a box in perspective', `<div style="perspective: 500px">${video('rotate: y 30deg')}</div>`],
    [
      'a box turned in space',
      `<div style="perspective: 500px"><div style="transform: rotateX(25deg); transform-style: preserve-3d">${video('')}</div></div>`,
    ],
    ['a dialog that is not modal', `<dialog open style="${BOX}">${video('')}</dialog>`],
    [
      'a parent without a box',
      `<div style="${BOX}; display: flex"><div style="display: contents">${video('flex: none')}</div></div>`,
    ],
    ['a zoomed box', `<div style="zoom: 1.3; ${BOX}">${video('')}</div>`],
    [
      'a video zoomed in a zoomed box',
      `<div style="zoom: 1.3; ${BOX}">${video('zoom: 0.6; margin: 15px')}</div>`,
    ],
    [
      'a sticky video',
      `<div style="${BOX}; overflow: auto; height: 500px"><p style="height: 60px">Text</p>${video('position: sticky; top: 10px; display: block')}<p style="height: 900px"></p></div>`,
    ],
    ['right to left', `<div dir="rtl" style="${BOX}">${video('')}</div>`],
    [
      'lines from right to left',
      `<div style="writing-mode: vertical-rl; ${BOX}"><p>Text</p>${video('')}</div>`,
    ],
    [
      'contents that are drawn in view',
      `<div style="content-visibility: auto; width: 700px">${video('')}</div>`,
    ],
    ['contained strictly', `<div style="contain: strict; ${BOX}">${video('')}</div>`],
    [
      'another aspect ratio',
      video(
        'height: auto; aspect-ratio: 1; width: 400px; object-fit: cover; object-position: right',
      ),
    ],
    ['a part of its picture', video('object-view-box: inset(10% 30% 20% 5%); object-fit: none')],
    [
      'a centred line',
      `<p style="text-align: center; line-height: 3">Text ${video('width: 320px; height: 180px; vertical-align: middle')} text</p>`,
    ],
    [
      'a float',
      `<div style="${BOX}">${video('float: right; width: 320px; height: 180px')}Text</div>`,
    ],
    ['a margin that centres', video('display: block; margin: 0 auto')],
    [
      'a cell of a table',
      `<table><tr><td style="padding: 20px; border: 3px solid">${video('')}<td>Text</table>`,
    ],
    ['a list', `<ul><li>${video('width: 480px; height: 270px')}</li></ul>`],
    ['a link', `<a href="#">${video('')}</a>`],
    [
      'a button',
      `<button style="padding: 0; border-radius: 50px; overflow: hidden">${video('display: block')}</button>`,
    ],
    [
      'a figure with words',
      `<figure style="width: max-content">${video('display: block')}<figcaption style="margin-top: -60px; position: relative; color: red; font-size: 40px">Words</figcaption></figure>`,
    ],
    ['open details', `<details open><summary>Summary</summary>${video('')}</details>`],
    ['a set of fields', `<fieldset><legend>Legend</legend>${video('')}</fieldset>`],
    [
      'columns',
      `<div style="columns: 2; width: 900px"><p>Text</p>${video('width: 100%; height: 240px')}<p>Text</p></div>`,
    ],
    [
      'clamped lines',
      `<div style="display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; width: 500px">${video('')}</div>`,
    ],
    [
      'a masked box',
      `<div style="mask-image: linear-gradient(90deg, #000, #0000)">${video('')}</div>`,
    ],
    ['a blended box', `<div style="mix-blend-mode: difference">${video('')}</div>`],
    [
      'a video over the edge of a box that clips sharply',
      `<div style="width: 400px; height: 200px; overflow: clip; overflow-clip-margin: 30px">${video('')}</div>`,
    ],
    [
      'a shadow of its shape',
      video('filter: drop-shadow(20px 20px 5px #000); border-radius: 40px'),
    ],
    [
      'rules that override animations',
      `<style>.clip { object-position: 20% 0 !important; background: #000 !important }</style>${video('width: 400px; object-fit: cover', 'class="clip"')}`,
    ],
    ['a layer of its own', video('will-change: transform; border-radius: 40px')],
    [
      'only children',
      `<style>.p > :only-child { width: 320px !important; height: 180px !important; margin: 50px }</style><div class="p">${video('')}</div>`,
    ],
    [
      'last children',
      `<style>.p > :last-child { margin-left: 50px; filter: sepia(1) } .p > :first-child { margin-top: 50px }</style><div class="p">${video('')}</div>`,
    ],
    [
      'a box that has but a video',
      `<style>.p:has(> :only-child) { padding: 40px; background: #48c }</style><div class="p" style="width: 640px">${video('')}</div>`,
    ],
    [
      'a box in which something follows',
      `<style>.p:has(video + *) { opacity: 0.3 } .p:has(* + video) { padding: 40px }</style><div class="p">${video('')}</div>`,
    ],
  ])('%s', async (name, html) => {
    await open(html);
    await restyle();
    await expectObeyed(name);
  });
});

describe('scripts of the page', () => {
  it('find nothing of ours among the children of a box, and no change of it', async () => {
    await open(
      `<div id="player">${video('')}<p>Text</p></div><div id="other"><style>@keyframes k {}</style><p style="animation: k 1s">Text</p></div>`,
    );
    await page.evaluate(() => {
      const heard: string[] = [];
      Object.assign(globalThis, { heard });
      const observer = new MutationObserver((records) =>
        heard.push(...records.map(({ type, attributeName }) => attributeName ?? type)),
      );
      observer.observe(document.body, { subtree: true, childList: true, attributes: true });
    });
    const seen = (): Promise<unknown> =>
      page.$eval('#player', (player) => [
        player.children.length,
        player.childNodes.length,
        player.querySelector('video')!.nextElementSibling?.localName,
        player.lastElementChild?.localName,
        player.shadowRoot,
        player.outerHTML,
        player.cloneNode(true).childNodes.length,
        (globalThis as unknown as { heard?: string[] }).heard,
      ]);
    const before = await seen();
    await restyle();
    expect(await seen()).toEqual(before);
    // Contents that come later are laid out at once.
    const width = await page.$eval('#player', (player) => {
      player.insertAdjacentHTML('beforeend', '<div class="late">Late</div>');
      return player.querySelector('.late')!.getBoundingClientRect().width;
    });
    expect(width).toBeGreaterThan(100);
    // A box whose animation would run again gets no shadow root, and the painting a place beside it.
    await page.$eval('#other', (other) => other.append(document.querySelector('video')!));
    await faded();
    const ran = await page.$eval('#other', (other) => {
      try {
        other.attachShadow({ mode: 'open' });
        return 'it has none';
      } catch {
        return 'it has one';
      }
    });
    expect(ran).toBe('it has none');
  });
});

describe('the painting is in the top layer with the video', () => {
  it.each([
    ['as a popover', video('', 'popover id="top"')],
    ['in a popover', `<div popover id="top">${video('')}</div>`],
    ['in a dialog', `<dialog id="top" style="${BOX}">${video('')}</dialog>`],
  ])('%s', async (name, html) => {
    const show = (): Promise<void> =>
      page.evaluate(() => {
        const top = document.querySelector<HTMLElement>('#top')!;
        if (top.matches(':popover-open, :modal')) return;
        if (top instanceof HTMLDialogElement) top.showModal();
        else top.showPopover();
      });
    await open(
      `<div style="position: fixed; inset: 0; background: #248; z-index: 9"></div>${html}`,
    );
    await show();
    await restyle();
    await expectObeyed(name, show);
  });
});

describe('the painting obeys at once when the page changes', () => {
  it.each([
    ['visibility', { visibility: 'hidden' }],
    ['opacity', { opacity: '0.3' }],
    ['a filter', { filter: 'blur(20px)' }],
    ['a size', { width: '400px', height: '200px' }],
    ['a margin', { marginLeft: '150px' }],
    ['a transform', { transform: 'translate(60px, 30px) scale(0.8)' }],
    ['display', { display: 'none' }],
  ])('%s of the video', async (name, changes) => {
    await open(video(''));
    await restyle();
    await page.$eval('video', (element, style) => Object.assign(element.style, style), changes);
    await faded();
    await expectObeyed(`then ${name}`);
  });

  it('by a rule for an ancestor', async () => {
    await open(
      `<style>.dim .clip { filter: brightness(0.3) } .away .clip { margin-left: 100px }</style>
       <div id="player">${video('', 'class="clip"')}</div>`,
    );
    await restyle();
    await page.$eval('#player', (player) => player.classList.add('dim', 'away'));
    await faded();
    await expectObeyed('then a rule for an ancestor');
  });

  it('slowly, where the page wants it so', async () => {
    await open(
      `<style>.clip { transition: opacity 0.6s, margin 0.6s } .gone .clip { opacity: 0.2; margin-left: 90px }</style>
       <div id="player">${video('', 'class="clip"')}</div>`,
    );
    await restyle();
    await page.$eval('#player', (player) => player.classList.add('gone'));
    await pause(900);
    await faded();
    await expectObeyed('then slowly');
  });

  it('with a bar that comes later, before it in the tree', async () => {
    await open(`<div id="player" style="position: relative">${video('')}</div>`);
    await restyle();
    await page.$eval('#player', (player, bar) => player.insertAdjacentHTML('afterbegin', bar), BAR);
    await faded();
    await expectObeyed('then a bar');
  });

  it('moved into another box', async () => {
    await open(
      `<div style="width: 640px; height: 360px; overflow: hidden; position: relative">${video('')}</div>
       <div id="mini" style="position: fixed; right: 0; bottom: 0; width: 320px; ${BOX}"></div>`,
    );
    await restyle();
    await page.$eval('#mini', (mini) => mini.append(document.querySelector('video')!));
    await faded();
    await expectObeyed('then moved');
  });

  it('moved with what is around it', async () => {
    await open(`<main></main><div id="player"><p>Text</p>${video('')}</div>`);
    await restyle();
    await page.$eval('main', (main) => main.append(document.querySelector('#player')!));
    await faded();
    await expectObeyed('then moved with its box');
  });
});
