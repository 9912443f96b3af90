/** Animations that say only what changes, are clear in part, end, or tell no time: painted frame by frame. */
import { expect } from 'vitest';

import { browser, openPage, page, site, withBrowser } from './fixtures';
import { paintAllFrames, restyle, wordsOnPage } from './harness';

const FOLDER = '/pictures/kinds/moving/';

const it = withBrowser();

interface Frame {
  /** Milliseconds, as its file says. */
  readonly duration: number;
  /** Lightness over grey and opacity of 24×18 pixels, 0..255. */
  readonly light: readonly number[];
  readonly alpha: readonly number[];
}

interface Animation {
  /** Infinity if it never ends. */
  readonly repetitions: number | null;
  readonly frames: readonly Frame[];
}

/** All frames of the file at an address, as the browser decodes them. */
function framesAt(address: string, type: string): Promise<Animation> {
  return page.evaluate(
    async (url, mime) => {
      const file = await (await fetch(url)).blob();
      // A file of another size than the original's is in an image of that size.
      const [inside] = /data:image[^"]+/.exec(await file.text()) ?? [];
      const data = await (await fetch(inside ?? url)).arrayBuffer();
      const decoder = new ImageDecoder({ data, type: mime });
      await decoder.tracks.ready;
      await decoder.completed;
      const { frameCount, repetitionCount } = decoder.tracks.selectedTrack!;
      const frames = [];
      for (let frameIndex = 0; frameIndex < frameCount; frameIndex++) {
        const { image } = await decoder.decode({ frameIndex });
        const context = new OffscreenCanvas(24, 18).getContext('2d')!;
        const read = (): Uint8ClampedArray => context.getImageData(0, 0, 24, 18).data;
        context.drawImage(image, 0, 0, 24, 18);
        const alpha = [...read()].filter((_, i) => i % 4 === 3);
        context.globalCompositeOperation = 'destination-over';
        context.fillStyle = '#888';
        context.fillRect(0, 0, 24, 18);
        const seen = read();
        const light = alpha.map((_, i) => (seen[4 * i]! + seen[4 * i + 1]! + seen[4 * i + 2]!) / 3);
        frames.push({ duration: (image.duration ?? 0) / 1000, light, alpha });
        image.close();
      }
      return { repetitions: repetitionCount, frames };
    },
    address,
    type,
  );
}

/** The mean absolute difference of two lists. */
function differenceOf(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}

/** Of what changes from frame to frame, the share that has changed in the pastiche as well. */
function sharedChange(original: Animation, painted: Animation): number {
  let [most, found] = [0, 0];
  for (let at = 1; at < original.frames.length; at++) {
    const [was, is] = [original.frames[at - 1]!, original.frames[at]!];
    const [wasPainted, isPainted] = [painted.frames[at - 1]!, painted.frames[at]!];
    was.light.forEach((value, i) => {
      if (Math.abs(value - is.light[i]!) < 60) return;
      most += 1;
      if (Math.abs(wasPainted.light[i]! - isPainted.light[i]!) > 8) found += 1;
    });
  }
  return found / most;
}

it.each([
  ['parts.png', [200, 200, 200, 200]],
  ['other-first.png', [200, 200, 200, 200]],
  ['cleared.png', [200, 200, 200, 200]],
  ['put-back.png', [200, 200, 200, 200]],
  ['cleared.gif', [200, 200, 200, 200]],
  ['clear.webp', [200, 200, 200, 200]],
  ['clear.avif', [200, 200, 200, 200]],
  ['once.gif', [200, 200, 200, 200]],
  ['thrice.gif', [200, 200, 200, 200]],
  // As every browser shows it.
  ['no-time.gif', [100, 100, 100, 100]],
  ['uneven.gif', [40, 500, 100, 70]],
])(
  '%s: every frame is painted, clear where it was, for as long and as often',
  async (name, times) => {
    await openPage();
    await page.setContent(`<img id="photo" src="${FOLDER}${name}" width="192">`, {
      waitUntil: 'load',
    });
    await browser.grantActiveTab(page);
    await restyle(browser, page, '#photo', { menuItemId: 'restyle:style:udnie' });
    const animation = await paintAllFrames(browser, page, '#photo');

    const type = `image/${name.slice(name.indexOf('.') + 1)}`;
    const original = await framesAt(site.origin + FOLDER + name, type);
    const painted = await framesAt(animation, 'image/webp');
    expect(painted.frames.map(({ duration }) => duration)).toEqual(times);
    expect(painted.repetitions).toBe(original.repetitions);
    painted.frames.forEach((frame, i) => {
      const { light, alpha } = original.frames[i]!;
      expect.soft(differenceOf(frame.alpha, alpha)).toBeLessThan(3);
      expect.soft(differenceOf(frame.light, light)).toBeGreaterThan(3);
    });
    expect(sharedChange(original, painted)).toBeGreaterThan(0.6);
  },
);

it('an animation of a single frame is a picture like any other', async () => {
  await openPage();
  await page.setContent(`<img id="photo" src="${FOLDER}one-frame.gif" width="192">`, {
    waitUntil: 'load',
  });
  await browser.grantActiveTab(page);
  expect(await restyle(browser, page, '#photo')).toMatchObject({ state: 'done', error: null });
  expect(await wordsOnPage(browser, page)).not.toContain('first frame');
});
