/**
 * The stores' clip: thirty seconds of a real browser on a virtual display, with a right click, a mix
 * and a video.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

import { startSite } from '../test/browser/server.mjs';
import { VirtualDisplay } from '../test/browser/virtual-display.mjs';
import { ensureCommands } from './browser.mjs';
import { ExtensionBrowser } from './extension.mjs';
import { SCREENSHOT } from './store-rules.mjs';
import { HOST, HOST_RULE } from './store-shots.mjs';

/**
 * @typedef {import('puppeteer').Page} Page
 *
 * @typedef {(seconds: number, act: () => Promise<unknown>) => Promise<void>} Take Records what
 *   happens during `act`, which fills at most `seconds` of the clip.
 * @typedef {{ from: number, to: number, seconds: number }} Cut From and to: seconds of the recording.
 */

const SECONDS = 30;
const FRAMES_PER_SECOND = 20;

/** Keys from the end of the menu: past "Inspect" to our item, whose submenu opens on its first item. */
const OPEN_SUBMENU = ['Up', 'Up', 'Right'];

/** Timeout for painting, in milliseconds. */
const PATIENCE = 120_000;

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
 * @throws {Error} if something can't be painted.
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
      await record(file, display, (take) =>
        act(take, browser, display, page, origin + site.serve(CINEMA)),
      );
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
 * Records takes of a screen and edits them to a clip of {@link SECONDS}. A take that was longer than
 * its share is played faster, so that the clip doesn't depend on the machine.
 * @param {string} file
 * @param {VirtualDisplay} display
 * @param {(take: Take) => Promise<void>} play The last thing on the screen stays for the rest of the
 *   clip, at its own speed.
 */
async function record(file, display, play) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pastiche-clip-'));
  // Compressed afterwards: the recorded browser needs the processor.
  const raw = path.join(folder, 'takes.mkv');
  try {
    const camera = await startCamera(raw, display);
    /** @type {Cut[]} */
    const cuts = [];
    /** @type {Take} */
    const take = async (seconds, act) => {
      const from = camera.time();
      await act();
      const to = camera.time();
      cuts.push({ from, to, seconds: Math.min(seconds, to - from) });
    };
    try {
      await play(take);
      const shown = cuts.reduce((sum, { seconds }) => sum + seconds, 0);
      // A second more, as the last frames may be late.
      const rest = SECONDS - shown + 1;
      await take(rest, () => pause(rest * 1000));
    } finally {
      await camera.stop();
    }
    await edit(raw, cuts, file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Starts to record a screen, without loss.
 * @param {string} file
 * @param {VirtualDisplay} display
 */
async function startCamera(file, display) {
  const camera = spawn(
    'ffmpeg',
    [
      ...['-hide_banner', '-nostats', '-y', '-f', 'x11grab'],
      ...['-framerate', String(FRAMES_PER_SECOND)],
      ...['-video_size', `${SCREENSHOT.width}x${SCREENSHOT.height}`, '-i', display.name],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '0', file],
    ],
    { stdio: ['pipe', 'ignore', 'pipe'] },
  );
  const ended = once(camera, 'close');
  let said = '';
  /** Seconds since the epoch at which the first frame was taken, as ffmpeg says. */
  let start = Number.NaN;
  for await (const words of camera.stderr.iterator({ destroyOnReturn: false })) {
    said += words;
    start = Number(/ start: ([\d.]+)/.exec(said)?.[1]);
    if (start > 0) break;
  }
  if (!(start > 0)) throw new Error(`The screen could not be recorded: ${said}`);
  // Unread, its words would stop it.
  camera.stderr.resume();
  return {
    /** Seconds since the first frame. */
    time: () => Date.now() / 1000 - start,
    stop: async () => {
      camera.stdin.write('q');
      await ended;
    },
  };
}

/**
 * Plays cuts of a recording one after the other, each for its seconds, and compresses them.
 * @param {string} raw
 * @param {readonly Cut[]} cuts
 * @param {string} file Path of the WebM file.
 */
async function edit(raw, cuts, file) {
  const parts = cuts.map(
    ({ from, to, seconds }, i) =>
      `[0:v]trim=${from}:${to},setpts=(PTS-STARTPTS)*${seconds / (to - from)}[part${i}]`,
  );
  const names = cuts.map((_, i) => `[part${i}]`).join('');
  const whole = `${names}concat=n=${cuts.length},fps=${FRAMES_PER_SECOND}`;
  const codec = ['-c:v', 'libvpx-vp9', '-crf', '34', '-b:v', '0', '-pix_fmt', 'yuv420p'];
  // "good" takes ten minutes on two busy cores, and looks the same.
  const speed = ['-deadline', 'realtime', '-cpu-used', '6', '-row-mt', '1'];
  await promisify(execFile)('ffmpeg', [
    ...['-loglevel', 'error', '-y', '-i', raw, '-filter_complex', [...parts, whole].join(';')],
    ...['-t', String(SECONDS), ...codec, ...speed, file],
  ]);
}

/**
 * The actions: a right click, a mix, a page, a video.
 * @param {Take} take
 * @param {ExtensionBrowser} browser
 * @param {VirtualDisplay} display
 * @param {Page} page A page with pictures.
 * @param {string} cinema Address of a page with a video.
 */
async function act(take, browser, display, page, cinema) {
  const done = (/** @type {string} */ name) =>
    browser.waitForPicture(page, new URL(`/pictures/${name}.jpg`, page.url()).href, {
      states: ['done'],
      timeout: PATIENCE,
    });
  const look = () => take(1, () => pause(1000));
  await look();
  await take(4, async () => {
    await display.rightClick(page, '#hero');
    // Skips the current mix, to the second painting.
    await display.press(...OPEN_SUBMENU, 'Down', 'Down', 'Return');
  });
  await take(1.5, () => done('harbour'));
  await look();

  /** @type {Page | undefined} */
  let palette;
  await take(1.5, async () => {
    palette = await browser.openPopup(page);
    await palette.waitForSelector('.preview .pastiche.shown', { timeout: PATIENCE });
  });
  if (!palette) throw new Error('The palette did not open.');
  const popup = palette;
  const [first, second] = await popup.$$('.style input[type=range]');
  await take(2, () => slide(popup, first, 'ArrowLeft'));
  await take(2, () => slide(popup, second, 'ArrowRight'));
  await take(3, async () => {
    // By keyboard, not by mouse: the preview stays in view, above the content that scrolls under it.
    await (await popup.waitForSelector('.page .button'))?.press('Enter');
    await done('still-life');
  });
  await look();
  await popup.close();

  await page.goto(cinema);
  await take(3, async () => {
    await display.rightClick(page, 'video');
    await display.press(...OPEN_SUBMENU, 'Return');
  });
  await take(1.5, async () => {
    for (const deadline = performance.now() + PATIENCE; ; await pause(100)) {
      const [video] = await browser.videoStatus(page);
      if (video?.error) {
        throw new Error(`The video was not painted: ${JSON.stringify(video.error)}`);
      }
      if (video && video.painted > 0) return;
      if (performance.now() > deadline) throw new Error('The video was not painted in time.');
    }
  });
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
