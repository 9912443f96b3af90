/** Memory that a browser's pages and extension have for themselves. */
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds; a worker that is just being stopped never answers. */
const TIMEOUT_MS = 2000;

/**
 * Private memory of all renderer processes, those of the page and of the extension, after a forced
 * collection. Linux only.
 * @param {import('puppeteer').Browser} browser
 * @returns {Promise<number>} Megabytes; NaN where the system doesn't tell.
 */
export async function memoryOf(browser) {
  for (const target of browser.targets()) {
    await Promise.race([collect(target), pause(TIMEOUT_MS)]);
  }
  await pause(1000);
  return privateMemoryOf(browser);
}

/**
 * The same once the browser has given up what it keeps only as long as there is room: decoded pictures,
 * half a gigabyte for some pages, and pages to go back to. It keeps less from then on.
 * @param {import('puppeteer').Browser} browser
 * @returns {Promise<number>} Megabytes; NaN where the system doesn't tell.
 */
export async function memoryInNeedOf(browser) {
  const session = await browser.target().createCDPSession();
  await session.send('Memory.simulatePressureNotification', { level: 'critical' });
  await session.detach();
  return memoryOf(browser);
}

/**
 * The same as it is now, without a collection.
 * @param {import('puppeteer').Browser} browser
 * @returns {Promise<number>} Megabytes; NaN where the system doesn't tell.
 */
export async function privateMemoryOf(browser) {
  const session = await browser.target().createCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const renderers = processInfo.filter(({ type }) => type === 'renderer');
  const sizes = await Promise.all(renderers.map(({ id }) => privateMemory(id)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** @param {import('puppeteer').Target} target */
async function collect(target) {
  const session = await target.createCDPSession().catch(() => null);
  await session?.send('HeapProfiler.collectGarbage').catch(() => undefined);
  await session?.detach().catch(() => undefined);
}

/** @param {number} pid */
async function privateMemory(pid) {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  const kilobytes = [...text.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)].map(([, size]) =>
    Number(size),
  );
  return kilobytes.length > 0 ? kilobytes.reduce((sum, size) => sum + size, 0) / 1000 : Number.NaN;
}
