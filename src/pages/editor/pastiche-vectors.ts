import { EngineClient } from '../../engine/client/engine-client';
import { imageDataOf } from '../../engine/client/image-data';
import { encodeBy, spawnEncoder } from '../../engine/host/encode-style';
import { DEFAULT_RENDER_OPTIONS } from '../../core/style/render-options';
import type { Style } from '../../core/style/style';
import { drawn, type EditedPicture } from './picture';

/** Shorter side at which the picture is painted in every style, in pixels. */
const SIDE = 256;

/**
 * The styles with the style vectors of their pastiches of a picture instead of their paintings'. The
 * photograph's own shapes are both in these and in the look to match, and cancel out: held-out mixes
 * of two styles are found four times as often (models/training/README.md).
 * @throws {PasticheError} the engine's own; `image-broken`.
 */
export async function pasticheVectors(
  picture: EditedPicture,
  styles: readonly Style[],
): Promise<Style[]> {
  const scale = Math.min(1, SIDE / Math.min(picture.size.width, picture.size.height));
  const size = {
    width: Math.max(1, Math.round(picture.size.width * scale)),
    height: Math.max(1, Math.round(picture.size.height * scale)),
  };
  const { data, width, height } = drawn(picture.image, size);
  const engine = new EngineClient();
  const worker = spawnEncoder();
  const signal = new AbortController().signal;
  try {
    const found: Style[] = [];
    for (const style of styles) {
      const { pixels } = await engine.restyle(
        {
          width,
          height,
          pixels: data,
          mix: { [style.id]: 1 },
          manner: DEFAULT_RENDER_OPTIONS,
          priority: 'refine',
        },
        signal,
      );
      const canvas = new OffscreenCanvas(width, height);
      canvas.getContext('2d')?.putImageData(imageDataOf(pixels, width, height), 0, 0);
      const vector = await encodeBy(worker, await canvas.convertToBlob());
      found.push({ ...style, vector });
    }
    return found;
  } finally {
    worker.terminate();
    engine.close();
  }
}
