/**
 * The conversation between the engine host and one of its workers. The host asks one question at a
 * time; every question has one answer, or {@link WorkerFailure}.
 */
import type { ErrorMessage } from '../messages/errors';
import type { Backend } from '../messages/messages';

/** Addresses in the package. */
export interface EngineUrls {
  /** The network, an ONNX file. */
  readonly model: string;
  /** The WebAssembly of onnxruntime-web that belongs to the worker's build. */
  readonly runtime: string;
}

/** The first question: loads the network. */
export interface StartRequest {
  readonly type: 'start';
  readonly backend: Backend;
  readonly urls: EngineUrls;
  /** The style space that the network must belong to. */
  readonly styleSpace: string;
}

export interface PaintRequest {
  readonly type: 'paint';
  readonly width: number;
  readonly height: number;
  /** RGBA, 4·width·height bytes. */
  readonly pixels: ArrayBuffer;
  /** Style vector of the mix. */
  readonly style: Float32Array;
  /** Share of the pastiche, 0..1; the rest is the original. */
  readonly strength: number;
}

/** Makes a PNG file of pixels. */
export interface EncodeRequest {
  readonly type: 'encode';
  readonly width: number;
  readonly height: number;
  /** RGBA, 4·width·height bytes. */
  readonly pixels: ArrayBuffer;
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
  /** Milliseconds: pixels to tensor, the network, tensor to pixels. */
  readonly timings: { readonly pre: number; readonly run: number; readonly post: number };
}

export interface Encoded {
  readonly type: 'encoded';
  readonly png: ArrayBuffer;
}

export interface WorkerFailure {
  readonly type: 'failed';
  readonly error: ErrorMessage;
}

export type WorkerReply = Started | Painted | Encoded | WorkerFailure;

/** The answer to each question. */
export interface WorkerAnswers {
  readonly start: Started;
  readonly paint: Painted;
  readonly encode: Encoded;
}
