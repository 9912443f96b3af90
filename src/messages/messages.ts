/**
 * Every message between contexts. Four conversations, one union each:
 * - a client (content script, popup, options) and the engine host, over a port named
 *   {@link ENGINE_PORT}: {@link EngineRequest}, {@link EngineReply};
 * - background to a page's content script, `tabs.sendMessage`: {@link PageRequest};
 * - content script or extension page to background, `runtime.sendMessage`:
 *   {@link BackgroundRequest};
 * - engine host and its workers: `src/engine/worker-messages.ts`, which never leaves the engine.
 */
import type { StyleMix } from '../style/mix';
import type { Bytes } from './bytes';
import type { ErrorMessage } from './errors';

/** Name of the port between a client and the engine host. */
export const ENGINE_PORT = 'engine';

/** Which arithmetic unit runs the network, through which execution provider. */
export interface Backend {
  readonly provider: 'wasm' | 'webgpu';
  /** Threads of the Wasm provider; 1 on WebGPU. */
  readonly threads: number;
}

/** A quick look comes before any refinement, of whatever picture. */
export type Urgency = 'preview' | 'refine';

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
}

export type EngineRequest =
  | {
      readonly type: 'engine.restyle';
      /** Unique within the port. */
      readonly id: number;
      readonly urgency: Urgency;
      /** Pixels of the content image. */
      readonly width: number;
      readonly height: number;
      /** RGBA, 4·width·height bytes, not premultiplied. */
      readonly pixels: Bytes;
      readonly mix: StyleMix;
      /** Whether to send the pastiche as a PNG file too, after the pixels. */
      readonly file: boolean;
    }
  | { readonly type: 'engine.cancel'; readonly id: number }
  | { readonly type: 'engine.status' };

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
      /** RGBA as in the request. */
      readonly pixels: Bytes;
      readonly backend: Backend;
      readonly timings: EngineTimings;
    }
  | { readonly type: 'engine.file'; readonly id: number; readonly png: Bytes }
  | { readonly type: 'engine.failed'; readonly id: number; readonly error: ErrorMessage }
  | {
      readonly type: 'engine.status';
      readonly backend: Backend | null;
      /** Milliseconds of the network per megapixel in the last run; null before the first. */
      readonly millisecondsPerMegapixel: number | null;
      readonly queued: number;
    };

/** How the content script finds what is to be restyled. */
export type Target =
  /** Every visible copy of the picture with this address. */
  | { readonly kind: 'source'; readonly url: string }
  /** What the pointer is over or, failing that, what has the focus or was clicked last. */
  | { readonly kind: 'pointed' }
  /** Firefox: the element that the menu was opened on. */
  | { readonly kind: 'menu-element'; readonly id: number }
  /** Ask: outline what is under the pointer until the person clicks. */
  | { readonly kind: 'pick' };

export type PageRequest =
  | {
      readonly type: 'page.restyle';
      readonly target: Target;
      readonly mix: StyleMix;
      /** What the mix is called, for a screen reader. */
      readonly title: string;
    }
  | { readonly type: 'page.restore'; readonly target: Target | { readonly kind: 'all' } }
  /** Access to these origins was granted: jobs that wait for it go on. */
  | { readonly type: 'page.granted'; readonly origins: readonly string[] }
  | {
      readonly type: 'page.notice';
      readonly error: ErrorMessage;
      /** What could be granted to go on. */
      readonly grant?: GrantRequest;
    }
  | { readonly type: 'page.status' };

/** Answer to a request about a target: whether it was on the page; to a notice: nothing. */
export type PageReply = { readonly found: boolean } | PageStatus | null;

/** One picture on the page, as `page.status` reports it. */
export interface PictureStatus {
  readonly source: string;
  readonly state: 'reading' | 'queued' | 'preview' | 'done' | 'failed' | 'restored';
  /** Where the pastiche is shown: in the page's own element, or on a canvas laid over it. */
  readonly mode: 'in-place' | 'overlay' | null;
  /** How its pixels were read. */
  readonly read: 'page' | 'cors' | 'extension' | 'capture' | null;
  /** What painted it. */
  readonly backend: Backend | null;
  readonly error: ErrorMessage | null;
  /** When it was asked for, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** Milliseconds since then, by the name of the moment. */
  readonly timings: Readonly<Record<string, number>>;
}

export interface PageStatus {
  readonly type: 'page.status';
  readonly pictures: readonly PictureStatus[];
}

/** Site access that a person may grant, and why it is asked for. */
export interface GrantRequest {
  /** Match patterns, such as `https://example.org/*`. */
  readonly origins: readonly string[];
  readonly reason: 'cross-origin-image' | 'cross-origin-frame';
}

export type BackgroundRequest =
  /** Makes sure that the engine host exists before a port is opened. */
  | { readonly type: 'background.wake-engine' }
  /** A token for one direct port to the engine. */
  | { readonly type: 'background.bridge' }
  /** Fetches a picture with the extension's own access, which the person granted for its site. */
  | { readonly type: 'background.fetch-image'; readonly url: string }
  /** The visible part of the sender's tab as it is on the screen. */
  | { readonly type: 'background.capture-tab' }
  /** Opens the page where the person can grant access to these origins. */
  | ({ readonly type: 'background.ask-grant' } & GrantRequest);

export type BackgroundReply<T extends BackgroundRequest['type']> =
  | { readonly ok: true; readonly value: BackgroundReplies[T] }
  | { readonly ok: false; readonly error: ErrorMessage };

export interface BackgroundReplies {
  'background.wake-engine': null;
  'background.bridge': string;
  /** `null` data: access to the site is not granted. */
  'background.fetch-image': { readonly data: Bytes; readonly mime: string } | null;
  /** A PNG data URL. */
  'background.capture-tab': string;
  'background.ask-grant': null;
}
