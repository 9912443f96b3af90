/**
 * Runs networks in onnxruntime-web, one at a time, and a matrix product, which shows how fast that
 * engine can be on this machine. Served to a page by networks.mjs.
 */
// @ts-expect-error The bench's site serves it there.
import * as ort from '/ort/ort.wasm.bundle.min.mjs';

/** @typedef {Record<string, unknown>} Feeds */

/** @type {Map<string, { session: any, feeds: (side: number) => Feeds }>} */
const networks = new Map();

const STYLE_DIM = 128;

onmessage = async ({ data }) => {
  try {
    postMessage({ value: await (data.models ? load(data) : run(data)) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};

/** @param {{ models: Record<string, string>, product: Uint8Array, threads: number }} message */
async function load({ models, product, threads }) {
  ort.env.wasm.numThreads = threads;
  const options = { executionProviders: ['wasm'] };
  for (const [name, url] of Object.entries(models)) {
    const session = await ort.InferenceSession.create(url, options);
    const hasStyle = session.inputNames.includes('style');
    networks.set(name, { session, feeds: (side) => feedsOf(side, hasStyle) });
  }
  const session = await ort.InferenceSession.create(product, options);
  networks.set('product', {
    session,
    feeds: (side) => ({ a: counted([side, side]), b: counted([side, side]) }),
  });
  return crossOriginIsolated;
}

/**
 * @param {number} side
 * @param {boolean} hasStyle
 */
function feedsOf(side, hasStyle) {
  const content = counted([1, 3, side, side]);
  return hasStyle ? { content, style: counted([1, STYLE_DIM, 1, 1]) } : { content };
}

/**
 * A tensor of numbers from 0 to 1.
 * @param {readonly number[]} dims
 */
function counted(dims) {
  const length = dims.reduce((product, dim) => product * dim, 1);
  const values = Float32Array.from({ length }, (_, i) => (i % 255) / 255);
  return new ort.Tensor('float32', values, dims);
}

/**
 * Milliseconds of one run.
 * @param {{ name: string, side: number }} message
 */
async function run({ name, side }) {
  const network = networks.get(name);
  if (!network) throw new Error(`${name} is not loaded`);
  const feeds = network.feeds(side);
  const started = performance.now();
  const outputs = await network.session.run(feeds);
  const milliseconds = performance.now() - started;
  for (const output of Object.values(outputs)) output.dispose();
  return milliseconds;
}
