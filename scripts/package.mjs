/**
 * `npm run package`: checks the packages in dist and makes the stores' archives from them,
 * `out/pastiche-VERSION-BROWSER.zip`. `dist/safari` is only checked: Xcode's packager takes it as it is.
 * The same files give the same bytes: names are sorted, and every file has the same date.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { problemsOf } from './package-rules.mjs';
import { zipOf } from './zip.mjs';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const { version } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));
await mkdir(path.join(ROOT, 'out'), { recursive: true });
for (const browser of /** @type {const} */ (['chrome', 'firefox', 'safari'])) {
  const files = await readAll(path.join(ROOT, 'dist', browser));
  const archive = zipOf(files);
  const problems = problemsOf(browser, version, files, archive.length);
  for (const problem of problems) console.error(`${browser}: ${problem}`);
  if (problems.length > 0) {
    process.exitCode = 1;
    continue;
  }
  if (browser === 'safari') {
    console.log('dist/safari  on a Mac: xcrun safari-web-extension-packager dist/safari');
    continue;
  }
  const name = `pastiche-${version}-${browser}.zip`;
  await writeFile(path.join(ROOT, 'out', name), archive);
  const digest = createHash('sha256').update(archive).digest('hex');
  const megabytes = (archive.length / 1e6).toFixed(1);
  console.log(`out/${name}  ${megabytes} MB, ${Object.keys(files).length} files, sha256 ${digest}`);
}

/**
 * All files of a folder by their paths in it, in order.
 * @param {string} folder
 * @returns {Promise<Record<string, Uint8Array>>}
 */
async function readAll(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .map((name) => name.split(path.sep).join('/'))
    .sort();
  /** @type {Record<string, Uint8Array>} */
  const files = {};
  for (const name of names) files[name] = await readFile(path.join(folder, name));
  return files;
}
