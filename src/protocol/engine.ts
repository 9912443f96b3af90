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
 * Priorities, highest first: a quick first version of a still, frames of anything that moves, and
 * refinements.
 */
export const PRIORITIES = ['preview', 'frame', 'refine'] as const;

export type Priority = (typeof PRIORITIES)[number];

/** The full network, and the narrower one for live video. */
export const NETWORKS = ['full', 'live'] as const;

export type NetworkName = (typeof NETWORKS)[number];

/** Time of a request in each part of the engine, in milliseconds. */
export interface EngineTimings {
  /** Waiting in the queue and, the first time, for the session. */
  readonly queue: number;
  /** Pixels to tensor. */
  readonly pre: number;
  /** The network. */
  readonly run: number;
  /** Tensor to pixels, blending included. */
  readonly post: number;
  /** Encoding a file, if one was requested. */
  readonly encode?: number;
}

/** Where the time of a video's frame went, in milliseconds. */
export interface FrameTimes extends EngineTimings {
  /** Reading it, scaled down; on the page's thread. */
  readonly grab: number;
  /** Transport to the engine and back. */
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
  priority: v.picklist(PRIORITIES),
  /** Pixels of the content image. */
  width: side(MAX_SIDE),
  height: side(MAX_SIDE),
  /** RGBA, 4·width·height bytes, not premultiplied. */
  pixels: bytes,
  mix,
  /** Missing: one mix for the whole picture. */
  regions: v.exactOptional(regions),
  /** Missing: the default. */
  manner: v.exactOptional(storedManner),
  /** Position of this part in a larger picture, in pixels: its grain continues there. */
  origin: v.exactOptional(v.object({ x: place, y: place })),
  /**
   * Whether to answer with a file instead of pixels; `webp`: a frame of a WebP; `address`: the text of
   * a `data:` address that holds a file.
   */
  file: v.union([v.boolean(), v.picklist(['webp', 'address'])]),
  /** The network to use, by default the full one, which also replaces a missing one. */
  network: v.exactOptional(v.picklist(NETWORKS)),
  /** Id of the video that this is a frame of: its pastiche flashes only where the video does. */
  stream: v.exactOptional(v.string()),
  /** Whether to keep the video from flickering; true by default. */
  steady: v.exactOptional(v.boolean()),
  /**
   * The smaller size at which to paint a frame, in pixels; the pastiche is enlarged with the frame's
   * own details. By default the frame is painted at its own size.
   */
  inside: v.exactOptional(size),
});

export const engineRequest = v.variant('type', [
  restyleRequest,
  v.object({ type: v.literal('engine.cancel'), id: wholeNumber }),
  v.object({ type: v.literal('engine.status') }),
]);

export type EngineRequest = Checked<typeof engineRequest>;

/** A picture as a file, or as the text of a `data:` address that holds one. */
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
      /** RGBA as in the request; null if there is a file instead. */
      readonly pixels: Bytes | null;
      readonly file: PictureFile | null;
      readonly backend: Backend;
      /** The network that painted. */
      readonly network: NetworkName;
      readonly timings: EngineTimings;
      /** Offset of a frame's scene from its pixels, to the right and below, in fractions of a pixel. */
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
