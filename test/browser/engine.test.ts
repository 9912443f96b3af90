import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import type { WebWorker } from 'puppeteer';
import { beforeAll, describe, expect } from 'vitest';

import type { Backend } from '../../src/protocol/messages';
import { FINEST_SUITED } from '../../src/core/style/render-options';
import { eventually, recovered } from './faults';
import { browser, it, openPage, page, site, useBrowser } from './fixtures';
import { meanAbsoluteDifference, pastichePixels, restyleSource, type Pixels } from './harness';

const fixture = (name: string): Buffer =>
  readFileSync(new URL(`../fixtures/${name}.png`, import.meta.url));

/** Sets the engine's backend from its next start on; null: automatic. */
async function useBackend(backend: Backend | null): Promise<void> {
  const extensionPage = await browser.openPage(browser.urlOf('grant.html'));
  await extensionPage.evaluate(
    (value) => localStorage.setItem('engine-override', value),
    JSON.stringify(backend),
  );
  await extensionPage.close();
  await browser.inServiceWorker(() => chrome.offscreen.closeDocument().catch(() => undefined));
}

/**
 * The engine's pastiche of the drawn content image, as the page's element shows it.
 * @param width Shown width in CSS pixels; by default the picture's own.
 */
async function paint(
  mix: Record<string, number>,
  width?: number,
): Promise<{ pixels: Pixels; backend: Backend | null }> {
  // Small pictures are painted with finer strokes; larger by as much, they are the network's own.
  const stored = {
    mix,
    manner: { keepColours: false, strokeSize: 1 / FINEST_SUITED, secondCoat: 0 },
  };
  await browser.inServiceWorker((settings) => chrome.storage.local.set(settings), stored);
  await openPage();
  const srcUrl = `data:image/png;base64,${fixture('content').toString('base64')}`;
  const size = width === undefined ? '' : `width="${width}"`;
  await page.setContent(`<img id="content" src="${srcUrl}" ${size}>`, { waitUntil: 'load' });
  await browser.grantActiveTab(page);
  const click = { menuItemId: 'restyle:mix', srcUrl };
  const status = await restyleSource(browser, page, click, { timeout: 110_000 });
  expect(status).toMatchObject({ state: 'done', mode: 'in-place', error: null });
  const pixels = await pastichePixels(page, '#content');
  return { pixels, backend: status.backend };
}

/** A PNG's pixels as the JPEG that an opaque pastiche is shown as. */
async function asShown(png: Buffer): Promise<Pixels> {
  const shown = await page.evaluate(
    async (bytes) => {
      const image = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
      const { width, height } = image;
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d')!;
      context.drawImage(image, 0, 0);
      const file = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.95 });
      context.drawImage(await createImageBitmap(file), 0, 0);
      return { width, height, data: [...context.getImageData(0, 0, width, height).data] };
    },
    [...png],
  );
  return { ...shown, data: Buffer.from(shown.data) };
}

describe('the engine on the processor', () => {
  beforeAll(() => useBrowser());

  // The output of PyTorch's network, through the exported graph: models/training/pastiche_training/derive.py.
  it.each([
    ['starry-night', { 'starry-night': 1 }],
    ['udnie', { udnie: 1 }],
    ['half-and-original', { 'the-scream': 0.5, 'red-fuji': 0.25 }],
  ])('paints %s as the training code does', async (name, mix) => {
    const { pixels, backend } = await paint(mix);
    expect(backend?.provider).toBe('kernels');
    expect(meanAbsoluteDifference(pixels, await asShown(fixture(name)))).toBeLessThan(0.1);
  });

  it.each([
    { provider: 'kernels', threads: 1 },
    { provider: 'kernels', threads: 2 },
    { provider: 'wasm', threads: 2 },
  ] as const)('paints the same with $provider on $threads threads', async (backend) => {
    await useBackend(backend);
    const painted = await paint({ udnie: 1 });
    await useBackend(null);
    expect(painted.backend).toEqual(backend);
    const expected = await asShown(fixture('udnie'));
    expect(meanAbsoluteDifference(painted.pixels, expected)).toBeLessThan(0.1);
  });

  it('leaves the picture as it is for an empty mix', async () => {
    await browser.inServiceWorker(() => chrome.storage.local.set({ mix: {} }));
    await openPage('/one-image.html');
    await browser.grantActiveTab(page);
    const before = await page.$eval('#photo', (image) => image.outerHTML);
    const srcUrl = `${site.origin}/pictures/harbour.jpg`;
    await browser.clickMenu(page, { menuItemId: 'restyle:mix', srcUrl });
    await pause(500);
    expect(await page.$eval('#photo', (image) => image.outerHTML)).toBe(before);
  });
});

// On a software GPU: correct, and far too slow for more than a few pixels.
describe('the WebGPU provider', () => {
  const mix = { 'great-wave': 1 };
  let right: Pixels;

  beforeAll(() => useBrowser({ webgpu: true }));

  /**
   * The worker on WebGPU that paints, or is about to. Before its script has come it can be
   * evaluated in, but lacks the interfaces of secure contexts: Blink installs those last.
   */
  async function worker(): Promise<WebWorker> {
    const document = await browser.offscreenPage();
    return eventually(async () => {
      const found = document.workers().find((candidate) => candidate.url().includes('#webgpu'));
      return (await found?.evaluate(() => 'GPUDevice' in self)) ? found : undefined;
    });
  }

  // A single test, because each start compiles shaders for most of a minute.
  it('paints what the Wasm provider paints, though it loses its device at first', async () => {
    await useBackend({ provider: 'wasm', threads: 1 });
    const wasm = await paint(mix, 40);
    right = wasm.pixels;
    await page.close();
    await useBackend({ provider: 'webgpu', threads: 1 });
    const waking = await browser.openPage(browser.urlOf('grant.html'));
    await waking.evaluate(() => chrome.runtime.sendMessage({ type: 'background.wake-engine' }));
    await (
      await worker()
    ).evaluate(() => {
      const { prototype } = GPUDevice;
      const create = prototype.createCommandEncoder;
      prototype.createCommandEncoder = function (this: GPUDevice, descriptor) {
        this.destroy();
        return create.call(this, descriptor);
      };
    });
    await waking.close();
    const began = performance.now();
    const webgpu = await paint(mix, 40);
    recovered('GPU device lost in the middle of a picture', performance.now() - began);
    expect([wasm.backend?.provider, webgpu.backend?.provider]).toEqual(['wasm', 'webgpu']);
    expect(meanAbsoluteDifference(right, webgpu.pixels)).toBeLessThan(0.5);
  }, 200_000);

  it('paints black from now on: the processor paints that picture, and the next ones', async () => {
    await (
      await worker()
    ).evaluate(() => {
      GPUBuffer.prototype.getMappedRange = function (
        this: GPUBuffer,
        offset = 0,
        size = this.size - offset,
      ) {
        return new ArrayBuffer(size);
      };
    });
    const began = performance.now();
    const { pixels, backend } = await paint(mix, 40);
    recovered('WebGPU paints black', performance.now() - began);
    expect(backend?.provider).toBe('kernels');
    expect(meanAbsoluteDifference(pixels, right)).toBeLessThan(2);
  }, 200_000);
});
