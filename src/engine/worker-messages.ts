/** Messages between the engine host and its workers. They never leave the extension's origin. */
import type { Backend } from '../messages/messages';
import type { ErrorMessage } from '../messages/errors';

export interface Painting {
  readonly id: number;
  readonly width: number;
  readonly height: number;
  /** RGBA, transferred. */
  readonly pixels: ArrayBuffer;
  /** 128 numbers. */
  readonly style: Float32Array;
  /** Share of the pastiche, 0..1; the rest is the original. */
  readonly strength: number;
  /** Whether a PNG file is wanted too. */
  readonly file: boolean;
}

export type WorkerRequest =
  | {
      readonly type: 'start';
      readonly backend: Backend;
      readonly model: string;
      readonly runtime: string;
    }
  | ({ readonly type: 'paint' } & Painting);

export interface RunTimings {
  readonly pre: number;
  readonly run: number;
  readonly post: number;
}

export type WorkerReply =
  | { readonly type: 'ready' }
  | {
      readonly type: 'painted';
      readonly id: number;
      /** RGBA, transferred. */
      readonly pixels: ArrayBuffer;
      readonly timings: RunTimings;
    }
  | { readonly type: 'file'; readonly id: number; readonly png: ArrayBuffer }
  /** Without an id: the worker can't start. */
  | { readonly type: 'failed'; readonly id: number | null; readonly error: ErrorMessage };
