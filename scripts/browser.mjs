/** Finds the browsers that the extension runs in, and installs one if there is none. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import {
  Browser,
  BrowserTag,
  computeExecutablePath,
  detectBrowserPlatform,
  getInstalledBrowsers,
  install,
  resolveBuildId,
} from '@puppeteer/browsers';

/**
 * @typedef {object} Wanted
 * @property {string} name For messages.
 * @property {string} variable Environment variable that names the executable.
 * @property {Browser} download Puppeteer's name.
 * @property {string} debianPackage
 * @property {number} oldest Oldest usable major version.
 * @property {readonly string[]} commands Names on the PATH (Linux).
 * @property {readonly string[]} macApplications Paths below an Applications folder.
 * @property {readonly string[]} windowsPrograms Paths below a program files folder.
 */

/** @type {Wanted} */
const CHROMIUM = {
  name: 'Chrome, Chromium or Edge',
  variable: 'PUPPETEER_EXECUTABLE_PATH',
  download: Browser.CHROME,
  debianPackage: 'chromium',
  oldest: 137,
  commands: [
    'google-chrome-stable',
    'google-chrome',
    'chromium',
    'chromium-browser',
    'microsoft-edge-stable',
    'microsoft-edge',
  ],
  macApplications: [
    'Google Chrome.app/Contents/MacOS/Google Chrome',
    'Chromium.app/Contents/MacOS/Chromium',
    'Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  windowsPrograms: [
    'Google/Chrome/Application/chrome.exe',
    'Chromium/Application/chrome.exe',
    'Microsoft/Edge/Application/msedge.exe',
  ],
};

/** @type {Wanted} */
const FIREFOX = {
  name: 'Firefox',
  variable: 'FIREFOX_EXECUTABLE_PATH',
  download: Browser.FIREFOX,
  debianPackage: 'firefox-esr',
  oldest: 142,
  commands: ['firefox', 'firefox-esr'],
  macApplications: ['Firefox.app/Contents/MacOS/firefox'],
  windowsPrograms: ['Mozilla Firefox/firefox.exe'],
};

/** Puppeteer's own folder, so that a browser that it has downloaded before is found. */
const CACHE = process.env['PUPPETEER_CACHE_DIR'] ?? path.join(os.homedir(), '.cache', 'puppeteer');

/** Milliseconds after which a browser that doesn't print its version is considered broken. */
const VERSION_TIMEOUT = 20_000;

/** Time to look up the newest version, in milliseconds. */
const NETWORK_TIMEOUT = 30_000;

/**
 * The executable of a Chromium-based browser: the one in PUPPETEER_EXECUTABLE_PATH, an installed one,
 * Puppeteer's download or, as root on Debian, the package, in this order.
 * @returns {Promise<string>}
 * @throws {Error} with a message that says what is missing and what to do.
 */
export function findBrowser() {
  return find(CHROMIUM);
}

/**
 * The executable of Firefox, found as by {@link findBrowser}; its variable is
 * FIREFOX_EXECUTABLE_PATH.
 * @returns {Promise<string>}
 * @throws {Error} with a message that says what is missing and what to do.
 */
export function findFirefox() {
  return find(FIREFOX);
}

/**
 * Makes sure that commands exist, and installs the Debian packages of missing ones.
 * @param {Readonly<Record<string, string>>} packages Debian package by command.
 * @throws {Error} with a message that says what is missing and what to do.
 */
export function ensureCommands(packages) {
  const missing = () => Object.keys(packages).filter((command) => !onPath(command));
  if (missing().length > 0 && isDebianRoot()) {
    installPackages([...new Set(missing().map((command) => String(packages[command])))]);
  }
  const left = missing();
  if (left.length > 0) {
    throw new Error(
      `${left.join(' and ')} missing: install ${left.map((command) => packages[command]).join(' and ')}.`,
    );
  }
}

/**
 * Installs Debian packages of which no command tells whether they are there, such as fonts. Elsewhere
 * nothing happens: whoever needs them has to look whether what they bring is there.
 * @param {readonly string[]} packages
 */
export function ensurePackages(packages) {
  if (!isDebianRoot()) return;
  const missing = packages.filter((name) => {
    const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], {
      encoding: 'utf8',
    });
    return stdout !== 'installed';
  });
  if (missing.length > 0) installPackages(missing);
}

/** @param {Wanted} wanted */
async function find(wanted) {
  const named = process.env[wanted.variable];
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`${wanted.variable} names ${named}, which doesn't exist.`);
  }
  /** @type {string[]} */
  const refused = [];
  /** @param {string} executable */
  const isUsable = (executable) => {
    const reason = reasonAgainst(executable, wanted);
    if (reason) refused.push(`${executable} ${reason}`);
    return !reason;
  };
  const present = installed(wanted).find(isUsable) ?? (await downloaded(wanted)).find(isUsable);
  if (present) return present;

  const fetched = await download(wanted).catch((error) => {
    refused.push(`Puppeteer's download failed (${error instanceof Error ? error.message : error})`);
    return null;
  });
  if (fetched && isUsable(fetched)) return fetched;

  if (isDebianRoot()) {
    installPackages([wanted.debianPackage]);
    const executable = installed(wanted).find(isUsable);
    if (executable) return executable;
  }
  throw new Error(
    `No ${wanted.name} from version ${wanted.oldest} was found: install one, or set ` +
      `${wanted.variable} to its executable.` +
      (refused.length > 0 ? ` (${[...new Set(refused)].join('; ')}.)` : ''),
  );
}

/**
 * Executables in the usual places, best first.
 * @param {Wanted} wanted
 * @returns {string[]}
 */
function installed({ commands, macApplications, windowsPrograms }) {
  switch (process.platform) {
    case 'darwin':
      return ['/Applications', path.join(os.homedir(), 'Applications')]
        .flatMap((folder) => macApplications.map((file) => path.join(folder, file)))
        .filter((file) => existsSync(file));
    case 'win32':
      return ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA']
        .flatMap((name) => process.env[name] ?? [])
        .flatMap((folder) => windowsPrograms.map((file) => path.join(folder, file)))
        .filter((file) => existsSync(file));
    default:
      return commands.flatMap((command) => onPath(command) ?? []);
  }
}

/**
 * Executables that Puppeteer has downloaded before.
 * @param {Wanted} wanted
 */
async function downloaded(wanted) {
  const all = await getInstalledBrowsers({ cacheDir: CACHE });
  return all
    .filter(({ browser }) => browser === wanted.download)
    .map(({ executablePath }) => executablePath)
    .filter((file) => existsSync(file));
}

/** @param {Wanted} wanted */
async function download({ name, download: browser }) {
  const platform = detectBrowserPlatform();
  if (!platform) throw new Error('there is none for this system');
  const buildId = await Promise.race([
    resolveBuildId(browser, platform, BrowserTag.STABLE),
    rejectAfter(NETWORK_TIMEOUT, 'the network does not answer'),
  ]);
  console.log(`No ${name} is installed: downloading ${browser} ${buildId} to ${CACHE} …`);
  await install({ browser, buildId, platform, cacheDir: CACHE });
  return computeExecutablePath({ browser, buildId, platform, cacheDir: CACHE });
}

/**
 * @param {number} milliseconds
 * @param {string} reason
 * @returns {Promise<never>}
 */
function rejectAfter(milliseconds, reason) {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error(reason)), milliseconds).unref();
  });
}

/**
 * The reason why an executable can't be used; null if it can.
 * @param {string} executable
 * @param {Wanted} wanted
 * @returns {string | null}
 */
function reasonAgainst(executable, { oldest }) {
  // On Windows `--version` opens a window instead of printing.
  if (process.platform === 'win32') return null;
  const { stdout, status } = spawnSync(executable, ['--version'], {
    encoding: 'utf8',
    timeout: VERSION_TIMEOUT,
  });
  if (status !== 0) return 'does not start';
  const version = Number(/ (\d+)\./.exec(stdout)?.[1] ?? Number.NaN);
  return version < oldest ? `is version ${version}` : null;
}

/**
 * @param {string} command
 * @returns {string | null}
 */
function onPath(command) {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const files = folders.map((folder) => path.join(folder, command));
  return files.find((file) => existsSync(file)) ?? null;
}

function isDebianRoot() {
  return process.platform === 'linux' && process.getuid?.() === 0 && onPath('apt-get') !== null;
}

/** @param {readonly string[]} packages */
function installPackages(packages) {
  console.log(`Installing Debian's ${packages.join(', ')} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env });
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  });
}
