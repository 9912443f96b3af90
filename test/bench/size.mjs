/** Sizes of the package's files. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Smaller files are counted together. Bytes. */
const NAMED = 20_000;

/** @type {import('./bench.mjs').Part} */
export const size = {
  title: 'The package, uncompressed and not minified',
  rounds: 1,
  cases: ['chrome', 'firefox'],
  units: { '': 'kB' },
  ratios: {},

  async start() {
    return {
      version: 'no browser',
      async run(name) {
        const folder = path.join(ROOT, 'dist', name);
        const files = await readdir(folder, { recursive: true, withFileTypes: true });
        const sizes = await Promise.all(
          files
            .filter((file) => file.isFile())
            .map(async (file) => {
              const full = path.join(file.parentPath, file.name);
              return /** @type {const} */ ([path.relative(folder, full), (await stat(full)).size]);
            }),
        );
        sizes.sort(([, a], [, b]) => b - a);
        const sum = (/** @type {typeof sizes} */ some) =>
          some.reduce((total, [, bytes]) => total + bytes, 0) / 1000;
        return {
          'all files': sum(sizes),
          ...Object.fromEntries(
            sizes
              .filter(([, bytes]) => bytes >= NAMED)
              .map(([file, bytes]) => [file, bytes / 1000]),
          ),
          'smaller files': sum(sizes.filter(([, bytes]) => bytes < NAMED)),
        };
      },
      async stop() {},
    };
  },
};
