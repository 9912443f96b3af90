/**
 * The networks alone: ours, on our own kernels and in onnxruntime-web, beside those that it descends
 * from, on one thread and on two; and a large matrix product in onnxruntime-web, which shows what
 * that engine reaches on this machine. Everything is warm; a first run of every shape isn't counted.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import puppeteer from 'puppeteer';

import { findBrowser } from '../../scripts/browser.mjs';
import { startSite } from '../browser/server.mjs';
import { productModel } from './product-model.mjs';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const ORT = path.join(ROOT, 'node_modules', 'onnxruntime-web', 'dist');
const BUILD = path.join(ROOT, 'dist', 'chrome');

/** @type {Readonly<Record<string, string>>} */
const MODELS = {
  full: 'models/pastiche.onnx',
  live: 'models/pastiche-live.onnx',
  reference: 'models/ancestors/reference.onnx',
  johnson: 'models/ancestors/johnson.onnx',
};

/** Those that our kernels know. */
const OURS = ['full', 'live'];

/**
 * Multiply-adds at 256×256 of the others; `evaluate.py` counts them.
 * @type {Readonly<Record<string, number>>}
 */
const MACS = { reference: 1.885e9, johnson: 8.267e9 };

const SIDES = [256, 512];
const THREADS = [1, 2];

/** Of the matrices that are multiplied. */
const PRODUCT_SIDE = 1024;

const CASES = THREADS.flatMap((threads) => [
  ...SIDES.flatMap((side) => [
    ...OURS.map((name) => `${name} on our kernels ${side}² ${threads}t`),
    ...Object.keys(MODELS).map((name) => `${name} ${side}² ${threads}t`),
  ]),
  `product ${PRODUCT_SIDE}² ${threads}t`,
]);

/** @type {import('./bench.mjs').Part} */
export const networks = {
  title: 'Networks alone, on the processor',
  rounds: 7,
  cases: CASES,
  ratios: Object.fromEntries(
    CASES.filter((name) => !/^(johnson|product)/.test(name)).map((name) => [
      `johnson / ${name}`,
      [`${name.replace(/^\w+( on our kernels)?/, 'johnson')}: run`, `${name}: run`],
    ]),
  ),
  units: { rate: 'GMAC/s' },

  async start() {
    const files = Object.fromEntries([
      ...Object.values(MODELS).map((file) => [`/${file}`, path.join(ROOT, file)]),
      ...['ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.wasm'].map((file) => [
        `/ort/${file}`,
        path.join(ORT, file),
      ]),
      ...['engine-kernels.js', 'kernels.wasm'].map((file) => [`/${file}`, path.join(BUILD, file)]),
      ['/network-worker.mjs', path.join(ROOT, 'test', 'bench', 'network-worker.mjs')],
    ]);
    const site = await startSite({ files });
    const browser = await puppeteer.launch({
      executablePath: await findBrowser(),
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
    const page = await browser.newPage();
    await page.goto(`${site.origin}/empty.html?isolated`);
    const models = Object.fromEntries(
      Object.entries(MODELS).map(([name, file]) => [name, `${site.origin}/${file}`]),
    );
    const macs = { ...MACS, ...(await multiplyAdds(OURS)) };
    const product = [...productModel(PRODUCT_SIDE)];
    const { styleSpace } = JSON.parse(
      await readFile(path.join(ROOT, 'models', 'styles.json'), 'utf8'),
    );
    for (const threads of THREADS) {
      await ask(page, '/network-worker.mjs', threads, { models, product, threads });
      await ask(page, '/engine-kernels.js', threads, {
        type: 'start',
        life: `bench-${threads}`,
        backend: { provider: 'kernels', threads },
        urls: {
          model: models['full'],
          liveModel: models['live'],
          runtime: '/kernels.wasm',
          steady: '',
        },
        styleSpace,
      });
    }

    /** @param {string} name */
    const run = async (name) => {
      const [, network = '', kernels, sideText, threads] =
        /^(\w+)( on our kernels)? (\d+)² (\d)t$/.exec(name) ?? [];
      const side = Number(sideText);
      const milliseconds = kernels
        ? await paint(page, Number(threads), network, side)
        : Number(await ask(page, '/network-worker.mjs', Number(threads), { name: network, side }));
      const count = (macs[network] ?? 0) * (side / 256) ** 2 || side ** 3;
      return { run: milliseconds, rate: count / milliseconds / 1e6 };
    };
    for (const name of CASES) await run(name);
    return {
      version: await browser.version(),
      run,
      async stop() {
        await browser.close();
        await site.close();
      },
    };
  },
};

/**
 * Multiply-adds at 256×256 of networks that our kernels know, as their plan counts them.
 * @param {readonly string[]} names
 * @returns {Promise<Record<string, number>>}
 */
async function multiplyAdds(names) {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        export { readNetwork } from './src/engine/kernels/form';
        export { layoutOf, planOf } from './src/engine/kernels/plan';`,
      resolveDir: ROOT,
    },
    bundle: true,
    format: 'esm',
    write: false,
  });
  const source = encodeURIComponent(outputFiles[0]?.text ?? '');
  const { readNetwork, layoutOf, planOf } = await import(`data:text/javascript,${source}`);
  const size = { width: 256, height: 256, regions: 1, picture: null };
  const counted = names.map(async (name) => {
    const { form } = readNetwork(await readFile(path.join(ROOT, MODELS[name] ?? '')));
    /** @type {{ steps: { macs: number }[] }} */
    const { steps } = planOf(form, layoutOf(form, 1), size);
    return /** @type {const} */ ([name, steps.reduce((sum, { macs }) => sum + macs, 0)]);
  });
  return Object.fromEntries(await Promise.all(counted));
}

/**
 * Milliseconds of the network alone, painting a square in the extension's own worker.
 * @param {import('puppeteer').Page} page
 * @param {number} threads
 * @param {string} network
 * @param {number} side
 */
async function paint(page, threads, network, side) {
  const { answer } = await ask(page, '/engine-kernels.js', threads, {
    type: 'paint',
    job: {
      width: side,
      height: side,
      priority: 'frame',
      mix: {},
      manner: { keepColours: false, strokeSize: 1, secondCoat: 0 },
      origin: { x: 0, y: 0 },
      file: false,
      network,
      steady: false,
    },
    regional: [],
  });
  const { timings, network: painted } =
    /** @type {{ timings: { run: number }, network: string }} */ (answer);
  if (painted !== network) throw new Error(`${network} was asked for, ${painted} has painted`);
  return timings.run;
}

/**
 * Sends a message to a worker with that many threads, and waits for its answer. Only text and numbers
 * can be sent, so the pixels of a picture are made on the page.
 * @param {import('puppeteer').Page} page
 * @param {string} script
 * @param {number} threads
 * @param {object} message
 */
async function ask(page, script, threads, message) {
  return page.evaluate(
    (url, count, data) => {
      const STYLE_DIM = 128;
      const workers = /** @type {{ workers?: Record<string, Worker> }} */ (window);
      const all = (workers.workers ??= {});
      const worker = (all[`${url} ${count}`] ??= new Worker(`${url}?isolated`, {
        type: 'module',
      }));
      const { product, job } = data;
      const pixels = job && new Uint8Array(4 * job.width * job.height).map((_, i) => i % 255);
      return new Promise((resolve, reject) => {
        worker.onmessage = ({ data: answer }) => {
          // A heartbeat; the answer is still to come.
          if (answer.type === 'alive') return;
          const error = answer.error && JSON.stringify(answer.error);
          if (error) reject(new Error(error));
          // Pixels would travel back as text.
          else if ('value' in answer) resolve(answer.value);
          else resolve({ ...answer, answer: { ...answer.answer, data: null } });
        };
        worker.onerror = ({ message: text }) => reject(new Error(text || 'the worker failed'));
        worker.postMessage({
          ...data,
          ...(product && { product: Uint8Array.from(product) }),
          ...(pixels && {
            pixels: pixels.buffer,
            base: { vector: new Float32Array(STYLE_DIM).fill(0.1), strength: 1 },
          }),
        });
      });
    },
    script,
    threads,
    /** @type {any} */ (message),
  );
}
