/**
 * Two hundred frames on WebGPU: does the number of buffers and textures grow after the first few, and
 * does a frame of another size compile shaders?
 * On a software GPU if there is no other, which changes the times, not the numbers.
 */
import { ExtensionBrowser } from '../../scripts/extension.mjs';
import { connect, paintFrames } from './soak.mjs';

const FRAMES = 200;
const WARM = 20;
const SIZE = { width: 96, height: 64 };
const OTHER_SIZE = { width: 128, height: 72 };

/** @type {import('./bench.mjs').Part} */
export const gpu = {
  title: `${FRAMES} frames of ${SIZE.width} × ${SIZE.height} on WebGPU`,
  rounds: 1,
  cases: ['live network'],
  units: { buffers: '1', textures: '1', shaders: '1' },
  ratios: {},

  async start() {
    const browser = await ExtensionBrowser.launch({ webgpu: true });
    const page = await browser.openPage(browser.urlOf('grant.html'));
    await page.evaluate(() =>
      localStorage.setItem('engine-override', JSON.stringify({ provider: 'webgpu', threads: 1 })),
    );
    await browser.inServiceWorker(() => chrome.offscreen.closeDocument().catch(() => undefined));
    return {
      version: await browser.browser.version(),
      async run() {
        await page.evaluate(connect);
        await page.evaluate(paintFrames, 1, SIZE);
        const document = await browser.offscreenPage();
        const worker = document.workers().find((each) => each.url().includes('engine-'));
        if (!worker) throw new Error('there is no worker');
        await worker.evaluate(countResources);
        await page.evaluate(paintFrames, WARM, SIZE);
        const early = await worker.evaluate(liveResources);
        const began = performance.now();
        await page.evaluate(paintFrames, FRAMES - WARM, SIZE);
        const time = (performance.now() - began) / (FRAMES - WARM);
        const late = await worker.evaluate(liveResources);
        await page.evaluate(paintFrames, 1, OTHER_SIZE);
        const other = await worker.evaluate(liveResources);
        return {
          [`since the first, after ${WARM}: buffers`]: early.buffers,
          [`since the first, after ${FRAMES}: buffers`]: late.buffers,
          [`made for each frame: buffers`]: (late.made - early.made) / (FRAMES - WARM),
          [`since the first, after ${FRAMES}: textures`]: late.textures,
          [`since the first, after ${FRAMES}: shaders`]: late.shaders,
          'for a first frame of another size: shaders': other.shaders - late.shaders,
          'a frame, there and back': time,
        };
      },
      async stop() {
        await browser.close();
      },
    };
  },
};

/** In the worker: counts GPU resources that are created and destroyed from now on. */
function countResources() {
  const counts = { buffers: 0, textures: 0, made: 0, shaders: 0 };
  Object.assign(globalThis, { counts });
  const { createBuffer, createTexture, createShaderModule } = GPUDevice.prototype;
  /** @type {WeakSet<object>} */
  const known = new WeakSet();
  GPUDevice.prototype.createBuffer = function (/** @type {GPUBufferDescriptor} */ descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    known.add(buffer);
    counts.buffers += 1;
    counts.made += 1;
    return buffer;
  };
  GPUDevice.prototype.createTexture = function (/** @type {GPUTextureDescriptor} */ descriptor) {
    const texture = createTexture.call(this, descriptor);
    known.add(texture);
    counts.textures += 1;
    return texture;
  };
  GPUDevice.prototype.createShaderModule = function (
    /** @type {GPUShaderModuleDescriptor} */ descriptor,
  ) {
    counts.shaders += 1;
    return createShaderModule.call(this, descriptor);
  };
  for (const [kind, prototype] of /** @type {const} */ ([
    ['buffers', GPUBuffer.prototype],
    ['textures', GPUTexture.prototype],
  ])) {
    const { destroy } = prototype;
    prototype.destroy = function () {
      if (known.delete(this)) counts[kind] -= 1;
      return destroy.call(this);
    };
  }
}

/** In the worker: resources created since, and not destroyed. */
function liveResources() {
  const { counts } =
    /** @type {{ counts: { buffers: number, textures: number, made: number, shaders: number } }} */ (
      /** @type {unknown} */ (globalThis)
    );
  return { ...counts };
}
