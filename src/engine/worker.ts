/**
 * Composition root of an engine worker. It does one thing at a time and keeps nothing that can't be
 * lost: the host may kill it at any moment.
 *
 * Built twice, with the Wasm-only and with the WebGPU build of onnxruntime-web.
 */
import { PasticheError } from '../messages/errors';
import { paddedSize } from './geometry';
import { Network } from './network';
import { pixelsToTensor, tensorLength, tensorOntoPixels } from './tensor';
import type {
  Encoded,
  EncodeRequest,
  Painted,
  PaintRequest,
  Started,
  StartRequest,
  WorkerReply,
  WorkerRequest,
} from './worker-messages';

class EngineWorkerScope {
  private network: Network | null = null;
  /** The content tensor, as large as the largest so far. */
  private content = new Float32Array(0);

  /** Answers one request, with what may be transferred. Never rejects. */
  async answer(request: WorkerRequest): Promise<[WorkerReply, Transferable[]]> {
    try {
      switch (request.type) {
        case 'start':
          return [await this.start(request), []];
        case 'paint': {
          const painted = await this.paint(request);
          return [painted, [painted.pixels]];
        }
        case 'encode': {
          const encoded = await encode(request);
          return [encoded, [encoded.png]];
        }
      }
    } catch (thrown) {
      const error = PasticheError.from(thrown, 'engine-crashed').toMessage();
      return [{ type: 'failed', error }, []];
    }
  }

  private async start({ backend, urls, styleSpace }: StartRequest): Promise<Started> {
    this.network = await Network.create(backend, urls, styleSpace);
    return { type: 'started', model: this.network.digest };
  }

  private async paint(request: PaintRequest): Promise<Painted> {
    if (!this.network) throw new Error('asked to paint before the network was loaded');
    const began = performance.now();
    const padded = paddedSize(request);
    const length = tensorLength(padded);
    if (this.content.length < length) this.content = new Float32Array(length);
    const pixels = new Uint8ClampedArray(request.pixels);
    pixelsToTensor(pixels, request, padded, this.content);
    const converted = performance.now();
    const content = this.content.subarray(0, length);
    const pastiche = await this.network.run(content, padded, request.style);
    const ran = performance.now();
    tensorOntoPixels(pastiche, padded, request, request.strength, pixels);
    const timings = { pre: converted - began, run: ran - converted, post: performance.now() - ran };
    return { type: 'painted', pixels: request.pixels, timings };
  }
}

async function encode({ width, height, pixels }: EncodeRequest): Promise<Encoded> {
  const canvas = new OffscreenCanvas(width, height);
  // Read back once at the end: a canvas on the GPU would only cost the way there and back.
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error(`no canvas of ${width}×${height}`);
  context.putImageData(new ImageData(new Uint8ClampedArray(pixels), width, height), 0, 0);
  const blob = await canvas.convertToBlob({ type: 'image/png' });
  return { type: 'encoded', png: await blob.arrayBuffer() };
}

/** Threads of the Wasm provider are workers of this same file, which onnxruntime-web answers for. */
if (!self.name.startsWith('em-pthread')) {
  const scope = new EngineWorkerScope();
  self.addEventListener('message', ({ data }: MessageEvent<WorkerRequest>) => {
    void scope.answer(data).then(([reply, transfer]) => self.postMessage(reply, { transfer }));
  });
}
