import * as ort from 'onnxruntime-web';

import { PasticheError } from '../messages/errors';
import type { Backend } from '../messages/messages';
import { STYLE_DIM } from '../style/style';
import type { Size } from './geometry';
import { modelMetadata } from './model-file';
import type { EngineUrls } from './worker-messages';

/**
 * The multi-style feed-forward network, ready to run on one backend. Only one can exist in a
 * worker: onnxruntime-web takes its number of threads once.
 */
export class Network {
  private constructor(
    private readonly session: ort.InferenceSession,
    /** Twelve hex digits of the SHA-256 of its file. */
    readonly digest: string,
  ) {}

  /**
   * Loads the network.
   * @throws {PasticheError} `model-missing` if its file can't be read, is damaged, or belongs to
   *   another style space than `styleSpace`; `engine-crashed` if the backend doesn't start.
   */
  static async create(backend: Backend, urls: EngineUrls, styleSpace: string): Promise<Network> {
    const file = await readModel(urls.model, styleSpace);
    ort.env.logLevel = 'error';
    ort.env.wasm.numThreads = backend.threads;
    ort.env.wasm.wasmPaths = { wasm: urls.runtime };
    try {
      const [session, digest] = await Promise.all([
        ort.InferenceSession.create(file, {
          executionProviders: [backend.provider],
          graphOptimizationLevel: 'all',
        }),
        digestOf(file),
      ]);
      return new Network(session, digest);
    } catch (thrown) {
      throw PasticheError.from(thrown, 'engine-crashed');
    }
  }

  /**
   * Runs the network.
   * @param content Tensor [1,3,H,W] of the given size, whose sides are multiples of 8.
   * @param style A style vector, for the whole picture.
   * @returns The pastiche, a tensor of the same shape; the caller owns it.
   * @throws Whatever onnxruntime-web throws.
   */
  async run(content: Float32Array, size: Size, style: Float32Array): Promise<Float32Array> {
    const { pastiche } = await this.session.run({
      content: new ort.Tensor('float32', content, [1, 3, size.height, size.width]),
      style: new ort.Tensor('float32', style, [1, STYLE_DIM, 1, 1]),
    });
    if (!pastiche) throw new Error('the network has no output "pastiche"');
    const data = (await pastiche.getData()) as Float32Array;
    pastiche.dispose();
    return data;
  }
}

async function readModel(url: string, styleSpace: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const file = new Uint8Array(await response.arrayBuffer());
    const found = modelMetadata(file).get('style_space');
    if (found !== styleSpace) throw new Error(`it is of style space ${found}, not ${styleSpace}`);
    return file;
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new PasticheError('model-missing', `${url}: ${reason}`, { cause: thrown });
  }
}

async function digestOf(file: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', file));
  return [...digest.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
