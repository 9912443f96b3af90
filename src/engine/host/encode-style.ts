/** Has a worker encode images into style vectors; for documents, which can start workers. */
import browser from 'webextension-polyfill';

import { PasticheError } from '../../protocol/errors';
import type { EncoderAnswer, EncoderQuestion } from '../worker/style-encoder/messages';

/** Time limit for one image, including the start of the worker, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** A worker for {@link encodeBy}; it runs until it is terminated. */
export function spawnEncoder(): Worker {
  return new Worker(browser.runtime.getURL('style-encoder.js'), { type: 'module' });
}

/**
 * The style vector of an image, encoded at its own size.
 * @throws {PasticheError} `image-broken`
 */
export async function encodeImage(image: Blob): Promise<Float32Array> {
  const worker = spawnEncoder();
  try {
    return await encodeBy(worker, image);
  } finally {
    worker.terminate();
  }
}

/** As {@link encodeImage}, by a running worker. */
export function encodeBy(worker: Worker, image: Blob): Promise<Float32Array> {
  return new Promise((resolve, reject) => {
    const fail = (detail: string): void => {
      clearTimeout(timer);
      reject(new PasticheError('image-broken', detail));
    };
    const timer = setTimeout(() => fail('the style encoder does not answer'), TIMEOUT_MS);
    worker.onerror = () => fail('the style encoder does not start');
    worker.onmessage = ({ data }: MessageEvent<EncoderAnswer>) => {
      if ('error' in data) {
        fail(data.error);
        return;
      }
      clearTimeout(timer);
      resolve(data.vector);
    };
    const question: EncoderQuestion = {
      image,
      model: browser.runtime.getURL('models/style-encoder.onnx'),
      runtime: browser.runtime.getURL('onnxruntime.wasm'),
    };
    worker.postMessage(question);
  });
}
