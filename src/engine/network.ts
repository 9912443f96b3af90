import * as ort from 'onnxruntime-web';

import { PasticheError } from '../messages/errors';
import type { Backend } from '../messages/messages';
import { STYLE_DIM } from '../style/style';
import type { Size } from './geometry';
import { loadModel } from './model-load';
import { regionsOf, styleMap, type RegionalStyle } from './regional-style';
import type { PaintingNetwork } from './worker';
import type { EngineUrls } from './worker-messages';

/**
 * The multi-style feed-forward network, run by onnxruntime-web. It takes its number of threads once
 * in the life of a worker.
 */
export class Network implements PaintingNetwork {
  private constructor(
    private readonly session: ort.InferenceSession,
    readonly digest: string,
  ) {}

  /**
   * Loads the network.
   * @throws {PasticheError} `model-missing` if its file can't be read, is damaged, or belongs to
   *   another style space than `styleSpace`; `engine-crashed` if the backend doesn't start.
   */
  static async create(backend: Backend, urls: EngineUrls, styleSpace: string): Promise<Network> {
    const { file, digest } = await loadModel(urls.model, styleSpace);
    ort.env.logLevel = 'error';
    ort.env.wasm.numThreads = backend.threads;
    ort.env.wasm.wasmPaths = { wasm: urls.runtime };
    try {
      const session = await ort.InferenceSession.create(file, {
        executionProviders: [backend.provider],
        graphOptimizationLevel: 'all',
      });
      return new Network(session, digest);
    } catch (thrown) {
      throw PasticheError.from(thrown, 'engine-crashed');
    }
  }

  async run(
    content: Float32Array,
    size: Size,
    style: Float32Array | RegionalStyle,
  ): Promise<Float32Array> {
    const regions = regionsOf(style, size);
    const sides = regions.vectors.length > 1 ? [size.height / 8, size.width / 8] : [1, 1];
    const { pastiche } = await this.session.run({
      content: new ort.Tensor('float32', content, [1, 3, size.height, size.width]),
      style: new ort.Tensor('float32', styleMap(regions), [1, STYLE_DIM, ...sides]),
    });
    if (!pastiche) throw new Error('the network has no output "pastiche"');
    const data = (await pastiche.getData()) as Float32Array;
    pastiche.dispose();
    return data;
  }
}
