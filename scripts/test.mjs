/**
 * All checks: types, lint rules, format, unit tests, tests in a real browser of the content script alone
 * and of the extension. Runs all of them, even after failures; the last line is the total.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { ensureCommands, findBrowser, findFirefox } from './browser.mjs';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Checks that are scripts: each counts only when it fails. */
const CHECKS = {
  'types of the extension': ['node_modules/typescript/bin/tsc', '--noEmit'],
  'types of its workers': [
    'node_modules/typescript/bin/tsc',
    '--noEmit',
    '-p',
    'src/engine/worker',
  ],
  'types of its tests': ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'test'],
  'types of the scripts': ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'scripts'],
  'APIs that the oldest browsers have': ['scripts/compat.mjs'],
  'lint rules': ['node_modules/eslint/bin/eslint.js', '.'],
  // What `web-ext lint` runs.
  'rules for Firefox': [
    ...['node_modules/addons-linter/bin/addons-linter', '--warnings-as-errors', '--output', 'text'],
    'dist/firefox',
  ],
  format: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
};

let passed = 0;
let failed = 0;
let flaky = 0;

// A check keeps one core busy: all of them together run beside the unit tests. After that, the browser
// tests have the machine to themselves.
const checked = runChecks();
await findBrowsers();
await runTests('unit');
console.log(await checked);
await runTests('page');
await runTests('browser');

if (flaky > 0) console.log(`\n${flaky} of them at the second try`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** @returns {Promise<string>} The checks' output. */
async function runChecks() {
  let said = '';
  for (const [name, args] of Object.entries(CHECKS)) {
    const { status, output } = await runScript(args, 'pipe');
    said += `\n${name}\n${output}`;
    if (status !== 0) failed += 1;
  }
  return said;
}

/**
 * Finds or installs the browsers before the browser tests begin: otherwise two of their processes would
 * install one at the same time, during a test's time limit.
 */
async function findBrowsers() {
  try {
    process.env['PUPPETEER_EXECUTABLE_PATH'] = await findBrowser();
    if (process.platform === 'linux') ensureCommands({ Xvfb: 'xvfb', xdotool: 'xdotool' });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    failed += 1;
  }
  try {
    process.env['FIREFOX_EXECUTABLE_PATH'] = await findFirefox();
  } catch (error) {
    // Its tests are then skipped, with a message.
    console.error(error instanceof Error ? error.message : error);
  }
}

/**
 * Runs the tests of one vitest project and adds them to the total.
 * @param {string} project
 */
async function runTests(project) {
  console.log(`\n${project} tests`);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'pastiche-test-'));
  const file = path.join(folder, 'totals.json');
  process.env['TOTALS'] = file;
  const { status } = await runScript([
    ...['node_modules/vitest/vitest.mjs', 'run', '--project', project],
    ...['--reporter=default', '--reporter=./scripts/totals.mjs'],
  ]);
  let bad = 0;
  try {
    /** @type {import('./totals.mjs').Totals} */
    const totals = JSON.parse(readFileSync(file, 'utf8'));
    passed += totals.passed;
    flaky += totals.flaky.length;
    bad = totals.failed;
  } catch {
    console.error(`The ${project} tests ended without a report.`);
  }
  rmSync(folder, { recursive: true });
  // Files that can't be loaded, and errors outside tests, are not counted as failed tests.
  failed += status !== 0 && bad === 0 ? 1 : bad;
}

/**
 * Runs a script.
 * @param {readonly string[]} command Its path from the root of the repository, and its arguments.
 * @param {'inherit' | 'pipe'} [stdio] Whether to show its output, or to return it.
 * @returns {Promise<{ status: number, output: string }>} Its exit status, and the returned output.
 */
async function runScript([script, ...args], stdio = 'inherit') {
  const file = path.join(ROOT, String(script));
  const tool = spawn(process.execPath, [file, ...args], {
    cwd: ROOT,
    stdio: ['inherit', stdio, stdio],
  });
  let output = '';
  for (const stream of [tool.stdout, tool.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => (output += text));
  }
  const [status] = await once(tool, 'close');
  return { status: status ?? 1, output };
}
