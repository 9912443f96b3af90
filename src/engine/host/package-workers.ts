/** The engine's workers in the package, and the capabilities of document and machine. */
import browser from 'webextension-polyfill';

import type { Backend } from '../../protocol/messages';
import type { Capabilities } from './backends';
import type { WorkerSource } from './worker-proxy';
import { supportsKernels } from './kernel-support';

/** Each worker's script and its WebAssembly. */
const FILES: Record<Backend['provider'], { script: string; runtime: string }> = {
  kernels: { script: 'engine-kernels.js', runtime: 'kernels.wasm' },
  wasm: { script: 'engine-ort.js#wasm', runtime: 'onnxruntime.wasm' },
  webgpu: { script: 'engine-ort.js#webgpu', runtime: 'onnxruntime.wasm' },
};

/** Starts workers in the document that uses it. */
export const PACKAGE_WORKERS: WorkerSource = {
  spawn: (provider) =>
    new Worker(browser.runtime.getURL(FILES[provider].script), { type: 'module' }),
  urls: (provider) => ({
    model: browser.runtime.getURL('models/pastiche.onnx'),
    liveModel: browser.runtime.getURL('models/pastiche-live.onnx'),
    runtime: browser.runtime.getURL(FILES[provider].runtime),
    steady: browser.runtime.getURL('steady.wasm'),
  }),
  whenReleased: (lock) => navigator.locks.request(lock, () => undefined),
};

export function documentCapabilities(): Capabilities {
  return {
    cores: navigator.hardwareConcurrency,
    isolated: globalThis.crossOriginIsolated,
    kernels: supportsKernels(),
  };
}

/** The GPU that WebGPU would use; null if there is none, or a software one. */
export async function describeGpu(): Promise<string | null> {
  // The runtime with WebGPU suspends WebAssembly while it waits for the GPU.
  if (!navigator.gpu || !('Suspending' in WebAssembly)) return null;
  const adapter = await navigator.gpu.requestAdapter().catch(() => null);
  // A software GPU is slower than the same processor on Wasm.
  if (!adapter || adapter.info.isFallbackAdapter) return null;
  const { vendor, architecture, description } = adapter.info;
  return [vendor, architecture, description].filter(Boolean).join(' ');
}
