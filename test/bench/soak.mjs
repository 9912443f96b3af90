/**
 * Ten thousand frames, one after the other, like a video's: does the memory of the engine's process
 * grow after the first hundred?
 */
import { ExtensionBrowser } from '../../scripts/extension.mjs';
import { memoryOf } from './memory.mjs';

const FRAMES = 10_000;
const WARM = 100;
const SIZE = { width: 160, height: 96 };

/** @type {import('./bench.mjs').Part} */
export const soak = {
  title: `${FRAMES} frames of ${SIZE.width} × ${SIZE.height} through the engine`,
  rounds: 1,
  cases: ['live network'],
  units: { memory: 'MB', frames: '1' },
  ratios: {
    [`memory after ${FRAMES} / after ${WARM}`]: [
      `live network: after ${FRAMES}, memory`,
      `live network: after ${WARM}, memory`,
    ],
  },

  async start() {
    const browser = await ExtensionBrowser.launch();
    const page = await browser.openPage(browser.urlOf('grant.html'));
    return {
      version: await browser.browser.version(),
      async run() {
        await page.evaluate(connect);
        await page.evaluate(paintFrames, WARM, SIZE);
        const early = await memoryOf(browser.browser);
        const began = performance.now();
        await page.evaluate(paintFrames, FRAMES - WARM, SIZE);
        const time = (performance.now() - began) / (FRAMES - WARM);
        const late = await memoryOf(browser.browser);
        return {
          [`after ${WARM}, memory`]: early,
          [`after ${FRAMES}, memory`]: late,
          'a frame, there and back': time,
        };
      },
      async stop() {
        await browser.close();
      },
    };
  },
};

/** In an extension page: opens the port that {@link paintFrames} uses. */
export async function connect() {
  await chrome.runtime.sendMessage({ type: 'background.wake-engine' });
  const port = chrome.runtime.connect({ name: 'engine' });
  await new Promise((resolve) => port.onMessage.addListener(() => resolve(undefined)));
  Object.assign(globalThis, { port });
}

/**
 * In an extension page: has frames painted, each when the one before it is there.
 * @param {number} count
 * @param {{ width: number, height: number }} size
 */
export async function paintFrames(count, { width, height }) {
  const { port } = /** @type {{ port: chrome.runtime.Port }} */ (
    /** @type {unknown} */ (globalThis)
  );
  const pixels = new Uint8Array(4 * width * height);
  /** @type {() => void} */
  let next = () => undefined;
  /** @param {{ type: string, error?: unknown }} reply */
  const listen = (reply) => {
    if (reply.type === 'engine.failed') throw new Error(JSON.stringify(reply.error));
    if (reply.type === 'engine.pastiche') next();
  };
  port.onMessage.addListener(listen);
  for (let id = 1; id <= count; id++) {
    // A square that moves over a slope.
    for (let i = 0; i < pixels.length; i += 4) {
      const x = (i / 4) % width;
      pixels[i] = x;
      pixels[i + 1] = (x + id) % width < 24 ? 230 : 60;
      pixels[i + 2] = i >> 9;
      pixels[i + 3] = 255;
    }
    /** @type {Promise<void>} */
    const painted = new Promise((resolve) => {
      next = resolve;
    });
    port.postMessage({
      type: 'engine.restyle',
      id,
      pixels: pixels.buffer,
      job: {
        ...{ priority: 'frame', width, height, mix: { 'starry-night': 1 } },
        ...{ file: false, network: 'live', stream: 'soak' },
      },
    });
    await painted;
  }
  port.onMessage.removeListener(listen);
}
