/**
 * Messages between the engine host and one of its workers. The host asks one question at a time; every
 * question has one answer, or {@link WorkerFailure}, preceded by any number of {@link Heartbeat}, the
 * first as soon as the worker has received the question.
 */
import type { ErrorMessage } from '../../protocol/errors';
import type { Manner } from '../../core/style/manner';
import type { Backend, NetworkName } from '../../protocol/messages';
import type { Size } from '../../core/geometry';
import type { GrainOrigin } from './grain';
import type { PaintedRegions } from '../../core/regions/region-map';
import type { Shift } from './stabiliser/scene-shift';

/** Addresses in the package. */
export interface EngineUrls {
  /** The full network, an ONNX file. */
  readonly model: string;
  /** The live network; the file may be missing. */
  readonly liveModel: string;
  /** The worker's WebAssembly: onnxruntime-web's, or our own kernels. */
  readonly runtime: string;
  /** The compiled src/engine/worker/wasm/steady.ts. */
  readonly steady: string;
}

/** The first question: loads the network. */
export interface StartRequest {
  readonly type: 'start';
  readonly backend: Backend;
  readonly urls: EngineUrls;
  /** The style space that the network must belong to. */
  readonly styleSpace: string;
  /** Name of a Web Lock that the worker takes before its first heartbeat, and holds. */
  readonly life: string;
}

/** One mix for the whole picture. */
export interface WholeStyle {
  /** Style vector of the mix. */
  readonly vector: Float32Array;
  /** Share of the pastiche, 0..1; the rest is the original. */
  readonly strength: number;
}

export interface PaintRequest {
  readonly type: 'paint';
  readonly width: number;
  readonly height: number;
  /** RGBA, 4·width·height bytes. */
  readonly pixels: ArrayBuffer;
  readonly style: WholeStyle | PaintedRegions;
  readonly manner: Manner;
  /** Position of the picture in the grain; null, without grain, for a video frame. */
  readonly grain: GrainOrigin | null;
  readonly network: NetworkName;
  /** The video that this is a frame of. */
  readonly stream: string | null;
  /** Whether it is to be kept from flickering. */
  readonly steady: boolean;
  /** Size at which it is painted, if not its own: its own details are added. */
  readonly inside: Size | null;
}

/** Encodes pixels as a file. */
export interface EncodeRequest {
  readonly type: 'encode';
  readonly width: number;
  readonly height: number;
  /** RGBA, 4·width·height bytes. */
  readonly pixels: ArrayBuffer;
  /** `webp`: a frame of an animation; `address`: the text of a `data:` address; or a fast file. */
  readonly as: 'file' | 'address' | 'webp';
}

export type WorkerRequest = StartRequest | PaintRequest | EncodeRequest;

export interface Started {
  readonly type: 'started';
  /** Twelve hex digits of the SHA-256 of the network's file. */
  readonly model: string;
}

export interface Painted {
  readonly type: 'painted';
  /** RGBA, 4·width·height bytes. */
  readonly pixels: ArrayBuffer;
  /** Offset of the scene from its pixels, less than one; the pastiche is to be shown shifted by it. */
  readonly shift: Shift;
  /** Milliseconds: pixels to tensor, the network, tensor to pixels. */
  readonly timings: { readonly pre: number; readonly run: number; readonly post: number };
  /** The network that painted. */
  readonly network: NetworkName;
  /** The worker's memory in bytes; null if unknown. */
  readonly memory: number | null;
}

export interface Encoded {
  readonly type: 'encoded';
  /** The file, or the text of a `data:` address that holds it. */
  readonly data: ArrayBuffer;
  readonly mime: string;
}

export interface WorkerFailure {
  readonly type: 'failed';
  readonly error: ErrorMessage;
}

/** Sign that the worker is running: a browser doesn't report that one has died, or is stuck. */
export interface Heartbeat {
  readonly type: 'alive';
}

export type WorkerReply = Started | Painted | Encoded | WorkerFailure | Heartbeat;

/** The answer to each question. */
export interface WorkerAnswers {
  readonly start: Started;
  readonly paint: Painted;
  readonly encode: Encoded;
}
