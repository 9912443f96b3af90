/**
 * Builds the extension: `dist/chrome` and `dist/firefox` from the same sources.
 *
 *   --granted        also dist/chrome-granted, which may act on every site (for tests)
 *   --allow-missing  skip entry points and models that don't exist yet, and say so
 *   --minify         minify our own code
 *   --watch          build again whenever a source changes
 */
import { existsSync, watch } from 'node:fs';
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import * as esbuild from 'esbuild';

import { manifestFor, withEverySiteGranted } from './manifest.mjs';

/**
 * @typedef {{ entries: Record<string, string>, options: esbuild.BuildOptions }} Bundle
 *   `entries`: source path by output path without its ending.
 * @typedef {{ path: string, contents: Uint8Array | string }} OutputFile
 * @typedef {{ name: string, browser: import('./manifest.mjs').Browser, granted: boolean }} Target
 */

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** @type {readonly Bundle[]} */
const BUNDLES = [
  // A style sheet that a page's script imports becomes the script's neighbour, NAME.css.
  {
    entries: {
      background: 'src/background/main.ts',
      bridge: 'src/bridge/main.ts',
      offscreen: 'src/offscreen/main.ts',
      'popup/popup': 'popup/main.tsx',
      'options/options': 'options/main.tsx',
      grant: 'src/grant/main.tsx',
    },
    options: { format: 'esm' },
  },
  // A content script can't be a module.
  { entries: { content: 'src/content/main.ts' }, options: { format: 'iife' } },
  // The same worker on two builds of the runtime: the one with WebGPU is larger and starts later.
  {
    entries: { 'engine-wasm': 'src/engine/worker.ts' },
    options: { format: 'esm', alias: { 'onnxruntime-web': 'onnxruntime-web/wasm' } },
  },
  {
    entries: { 'engine-webgpu': 'src/engine/worker.ts' },
    options: { format: 'esm', alias: { 'onnxruntime-web': 'onnxruntime-web/jspi' } },
  },
];

/** Files copied as they are: path in the package by path in the repository. */
const COPIED_FILES = {
  'popup/popup.html': 'popup/popup.html',
  'options/options.html': 'options/options.html',
  'src/bridge/bridge.html': 'bridge.html',
  'src/offscreen/offscreen.html': 'offscreen.html',
  'src/grant/grant.html': 'grant.html',
  'models/pastiche.onnx': 'models/pastiche.onnx',
  'models/style-encoder.onnx': 'models/style-encoder.onnx',
  'models/styles.json': 'models/styles.json',
};

const COPIED_FOLDERS = {
  _locales: '_locales',
  icons: 'icons',
  'models/swatches': 'models/swatches',
};

const RUNTIME_FILES = ['ort-wasm-simd-threaded.wasm', 'ort-wasm-simd-threaded.jspi.wasm'];

/** Sources whose change `--watch` notices. */
const WATCHED = ['src', 'popup', 'options', '_locales', 'icons', 'models', 'manifest.json'];

/** Stores parse no larger script. */
const MAX_SCRIPT_BYTES = 4e6;

/** Packages that exist in one browser only. */
const CHROME_ONLY = /^(bridge|offscreen)\.(js|html)$/;

const { values: args } = parseArgs({
  options: {
    granted: { type: 'boolean', default: false },
    'allow-missing': { type: 'boolean', default: false },
    minify: { type: 'boolean', default: false },
    watch: { type: 'boolean', default: false },
  },
});

/** @type {Target[]} */
const targets = [
  { name: 'chrome', browser: 'chrome', granted: false },
  { name: 'firefox', browser: 'firefox', granted: false },
];
if (args.granted) targets.push({ name: 'chrome-granted', browser: 'chrome', granted: true });

try {
  await build();
} catch (error) {
  report(error);
  if (!args.watch) process.exit(1);
}
if (args.watch) watchSources();

/** Builds everything once. Throws an Error with a sentence about what is missing or too large. */
async function build() {
  const started = performance.now();
  const files = [...(await bundleAll()), ...(await readCopied())];
  for (const { path: file, contents } of files) {
    if (/\.(js|css)$/.test(file) && contents.length > MAX_SCRIPT_BYTES) {
      throw new Error(`${file} has ${contents.length} bytes; stores parse at most 4 MB a file.`);
    }
  }
  const manifest = JSON.parse(await readFile(path.join(ROOT, 'manifest.json'), 'utf8'));
  for (const target of targets) await writePackage(target, manifest, files);
  console.log(
    `Built ${targets.map(({ name }) => `dist/${name}`).join(', ')} in ` +
      `${((performance.now() - started) / 1000).toFixed(1)} s.`,
  );
}

/** @returns {Promise<OutputFile[]>} */
async function bundleAll() {
  const outputs = [];
  for (const { entries, options } of BUNDLES) {
    const present = Object.entries(entries).filter(([, source]) => isPresent(source));
    if (present.length === 0) continue;
    const result = await esbuild.build({
      absWorkingDir: ROOT,
      entryPoints: Object.fromEntries(present),
      outdir: 'dist',
      bundle: true,
      write: false,
      platform: 'browser',
      target: ['chrome137', 'firefox140'],
      charset: 'utf8',
      legalComments: 'eof',
      logLevel: 'warning',
      minify: args.minify,
      sourcemap: args.watch ? 'inline' : false,
      ...options,
    });
    for (const file of result.outputFiles ?? []) {
      const name = path.relative(path.join(ROOT, 'dist'), file.path);
      outputs.push({
        path: name,
        contents: name.endsWith('.js') ? checked(name, file.text) : file.contents,
      });
    }
  }
  return outputs;
}

/**
 * The script, with a refusal of what stores refuse: addresses of code elsewhere. The runtime has
 * none today; an update could bring one.
 * @param {string} name
 * @param {string} script
 */
function checked(name, script) {
  const address = /https?:\/\/[^\s"'`]*(?:cdn|unpkg|jsdelivr|esm\.sh)[^\s"'`]*/i.exec(script);
  if (address) throw new Error(`${name} has the address of remote code, ${address[0]}.`);
  return script;
}

/** @returns {Promise<OutputFile[]>} */
async function readCopied() {
  const sources = Object.entries(COPIED_FILES);
  for (const [folder, packaged] of Object.entries(COPIED_FOLDERS)) {
    if (!isPresent(folder)) continue;
    const entries = await readdir(path.join(ROOT, folder), {
      recursive: true,
      withFileTypes: true,
    });
    for (const entry of entries.filter((candidate) => candidate.isFile())) {
      const file = path.relative(path.join(ROOT, folder), path.join(entry.parentPath, entry.name));
      sources.push([path.join(folder, file), path.join(packaged, file)]);
    }
  }
  const runtime = path.join('node_modules', 'onnxruntime-web', 'dist');
  for (const file of RUNTIME_FILES) sources.push([path.join(runtime, file), file]);
  return Promise.all(
    sources
      .filter(([source]) => isPresent(source))
      .map(async ([source, packaged]) => ({
        path: packaged,
        contents: await readFile(path.join(ROOT, source)),
      })),
  );
}

/**
 * Whether a source exists. One that doesn't is an error, unless `--allow-missing` is given.
 * @param {string} source Path from the root of the repository.
 */
function isPresent(source) {
  if (existsSync(path.join(ROOT, source))) return true;
  if (!args['allow-missing']) {
    throw new Error(
      source.startsWith('models')
        ? `${source} is missing. It comes with the repository; models/training/README.md says how to train and export it.`
        : `${source} is missing.`,
    );
  }
  console.warn(`Skipped ${source}, which doesn't exist yet.`);
  return false;
}

/**
 * @param {Target} target
 * @param {import('./manifest.mjs').Manifest} manifest
 * @param {readonly OutputFile[]} files
 */
async function writePackage({ name, browser, granted }, manifest, files) {
  const folder = path.join(ROOT, 'dist', name);
  await rm(folder, { recursive: true, force: true });
  const own = manifestFor(browser, manifest);
  const contents = JSON.stringify(granted ? withEverySiteGranted(own) : own, null, 2);
  const packaged = files.filter((file) => browser === 'chrome' || !CHROME_ONLY.test(file.path));
  for (const file of [...packaged, { path: 'manifest.json', contents: `${contents}\n` }]) {
    const destination = path.join(folder, file.path);
    await mkdir(path.dirname(destination), { recursive: true });
    await writeFile(destination, file.contents);
  }
  // A package without its licence may not be passed on.
  await cp(path.join(ROOT, 'LICENSE'), path.join(folder, 'LICENSE'));
}

function watchSources() {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  let building = Promise.resolve();
  // An editor saves a file in several steps, and one person's change is often several files.
  const schedule = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      building = building.then(build).catch(report);
    }, 100);
  };
  for (const source of WATCHED) watch(path.join(ROOT, source), { recursive: true }, schedule);
  console.log('Watching for changes; Ctrl+C ends.');
}

/** @param {unknown} error */
function report(error) {
  // esbuild has printed its own errors, with their places.
  const printed = error instanceof Error && 'errors' in error;
  if (!printed) console.error(`Build failed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
