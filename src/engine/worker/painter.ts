/**
 * The common part of all engine workers, whatever runs the network. It runs one job at a time and its
 * state is expendable: the host may kill it at any moment.
 */
import { dataAddress } from '../../core/bytes';
import { PasticheError } from '../../protocol/errors';
import type { Backend, PaintAnswer, PaintJob } from '../../protocol/messages';
import { DetailsOf } from './details';
import { cameOutFlat, contrastOf } from './flat';
import { paddedSize, reducedSize, type Size } from '../../core/geometry';
import { grainOf, type GrainOrigin } from './grain';
import { anchoredSize, placeFrame, takeOutFrame } from './stabiliser/grid-anchor';
import { RegionMaps } from './region-maps';
import type { RegionalStyle } from '../../core/regions/regional-style';
import { resamplePixels } from './resample';
import type { Shift } from './stabiliser/scene-shift';
import { TemporalStabilisers } from './stabiliser/stabiliser';
import {
  blendTensors,
  pixelsToTensor,
  resampleTensor,
  tensorLength,
  tensorOntoPixels,
} from './tensor';
import type {
  EngineUrls,
  Painted,
  PaintRequest,
  Heartbeat,
  Started,
  StartRequest,
  WorkerReply,
  WorkerRequest,
} from './messages';

/** Quality of a file, 0..1. */
const FILE_QUALITY = 0.95;

/** Quality of a frame of an animation, as there are many. */
const FRAME_QUALITY = 0.8;

/** Timeout for encoding a file, in milliseconds. */
const ENCODE_TIMEOUT_MS = 20_000;

const NOT_STARTED = new Error('asked to paint before the network was loaded');

/** A run with pixels as input and output. */
export interface PictureRun extends Size {
  /** Position in the grain; null for none. */
  readonly grain: GrainOrigin | null;
  /** Share of the pastiche, 0..1. */
  readonly strength: number;
}

/** The multi-style feed-forward network, ready to run. */
export interface PaintingNetwork {
  /** Twelve hex digits of the SHA-256 of its file. */
  readonly digest: string;
  /** Memory in bytes, if known. WebAssembly's memory grows and never shrinks. */
  readonly memory?: number;
  /**
   * Runs the network.
   * @param content Tensor [1,3,H,W] of the given size, whose sides are multiples of 8.
   * @param style A style vector for the whole picture, or regions with several.
   * @param alive Called repeatedly during the run, if the network supports it.
   * @returns The pastiche, a tensor of the same shape, owned by the caller.
   * @throws {RangeError} if the regions don't fit the picture, and on errors of the runtime.
   */
  run(
    content: Float32Array,
    size: Size,
    style: Float32Array | RegionalStyle,
    alive: () => void,
  ): Promise<Float32Array>;
  /**
   * Paints over pixels without tensors outside the network; if missing, `run` is used instead.
   * @param pixels RGBA of the picture, replaced by the pastiche when this resolves. Alpha is kept.
   * @param padded `paddedSize` of the picture's size.
   */
  runOnPixels?(
    pixels: Uint8ClampedArray<ArrayBuffer>,
    picture: PictureRun,
    padded: Size,
    style: Float32Array | RegionalStyle,
    alive: () => void,
  ): Promise<void>;
}

/**
 * Loads the network of a style space.
 * @throws {PasticheError} `model-missing` or `engine-crashed`.
 */
export type NetworkLoader = (
  backend: Backend,
  urls: EngineUrls,
  styleSpace: string,
) => Promise<PaintingNetwork>;

const NO_SHIFT: Shift = { x: 0, y: 0 };

class EngineWorkerScope {
  private network: PaintingNetwork | null = null;
  /** The live network, or the full one if there is none; loaded when first needed. */
  private live: Promise<PaintingNetwork> | null = null;
  private loadLive: () => Promise<PaintingNetwork> = () => Promise.reject(NOT_STARTED);
  /** Kernels for video frames, loaded with the first one. */
  private video: Promise<VideoKernels> | null = null;
  private loadVideo: () => Promise<VideoKernels> = () => Promise.reject(NOT_STARTED);
  private readonly maps = new RegionMaps();
  /** The content tensor; its capacity is that of the largest so far. */
  private content = new Float32Array(0);
  /** Buffer for aligned frames, which grows with the largest. */
  private anchored = new Uint8ClampedArray(0);

  constructor(private readonly load: NetworkLoader) {}

  /** Answers one request, with its transferable objects. Never rejects. */
  async answer(request: WorkerRequest): Promise<[WorkerReply, Transferable[]]> {
    try {
      switch (request.type) {
        case 'start':
          return [await this.start(request), []];
        case 'paint': {
          const painted = await this.paint(request);
          return [painted, [painted.answer.data]];
        }
      }
    } catch (thrown) {
      const error = PasticheError.from(thrown, 'engine-crashed').toMessage();
      return [{ type: 'failed', error }, []];
    }
  }

  private async start({ backend, urls, styleSpace }: StartRequest): Promise<Started> {
    const network = await this.load(backend, urls, styleSpace);
    this.network = network;
    this.loadVideo = async () => {
      const response = await fetch(urls.steady);
      const module = await WebAssembly.compile(await response.arrayBuffer());
      return { stabilisers: new TemporalStabilisers(module), details: new DetailsOf(module) };
    };
    this.loadLive = async () => {
      try {
        return await this.load(backend, { ...urls, model: urls.liveModel }, styleSpace);
      } catch (thrown) {
        if (PasticheError.from(thrown).code === 'model-missing') return network;
        throw thrown;
      }
    };
    return { type: 'started', model: network.digest };
  }

  private async paint(request: PaintRequest): Promise<Painted> {
    if (!this.network) throw NOT_STARTED;
    const { job, pixels: data } = request;
    const network = job.network === 'live' ? await (this.live ??= this.loadLive()) : this.network;
    const began = performance.now();
    const content = contrastOf(data);
    const { shift, converted, ran } = await this.paintFrame(network, request);
    const post = performance.now();
    const isFlat = cameOutFlat(content, contrastOf(data));
    const timings = { pre: converted - began, run: ran - converted, post: post - ran };
    const painted = network === this.network ? 'full' : 'live';
    const answer = { data, mime: null, network: painted, shift, timings } as const;
    const memory = network.memory ?? null;
    if (!job.file) return { type: 'painted', answer, isFlat, memory };
    alive(ENCODE_TIMEOUT_MS);
    const file = await encoded(job, data);
    const encode = performance.now() - post;
    const withFile = { ...answer, ...file, timings: { ...timings, encode } };
    return { type: 'painted', answer: withFile, isFlat, memory };
  }

  /** Paints over the pixels of a request, with all the extra work for frames of a video. */
  private async paintFrame(
    network: PaintingNetwork,
    request: PaintRequest,
  ): Promise<NetworkTimes & Pick<PaintAnswer, 'shift'>> {
    const { width, height, stream, steady, inside } = request.job;
    const size = inside ?? { width, height };
    const frame = new Uint8ClampedArray(request.pixels);
    const video = stream !== undefined || inside ? await (this.video ??= this.loadVideo()) : null;
    const details = inside && video ? video.details.of({ width, height }, inside) : null;
    const pixels = details?.take(frame) ?? frame;
    const stabiliser =
      stream === undefined ? null : video?.stabilisers.of(stream, size, lookOf(request.job));
    const isAnchored = isAnchorable(request.job);
    const care = steady ? (isAnchored ? 'scene' : 'screen') : 'none';
    const placed = stabiliser?.takeFrame(pixels, care);
    let times: NetworkTimes;
    if (isAnchored) {
      const offset = placed?.offset ?? NO_SHIFT;
      const anchored = this.anchoredPixels(size);
      placeFrame(pixels, size, offset, anchored);
      times = await this.paintOver(network, request, anchored, anchoredSize(size));
      takeOutFrame(anchored, size, offset, pixels);
    } else times = await this.paintOver(network, request, pixels, size);
    stabiliser?.takePastiche(pixels);
    const shift = placed?.fraction ?? NO_SHIFT;
    details?.add(pixels, shift, frame);
    // Details put the scene at the frame's own position.
    return { ...times, shift: details ? NO_SHIFT : shift };
  }

  /** Paints over pixels of this size, with the request's style and options. */
  private async paintOver(
    network: PaintingNetwork,
    { job, base, regional }: PaintRequest,
    pixels: Uint8ClampedArray<ArrayBuffer>,
    size: Size,
  ): Promise<NetworkTimes> {
    const { manner, regions } = job;
    const grain = grainOf(job);
    // The network's strokes have a fixed size: larger ones require a smaller picture.
    const isScaled = manner.strokeSize !== 1;
    const seen = isScaled ? reducedSize(size, manner.strokeSize) : size;
    const padded = paddedSize(seen);
    const secondCoat = isFrame(job) ? 0 : manner.secondCoat;
    if (network.runOnPixels && !isScaled && !manner.keepColours && !regions && !secondCoat) {
      const converted = performance.now();
      const picture = { ...size, grain, strength: base.strength };
      await network.runOnPixels(pixels, picture, padded, base.vector, alive);
      return { converted, ran: performance.now() };
    }
    const length = tensorLength(padded);
    if (this.content.length < length) this.content = new Float32Array(length);
    const looks = isScaled ? resamplePixels(pixels, size, seen) : pixels;
    pixelsToTensor(looks, seen, padded, grain, this.content);
    const converted = performance.now();
    const content = this.content.subarray(0, length);
    const sizes = { size, seen, padded };
    const mapped = regions && this.maps.of(regions, [...regional, base], sizes);
    const style = mapped?.style ?? base.vector;
    const pastiche = await network.run(content, padded, style, alive);
    if (secondCoat) {
      const bolder = await network.run(pastiche, padded, style, alive);
      blendTensors(pastiche, bolder, secondCoat);
    }
    const ran = performance.now();
    const strength = mapped?.strength ?? base.strength;
    const finish = { strength, keepColours: manner.keepColours };
    if (isScaled) {
      tensorOntoPixels(resampleTensor(pastiche, padded, seen, size), size, size, finish, pixels);
    } else tensorOntoPixels(pastiche, padded, size, finish, pixels);
    return { converted, ran };
  }

  /** Buffer for an aligned frame of this size: RGBA, reused for every frame. */
  private anchoredPixels(size: Size): Uint8ClampedArray<ArrayBuffer> {
    const { width, height } = anchoredSize(size);
    const bytes = 4 * width * height;
    if (this.anchored.length < bytes) this.anchored = new Uint8ClampedArray(bytes);
    return this.anchored.subarray(0, bytes);
  }
}

/** The parts that use src/engine/worker/wasm/steady.ts. */
interface VideoKernels {
  readonly stabilisers: TemporalStabilisers;
  readonly details: DetailsOf;
}

/** Times at which the content was converted for the network, and the pastiche was finished. */
interface NetworkTimes {
  readonly converted: number;
  readonly ran: number;
}

/**
 * Whether a video frame can be aligned to the grid: the network's grid is the picture's own, and no
 * masks are bound to the frame.
 */
function isAnchorable(job: PaintJob): boolean {
  return isFrame(job) && job.manner.strokeSize === 1 && !job.regions;
}

/** Whether it is painted as a frame of a video. */
function isFrame({ network, stream }: PaintJob): boolean {
  return network === 'live' || stream !== undefined;
}

/** Identifies everything that determines the look of a frame. */
function lookOf({ mix, manner, regions }: PaintJob): string {
  return JSON.stringify([mix, manner, regions && [regions.id, regions.mixes, regions.part]]);
}

async function encoded(
  { width, height, file }: PaintJob,
  pixels: ArrayBuffer,
): Promise<{ data: ArrayBuffer; mime: string }> {
  const canvas = new OffscreenCanvas(width, height);
  // Read back once at the end: a canvas on the GPU would only add two transfers.
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error(`no canvas of ${width}×${height}`);
  context.putImageData(new ImageData(new Uint8ClampedArray(pixels), width, height), 0, 0);
  // The formats that are fast to encode and to show; PNG takes four times as long.
  const type = file !== 'webp' && isOpaque(pixels) ? 'image/jpeg' : 'image/webp';
  const quality = file === 'webp' ? FRAME_QUALITY : FILE_QUALITY;
  const blob = await canvas.convertToBlob({ type, quality });
  const data = await blob.arrayBuffer();
  if (file !== 'address') return { data, mime: blob.type };
  const { buffer } = new TextEncoder().encode(dataAddress(data, blob.type));
  return { data: buffer, mime: 'text/plain' };
}

function isOpaque(pixels: ArrayBuffer): boolean {
  // Alpha is the highest byte, as browsers run on little-endian machines. `every` would take a tenth
  // of a second for 1.5 megapixels.
  const all = new Uint32Array(pixels);
  for (let i = 0; i < all.length; i++) if (all[i]! < 0xff000000) return false;
  return true;
}

/** @param next Timeout for the next sign of life, in milliseconds. */
function alive(next?: number): void {
  const sign: Heartbeat = { type: 'alive', ...(next !== undefined && { next }) };
  self.postMessage(sign);
}

/** Takes a lock permanently: the browser releases it when this worker ends. */
async function hold(lock: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const taken = navigator.locks.request(lock, async () => {
      resolve();
      await new Promise(() => undefined);
    });
    taken.catch(reject);
  });
}

/** Makes this worker answer the engine host. */
export function serveWorker(load: NetworkLoader): void {
  const scope = new EngineWorkerScope(load);
  self.addEventListener('message', async ({ data }: MessageEvent<WorkerRequest>) => {
    if (data.type === 'start') await hold(data.life);
    alive();
    const [reply, transfer] = await scope.answer(data);
    self.postMessage(reply, { transfer });
  });
}
