/**
 * Everything that must hold before a change is good: types, lint rules, format, unit tests, tests
 * in a real browser. Runs all of them whatever fails; the last line is the total.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { ensureCommands, findBrowser, findFirefox } from './browser.mjs';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Checks without tests of their own: each counts only when it fails. */
const CHECKS = {
  'types of the extension and its tests': ['typescript/bin/tsc', '--noEmit'],
  'types of the scripts': ['typescript/bin/tsc', '--noEmit', '-p', 'scripts'],
  'lint rules': ['eslint/bin/eslint.js', '.'],
  // What `web-ext lint` runs.
  'rules for Firefox': [
    ...['addons-linter/bin/addons-linter', '--warnings-as-errors', '--output', 'text'],
    'dist/firefox',
  ],
  format: ['prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
};

const PROJECTS = ['unit', 'browser'];

let passed = 0;
let failed = 0;

// What the browser tests need is found or installed here, before they begin: two of their processes
// would install it at once, and a test's time would run meanwhile.
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
  // Its tests are skipped where it can't be had, and say so.
  console.error(error instanceof Error ? error.message : error);
}
for (const [name, args] of Object.entries(CHECKS)) {
  console.log(`\n${name}`);
  if (runTool(args) !== 0) failed += 1;
}
for (const project of PROJECTS) runTests(project);

console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/**
 * Runs the tests of one vitest project and adds them to the total.
 * @param {string} project
 */
function runTests(project) {
  console.log(`\n${project} tests`);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'pastiche-test-'));
  const file = path.join(folder, 'report.json');
  const status = runTool([
    ...['vitest/vitest.mjs', 'run', '--project', project],
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
  ]);
  const before = failed;
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    passed += report.numPassedTests;
    failed += report.numFailedTests;
  } catch {
    console.error(`The ${project} tests ended without a report.`);
  }
  rmSync(folder, { recursive: true });
  // A file that can't be loaded and an error outside of tests are no failed tests, but failures.
  if (status !== 0 && failed === before) failed += 1;
}

/**
 * Runs a tool from node_modules; what it prints is shown.
 * @param {readonly string[]} command Script below node_modules, and its arguments.
 * @returns {number} Its exit status.
 */
function runTool([script, ...args]) {
  const file = path.join(ROOT, 'node_modules', String(script));
  const { status } = spawnSync(process.execPath, [file, ...args], { cwd: ROOT, stdio: 'inherit' });
  return status ?? 1;
}
