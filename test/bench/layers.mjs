/**
 * The full network layer by layer, on our own kernels and one thread: time, and rate of multiply-adds,
 * counted as for direct convolutions. Layers that Winograd's transform makes cheaper exceed the
 * machine's limit; the others show their distance from it.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import puppeteer from 'puppeteer';

import { findBrowser } from '../../scripts/browser.mjs';
import { startSite } from '../browser/server.mjs';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

const SIDE = 512;

/** @type {import('./bench.mjs').Part} */
export const layers = {
  title: `The full network by layers, our kernels, ${SIDE}², 1 thread`,
  rounds: 7,
  cases: ['layers'],
  ratios: {},
  units: { rate: 'GMAC/s' },

  async start() {
    const { outputFiles } = await build({
      entryPoints: [path.join(ROOT, 'test', 'bench', 'layers-worker.ts')],
      bundle: true,
      format: 'esm',
      write: false,
    });
    const site = await startSite({
      files: {
        '/pastiche.onnx': path.join(ROOT, 'models', 'pastiche.onnx'),
        '/kernels.wasm': path.join(ROOT, 'dist', 'chrome', 'kernels.wasm'),
      },
    });
    const browser = await puppeteer.launch({
      executablePath: await findBrowser(),
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
    const page = await browser.newPage();
    await page.goto(`${site.origin}/empty.html?isolated`);
    await page.evaluate((source) => {
      const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
      Object.assign(window, { worker: new Worker(url, { type: 'module' }) });
    }, outputFiles[0]?.text ?? '');
    const run = () =>
      page.evaluate(
        (origin, side) => {
          const { worker } = /** @type {{ worker: Worker }} */ (/** @type {unknown} */ (window));
          return /** @type {Promise<Record<string, { ms: number, macs: number }>>} */ (
            new Promise((resolve, reject) => {
              worker.onmessage = ({ data }) =>
                data.error ? reject(new Error(data.error)) : resolve(data.value);
              worker.onerror = ({ message }) => reject(new Error(message || 'the worker failed'));
              const [model, kernels] = [`${origin}/pastiche.onnx`, `${origin}/kernels.wasm`];
              worker.postMessage({ model, kernels, side });
            })
          );
        },
        site.origin,
        SIDE,
      );
    await run();
    return {
      version: await browser.version(),
      async run() {
        /** @type {Record<string, number>} */
        const figures = {};
        for (const [name, { ms, macs }] of Object.entries(await run())) {
          figures[`${name} time`] = ms;
          if (macs > 0) figures[`${name} rate`] = macs / ms / 1e6;
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
