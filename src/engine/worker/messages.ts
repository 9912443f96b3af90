/**
 * Messages between the engine host and one of its workers. The host asks one question at a time; every
 * question has one answer, or {@link WorkerFailure}, preceded by any number of {@link Heartbeat}, the
 * first as soon as the worker has received the question.
 */
import type { ErrorMessage } from '../../protocol/errors';
import type { Backend, PaintAnswer, PaintJob } from '../../protocol/messages';

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

/** What a mix comes to. */
export interface PaintedStyle {
  /** Its style vector. */
  readonly vector: Float32Array;
  /** Share of the pastiche, 0..1; the rest is the original. */
  readonly strength: number;
}

export interface PaintRequest {
  readonly type: 'paint';
  readonly job: PaintJob;
  /** RGBA, 4·width·height bytes. */
  readonly pixels: ArrayBuffer;
  /** What the job's own mix comes to, and those of its regions. */
  readonly base: PaintedStyle;
  readonly regional: readonly PaintedStyle[];
}

export type WorkerRequest = StartRequest | PaintRequest;

export interface Started {
  readonly type: 'started';
  /** Twelve hex digits of the SHA-256 of the network's file. */
  readonly model: string;
}

export interface Painted {
  readonly type: 'painted';
  readonly answer: PaintAnswer<ArrayBuffer>;
  /** Whether it came out of one colour, though its content is not. */
  readonly isFlat: boolean;
  /** Bytes that the network holds now; null where that is not known. */
  readonly memory: number | null;
}

export interface WorkerFailure {
  readonly type: 'failed';
  readonly error: ErrorMessage;
}

/** Sign that the worker is running: a browser doesn't report that one has died, or is stuck. */
export interface Heartbeat {
  readonly type: 'alive';
  /** How long the next one may be waited for, in milliseconds; as was said where there is none. */
  readonly next?: number;
}

export type WorkerReply = Started | Painted | WorkerFailure | Heartbeat;

/** The answer to each question. */
export interface WorkerAnswers {
  readonly start: Started;
  readonly paint: Painted;
}
