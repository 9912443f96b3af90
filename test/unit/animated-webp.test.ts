import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { isAnimated } from '../../src/page/read/animated';
import { writeAnimatedWebp } from '../../src/media/animated-webp';

const KINDS = 'test/site/pictures/kinds/small/';
const still = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(KINDS + name));

/** Every chunk in a range of a WebP file: its name, and the range of its data. */
function chunksOf(file: Buffer, from: number, to: number): [string, number, number][] {
  const found: [string, number, number][] = [];
  for (let at = from; at < to;) {
    const length = file.readUInt32LE(at + 4);
    found.push([file.toString('latin1', at, at + 4), at + 8, length]);
    at += 8 + length + (length % 2);
  }
  return found;
}

test('an animated WebP holds the pixels of its frames, and moves', async () => {
  const names = ['lossy.webp', 'alpha.webp', 'lossless.webp'];
  const frames = names.map((name, i) => ({ webp: still(name), duration: 40 + i }));
  const data = await writeAnimatedWebp(frames, { width: 300, height: 200 }, 0).arrayBuffer();
  expect(isAnimated(data)).toBe(true);
  const file = Buffer.from(data);
  expect(file.readUInt32LE(4)).toBe(file.length - 8);
  const chunks = chunksOf(file, 12, file.length);
  expect(chunks.map(([name]) => name)).toEqual(['VP8X', 'ANIM', 'ANMF', 'ANMF', 'ANMF']);
  expect([file.readUIntLE(24, 3), file.readUIntLE(27, 3)]).toEqual([299, 199]);
  const inside = chunks.slice(2).map(([, at, length], i) => {
    expect([file.readUIntLE(at + 6, 3), file.readUIntLE(at + 9, 3)]).toEqual([299, 199]);
    expect(file.readUIntLE(at + 12, 3)).toBe(40 + i);
    const pixels = chunksOf(file, at + 16, at + length);
    for (const [, from, size] of pixels) {
      expect(Buffer.from(still(names[i]!)).includes(file.subarray(from, from + size))).toBe(true);
    }
    return pixels.map(([name]) => name);
  });
  expect(inside).toEqual([['VP8 '], ['ALPH', 'VP8 '], ['VP8L']]);
});

test('what is no WebP file is refused', () => {
  const webp = still('baseline.jpg');
  const size = { width: 300, height: 200 };
  expect(() => writeAnimatedWebp([{ webp, duration: 40 }], size, 0)).toThrow(RangeError);
});
