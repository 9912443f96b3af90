/**
 * `npm run store`: makes everything that the stores need besides the packages, `out/store/`, from the
 * running extension with pictures of our own, and checks it against the stores' rules.
 *
 *   --languages en,ar   screenshots in these languages only; default: all of them
 *   --only PARTS        some of texts, pictures, clip, source; default: all of them
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { unzipSync } from 'fflate';

import { manifestFor } from './manifest.mjs';
import { clipOf, film } from './store-clip.mjs';
import {
  permissionsOf,
  problemsOfClip,
  problemsOfListings,
  problemsOfNotes,
  problemsOfPermissions,
  problemsOfPictures,
  problemsOfPrivacy,
  TILES,
} from './store-rules.mjs';
import { drawTiles, photograph, prepareLanguages, SCENE_NAMES } from './store-shots.mjs';
import { zipOf } from './zip.mjs';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const TEXTS = path.join(ROOT, 'store');
const OUT = path.join(ROOT, 'out', 'store');

/** The parts, in the order in which they are made; each returns its problems. */
const PARTS = { texts, pictures, clip, source };

const languages = (await readdir(path.join(ROOT, '_locales'), { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();
const manifest = await readJson('manifest.json');
const { version, engines, dependencies } = await readJson('package.json');

const { values: args } = parseArgs({
  options: {
    languages: { type: 'string', default: languages.join() },
    only: { type: 'string', default: Object.keys(PARTS).join() },
  },
});
const chosen = args.languages.split(',');
const parts = args.only.split(',');
for (const [given, known] of /** @type {const} */ ([
  [chosen, languages],
  [parts, Object.keys(PARTS)],
])) {
  const unknown = given.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(`There is no ${unknown.join(', ')}; there are ${known.join(', ')}.`);
    process.exit(1);
  }
}

await mkdir(OUT, { recursive: true });
for (const [name, make] of Object.entries(PARTS)) {
  if (!parts.includes(name)) continue;
  console.log(`${name} …`);
  for (const problem of await make().catch(sentenceOf)) {
    console.error(`${name}: ${problem}`);
    process.exitCode = 1;
  }
}
const made = await readdir(OUT, { recursive: true, withFileTypes: true });
console.log(`out/store has ${made.filter((entry) => entry.isFile()).length} files.`);

/** A failure counts as a problem. */
function sentenceOf(/** @type {unknown} */ error) {
  return [error instanceof Error ? error.message : String(error)];
}

/** Listings, justifications and answers, to be pasted into the stores' forms. */
async function texts() {
  /** @type {Record<string, import('./store-rules.mjs').Listing>} */
  const listings = {};
  const folder = path.join(TEXTS, 'descriptions');
  for (const file of (await readdir(folder)).sort()) {
    const language = file.replace(/\.txt$/, '');
    const messages = languages.includes(language)
      ? await readJson(path.join('_locales', language, 'messages.json'))
      : {};
    listings[language] = {
      title: messages.extension_name?.message ?? '',
      summary: messages.extension_description?.message ?? '',
      description: (await readFile(path.join(folder, file), 'utf8')).trim(),
    };
  }
  const reasons = await readJson('store/permissions.json');
  const privacy = /** @type {import('./store-rules.mjs').Privacy & Record<string, any>} */ (
    await readJson('store/privacy.json')
  );
  for (const [language, { title, summary, description }] of Object.entries(listings)) {
    await write(`${language}/listing.txt`, `${title}\n\n${summary}\n\n${description}\n`);
  }
  await write('permissions.txt', justified(manifest, reasons, '\n'));
  await write('privacy.txt', answersOf(privacy));
  return [
    ...problemsOfListings(languages, listings),
    ...problemsOfPermissions(manifest, reasons),
    ...problemsOfPrivacy(manifest, privacy),
  ];
}

async function pictures() {
  await prepareLanguages();
  for (const language of chosen) {
    await photograph(language, path.join(OUT, language));
    console.log(`  ${language}`);
  }
  await drawTiles(OUT);
  /** @type {Record<string, Uint8Array>} */
  const files = {};
  const names = chosen.flatMap((language) => SCENE_NAMES.map((scene) => `${language}/${scene}`));
  for (const name of [...names, ...Object.keys(TILES)]) {
    files[name] = await readFile(path.join(OUT, name));
  }
  return problemsOfPictures(chosen, SCENE_NAMES, files);
}

async function clip() {
  const file = path.join(OUT, 'demo.webm');
  await film(file);
  return problemsOfClip(await clipOf(file));
}

/**
 * The committed source and the reviewers' notes; checks that the source builds the exact bytes that
 * are submitted.
 */
async function source() {
  const changed = git('status', '--porcelain');
  const names = git('ls-files', '-z').split('\0').filter(Boolean).sort();
  /** @type {Record<string, Uint8Array>} */
  const files = {};
  for (const name of names) files[name] = await readFile(path.join(ROOT, name));
  const archive = zipOf(files);
  const archiveName = `pastiche-${version}-source.zip`;
  await write(`amo/${archiveName}`, archive);

  const packageName = `pastiche-${version}-firefox.zip`;
  const packageDigest = digestOf(await readFile(path.join(ROOT, 'out', packageName)));
  const reasons = await readJson('store/permissions.json');
  /** @type {Record<string, string>} */
  const facts = {
    version,
    source: archiveName,
    sourceDigest: digestOf(archive),
    commit: git('rev-parse', 'HEAD').trim(),
    node: engines.node.replace('>=', '') + ' or later',
    package: packageName,
    packageDigest,
    onnxruntime: dependencies['onnxruntime-web'],
    onnxruntimeFile: 'ort-wasm-simd-threaded.wasm',
    permissions: justified(manifestFor('firefox', manifest), reasons, ''),
  };
  const template = await readFile(path.join(TEXTS, 'review.md'), 'utf8');
  const notes = template.replace(/\{(\w+)\}/g, (whole, name) => facts[name] ?? whole);
  await write('amo/review.md', notes);
  return [
    ...(changed ? ['the working tree has changes that are in no commit'] : []),
    ...problemsOfNotes(notes, [packageDigest, archiveName, 'npm run package']),
    ...(await rebuilt(archive, packageName, packageDigest)),
  ];
}

/**
 * Builds the archive in another folder, like a reviewer.
 * @param {Uint8Array} archive
 * @param {string} packageName
 * @param {string} packageDigest
 * @returns {Promise<string[]>}
 */
async function rebuilt(archive, packageName, packageDigest) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pastiche-source-'));
  try {
    for (const [name, contents] of Object.entries(unzipSync(archive))) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), contents);
    }
    const shell = process.platform === 'win32';
    execFileSync('npm', ['run', 'package'], { cwd: folder, stdio: 'pipe', shell });
    const digest = digestOf(await readFile(path.join(folder, 'out', packageName)));
    return digest === packageDigest
      ? []
      : [`the source archive builds to ${digest}, not to ${packageDigest}`];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * @param {import('./manifest.mjs').Manifest} asking
 * @param {Record<string, string>} reasons
 * @param {string} gap Between a permission and its reason.
 */
function justified(asking, reasons, gap) {
  return permissionsOf(asking)
    .map((name) => `- \`${name}\`: ${gap}${reasons[name]}`)
    .join('\n');
}

/** @param {import('./store-rules.mjs').Privacy} privacy */
function answersOf({ singlePurpose, remoteCode, collected, collectedReason, certified, policy }) {
  const yes = (/** @type {boolean} */ is) => (is ? 'yes' : 'no');
  const lines = (/** @type {Readonly<Record<string, boolean>>} */ all) =>
    Object.entries(all).map(([question, is]) => `${question}: ${yes(is)}`);
  return [
    `Single purpose\n${singlePurpose}`,
    `Remote code: ${yes(remoteCode.isUsed)}\n${remoteCode.reason}`,
    ['Collected', ...lines(collected), collectedReason].join('\n'),
    ['Certified', ...lines(certified)].join('\n'),
    `Privacy policy\n${policy}\n`,
  ].join('\n\n');
}

/**
 * @param {string} name Path in `out/store`.
 * @param {string | Uint8Array} contents
 */
async function write(name, contents) {
  const file = path.join(OUT, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, contents);
}

/**
 * @param {string} name Path in the repository.
 * @returns {Promise<Record<string, any>>}
 */
async function readJson(name) {
  return JSON.parse(await readFile(path.join(ROOT, name), 'utf8'));
}

/** @param {readonly string[]} command */
function git(...command) {
  return execFileSync('git', command, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1e8 });
}

/** @param {Uint8Array} bytes */
function digestOf(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
