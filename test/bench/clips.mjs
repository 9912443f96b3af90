/**
 * Five clips of 640 × 360, assembled from the test site's own pictures, through the product's engine
 * worker, painted at 480 × 272 as two cores can: the change from one shown frame to the next along the
 * motion, which is known. A painting that sticks to its scene changes no more than the source.
 * Frames of each beside their source are written to `out/clips/`.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import puppeteer from 'puppeteer';

import { findBrowser } from '../../scripts/browser.mjs';
import { startSite } from '../browser/server.mjs';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const DIST = path.join(ROOT, 'dist', 'chrome');
const OUT = path.join(ROOT, 'out', 'clips');

const STYLE = 'starry-night';

const CLIPS = ['pan', 'zoom', 'cut', 'handheld', 'talking head'];

/** @type {import('./bench.mjs').Part} */
export const clips = {
  title: 'Five clips: mean change of the shown picture along the motion, from frame to frame',
  rounds: 1,
  cases: CLIPS,
  units: {
    change: 'of 255',
    'change of the source': 'of 255',
    'unlike a fresh painting': 'of 255',
  },
  ratios: {},

  async start() {
    // Where the package has them, too: networks are checked by their paths.
    const names = [
      'models/pastiche.onnx',
      'models/pastiche-live.onnx',
      'kernels.wasm',
      'steady.wasm',
    ];
    const files = Object.fromEntries(names.map((name) => [`/${name}`, path.join(DIST, name)]));
    const site = await startSite({ files });
    const browser = await puppeteer.launch({
      executablePath: await findBrowser(),
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
    const page = await browser.newPage();
    await page.goto(`${site.origin}/empty.html?isolated`);
    const { styleSpace, styles } = JSON.parse(
      await readFile(path.join(ROOT, 'models', 'styles.json'), 'utf8'),
    );
    const style = styles.find((/** @type {{ id: string }} */ { id }) => id === STYLE);
    const script = await readFile(path.join(DIST, 'engine-kernels.js'), 'utf8');
    await page.evaluate(startWorker, { script, styleSpace, vector: style.vector });
    await mkdir(OUT, { recursive: true });
    return {
      version: await browser.version(),
      async run(name) {
        const { figures, frames } = await page.evaluate(playClip, name);
        for (const [frame, png] of Object.entries(frames)) {
          const file = `${name.replaceAll(' ', '-')}-${frame}.png`;
          await writeFile(path.join(OUT, file), Buffer.from(png, 'base64'));
        }
        return figures;
      },
      async stop() {
        await browser.close();
        await site.close();
      },
    };
  },
};

/**
 * Runs in the page: starts the engine's worker, and gives the page `paint`.
 * @param {{ script: string, styleSpace: string, vector: number[] }} what
 */
async function startWorker({ script, styleSpace, vector }) {
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  const worker = new Worker(url, { type: 'module' });
  /**
   * @param {object} request
   * @param {Transferable[]} [transfer]
   * @returns {Promise<any>}
   */
  const ask = (request, transfer = []) =>
    new Promise((resolve, reject) => {
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.onmessage = ({ data }) => {
        if (data.type === 'failed') reject(new Error(JSON.stringify(data.error)));
        else if (data.type !== 'alive') resolve(data);
      };
      worker.postMessage(request, transfer);
    });
  const at = (/** @type {string} */ name) => `${location.origin}/${name}`;
  await ask({
    type: 'start',
    backend: { provider: 'kernels', threads: 1 },
    urls: {
      model: at('models/pastiche.onnx'),
      liveModel: at('models/pastiche-live.onnx'),
      runtime: at('kernels.wasm'),
      steady: at('steady.wasm'),
    },
    styleSpace,
    life: 'bench',
  });
  /**
   * @param {ImageData} frame
   * @param {string} stream
   * @param {boolean} steady
   */
  const paint = async ({ width, height, data }, stream, steady) => {
    const pixels = data.slice().buffer;
    const request = {
      type: 'paint',
      job: {
        ...{ width, height, stream, steady },
        priority: 'frame',
        mix: {},
        manner: { keepColours: false, strokeSize: 1, secondCoat: 0 },
        origin: { x: 0, y: 0 },
        file: false,
        network: 'live',
        inside: { width: 480, height: 272 },
      },
      pixels,
      base: { vector: Float32Array.from(vector), strength: 1 },
      regional: [],
    };
    const { answer } = await ask(request, [pixels]);
    return new ImageData(new Uint8ClampedArray(answer.data), width, height);
  };
  Object.assign(window, { paint });
}

/**
 * Runs in the page: paints a clip, and measures.
 * @param {string} name
 * @returns {Promise<{ figures: Record<string, number>, frames: Record<string, string> }>} Frames
 *   beside their sources, PNG in base64.
 */
async function playClip(name) {
  const [width, height, count, cutAt] = [640, 360, 32, 16];
  /** @typedef {(frame: ImageData, stream: string, steady: boolean) => Promise<ImageData>} Paint */
  const { paint } = /** @type {{ paint: Paint }} */ (/** @type {unknown} */ (window));
  const picture = async (/** @type {string} */ file) => {
    const response = await fetch(`${location.origin}/pictures/${file}.jpg`);
    return createImageBitmap(await response.blob());
  };
  const [harbour, lake, portrait] = await Promise.all(
    ['harbour', 'mountain-lake', 'portrait'].map(picture),
  );
  if (!harbour || !lake || !portrait) throw new Error('a picture is missing');
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('there is no canvas');
  context.imageSmoothingQuality = 'high';

  let seed = 1;
  const random = () => (seed = (1664525 * seed + 1013904223) % 2 ** 32) / 2 ** 32;
  /** @param {number} t */
  const hand = (t) => [3 * Math.sin(t / 5) + Math.sin(t / 1.7), 2 * Math.cos(t / 4)];
  /** @param {number} t */
  const head = (t) => [8 * Math.sin(t / 6), 3 * Math.sin(t / 4)];
  const [cx, cy] = [width / 2, height / 2];

  /**
   * Shows a picture moved, and scaled about the middle.
   * @param {ImageBitmap} image
   */
  const show = (image, x = 0, y = 0, scale = 1) => {
    const size = (1.15 * width) / image.width;
    context.setTransform(scale * size, 0, 0, scale * size, cx + x, cy + y);
    context.drawImage(image, -image.width / 2, -image.height / 2);
    context.resetTransform();
  };
  const isHead = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ t) => {
    const [dx, dy] = head(t);
    return ((x - cx - Number(dx)) / 110) ** 2 + ((y - cy - Number(dy)) / 150) ** 2 < 1;
  };
  /** @type {Record<string, (t: number) => void>} */
  const drawings = {
    pan: (t) => show(harbour, -0.85 * t),
    zoom: (t) => show(harbour, 0, 0, 1.006 ** t),
    cut: (t) => show(t < cutAt ? harbour : lake),
    handheld: (t) => show(harbour, ...hand(t)),
    'talking head': (t) => {
      show(lake);
      const [dx, dy] = head(t);
      context.save();
      context.beginPath();
      context.ellipse(cx + Number(dx), cy + Number(dy), 110, 150, 0, 0, 7);
      context.clip();
      show(portrait, dx, dy);
      context.fillStyle = '#5a1620';
      context.beginPath();
      const open = 2 + 7 * Math.abs(Math.sin(t / 2));
      context.ellipse(cx + Number(dx), cy + Number(dy) + 75, 22, open, 0, 0, 7);
      context.fill();
      context.restore();
    },
  };
  const noise = name === 'handheld' ? 6 : name === 'cut' ? 2 : 0;
  /**
   * The position, a frame ago, of the point that is at (x, y) now; null if it is unknown.
   * @type {(t: number, x: number, y: number) => readonly [number, number] | null}
   */
  const before = (t, x, y) => {
    const moved = (/** @type {(t: number) => number[]} */ path) => {
      const [now, then] = [path(t), path(t - 1)];
      return /** @type {const} */ ([
        x - Number(now[0]) + Number(then[0]),
        y - Number(now[1]) + Number(then[1]),
      ]);
    };
    if (name === 'pan') return [x + 0.85, y];
    if (name === 'zoom') return [cx + (x - cx) / 1.006, cy + (y - cy) / 1.006];
    if (name === 'handheld') return moved(hand);
    if (name === 'cut') return t === cutAt ? null : [x, y];
    const [mx, my] = [x - cx - Number(head(t)[0]), y - cy - Number(head(t)[1])];
    // The mouth moves by itself, and behind the edge something becomes visible.
    if (Math.abs(mx) < 32 && Math.abs(my - 75) < 20) return null;
    const radius = Math.hypot(mx / 110, my / 150);
    if (Math.abs(radius - 1) < 0.15) return null;
    return isHead(x, y, t) ? moved(head) : [x, y];
  };

  /**
   * @param {number} t
   * @param {ImageData} now
   * @param {ImageData} then
   */
  const change = (t, now, then) => {
    let [sum, known] = [0, 0];
    for (let y = 8; y < height - 8; y++) {
      for (let x = 8; x < width - 8; x++) {
        const [u, v] = before(t, x + 0.5, y + 0.5) ?? [-1, -1];
        const [left, top] = [Math.floor(u - 0.5), Math.floor(v - 0.5)];
        if (left < 0 || top < 0 || left > width - 2 || top > height - 2) continue;
        const [fx, fy] = [u - 0.5 - left, v - 0.5 - top];
        for (let c = 0; c < 3; c++) {
          const at = 4 * (top * width + left) + c;
          const here = (/** @type {number} */ offset) => Number(then.data[at + offset]);
          const above = (1 - fx) * here(0) + fx * here(4);
          const below = (1 - fx) * here(4 * width) + fx * here(4 * width + 4);
          const was = (1 - fy) * above + fy * below;
          sum += Math.abs(Number(now.data[4 * (y * width + x) + c]) - was);
          known += 1;
        }
      }
    }
    return known === 0 ? null : sum / known;
  };
  /** @param {readonly (number | null)[]} values */
  const mean = (values) => {
    const known = values.flatMap((value) => value ?? []);
    return known.reduce((sum, value) => sum + value, 0) / known.length;
  };

  /** @type {Record<string, string>} */
  const frames = {};
  /** @type {Record<'source' | 'steady' | 'plain', ImageData[]>} */
  const played = { source: [], steady: [], plain: [] };
  for (let t = 0; t < count; t++) {
    drawings[name]?.(t);
    const frame = context.getImageData(0, 0, width, height);
    for (let i = 0; noise > 0 && i < frame.data.length; i += 4) {
      for (let c = 0; c < 3; c++) {
        const value = random() + random() + random() - 1.5;
        frame.data[i + c] = Number(frame.data[i + c]) + 2 * noise * value;
      }
    }
    played.source.push(frame);
    played.steady.push(await paint(frame, `${name} steady`, true));
    played.plain.push(await paint(frame, `${name} plain`, false));
  }
  for (const t of name === 'cut' ? [cutAt - 1, cutAt, cutAt + 1] : [8, 9, 24]) {
    const pair = new OffscreenCanvas(2 * width, height);
    const both = pair.getContext('2d');
    both?.putImageData(/** @type {ImageData} */ (played.source[t]), 0, 0);
    both?.putImageData(/** @type {ImageData} */ (played.steady[t]), width, 0);
    const bytes = new Uint8Array(await (await pair.convertToBlob()).arrayBuffer());
    frames[String(t)] = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  }
  // The first frames are still settling.
  const from = 4;
  /** @param {ImageData[]} list */
  const along = (list) =>
    mean(
      list.map((now, t) => {
        const then = list[t - 1];
        return t < from || !then ? null : change(t, now, then);
      }),
    );
  const figures = {
    'steady: change': along(played.steady),
    'without the filter: change': along(played.plain),
    'change of the source': along(played.source),
  };
  if (name !== 'cut') return { figures, frames };
  const cut = /** @type {ImageData} */ (played.source[cutAt]);
  const [fresh, shown] = [await paint(cut, 'fresh', true), played.steady[cutAt]];
  const unlike = mean(
    Array.from(fresh.data, (value, i) =>
      i % 4 === 3 ? null : Math.abs(value - Number(shown?.data[i])),
    ),
  );
  return { figures: { ...figures, 'the frame after: unlike a fresh painting': unlike }, frames };
}
