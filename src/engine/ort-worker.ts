/**
 * Composition root of an engine worker on onnxruntime-web. Built twice, with its Wasm-only and with
 * its WebGPU build.
 */
import { Network } from './network';
import { serveWorker } from './worker';

// Threads of the Wasm provider are workers of this same file, which onnxruntime-web answers for.
if (!self.name.startsWith('em-pthread')) {
  serveWorker(async (...args) => Network.create(...args));
}
