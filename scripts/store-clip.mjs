/**
 * The stores' clip: thirty seconds of a real browser on a virtual display, with a right click, a mix
 * and a video, in real time.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat, unlink } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

import { startSite } from '../test/browser/server.mjs';
import { VirtualDisplay } from '../test/browser/virtual-display.mjs';
import { ensureCommands } from './browser.mjs';
import { ExtensionBrowser } from './extension.mjs';
import { SCREENSHOT } from './store-rules.mjs';
import { HOST, HOST_RULE } from './store-shots.mjs';

/** @typedef {import('puppeteer').Page} Page */

const SECONDS = 30;
const FRAMES_PER_SECOND = 20;

/** Keys from the end of the menu: past "Inspect" to our item, whose submenu opens on its first item. */
const OPEN_SUBMENU = ['Up', 'Up', 'Right'];

/** Pause in which viewers can see a result. Milliseconds. */
const LOOK = 1200;

/** Interval between two steps of a slider, as in a drag by hand. Milliseconds. */
const SLIDER_PACE = 60;

const GALLERY = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><style>
    body { display: grid; grid-template: 440px 220px / 2fr 1fr; gap: 14px; margin: 14px; background: #efe9dd; }
    img { width: 100%; height: 100%; object-fit: cover; border-radius: 6px; }
  </style>
  <img id="hero" src="/pictures/harbour.jpg"><img src="/pictures/still-life.jpg">
  <img src="/pictures/mountain-lake.jpg"><img src="/pictures/orchard.jpg">`;

const CINEMA = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><style>
    body { margin: 0; background: #17161c; } video { display: block; height: 700px; margin: auto; }
  </style><video src="/clips/boats.webm" loop muted autoplay></video>`;

/**
 * Makes the clip.
 * @param {string} file Path of the WebM file.
 * @throws {Error} if the machine is too busy to finish the actions in time.
 */
export async function film(file) {
  ensureCommands({ ffmpeg: 'ffmpeg', ffprobe: 'ffmpeg' });
  const display = await VirtualDisplay.start();
  const site = await startSite();
  try {
    const browser = await ExtensionBrowser.launch({
      headless: false,
      env: { DISPLAY: display.name },
      args: [...VirtualDisplay.windowArgs, HOST_RULE],
      bare: true,
    });
    try {
      const origin = site.origin.replace('localhost', HOST);
      const page = await browser.openPage(origin + site.serve(GALLERY));
      await record(file, display, () => act(browser, display, page, origin + site.serve(CINEMA)));
    } finally {
      await browser.close();
    }
  } finally {
    await site.close();
    await display.close();
  }
}

/**
 * Reads the properties of a clip.
 * @param {string} file
 * @returns {Promise<import('./store-rules.mjs').Clip>}
 */
export async function clipOf(file) {
  const asked = ['-show_entries', 'format=format_name,duration:stream=width,height', '-of', 'json'];
  const said = execFileSync('ffprobe', ['-v', 'error', ...asked, file], { encoding: 'utf8' });
  const { format, streams } = JSON.parse(said);
  return {
    format: format.format_name,
    width: streams[0].width,
    height: streams[0].height,
    seconds: Number(format.duration),
    bytes: (await stat(file)).size,
  };
}

/**
 * Records a screen for {@link SECONDS}, in which all actions must have finished.
 * @param {string} file
 * @param {VirtualDisplay} display
 * @param {() => Promise<void>} play
 */
async function record(file, display, play) {
  // Compressed afterwards: the recorded browser needs the processor.
  const raw = `${file}.mkv`;
  const camera = spawn(
    'ffmpeg',
    [
      ...['-loglevel', 'error', '-y', '-f', 'x11grab', '-framerate', String(FRAMES_PER_SECOND)],
      ...['-video_size', `${SCREENSHOT.width}x${SCREENSHOT.height}`, '-i', display.name],
      ...['-t', String(SECONDS), '-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '0', raw],
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const ended = once(camera, 'close');
  let isOver = false;
  ended.then(
    () => (isOver = true),
    () => undefined,
  );
  try {
    await play();
    if (isOver) {
      throw new Error(`The machine is too busy to show everything in ${SECONDS} seconds.`);
    }
    await ended;
  } finally {
    camera.kill();
  }
  const codec = ['-c:v', 'libvpx-vp9', '-crf', '36', '-b:v', '0', '-deadline', 'good'];
  const speed = ['-cpu-used', '6', '-row-mt', '1', '-pix_fmt', 'yuv420p'];
  execFileSync('ffmpeg', ['-loglevel', 'error', '-y', '-i', raw, ...codec, ...speed, file]);
  await unlink(raw);
}

/**
 * The actions: a right click, a mix, a page, a video.
 * @param {ExtensionBrowser} browser
 * @param {VirtualDisplay} display
 * @param {Page} page A page with pictures.
 * @param {string} cinema Address of a page with a video.
 */
async function act(browser, display, page, cinema) {
  const done = (/** @type {string} */ name) =>
    browser.waitForPicture(page, new URL(`/pictures/${name}.jpg`, page.url()).href, {
      states: ['done'],
    });
  await pause(LOOK);
  await display.rightClick(page, '#hero');
  // Skips the current mix, to the second painting.
  await display.press(...OPEN_SUBMENU, 'Down', 'Down', 'Return');
  await done('harbour');
  await pause(LOOK);

  const palette = await browser.openPopup(page);
  await palette.waitForSelector('.preview .pastiche.shown');
  const [first, second] = await palette.$$('.style input[type=range]');
  await slide(palette, first, 'ArrowLeft');
  await slide(palette, second, 'ArrowRight');
  // By keyboard, not by mouse: the preview stays in view, above the content that scrolls under it.
  await (await palette.waitForSelector('.page .button'))?.press('Enter');
  await done('still-life');
  await pause(LOOK);
  await palette.close();

  await page.goto(cinema);
  await display.rightClick(page, 'video');
  await display.press(...OPEN_SUBMENU, 'Return');
  for (;;) {
    const [video] = await browser.videoStatus(page);
    if (video?.error) throw new Error(`The video was not painted: ${JSON.stringify(video.error)}`);
    if (video && video.painted > FRAMES_PER_SECOND) return;
    await pause(100);
  }
}

/**
 * Moves a slider step by step, like a hand.
 * @param {Page} page
 * @param {import('puppeteer').ElementHandle | undefined} slider
 * @param {'ArrowLeft' | 'ArrowRight'} key
 */
async function slide(page, slider, key) {
  await slider?.focus();
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press(key);
    await pause(SLIDER_PACE);
  }
}
