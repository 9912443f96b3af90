/** A client (content script, popup, options) and the engine host, over a port named {@link ENGINE_PORT}. */
import * as v from 'valibot';

import type { Given } from '../core/schema';
import type { ErrorMessage } from './errors';
import { bytes, wholeNumber } from './fields';
import { paintJob, type PaintAnswer, type PaintTimings } from './paint';

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

/** Milliseconds that a request spent in each part of the engine. */
export interface EngineTimings extends PaintTimings {
  /** Waiting for its turn and, the first time, for the session. */
  readonly queue: number;
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

export const engineRequest = v.variant('type', [
  v.object({
    type: v.literal('engine.restyle'),
    /** Unique within the port. */
    id: wholeNumber,
    job: paintJob,
    /** RGBA, 4·width·height bytes, not premultiplied. */
    pixels: bytes,
  }),
  v.object({ type: v.literal('engine.cancel'), id: wholeNumber }),
  v.object({ type: v.literal('engine.status') }),
]);

export type EngineRequest = Given<typeof engineRequest>;

export type EngineReply =
  | {
      /** First message on every port. */
      readonly type: 'engine.hello';
      /** See `Bytes`: tells the client whether this port carries binary data. */
      readonly probe: Uint8Array;
    }
  | { readonly type: 'engine.started'; readonly id: number }
  | {
      readonly type: 'engine.pastiche';
      readonly id: number;
      readonly backend: Backend;
      /** Milliseconds that it waited for its turn. */
      readonly queue: number;
      readonly answer: PaintAnswer;
    }
  | { readonly type: 'engine.failed'; readonly id: number; readonly error: ErrorMessage }
  | {
      readonly type: 'engine.status';
      readonly backend: Backend | null;
      /** Milliseconds of the network per megapixel in the last run; null before the first. */
      readonly millisecondsPerMegapixel: number | null;
      readonly queued: number;
    };
