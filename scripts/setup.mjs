/**
 * Everything between a fresh checkout and the built extension: dependencies, then the build. Runs
 * before `npm start` and `npm test`, so it imports only Node's own modules. Options are passed on to
 * build.mjs.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE = 20;

if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  fail(`Pastiche needs Node ${OLDEST_NODE} or newer; this is Node ${process.versions.node}.`);
}
if (!dependenciesAreCurrent()) {
  console.log('Installing dependencies …');
  installDependencies();
}
const build = spawnSync(
  process.execPath,
  [path.join(ROOT, 'scripts', 'build.mjs'), ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
process.exit(build.status ?? 1);

/** Whether node_modules was installed from the present lock file. */
function dependenciesAreCurrent() {
  // npm writes this file at the end of every installation.
  const installed = path.join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  return statSync(installed).mtimeMs >= statSync(path.join(ROOT, 'package-lock.json')).mtimeMs;
}

function installDependencies() {
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  // Under `npm run`, npm_execpath is the script of the running npm.
  const script = process.env.npm_execpath;
  const [command, commandArgs] =
    script && /\.c?js$/.test(script) ? [process.execPath, [script, ...args]] : ['npm', args];
  const { status, error } = spawnSync(command, commandArgs, {
    cwd: ROOT,
    stdio: 'inherit',
    // On Windows npm is a command script, which only a shell can run.
    shell: command === 'npm' && process.platform === 'win32',
    // scripts/browser.mjs downloads a browser if none is installed.
    env: { ...process.env, PUPPETEER_SKIP_DOWNLOAD: 'true' },
  });
  if (error) {
    fail(`npm could not be started (${error.message}). It comes with Node; is it installed?`);
  }
  if (status !== 0) fail('Dependencies could not be installed. npm says above what is wrong.');
}

/** @param {string} sentence */
function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
