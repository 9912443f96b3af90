/** A client (content script, popup, options) and the engine host, over a port named {@link ENGINE_PORT}. */
import * as v from 'valibot';

import { storedManner } from '../core/style/manner';
import type { Bytes } from '../core/bytes';
import type { ErrorMessage } from './errors';
import { bytes, mix, regions, side, wholeNumber } from './fields';
import type { Checked } from '../core/schema';

/** Name of the port between a client and the engine host. */
export const ENGINE_PORT = 'engine';

/**
 * Which arithmetic unit runs the network, through which execution provider: one of
 * onnxruntime-web's, or kernels of our own, which are WebAssembly too.
 */
export interface Backend {
  readonly provider: 'kernels' | 'wasm' | 'webgpu';
  /** Threads on the processor; 1 on WebGPU. */
  readonly threads: number;
}

/**
 * A quick look at a still comes first, then the frames of what moves, then any refinement, of
 * whatever picture.
 */
export const URGENCIES = ['preview', 'frame', 'refine'] as const;

export type Priority = (typeof URGENCIES)[number];

/** Which network paints: the full one, or the narrower one that is made to run live. */
export const NETWORKS = ['full', 'live'] as const;

export type NetworkName = (typeof NETWORKS)[number];

/** Milliseconds that a request spent in each part of the engine. */
export interface EngineTimings {
  /** Waiting for its turn and, the first time, for the session. */
  readonly queue: number;
  /** Pixels to tensor. */
  readonly pre: number;
  /** The network. */
  readonly run: number;
  /** Tensor to pixels, blending included. */
  readonly post: number;
  /** Pixels to a file, where one was asked for. */
  readonly encode?: number;
}

/** Where the time of a video's frame went, in milliseconds. */
export interface FrameTimes extends EngineTimings {
  /** Reading it, scaled down; on the page's thread. */
  readonly grab: number;
  /** On the way to the engine and back. */
  readonly transport: number;
  /** Handing the pastiche to the screen; on the page's thread. */
  readonly draw: number;
}

/** Longest side of a picture, in pixels. */
export const MAX_SIDE = 20_000;

const size = v.object({ width: side(MAX_SIDE), height: side(MAX_SIDE) });

const place = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_SIDE));

export const restyleRequest = v.object({
  type: v.literal('engine.restyle'),
  /** Unique within the port. */
  id: wholeNumber,
  priority: v.picklist(URGENCIES),
  /** Pixels of the content image. */
  width: side(MAX_SIDE),
  height: side(MAX_SIDE),
  /** RGBA, 4·width·height bytes, not premultiplied. */
  pixels: bytes,
  mix,
  /** One mix for the whole picture where there are none. */
  regions: v.exactOptional(regions),
  /** Plain where there is none. */
  manner: v.exactOptional(storedManner),
  /** Where this part lies in a larger picture, in pixels: its grain goes on there. */
  origin: v.exactOptional(v.object({ x: place, y: place })),
  /**
   * Whether to send a file in place of pixels; `webp`: a frame of a WebP; `address`: the letters of a
   * `data:` address that holds a file.
   */
  file: v.union([v.boolean(), v.picklist(['webp', 'address'])]),
  /** Which network is wanted, by default the full one, which also paints for a missing one. */
  network: v.exactOptional(v.picklist(NETWORKS)),
  /** Names the video that this is a frame of: it won't flash where the video doesn't. */
  stream: v.exactOptional(v.string()),
  /** Whether the video is to be kept from flickering; true where nothing is said. */
  steady: v.exactOptional(v.boolean()),
  /**
   * The smaller size at which a frame is painted, in pixels; it is brought up to its own with
   * details of its own. Painted as it is where nothing is said.
   */
  inside: v.exactOptional(size),
});

export const engineRequest = v.variant('type', [
  restyleRequest,
  v.object({ type: v.literal('engine.cancel'), id: wholeNumber }),
  v.object({ type: v.literal('engine.status') }),
]);

export type EngineRequest = Checked<typeof engineRequest>;

/** A picture as a file, or as the letters of a `data:` address that holds one. */
export interface PictureFile {
  readonly data: Bytes;
  readonly mime: string;
}

export type EngineReply =
  | {
      /** First message on every port. */
      readonly type: 'engine.hello';
      /** See {@link Bytes}: tells the client whether this port carries binary data. */
      readonly probe: Uint8Array;
    }
  | { readonly type: 'engine.started'; readonly id: number }
  | {
      readonly type: 'engine.pastiche';
      readonly id: number;
      readonly width: number;
      readonly height: number;
      /** RGBA as in the request; null where a file of them is there. */
      readonly pixels: Bytes | null;
      readonly file: PictureFile | null;
      readonly backend: Backend;
      /** Which network painted. */
      readonly network: NetworkName;
      readonly timings: EngineTimings;
      /** A frame's scene lies so much of a pixel to the right and below of its pixels. */
      readonly shift?: { readonly x: number; readonly y: number };
    }
  | { readonly type: 'engine.failed'; readonly id: number; readonly error: ErrorMessage }
  | {
      readonly type: 'engine.status';
      readonly backend: Backend | null;
      /** Milliseconds of the network per megapixel in the last run; null before the first. */
      readonly millisecondsPerMegapixel: number | null;
      readonly queued: number;
    };
