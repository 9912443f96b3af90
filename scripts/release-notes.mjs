/**
 * Prints what CHANGELOG.md says of the version in package.json: the text of its release.
 * Fails if it says nothing, or if the manifest has another version.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The part of a changelog about a version, without its heading.
 * @param {string} changelog In the format of keepachangelog.com.
 * @param {string} version
 * @throws {Error} if there is no such part, or nothing in it.
 */
export function notesOf(changelog, version) {
  const parts = changelog.split(/^## /m).slice(1);
  const part = parts.find((one) => /^\[?([^\]\s]+)/.exec(one)?.[1] === version) ?? '';
  const notes = part.slice(part.indexOf('\n') + 1).trim();
  if (part === '' || notes === '') throw new Error(`CHANGELOG.md has nothing on ${version}.`);
  return notes;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const read = (/** @type {string} */ name) =>
    readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
  const { version } = JSON.parse(read('package.json'));
  const { version: shipped } = JSON.parse(read('manifest.json'));
  if (shipped !== version) throw new Error(`manifest.json is of ${shipped}, not of ${version}.`);
  console.log(notesOf(read('CHANGELOG.md'), version));
}
