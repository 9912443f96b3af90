/** Composition root of an engine worker on the browser's build of onnxruntime-web. */
import { Network } from './network';
import { serveWorker } from '../painter';

// The Wasm provider's threads are workers of this same file, served by onnxruntime-web.
if (!self.name.startsWith('em-pthread')) {
  serveWorker(async (...args) => Network.create(...args));
}
