/** Composition root of an engine worker on onnxruntime-web, with the build of it that fits. */
import { Network } from './network';
import { serveWorker } from '../painter';

// Threads of the Wasm provider are workers of this same file, which onnxruntime-web answers for.
if (!self.name.startsWith('em-pthread')) {
  serveWorker(async (...args) => Network.create(...args));
}
