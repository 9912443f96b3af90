import * as v from 'valibot';
import { beforeEach, expect, it, vi } from 'vitest';

import type { RegionalStyle } from '../../src/core/regions/regional-style';
import { STYLE_DIM } from '../../src/core/style/style';
import type { Painted, WorkerReply } from '../../src/engine/worker/messages';
import { serveWorker } from '../../src/engine/worker/painter';
import { paintJob, type PaintJob } from '../../src/protocol/paint';

const [WIDTH, HEIGHT] = [16, 16];

/** What the network was shown. */
let shown: { content: Float32Array; style: Float32Array | RegionalStyle }[];
let replies: WorkerReply[];
let tell: (message: unknown) => Promise<void>;

beforeEach(async () => {
  shown = [];
  replies = [];
  const locks = { request: (_: string, taken: () => Promise<void>) => taken() };
  vi.stubGlobal('navigator', { locks });
  vi.stubGlobal('self', {
    addEventListener: (_: string, listener: (event: unknown) => Promise<void>) => {
      tell = (data) => listener({ data: structuredClone(data) });
    },
    postMessage: (reply: WorkerReply) => replies.push(reply),
  });
  /** Paints everything black. */
  serveWorker(() =>
    Promise.resolve({
      digest: 'digest',
      run: (content, _, style) => {
        shown.push({ content: content.slice(), style });
        return Promise.resolve(new Float32Array(content.length));
      },
    }),
  );
  await tell({ type: 'start', backend: {}, urls: {}, styleSpace: 'space', life: 'life' });
  expect(replies.splice(0)).toEqual([{ type: 'alive' }, { type: 'started', model: 'digest' }]);
});

/** A job of slopes of all brightnesses; what was answered last. */
async function paint(
  changes: Partial<v.InferInput<typeof paintJob>> = {},
  regions?: PaintJob['regions'],
): Promise<WorkerReply | undefined> {
  const size = { width: WIDTH, height: HEIGHT };
  const job = v.parse(paintJob, { ...size, priority: 'frame', mix: { wave: 1 }, ...changes });
  const pixels = Uint8Array.from({ length: 4 * WIDTH * HEIGHT }, (_, i) => (i % 4 === 3 ? 255 : i));
  const style = (strength: number): object => ({ vector: new Float32Array(STYLE_DIM), strength });
  await tell({
    type: 'paint',
    job: regions ? { ...job, regions } : job,
    pixels: pixels.buffer,
    base: style(regions ? 0 : 1),
    regional: regions ? [style(1)] : [],
  });
  return replies.at(-1);
}

function painted(reply: WorkerReply | undefined): Painted {
  if (reply?.type !== 'painted') throw new Error(JSON.stringify(reply));
  return reply;
}

it('a job is painted over its pixels, after a sign of life', async () => {
  const { answer, isFlat } = painted(await paint());
  expect(replies.map(({ type }) => type)).toEqual(['alive', 'painted']);
  expect(answer).toMatchObject({ mime: null, network: 'full', shift: { x: 0, y: 0 } });
  expect([...new Uint8Array(answer.data).subarray(0, 8)]).toEqual([0, 0, 0, 255, 0, 0, 0, 255]);
  expect(isFlat).toBe(true);
});

it('grain is given to stills, and where a part lies', async () => {
  for (const changes of [
    { priority: 'frame' },
    { priority: 'refine' },
    { priority: 'refine', origin: { x: 8, y: 0 } },
  ] as const) {
    await paint(changes);
  }
  const [frame, still, part] = shown.map(({ content }) => content);
  expect(frame![1]).toBeCloseTo(4 / 255);
  expect(still).not.toEqual(frame);
  expect(part).not.toEqual(still);
});

it('masks are remembered, and mapped once', async () => {
  const regions = { id: 1, mixes: [{ kiss: 1 }], part: { x: 0, y: 0, width: 1, height: 1 } };
  const masks = { width: 2, height: 1, shares: Uint8Array.of(255, 0) };
  const first = painted(await paint({}, { ...regions, masks })).answer.data;
  // The left is the region's; the right the base's, which leaves the original.
  const last = 4 * (WIDTH - 1);
  expect([...new Uint8Array(first).subarray(0, 3)]).toEqual([0, 0, 0]);
  expect([...new Uint8Array(first).subarray(last, last + 3)]).toEqual([60, 61, 62]);
  expect(painted(await paint({}, regions)).answer.data).toEqual(first);
  const [before, after] = shown.map(({ style }) => (style as RegionalStyle).shares);
  expect(after).toBe(before);
  expect(await paint({}, { ...regions, id: 2 })).toMatchObject({
    type: 'failed',
    error: { code: 'engine-crashed' },
  });
});

it('a file is made in place of pixels, and how long it may take is said first', async () => {
  class FakeCanvas {
    getContext = (): object => ({ putImageData: () => undefined });
    convertToBlob = ({ type }: { type: string }): Promise<Blob> =>
      Promise.resolve(new Blob(['file'], { type }));
  }
  vi.stubGlobal('OffscreenCanvas', FakeCanvas);
  vi.stubGlobal('ImageData', vi.fn());
  const textOf = ({ answer }: Painted): string => new TextDecoder().decode(answer.data);
  const file = painted(await paint({ file: true }));
  expect(replies.slice(0, 2)).toEqual([{ type: 'alive' }, { type: 'alive', next: 20_000 }]);
  expect([file.answer.mime, textOf(file)]).toEqual(['image/jpeg', 'file']);
  expect(file.answer.timings.encode).toBeGreaterThanOrEqual(0);
  expect(painted(await paint({ file: 'webp' })).answer.mime).toBe('image/webp');
  const address = painted(await paint({ file: 'address' }));
  expect(textOf(address)).toBe(`data:image/jpeg;base64,${btoa('file')}`);
});
