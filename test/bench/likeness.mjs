/**
 * Measures the comparison by which a fetched picture is told from another one
 * (src/page/read/same-picture.ts), and prints the tables of docs/architecture.md:
 *
 *   node test/bench/likeness.mjs FOLDER [COUNT]
 *
 * FOLDER holds photographs (JPEG), of which COUNT are taken, evenly. Default: 400.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import puppeteer from 'puppeteer';

import { findBrowser } from '../../scripts/browser.mjs';
import { startSite } from '../browser/server.mjs';

const [folder, count = '400'] = process.argv.slice(2);
if (!folder) throw new Error('usage: node test/bench/likeness.mjs FOLDER [COUNT]');

/** Factors of the photographs' lightness. */
const LIGHTNESS = [1, 0.1];

/** The threshold: SAME in same-picture.ts. */
const SAME = 0.7;

/** @typedef {Readonly<Record<string, readonly (number | null)[]>>} Found */

const all = readdirSync(folder).filter((name) => /\.jpe?g$/.test(name));
const step = Math.max(1, all.length / Number(count));
const names = Array.from({ length: Math.min(all.length, Number(count)) }, (_, i) =>
  String(all[Math.floor(i * step)]),
);
const files = Object.fromEntries(
  names.map((name) => [`/photographs/${name}`, path.resolve(folder, name)]),
);
const { outputFiles } = await build({
  entryPoints: [path.join(path.dirname(fileURLToPath(import.meta.url)), 'likeness-page.ts')],
  bundle: true,
  format: 'iife',
  write: false,
});
const site = await startSite({ files });
const browser = await puppeteer.launch({
  executablePath: await findBrowser(),
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  protocolTimeout: 3_600_000,
});
try {
  const page = await browser.newPage();
  await page.goto(`${site.origin}/empty.html`);
  await page.evaluate(outputFiles[0]?.text ?? '');
  for (const lightness of LIGHTNESS) {
    const call = `compare(${JSON.stringify(Object.keys(files))}, ${lightness})`;
    const { same, other } = /** @type {{ same: Found, other: Found }} */ (
      await page.evaluate(call)
    );
    console.log(`\n${names.length} photographs, lightness × ${lightness}\n`);
    print('files of the same picture: least, 1 %, median', same, [0, 0.01, 0.5]);
    print('others: median, 99 %, 99.9 %, most', other, [0.5, 0.99, 0.999, 1]);
  }
} finally {
  await browser.close();
  await site.close();
}

/**
 * Prints quantiles of the likeness, the share of the threshold and more, and of those of which nothing can be told.
 * @param {string} title
 * @param {Found} found
 * @param {readonly number[]} quantiles
 */
function print(title, found, quantiles) {
  console.log(`| ${title} | at least ${SAME} | not told |\n|---|---|---|---|`);
  for (const [name, values] of Object.entries(found)) {
    const told = values.filter((value) => value !== null).toSorted((a, b) => a - b);
    const figures = quantiles.map((share) =>
      told[Math.min(told.length - 1, Math.floor(share * told.length))]?.toFixed(3),
    );
    const alike = told.filter((value) => value >= SAME).length;
    const shares = [alike, values.length - told.length].map(
      (number) => `${((100 * number) / values.length).toFixed(2)} %`,
    );
    console.log(`| ${name} (${values.length}) | ${figures.join(', ')} | ${shares.join(' | ')} |`);
  }
}
