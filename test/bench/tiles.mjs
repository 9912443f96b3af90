/**
 * A picture of six megapixels at its own size, in tiles and in one piece: are the borders visible, how
 * much memory does each need, and how soon does it end after a cancellation?
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { ExtensionBrowser } from '../../scripts/extension.mjs';
import { privateMemoryOf } from './memory.mjs';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const PICTURES = path.join(ROOT, 'test', 'site', 'pictures');

const SIZE = { width: 3008, height: 2000 };

/** Polling interval of the memory, and time until the cancellation, in milliseconds. */
const LOOK = 250;
const WITHDRAWN = 1500;

/** @type {import('./bench.mjs').Part} */
export const tiles = {
  title: `A picture of ${SIZE.width} × ${SIZE.height} at its own size`,
  rounds: 1,
  cases: ['in tiles', 'in one piece', 'withdrawn', 'tiles and one piece'],
  units: {
    'memory at its peak': 'MB',
    'reports of progress': '1',
    'difference at the borders, mean': 'of 255',
    'difference at the borders, most': 'of 255',
    'difference elsewhere, mean': 'of 255',
    'steepness across the borders': '1',
  },
  ratios: {},

  async start() {
    const { outputFiles } = await build({
      entryPoints: [path.join(ROOT, 'test', 'bench', 'tiles-page.ts')],
      bundle: true,
      format: 'iife',
      write: false,
    });
    const script = outputFiles[0]?.text ?? '';
    const browser = await ExtensionBrowser.launch();
    const page = await browser.openPage(browser.urlOf('grant.html'));
    await page.evaluate(script);
    const [large, small] = await Promise.all(
      ['harbour.jpg', 'orchard.jpg'].map(async (name) => {
        const bytes = await readFile(path.join(PICTURES, name));
        return `data:image/jpeg;base64,${bytes.toString('base64')}`;
      }),
    );
    await page.evaluate(`tiles.prepare(${JSON.stringify(SIZE)}, '${large}', '${small}')`);
    // The first picture has to start the engine.
    await page.evaluate(`tiles.cancelTiles(${2 * WITHDRAWN})`);
    const memory = () => privateMemoryOf(browser.browser);

    return {
      version: await browser.browser.version(),
      async run(name) {
        if (name === 'withdrawn') {
          return { 'until it has ended': await number(`tiles.cancelTiles(${WITHDRAWN})`) };
        }
        if (name === 'tiles and one piece') {
          const seams = /** @type {Record<'mean' | 'most' | 'elsewhere' | 'steepness', number>} */ (
            await page.evaluate('tiles.compare()')
          );
          return {
            'difference at the borders, mean': seams.mean,
            'difference at the borders, most': seams.most,
            'difference elsewhere, mean': seams.elsewhere,
            'steepness across the borders': seams.steepness,
          };
        }
        const began = performance.now();
        const painting = number(name === 'in tiles' ? 'tiles.paintTiles()' : 'tiles.paintWhole()');
        const peak = await peakWhile(painting, memory);
        const time = performance.now() - began;
        const reports = await painting;
        return {
          time,
          'memory at its peak': peak,
          ...(name === 'in tiles' && { 'reports of progress': reports }),
        };
      },
      async stop() {
        await browser.close();
      },
    };

    /** @param {string} expression */
    async function number(expression) {
      return Number(await page.evaluate(expression));
    }
  },
};

/**
 * The maximum of repeated measurements during some work.
 * @param {Promise<unknown>} work
 * @param {() => Promise<number>} look
 */
async function peakWhile(work, look) {
  let isOver = false;
  const end = () => (isOver = true);
  work.then(end, end);
  let most = 0;
  while (!isOver) {
    most = Math.max(most, await look());
    await pause(LOOK);
  }
  return most;
}
