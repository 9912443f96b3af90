import * as ort from 'onnxruntime-web';

import { PasticheError } from '../../../protocol/errors';
import type { Backend } from '../../../protocol/messages';
import { STYLE_DIM } from '../../../core/style/style';
import type { Size } from '../../../core/geometry';
import { GpuPixels } from './gpu-pixels';
import { loadModel } from '../model-load';
import { regionsOf, styleMap, type RegionalStyle } from '../../../core/regions/regional-style';
import type { PaintingNetwork, PictureRun } from '../painter';
import type { EngineUrls } from '../messages';

/**
 * The multi-style feed-forward network, run by onnxruntime-web, whose number of threads is fixed for
 * the life of a worker.
 */
export class Network implements PaintingNetwork {
  readonly runOnPixels?: NonNullable<PaintingNetwork['runOnPixels']>;

  private constructor(
    private readonly session: ort.InferenceSession,
    readonly digest: string,
    gpu: GpuPixels | null,
  ) {
    if (!gpu) return;
    this.runOnPixels = async (pixels, picture, padded, style) =>
      this.runOnGpu(gpu, pixels, picture, padded, style);
  }

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
    const onGpu = backend.provider === 'webgpu';
    try {
      const session = await ort.InferenceSession.create(file, {
        executionProviders: [backend.provider],
        graphOptimizationLevel: 'all',
        // Read back later, by getData() or as pixels.
        preferredOutputLocation: onGpu ? 'gpu-buffer' : 'cpu',
      });
      const gpu = onGpu ? new GpuPixels(await ort.env.webgpu.device) : null;
      return new Network(session, digest, gpu);
    } catch (thrown) {
      throw PasticheError.from(thrown, 'engine-crashed');
    }
  }

  async run(
    content: Float32Array,
    size: Size,
    style: Float32Array | RegionalStyle,
  ): Promise<Float32Array> {
    const tensor = new ort.Tensor('float32', content, [1, 3, size.height, size.width]);
    const pastiche = await this.paint(tensor, size, style);
    const data = (await pastiche.getData()) as Float32Array;
    pastiche.dispose();
    return data;
  }

  private async runOnGpu(
    gpu: GpuPixels,
    pixels: Uint8ClampedArray<ArrayBuffer>,
    picture: PictureRun,
    padded: Size,
    style: Float32Array | RegionalStyle,
  ): Promise<void> {
    const content = ort.Tensor.fromGpuBuffer(gpu.content(pixels, picture, padded), {
      dataType: 'float32',
      dims: [1, 3, padded.height, padded.width],
    });
    const pastiche = await this.paint(content, padded, style);
    await gpu.finish(pastiche.gpuBuffer, pixels);
    pastiche.dispose();
  }

  private async paint(
    content: ort.Tensor,
    size: Size,
    style: Float32Array | RegionalStyle,
  ): Promise<ort.Tensor> {
    const regions = regionsOf(style, size);
    const sides = regions.vectors.length > 1 ? [size.height / 8, size.width / 8] : [1, 1];
    const { pastiche } = await this.session.run({
      content,
      style: new ort.Tensor('float32', styleMap(regions), [1, STYLE_DIM, ...sides]),
    });
    if (!pastiche) throw new Error('the network has no output "pastiche"');
    return pastiche;
  }
}
