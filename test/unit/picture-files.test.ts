import { PNG } from 'pngjs';
import { expect, it } from 'vitest';

import { encodeAnimatedGif, encodeHugePng, encodePng } from '../browser/picture-files.mjs';
import { isAnimated } from '../../src/page/read/animated';

it('a PNG file has the pixels it was made from', () => {
  const png = PNG.sync.read(encodePng(5, 3, (x, y) => [10 * x, 20 * y, 200, 255 - x]));
  expect([png.width, png.height]).toEqual([5, 3]);
  expect([...png.data.subarray(4 * (2 * 5 + 4), 4 * (2 * 5 + 5))]).toEqual([40, 40, 200, 251]);
});

it('a huge PNG file is a small file', () => {
  const file = encodeHugePng(2000, 2000);
  expect(file.length).toBeLessThan(10_000);
  expect(PNG.sync.read(file).data.subarray(0, 4)).toEqual(Buffer.from([255, 255, 255, 255]));
});

it('an animated GIF file has more than one frame', () => {
  const bytes = (frames: number): ArrayBuffer =>
    new Uint8Array(encodeAnimatedGif({ width: 64, frames })).buffer;
  expect(isAnimated(bytes(3))).toBe(true);
  expect(isAnimated(bytes(1))).toBe(false);
});
