/** Archives of which the same files give the same bytes. */
import { zipSync } from 'fflate';

/** The first day that a ZIP archive can name, in local time, which is what it is written in. */
const DATE = new Date(1980, 0, 1);

/**
 * An archive in which every file has the same date.
 * @param {Readonly<Record<string, Uint8Array>>} files By path, in the order in which they are packed.
 */
export function zipOf(files) {
  return zipSync(files, { level: 9, mtime: DATE });
}
