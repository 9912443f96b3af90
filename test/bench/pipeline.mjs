/**
 * The cost of a video's frame besides the network. Ours, through the whole extension, against the
 * steps of a public demo on the same frames: jaymody/onnxruntime-web-example, main.js, which reads
 * a canvas, makes a tensor of it, runs, clamps every number in a loop, makes an ImageData of the
 * tensor and draws that, all on the page's thread. Its size is fixed; here it has the video's.
 *
 * Also the time that a frame's bytes alone take from a page to another process and back: no engine
 * outside the page's process can take less.
 */
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { ExtensionBrowser } from '../../scripts/extension.mjs';
import { startSite } from '../browser/server.mjs';
import { medianStages, pageTime, withoutNetwork } from './frame-times.mjs';
import { quantileOf } from './statistics.mjs';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const ORT = path.join(ROOT, 'node_modules', 'onnxruntime-web', 'dist');

/** @type {Readonly<Record<string, { run: Runner, width: number, height: number }>>} */
const CASES = {
  'demo 640 × 360': { run: runDemo, width: 640, height: 360 },
  'ours 640 × 360': { run: runOurs, width: 640, height: 360 },
  'ours 320 × 180': { run: runOurs, width: 320, height: 180 },
  'bytes alone 640 × 360': { run: runCrossings, width: 640, height: 360 },
};

/**
 * @typedef {(
 *   page: import('puppeteer').Page,
 *   size: { width: number, height: number },
 *   browser: ExtensionBrowser,
 * ) => Promise<Record<string, number>>} Runner
 */

/** Frames a second of the source; few enough for every case to paint them at full size. */
const RATE = 5;

/** Milliseconds. */
const MEASURED = 8000;
const STEP = 500;
const TIMEOUT_MS = 90_000;

/** @type {import('./bench.mjs').Part} */
export const pipeline = {
  title: 'A frame without its network: a usual demo, and ours',
  rounds: 5,
  chart: 'frame-times.svg',
  cases: Object.keys(CASES),
  ratios: {
    'ours / demo, 640 × 360': [
      'ours 640 × 360: all but the network',
      'demo 640 × 360: all but the network',
    ],
    "page's thread, ours / demo, 640 × 360": [
      "ours 640 × 360: page's thread",
      "demo 640 × 360: page's thread",
    ],
    'bytes there and back / demo, 640 × 360': [
      'bytes alone 640 × 360: transport',
      'demo 640 × 360: all but the network',
    ],
  },

  async start() {
    const site = await startSite({
      files: {
        '/pastiche.onnx': path.join(ROOT, 'models', 'pastiche.onnx'),
        '/ort/ort.wasm.bundle.min.mjs': path.join(ORT, 'ort.wasm.bundle.min.mjs'),
        '/ort/ort-wasm-simd-threaded.wasm': path.join(ORT, 'ort-wasm-simd-threaded.wasm'),
      },
    });
    const browser = await ExtensionBrowser.launch();
    await browser.inServiceWorker((rate) => {
      const settings = { rate, steady: true, sharp: false, meter: false };
      return chrome.storage.local.set({ video: settings });
    }, RATE);
    return {
      version: await browser.browser.version(),
      async run(name) {
        const { run, ...size } = /** @type {(typeof CASES)[string]} */ (CASES[name]);
        const page = await browser.openPage(`${site.origin}/empty.html`);
        await page.bringToFront();
        await page.evaluate(showVideo, size.width, size.height, RATE);
        try {
          return await run(page, size, browser);
        } finally {
          await page.close();
        }
      },
      async stop() {
        await browser.close();
        await site.close();
      },
    };
  },
};

/**
 * On the page: a video of discs that move.
 * @param {number} width
 * @param {number} height
 * @param {number} rate
 */
async function showVideo(width, height, rate) {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  let frame = 0;
  setInterval(() => {
    frame += 1;
    context.fillStyle = '#7ab';
    context.fillRect(0, 0, width, height);
    for (let i = 0; i < 24; i++) {
      context.fillStyle = `hsl(${i * 37} 70% 50%)`;
      context.beginPath();
      const x = (i * 97 + frame * (i % 5)) % width;
      context.arc(x, (i * 53) % height, 12 + i, 0, 2 * Math.PI);
      context.fill();
    }
  }, 1000 / rate);
  const video = document.createElement('video');
  video.srcObject = canvas.captureStream(rate);
  video.muted = true;
  document.body.append(video);
  await video.play();
}

/** @type {Runner} */
async function runDemo(page) {
  const frames = await page.evaluate(async (time) => {
    const video = /** @type {HTMLVideoElement} */ (document.querySelector('video'));
    const [width, height] = [video.videoWidth, video.videoHeight];
    const url = '/ort/ort.wasm.bundle.min.mjs';
    const ort = await import(url);
    ort.env.wasm.numThreads = 1;
    const session = await ort.InferenceSession.create('/pastiche.onnx');
    const style = new ort.Tensor('float32', new Float32Array(128).fill(0.1), [1, 128, 1, 1]);
    const hidden = document.createElement('canvas');
    const shown = document.createElement('canvas');
    for (const canvas of [hidden, shown]) Object.assign(canvas, { width, height });
    document.body.append(shown);
    const source = /** @type {CanvasRenderingContext2D} */ (
      hidden.getContext('2d', { willReadFrequently: true })
    );
    /** @type {Record<'grab' | 'run' | 'draw', number>[]} */
    const frames = [];
    const paint = async () => {
      const began = performance.now();
      source.drawImage(video, 0, 0, width, height);
      const content = await ort.Tensor.fromImage(source.getImageData(0, 0, width, height));
      const grabbed = performance.now();
      const { pastiche } = await session.run({ content, style });
      const painted = performance.now();
      for (let i = 0; i < pastiche.size; i++) {
        pastiche.data[i] = Math.min(Math.max(0, pastiche.data[i]), 1);
      }
      shown.getContext('2d')?.putImageData(pastiche.toImageData(), 0, 0);
      const [grab, run, draw] = [grabbed - began, painted - grabbed, performance.now() - painted];
      frames.push({ grab, run, draw });
    };
    await paint();
    frames.length = 0;
    const end = performance.now() + time;
    while (performance.now() < end) {
      await paint();
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    return frames;
  }, MEASURED);
  /** @param {(frame: (typeof frames)[number]) => number} part */
  const median = (part) => quantileOf(frames.map(part), 0.5);
  const others = median(({ grab, draw }) => grab + draw);
  return {
    'all but the network': others,
    "page's thread": others,
    grab: median(({ grab }) => grab),
    run: median(({ run }) => run),
    draw: median(({ draw }) => draw),
  };
}

/**
 * A frame's bytes, transferred to a frame of another site and back.
 * @type {Runner}
 */
async function runCrossings(page, { width, height }) {
  await page.evaluate(async () => {
    const frame = document.createElement('iframe');
    frame.src = `http://127.0.0.1:${location.port}/empty.html`;
    await new Promise((resolve) => {
      frame.onload = resolve;
      document.body.append(frame);
    });
  });
  const other = page.frames().find((frame) => frame.url().startsWith('http://127.0.0.1'));
  await other?.evaluate(() => {
    addEventListener('message', ({ ports: [port] }) => {
      if (port) port.onmessage = ({ data }) => port.postMessage(data, [data]);
    });
  });
  const times = await page.evaluate(
    async (bytes, interval, time) => {
      const { port1, port2 } = new MessageChannel();
      frames[0]?.postMessage('', '*', [port2]);
      /** @type {number[]} */
      const times = [];
      const end = performance.now() + time;
      let buffer = new ArrayBuffer(bytes);
      while (performance.now() < end) {
        const began = performance.now();
        port1.postMessage(buffer, [buffer]);
        buffer = await new Promise((resolve) => {
          port1.onmessage = ({ data }) => resolve(data);
        });
        times.push(performance.now() - began);
        await new Promise((resolve) => setTimeout(resolve, interval));
      }
      return times.slice(1);
    },
    4 * width * height,
    1000 / RATE,
    MEASURED,
  );
  return { transport: quantileOf(times, 0.5) };
}

/** @type {Runner} */
async function runOurs(page, { width }, browser) {
  await browser.grantActiveTab(page);
  await browser.clickMenu(page, { menuItemId: 'video' });
  const patient = performance.now() + TIMEOUT_MS;
  for (;;) {
    const [status] = await browser.videoStatus(page);
    if (status?.width === width) break;
    if (performance.now() > patient) {
      throw new Error(`no ${width} pixels: ${JSON.stringify(status)}`);
    }
    await pause(STEP);
  }
  const [before] = await browser.videoStatus(page);
  await pause(MEASURED);
  const [after] = await browser.videoStatus(page);
  if (!before || !after || after.error) throw new Error(JSON.stringify(after));
  const frames = after.frames.slice(before.painted - after.painted);
  return {
    'all but the network': quantileOf(frames.map(withoutNetwork), 0.5),
    "page's thread": quantileOf(frames.map(pageTime), 0.5),
    ...medianStages(frames),
  };
}
