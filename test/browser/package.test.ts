/** The packages for the stores: the same bytes each time, and nothing superfluous. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { problemsOf } from '../../scripts/package-rules.mjs';
import { closeSharedBrowser } from './harness';

/** The SHA-256 of every file of a folder, by path in it. */
function digestsOf(folder: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(contentsOf(folder)).map(([file, contents]) => [
      file,
      createHash('sha256').update(contents).digest('hex'),
    ]),
  );
}

function contentsOf(folder: string): Record<string, Uint8Array> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [path.relative(folder, file), readFileSync(file)]),
  );
}

describe('the build', () => {
  let again: string;

  beforeAll(async () => {
    await closeSharedBrowser();
    again = mkdtempSync(path.join(os.tmpdir(), 'pastiche-again-'));
    execFileSync(process.execPath, ['scripts/build.mjs', '--out', again]);
  });

  afterAll(() => rmSync(again, { recursive: true }));

  it.each(['chrome', 'firefox'])(
    'done again, in another place, gives the same bytes: %s',
    (name) => {
      expect(digestsOf(path.join(again, name))).toEqual(digestsOf(path.join('dist', name)));
    },
  );

  it.each(['chrome', 'firefox'] as const)(
    'has what a store wants, and nothing else: %s',
    (name) => {
      const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
      expect(problemsOf(name, version, contentsOf(path.join(again, name)), 0)).toEqual([]);
    },
  );

  it('names no folder of the machine that built it', () => {
    const scripts = Object.entries(contentsOf(path.join(again, 'chrome'))).filter(([file]) =>
      /\.(js|css|html|json)$/.test(file),
    );
    const home = path.resolve('.');
    for (const [file, contents] of scripts) {
      const text = Buffer.from(contents).toString();
      expect(text.includes(home), file).toBe(false);
    }
  });
});
