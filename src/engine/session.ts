/** The network in one execution provider, from pixels to pixels. */
import * as ort from 'onnxruntime-web';

import { PasticheError } from '../messages/errors';
import type { Backend } from '../messages/messages';
import { STYLE_DIM } from '../style/style';
import { paddedSize } from './geometry';
import { pixelsToTensor, tensorToPixels } from './tensor';
import type { RunTimings } from './worker-messages';

export class PasticheSession {
  private input = new Float32Array(0);

  private constructor(private readonly session: ort.InferenceSession) {}

  /**
   * Loads the runtime and the network.
   * @param model Address of the ONNX file.
   * @param runtime Address of the runtime's Wasm file.
   * @throws {PasticheError} `model-missing` if the file can't be read or is damaged,
   *   `engine-unavailable` if this browser can't run it.
   */
  static async create(backend: Backend, model: string, runtime: string): Promise<PasticheSession> {
    ort.env.wasm.wasmPaths = { wasm: runtime };
    ort.env.wasm.numThreads = backend.threads;
    ort.env.wasm.proxy = false;
    ort.env.logLevel = 'error';
    const file = await readModel(model);
    try {
      const session = await ort.InferenceSession.create(file, {
        executionProviders: [backend.provider],
        graphOptimizationLevel: 'all',
      });
      return new PasticheSession(session);
    } catch (thrown) {
      const damaged = thrown instanceof Error && /protobuf|model|parse/i.test(thrown.message);
      throw PasticheError.from(thrown, damaged ? 'model-missing' : 'engine-unavailable');
    }
  }

  /**
   * Paints a picture in place.
   * @param pixels RGBA, 4·width·height bytes; becomes the pastiche.
   * @param style A style vector.
   * @param strength Share of the pastiche, 0..1.
   */
  async paint(
    pixels: Uint8ClampedArray,
    width: number,
    height: number,
    style: Float32Array,
    strength: number,
  ): Promise<RunTimings> {
    const started = performance.now();
    const size = paddedSize(width, height);
    const length = 3 * size.width * size.height;
    if (this.input.length !== length) this.input = new Float32Array(length);
    pixelsToTensor(pixels, width, height, this.input);
    const feeds = {
      content: new ort.Tensor('float32', this.input, [1, 3, size.height, size.width]),
      style: new ort.Tensor('float32', style, [1, STYLE_DIM, 1, 1]),
    };
    const prepared = performance.now();
    const { pastiche } = await this.session.run(feeds);
    if (!pastiche) throw new PasticheError('model-missing', 'the network has no output "pastiche"');
    const output = (await pastiche.getData()) as Float32Array;
    const ran = performance.now();
    tensorToPixels(output, pixels, width, height, strength);
    pastiche.dispose();
    const finished = performance.now();
    return { pre: prepared - started, run: ran - prepared, post: finished - ran };
  }
}

async function readModel(address: string): Promise<Uint8Array> {
  let data: ArrayBuffer;
  try {
    const response = await fetch(address);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    data = await response.arrayBuffer();
  } catch (thrown) {
    throw PasticheError.from(thrown, 'model-missing');
  }
  return new Uint8Array(data);
}
