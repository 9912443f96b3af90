import { readFileSync } from 'node:fs';
import v8 from 'node:v8';

import * as ort from 'onnxruntime-web';
import { beforeAll, describe, expect, it } from 'vitest';

import { compileKernels } from '../../scripts/kernels.mjs';
import { paddedSize } from '../../src/core/geometry';
import { grainTile } from '../../src/engine/worker/grain';
import {
  formOf,
  readNetwork,
  type FormedNetwork,
  type NetworkForm,
} from '../../src/engine/worker/kernels/form';
import { applyMatrix, packConvolution } from '../../src/engine/worker/kernels/pack';
import {
  layoutOf,
  packedLengths,
  placed,
  planOf,
  shareOf,
  type Kernels,
  type Plan,
} from '../../src/engine/worker/kernels/plan';
import { supportsKernels } from '../../src/engine/host/kernel-support';
import { packingBytes, writeStyle, writeWeights } from '../../src/engine/worker/kernels/weights';
import { modelGraph, type GraphNode } from '../../src/engine/worker/model-file';
import { styleMap, type RegionalStyle } from '../../src/core/regions/regional-style';
import { pixelsToTensor, tensorLength, tensorOntoPixels } from '../../src/engine/worker/tensor';
import type { PictureRun } from '../../src/engine/worker/painter';
import { STYLE_DIM } from '../../src/core/style/style';

// Node 20 knows relaxed SIMD, but has to be told so.
v8.setFlagsFromString('--experimental-wasm-relaxed-simd');

const MODEL = new Uint8Array(readFileSync('models/pastiche.onnx'));
const LIVE_MODEL = new Uint8Array(readFileSync('models/pastiche-live.onnx'));

/**
 * A test model: export.py's of a PasticheNetwork(Form((8, 16, 24), blocks=1, detail_blocks=2)) with
 * random weights, including those of skips and second normalisations.
 */
const DETAIL_MODEL = new Uint8Array(readFileSync('test/fixtures/detail.onnx'));

/** Waves and noise: every brightness, and edges in all directions. [1,3,H,W] */
function drawn(width: number, height: number): Float32Array {
  const plane = width * height;
  return Float32Array.from({ length: 3 * plane }, (_, i) => {
    const [x, y] = [i % width, Math.floor((i % plane) / width)];
    const wave = Math.sin(x / 9 + Math.floor(i / plane)) * Math.cos(y / 7);
    return 0.5 + 0.3 * wave + 0.2 * Math.sin(i * 12.9898);
  });
}

/** Regions from left to right: with two, hard halves; with more, each running into the next. */
function inRegions(regions: number, width: number, height: number): RegionalStyle {
  const vectors = Array.from({ length: regions }, (_, region) =>
    Float32Array.from({ length: STYLE_DIM }, (_, i) => Math.sin(i * 1.7 + 2 * region)),
  );
  const shares = Float32Array.from({ length: regions * width * height }, (_, i) => {
    const [x, region] = [i % width, Math.floor(i / (width * height))];
    const along = (x / (width - 1)) * (regions - 1);
    if (regions === 2) return Number(Math.round(along) === region);
    return Math.max(0, 1 - Math.abs(along - region));
  });
  return { vectors, shares };
}

/** Largest absolute difference. */
function difference(found: Float32Array, expected: Float32Array): number {
  return found.reduce((most, v, i) => Math.max(most, Math.abs(v - expected[i]!)), 0);
}

describe('the form of a network', () => {
  it('is found in the file', () => {
    const live = { channels: [16, 32, 64], blocks: 3, detailBlocks: 0 };
    expect(readNetwork(LIVE_MODEL).form).toEqual(live);
    const detail = { channels: [8, 16, 24], blocks: 1, detailBlocks: 2 };
    expect(readNetwork(DETAIL_MODEL).form).toEqual(detail);
  });

  it('is that of all networks of the package', () => {
    const full = { channels: [32, 64, 128], blocks: 5, detailBlocks: 2 };
    expect(readNetwork(MODEL).form).toEqual(full);
  });

  const { nodes, tensors, output } = modelGraph(DETAIL_MODEL);
  const withNodes = (changed: readonly GraphNode[]): NetworkForm =>
    formOf({ nodes: changed, tensors, output });
  /** The graph with other inputs for those nodes that take this. */
  const withInputs = (taken: string, change: (inputs: string[]) => string[]): NetworkForm =>
    withNodes(
      nodes.map((node) =>
        node.inputs.includes(taken) ? { ...node, inputs: change([...node.inputs]) } : node,
      ),
    );

  it('is found in whatever order the file has its nodes', () => {
    expect(withNodes([...nodes].reverse())).toEqual(formOf({ nodes, tensors, output }));
  });

  it('is found in whatever order sums and products have what they take', () => {
    const swapped = nodes.map((node) =>
      /^(Add|Mul)$/.test(node.operator) ? { ...node, inputs: [...node.inputs].reverse() } : node,
    );
    expect(withNodes(swapped).detailBlocks).toBe(2);
  });

  it('is found where the same is made twice', () => {
    const [, conv] = nodes;
    const again = nodes.map((node) => {
      const inputs = node.inputs.map((name) => (name === conv!.outputs[0] ? 'again' : name));
      return { ...node, inputs };
    });
    expect(withNodes([...again, { ...conv!, outputs: ['again'] }]).blocks).toBe(1);
  });

  it('is refused where other weights are connected, or other values, and says which', () => {
    const other = (inputs: string[]): string[] =>
      inputs.map((name) => name.replace('blocks.0.conv1', 'blocks.0.conv2'));
    expect(() => withInputs('blocks.0.conv1.weight', other)).toThrow(
      /^the network has no Conv of .*, blocks\.0\.conv1\.weight$/,
    );
    // The skip connection's, from before a rectifier.
    const early = ([, ...rest]: string[]): string[] => ['/encoder.2/Conv_output_0', ...rest];
    expect(() => withInputs('skips.0.weight', early)).toThrow(/^the network has no Conv of/);
    const reversed = nodes.map((node) =>
      node.operator === 'Conv' ? { ...node, inputs: [...node.inputs].reverse() } : node,
    );
    expect(() => withNodes(reversed)).toThrow(/^the network has no Conv of/);
  });

  it('is refused where the network goes on', () => {
    const more = { operator: 'Neg', inputs: [output], outputs: ['negative'] };
    expect(() => formOf({ nodes: [...nodes, more], tensors, output: 'negative' })).toThrow(
      'the network goes on after its last layer',
    );
  });

  it('is refused where the operators are others', () => {
    const other = MODEL.slice();
    // NodeProto's field 4, of 12 bytes.
    const at = Buffer.from(other).indexOf('\x22\x0cDepthToSpace');
    other.set(new TextEncoder().encode('SpaceToDepth'), at + 2);
    expect(() => readNetwork(other)).toThrow(/^the network has no DepthToSpace of/);
    expect(() => readNetwork(MODEL.subarray(0, 1e6))).toThrow(RangeError);
  });
});

describe('packing', () => {
  it('puts eight outputs of a convolution side by side', () => {
    // [3][2][2][2], the digits being output, input and tap.
    const weights = Float32Array.from({ length: 24 }, (_, i) => {
      return 100 * Math.floor(i / 8) + 10 * (Math.floor(i / 4) % 2) + (i % 4);
    });
    const target = new Float32Array(64);
    packConvolution(weights, { outputs: 3, inputs: 2, side: 2 }, target);
    expect([...target.subarray(0, 16)]).toEqual([
      ...[0, 100, 200, 0, 0, 0, 0, 0],
      ...[10, 110, 210, 0, 0, 0, 0, 0],
    ]);
    expect([...target.subarray(56, 59)]).toEqual([13, 113, 213]);
  });

  it('applies a matrix and a bias', () => {
    const target = new Float32Array(2);
    const matrix = Float32Array.of(1, 2, 3, 4);
    applyMatrix(matrix, Float32Array.of(10, 100), Float32Array.of(5, 6), target);
    expect([...target]).toEqual([215, 436]);
  });
});

describe('the plan', () => {
  const form = { channels: [16, 32, 64], blocks: 2, detailBlocks: 1 } as const;

  it('shares units out without a gap', () => {
    for (const threads of [1, 2, 3, 4, 7]) {
      let next = 0;
      for (let thread = 0; thread < threads; thread++) {
        const [from, to] = shareOf(17, threads, thread);
        expect(from).toBe(next);
        next = to;
      }
      expect(next).toBe(17);
    }
  });

  it('lays weights and scratch memory out without overlap', () => {
    const { weights, scratch, end } = layoutOf(form, 3);
    const lengths = packedLengths(form);
    const starts = [...weights].map(([name, at]) => [at, at + 4 * lengths.get(name)!] as const);
    const all = [...starts, ...scratch.map((at) => [at, at + 1] as const)];
    all.sort(([a], [b]) => a - b);
    for (const [i, [from]] of all.entries()) {
      expect(from % 64).toBe(0);
      expect(from).toBeGreaterThanOrEqual(all[i - 1]?.[1] ?? 1024);
    }
    expect(end).toBeGreaterThan(all.at(-1)![1]);
  });

  it('uses memory again, but not while it is in use', () => {
    const { addresses, end } = placed(1000, {
      early: [100, 0, 1],
      both: [300, 1, 2],
      late: [200, 2, 3],
    });
    expect(addresses.both).toBe(1000);
    expect(addresses.early).toBe(addresses.late);
    expect(end).toBeGreaterThanOrEqual(addresses.late + 200);
  });

  it('needs memory in proportion to the picture', () => {
    const layout = layoutOf(form, 1);
    const bytes = (side: number): number =>
      planOf(form, layout, { width: side, height: side, regions: 1, picture: null }).bytes -
      layout.end;
    expect(bytes(1024) / bytes(512)).toBeCloseTo(4, 1);
  });
});

describe.each([
  ['the full network', MODEL],
  ['the live network', LIVE_MODEL],
  ['a network with a detail path', DETAIL_MODEL],
])('kernels for %s', (_name, model) => {
  const THREADS = 3;
  const STYLE = Float32Array.from({ length: STYLE_DIM }, (_, i) => Math.sin(i * 1.7));
  let network: FormedNetwork;
  let kernels: Kernels;
  let memory: WebAssembly.Memory;
  let session: ort.InferenceSession;

  beforeAll(async () => {
    network = readNetwork(model);
    memory = new WebAssembly.Memory({ initial: 1000, maximum: 65_536, shared: true });
    const module = await WebAssembly.compile(new Uint8Array(await compileKernels()));
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
    kernels = exports as unknown as Kernels;
    const layout = layoutOf(network.form, THREADS);
    expect(packingBytes(network, layout)).toBeLessThan(memory.buffer.byteLength);
    writeWeights(network, layout, memory.buffer, kernels);
    ort.env.wasm.numThreads = 1;
    session = await ort.InferenceSession.create(model);
  }, 60_000);

  /** The steps' shares one after the other, as threads would do them side by side. */
  function run(
    content: Float32Array,
    [width, height]: [number, number],
    { vectors, shares }: RegionalStyle,
  ): Float32Array {
    const layout = layoutOf(network.form, THREADS);
    const size = { width, height, regions: vectors.length };
    const plan = planOf(network.form, layout, { ...size, picture: null });
    expect(plan.bytes).toBeLessThan(memory.buffer.byteLength);
    writeStyle(network, layout, memory.buffer, vectors);
    new Float32Array(memory.buffer, plan.shares, shares.length).set(shares);
    new Float32Array(memory.buffer, plan.content, content.length).set(content);
    work(plan);
    return new Float32Array(memory.buffer, plan.pastiche, content.length).slice();
  }

  function runOnPixels(pixels: Uint8ClampedArray, picture: PictureRun): Uint8ClampedArray {
    const layout = layoutOf(network.form, THREADS);
    const plan = planOf(network.form, layout, { ...paddedSize(picture), regions: 1, picture });
    writeStyle(network, layout, memory.buffer, [STYLE]);
    new Int8Array(memory.buffer, layout.grain).set(grainTile());
    const area = new Uint8ClampedArray(memory.buffer, plan.pixels, pixels.length + 8).fill(77);
    area.set(pixels);
    work(plan);
    expect([...area.subarray(pixels.length)]).toEqual(Array.from({ length: 8 }, () => 77));
    return area.slice(0, pixels.length);
  }

  function work({ steps }: Plan): void {
    for (const { units, calls } of steps) {
      for (let thread = THREADS - 1; thread >= 0; thread--) {
        const [from, to] = shareOf(units, THREADS, thread);
        for (const [kernel, ...args] of calls(from, to, thread)) kernels[kernel](...args);
      }
    }
  }

  it('are supported where they compile', () => expect(supportsKernels()).toBe(true));

  // Sides whose eighth is no multiple of 4 or of 6, and smaller than either.
  it.each([
    [24, 24],
    [64, 64],
    [40, 104],
    [264, 200],
  ])('paint %d×%d as onnxruntime-web does', async (width, height) => {
    const content = drawn(width, height);
    const { pastiche } = await session.run({
      content: new ort.Tensor('float32', content, [1, 3, height, width]),
      style: new ort.Tensor('float32', STYLE, [1, STYLE_DIM, 1, 1]),
    });
    const expected = (await pastiche?.getData()) as Float32Array;
    const one = { vectors: [STYLE], shares: new Float32Array(0) };
    const found = run(content, [width, height], one);
    expect(difference(found, expected)).toBeLessThan(1e-3);
    expect(expected.reduce((most, v) => Math.max(most, v), 0)).toBeGreaterThan(0.5);
  });

  // Two halves side by side, and three styles that run into one another.
  it.each([
    [64, 64, 2],
    [40, 104, 3],
    [264, 200, 8],
  ])('paint %d×%d in %d regions as onnxruntime-web does', async (width, height, regions) => {
    const content = drawn(width, height);
    const style = inRegions(regions, width / 8, height / 8);
    const { pastiche } = await session.run({
      content: new ort.Tensor('float32', content, [1, 3, height, width]),
      style: new ort.Tensor('float32', styleMap(style), [1, STYLE_DIM, height / 8, width / 8]),
    });
    const expected = (await pastiche?.getData()) as Float32Array;
    const found = run(content, [width, height], style);
    expect(difference(found, expected)).toBeLessThan(1e-3);
    const uniform = { vectors: style.vectors.slice(0, 1), shares: new Float32Array(0) };
    expect(difference(run(content, [width, height], uniform), expected)).toBeGreaterThan(0.1);
  });

  // Sides that are no multiples of 8, odd ones, and those that are reflected more than once.
  it.each([
    { width: 64, height: 48, strength: 1, grain: null },
    { width: 61, height: 45, strength: 0.37, grain: { x: 250, y: 3 } },
    { width: 123, height: 90, strength: 1, grain: { x: 0, y: 0 } },
    { width: 3, height: 5, strength: 0.8, grain: { x: 1, y: 2 } },
    { width: 1, height: 1, strength: 1, grain: null },
  ])('paint $width×$height pixels in place, as the tensor would be', (picture) => {
    const { width, height, grain, strength } = picture;
    const pixels = Uint8ClampedArray.from(
      { length: 4 * width * height },
      (_, i) => (i * 7919) % 256,
    );
    const padded = paddedSize(picture);
    const content = new Float32Array(tensorLength(padded));
    pixelsToTensor(pixels, picture, padded, grain, content);
    const one = { vectors: [STYLE], shares: new Float32Array(0) };
    const pastiche = run(content, [padded.width, padded.height], one);
    const expected = pixels.slice();
    tensorOntoPixels(pastiche, padded, picture, { strength, keepColours: false }, expected);
    const found = runOnPixels(pixels, picture);
    for (const [i, value] of expected.entries()) {
      expect(Math.abs(found[i]! - value)).toBeLessThanOrEqual(i % 4 === 3 ? 0 : 1);
    }
  });
});
