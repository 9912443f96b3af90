/**
 * Builds the extension: `dist/chrome`, `dist/firefox` and `dist/safari` from the same sources.
 *
 *   --granted        also dist/chrome-granted and dist/firefox-granted, with access to every site (for
 *                    tests)
 *   --allow-missing  skip entry points and models that don't exist yet, with a message
 *   --minify         minify our own code
 *   --out FOLDER     build there instead of in dist
 *   --third-party    rewrite THIRD_PARTY.md, which must list the contents of the packages
 *   --watch          rebuild whenever a source changes
 */
import { createHash } from 'node:crypto';
import { existsSync, watch } from 'node:fs';
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import * as esbuild from 'esbuild';

import { checked, hardening } from './harden.mjs';
import { compileKernels } from './kernels.mjs';
import { manifestFor, withEverySiteGranted } from './manifest.mjs';
import { packagesIn, thirdParty } from './third-party.mjs';

/**
 * @typedef {{ entries: Record<string, string>, options: esbuild.BuildOptions, browser?: string }} Bundle
 *   `entries`: source path by output path without extension. `browser`: the only one to build it for.
 * @typedef {{ path: string, contents: Uint8Array | string, browser?: string | undefined }} OutputFile
 *   `browser`: the only one that gets it.
 * @typedef {{ name: string, browser: import('./manifest.mjs').Browser, granted: boolean }} Target
 */

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/**
 * onnxruntime-web's build for each browser. The one with WebGPU suspends WebAssembly, which Firefox
 * and the oldest Safari can't do; on the processor both work alike.
 */
const RUNTIMES = {
  chrome: { build: 'jspi', file: 'ort-wasm-simd-threaded.jspi.wasm' },
  firefox: { build: 'wasm', file: 'ort-wasm-simd-threaded.wasm' },
  safari: { build: 'wasm', file: 'ort-wasm-simd-threaded.wasm' },
};

/** @type {readonly Bundle[]} */
const BUNDLES = [
  // The style sheet of a page's script is written beside it, as NAME.css.
  {
    entries: {
      background: 'src/background/main.ts',
      bridge: 'src/engine/client/bridge.ts',
      offscreen: 'src/engine/host/offscreen.ts',
      'popup/popup': 'popup/main.tsx',
      'options/options': 'options/main.tsx',
      grant: 'src/pages/grant/main.tsx',
      camera: 'src/pages/camera/main.tsx',
      editor: 'src/pages/editor/main.tsx',
      'editor-segmenter': 'src/pages/editor/segmenter-worker.ts',
      welcome: 'src/pages/welcome/main.tsx',
    },
    options: { format: 'esm' },
  },
  // A content script can't be a module.
  { entries: { content: 'src/page/main.ts' }, options: { format: 'iife' } },
  {
    entries: { 'engine-kernels': 'src/engine/worker/kernels/worker.ts' },
    options: { format: 'esm' },
  },
  ...Object.entries(RUNTIMES).map(
    ([browser, { build: runtime }]) =>
      /** @type {Bundle} */ ({
        entries: {
          'engine-ort': 'src/engine/worker/onnxruntime/worker.ts',
          'style-encoder': 'src/engine/worker/style-encoder/worker.ts',
        },
        options: { format: 'esm', alias: { 'onnxruntime-web': `onnxruntime-web/${runtime}` } },
        browser,
      }),
  ),
];

/** Files copied as they are: path in the package by path in the repository. */
const COPIED_FILES = {
  'popup/popup.html': 'popup/popup.html',
  'src/engine/client/bridge.html': 'bridge.html',
  'src/engine/host/offscreen.html': 'offscreen.html',
  'models/pastiche.onnx': 'models/pastiche.onnx',
  'models/style-encoder.onnx': 'models/style-encoder.onnx',
  'models/styles.json': 'models/styles.json',
};

/** Pages with only a script and a style sheet, by path in the package without extension. */
const PAGES = ['options/options', 'grant', 'camera', 'editor', 'welcome'];

/** Their template; PAGE stands for the name. */
const PAGE_TEMPLATE = 'src/pages/shared/page.html';

const LIVE_MODEL = 'models/pastiche-live.onnx';

const COPIED_FOLDERS = {
  _locales: '_locales',
  icons: 'icons',
  'models/swatches': 'models/swatches',
};

/** Sources that `--watch` watches. */
const WATCHED = ['src', 'popup', 'options', '_locales', 'icons', 'models', 'manifest.json'];

/** Maximum size of a script: stores parse no larger one. */
const MAX_SCRIPT_BYTES = 4e6;

/** Files that only Chrome needs: no other browser has offscreen documents. */
const CHROME_ONLY = /^(bridge|offscreen)\.(js|html)$/;

const { values: args } = parseArgs({
  options: {
    granted: { type: 'boolean', default: false },
    'allow-missing': { type: 'boolean', default: false },
    minify: { type: 'boolean', default: false },
    out: { type: 'string', default: path.join(ROOT, 'dist') },
    'third-party': { type: 'boolean', default: false },
    watch: { type: 'boolean', default: false },
  },
});

/** @type {Target[]} */
const targets = [
  { name: 'chrome', browser: 'chrome', granted: false },
  { name: 'firefox', browser: 'firefox', granted: false },
  { name: 'safari', browser: 'safari', granted: false },
];
if (args.granted) {
  targets.push({ name: 'chrome-granted', browser: 'chrome', granted: true });
  targets.push({ name: 'firefox-granted', browser: 'firefox', granted: true });
}

try {
  await build();
} catch (error) {
  report(error);
  if (!args.watch) process.exit(1);
}
if (args.watch) watchSources();

/** Builds everything once. Throws an Error that says what is missing or too large. */
async function build() {
  const started = performance.now();
  const compiled = [
    { path: 'kernels.wasm', contents: await compileKernels() },
    { path: 'steady.wasm', contents: await compileKernels('steady') },
  ];
  const copied = [...(await readCopied()), ...(await makePages()), ...compiled];
  const { outputs, inputs } = await bundleAll(digestsOf(copied));
  await nameThirdParty(inputs);
  const files = [...outputs, ...copied];
  for (const { path: file, contents } of files) {
    if (/\.(js|css)$/.test(file) && contents.length > MAX_SCRIPT_BYTES) {
      throw new Error(`${file} has ${contents.length} bytes; stores parse at most 4 MB a file.`);
    }
  }
  const manifest = JSON.parse(await readFile(path.join(ROOT, 'manifest.json'), 'utf8'));
  for (const target of targets) await writePackage(target, manifest, files);
  console.log(
    `Built ${targets.map(({ name }) => path.relative(ROOT, path.join(args.out, name))).join(', ')} in ` +
      `${((performance.now() - started) / 1000).toFixed(1)} s.`,
  );
}

/**
 * The SHA-256 of every network, by path in the package.
 * @param {readonly OutputFile[]} files
 */
function digestsOf(files) {
  return Object.fromEntries(
    files
      .filter((file) => file.path.endsWith('.onnx'))
      .map((file) => [file.path, createHash('sha256').update(file.contents).digest('hex')]),
  );
}

/**
 * @param {Readonly<Record<string, string>>} digests For src/engine/worker/package-file.ts.
 * @returns {Promise<{ outputs: OutputFile[], inputs: string[] }>} `inputs`: their sources, as paths from
 *   the root of the repository.
 */
async function bundleAll(digests) {
  const outputs = [];
  /** @type {string[]} */
  const inputs = [];
  for (const { entries, options, browser } of BUNDLES) {
    const present = Object.entries(entries).filter(([, source]) => isPresent(source));
    if (present.length === 0) continue;
    const result = await esbuild.build({
      absWorkingDir: ROOT,
      entryPoints: Object.fromEntries(present),
      outdir: 'dist',
      bundle: true,
      write: false,
      metafile: true,
      platform: 'browser',
      target: ['chrome137', 'firefox142', 'safari26'],
      charset: 'utf8',
      legalComments: 'eof',
      logLevel: 'warning',
      minify: args.minify,
      define: { FILE_DIGESTS: JSON.stringify(digests) },
      plugins: [hardening()],
      sourcemap: args.watch ? 'inline' : false,
      ...options,
    });
    inputs.push(...Object.keys(result.metafile?.inputs ?? {}));
    for (const file of result.outputFiles ?? []) {
      const name = path.relative(path.join(ROOT, 'dist'), file.path);
      outputs.push({
        path: name,
        contents: name.endsWith('.js') ? checked(name, file.text) : file.contents,
        browser,
      });
    }
  }
  return { outputs, inputs };
}

/**
 * Makes sure that THIRD_PARTY.md names every package with code in the bundles.
 * @param {readonly string[]} inputs
 */
async function nameThirdParty(inputs) {
  const file = path.join(ROOT, 'THIRD_PARTY.md');
  const wanted = await thirdParty(packagesIn(inputs));
  if (args['third-party']) await writeFile(file, wanted);
  else if ((await readFile(file, 'utf8')) !== wanted) {
    throw new Error('THIRD_PARTY.md is out of date: npm run build -- --third-party writes it.');
  }
}

/** @returns {Promise<OutputFile[]>} */
async function makePages() {
  const template = await readFile(path.join(ROOT, PAGE_TEMPLATE), 'utf8');
  return PAGES.map((page) => ({
    path: `${page}.html`,
    contents: template.replaceAll('PAGE', path.basename(page)),
  }));
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
      // The folders also hold the script that draws the icons, and notes on languages.
      if (/\.(mjs|md)$/.test(entry.name)) continue;
      const file = path.relative(path.join(ROOT, folder), path.join(entry.parentPath, entry.name));
      sources.push([path.join(folder, file), path.join(packaged, file)]);
    }
  }
  // The engine works without the live network.
  if (existsSync(path.join(ROOT, LIVE_MODEL))) sources.push([LIVE_MODEL, LIVE_MODEL]);
  const runtimes = Object.entries(RUNTIMES).map(([browser, { file }]) => {
    const source = path.join('node_modules', 'onnxruntime-web', 'dist', file);
    return { source, packaged: 'onnxruntime.wasm', browser };
  });
  const everywhere = sources.map(([source, packaged]) => ({
    source,
    packaged,
    browser: undefined,
  }));
  return Promise.all(
    [...everywhere, ...runtimes]
      .filter(({ source }) => isPresent(source))
      .map(async ({ source, packaged, browser }) => ({
        path: packaged,
        contents: await readFile(path.join(ROOT, source)),
        browser,
      })),
  );
}

/**
 * Whether a source exists. A missing one is an error without `--allow-missing`.
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
  const folder = path.join(args.out, name);
  await rm(folder, { recursive: true, force: true });
  const own = manifestFor(browser, manifest);
  const contents = JSON.stringify(granted ? withEverySiteGranted(own) : own, null, 2);
  const packaged = files.filter(
    (file) =>
      (file.browser === undefined || file.browser === browser) &&
      (browser === 'chrome' || !CHROME_ONLY.test(file.path)),
  );
  for (const file of [...packaged, { path: 'manifest.json', contents: `${contents}\n` }]) {
    const destination = path.join(folder, file.path);
    await mkdir(path.dirname(destination), { recursive: true });
    await writeFile(destination, file.contents);
  }
  // A package must not be distributed without its licences.
  for (const file of ['LICENSE', 'THIRD_PARTY.md']) {
    await cp(path.join(ROOT, file), path.join(folder, file));
  }
}

function watchSources() {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  let building = Promise.resolve();
  // An editor saves a file in several steps, and a change often spans several files.
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
  // esbuild has printed its own errors already.
  const printed = error instanceof Error && 'errors' in error;
  if (!printed) console.error(`Build failed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
