/**
 * Worker that encodes images into style vectors: onnxruntime-web on one thread, as long as there are
 * images to encode.
 */
import * as ort from 'onnxruntime-web';

import { STYLE_DIM } from '../../../core/style/style';
import type { EncoderQuestion, EncoderAnswer } from './messages';

let session: Promise<ort.InferenceSession> | null = null;

/** The vector of an image, encoded at its own size. */
async function encode({ image, model, runtime }: EncoderQuestion): Promise<Float32Array> {
  session ??= load(model, runtime);
  const bitmap = await createImageBitmap(image);
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (!context) throw new Error('no canvas');
  // Transparent areas become white, like paper.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  const planes = new Float32Array(3 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      planes[channel * width * height + pixel] = data[4 * pixel + channel]! / 255;
    }
  }
  const tensor = new ort.Tensor('float32', planes, [1, 3, height, width]);
  const { style_vector: output } = await (await session).run({ style_image: tensor });
  const vector = output?.data;
  if (!(vector instanceof Float32Array) || vector.length !== STYLE_DIM) {
    throw new Error('the style encoder gave no style vector');
  }
  if (!vector.every((value) => Number.isFinite(value))) throw new Error('a damaged style vector');
  return vector;
}

async function load(model: string, runtime: string): Promise<ort.InferenceSession> {
  ort.env.logLevel = 'error';
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = { wasm: runtime };
  const file = await (await fetch(model)).arrayBuffer();
  return ort.InferenceSession.create(new Uint8Array(file), { executionProviders: ['wasm'] });
}

addEventListener('message', ({ data }: MessageEvent<EncoderQuestion>) => {
  const reply = (answer: EncoderAnswer): void => postMessage(answer);
  encode(data).then(
    (vector) => reply({ vector }),
    (thrown: unknown) => reply({ error: String(thrown) }),
  );
});
