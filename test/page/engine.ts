/**
 * An engine that answers at once: its pastiches have the size of their pictures and a known function of
 * their pixels. It speaks the protocol of the real one, whose schemas check what it is sent.
 */
import * as v from 'valibot';

import { dataAddress, unpackBytes, type Bytes } from '../../src/core/bytes';
import type { StyleMix } from '../../src/core/style/mix';
import { PasticheError } from '../../src/protocol/errors';
import {
  engineRequest,
  type EngineReply,
  type PaintAnswer,
  type PaintJob,
} from '../../src/protocol/messages';
import type { EngineOptions } from './world';

/**
 * A known pastiche: channels change places, and lightness keeps its order.
 * @param pixels RGBA, 0..255.
 * @param mix Every style changes the colours in its own way; the rest to 1 is the original.
 */
export function knownPastiche(
  pixels: Uint8ClampedArray,
  mix: StyleMix,
): Uint8ClampedArray<ArrayBuffer> {
  const painted = new Uint8ClampedArray(pixels.length);
  const styles = Object.entries(mix).map(([id, weight]) => ({ weight, seed: seedOf(id) }));
  const rest = 1 - styles.reduce((sum, { weight }) => sum + weight, 0);
  for (let i = 0; i < pixels.length; i += 4) {
    for (let channel = 0; channel < 3; channel++) {
      let value = rest * pixels[i + channel]!;
      for (const { weight, seed } of styles) {
        const turned = pixels[i + ((channel + 1 + (seed % 2)) % 3)]!;
        const lift = 20 + ((seed >> (4 * channel)) & 15) * 4;
        value += weight * (lift + 0.65 * turned);
      }
      painted[i + channel] = value;
    }
    painted[i + 3] = pixels[i + 3]!;
  }
  return painted;
}

/** A number that is always the same for a style. */
function seedOf(id: string): number {
  let seed = 7;
  for (const character of id) seed = (seed * 31 + character.charCodeAt(0)) % 1_000_003;
  return seed;
}

export class KnownEngine {
  readonly jobs: PaintJob[] = [];
  private readonly cancelled = new Set<number>();
  private held: (() => Promise<void>)[] = [];

  constructor(private options: EngineOptions) {}

  change(options: EngineOptions): void {
    this.options = options;
    if (!options.hold) void this.release();
  }

  /** The newest answer comes first: what an older one still does is seen. */
  private async release(): Promise<void> {
    for (const answer of this.held.splice(0).reverse()) await answer();
  }

  /** Serves a client on the other end of a port. */
  serve(port: MessagePort): void {
    const reply = (message: EngineReply): void => port.postMessage(message);
    port.onmessage = ({ data }: MessageEvent<unknown>): void => {
      const request = v.parse(engineRequest, data);
      if (request.type === 'engine.cancel') this.cancelled.add(request.id);
      else if (request.type === 'engine.status') {
        reply({
          type: 'engine.status',
          backend: BACKEND,
          millisecondsPerMegapixel: 0,
          queued: 0,
        });
      } else {
        const { id, job, pixels } = request;
        this.jobs.push(job);
        reply({ type: 'engine.started', id });
        const answer = (): Promise<void> => this.answer(id, job, pixels, reply);
        if (this.options.hold) this.held.push(answer);
        else void answer();
      }
    };
    reply({ type: 'engine.hello', probe: new Uint8Array(1) });
  }

  private async answer(
    id: number,
    job: PaintJob,
    pixels: Bytes,
    reply: (message: EngineReply) => void,
  ): Promise<void> {
    if (this.cancelled.delete(id)) return;
    try {
      if (this.options.failure) throw new PasticheError(this.options.failure);
      const answer = await answerTo(job, pixels);
      reply({ type: 'engine.pastiche', id, backend: BACKEND, queue: 0, answer });
    } catch (thrown) {
      reply({ type: 'engine.failed', id, error: PasticheError.from(thrown).toMessage() });
    }
  }
}

const BACKEND = { provider: 'kernels', threads: 1 } as const;

async function answerTo(job: PaintJob, bytes: Bytes): Promise<PaintAnswer> {
  if (job.regions) throw new PasticheError('unexpected', 'this engine paints no regions');
  const { width, height, network } = job;
  const pixels = new Uint8ClampedArray(unpackBytes(bytes));
  const painted = knownPastiche(pixels, job.mix);
  return {
    ...(job.file ? await fileOf(painted, job) : { data: painted.buffer, mime: null }),
    network,
    shift: { x: 0, y: 0 },
    timings: { pre: 0, run: 0, post: 0 },
  };

  async function fileOf(
    data: Uint8ClampedArray<ArrayBuffer>,
    { file }: PaintJob,
  ): Promise<{ data: ArrayBuffer; mime: string }> {
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext('2d')?.putImageData(new ImageData(data, width, height), 0, 0);
    const type = file === 'webp' ? 'image/webp' : 'image/png';
    const blob = await canvas.convertToBlob({ type });
    const contents = await blob.arrayBuffer();
    if (file !== 'address') return { data: contents, mime: type };
    const { buffer } = new TextEncoder().encode(dataAddress(contents, type));
    return { data: buffer, mime: 'text/plain' };
  }
}
