import { PNG } from 'pngjs';
import { expect, test } from 'vitest';

import { PngWriter } from '../../src/media/png-writer';

test('a PNG file that was written row by row has the pixels that were given', async () => {
  const size = { width: 130, height: 70 };
  const pixels = Uint8ClampedArray.from({ length: 4 * 130 * 70 }, (_, i) => (i * i) % 251);
  const writer = new PngWriter(size);
  for (const [from, to] of [
    [0, 1],
    [1, 40],
    [40, 70],
  ] as const) {
    await writer.write(pixels.subarray(520 * from, 520 * to));
  }
  const file = await writer.end();
  expect(file.type).toBe('image/png');
  const { width, height, data } = PNG.sync.read(Buffer.from(await file.arrayBuffer()));
  expect({ width, height }).toEqual(size);
  expect(Buffer.from(pixels).equals(data)).toBe(true);
});
