/**
 * Every message between contexts. Four conversations, one union each:
 * - a client (content script, popup, options) and the engine host, over a port named
 *   {@link ENGINE_PORT}: {@link EngineRequest}, {@link EngineReply};
 * - background to a page's content script, `tabs.sendMessage`: {@link PageRequest};
 * - content script or extension page to background, `runtime.sendMessage`:
 *   {@link BackgroundRequest};
 * - engine host and its workers: `src/engine/worker-messages.ts`, which never leaves the engine.
 *
 * Every request is checked where it arrives: `check.ts` has a line for each, and the engine's are
 * read by `src/engine/request.ts`.
 */
import type { Manner, Recipe } from '../style/manner';
import type { StyleMix } from '../style/mix';
import type { Bytes } from './bytes';
import type { ErrorMessage } from './errors';

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
export type Urgency = 'preview' | 'frame' | 'refine';

/** Which network paints: the full one, or the narrower one that is made to run live. */
export type NetworkName = 'full' | 'live';

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

/** Where the time of a video's frame went, in milliseconds. */
export interface FrameTimes extends EngineTimings {
  /** Reading it, scaled down; on the page's thread. */
  readonly grab: number;
  /** On the way to the engine and back. */
  readonly transport: number;
  /** Handing the pastiche to the screen; on the page's thread. */
  readonly draw: number;
}

/** Several mixes in one picture. */
export interface Regions {
  /** One for each mask; what the masks leave of a place has the request's own mix. */
  readonly mixes: readonly StyleMix[];
  /** Size of the masks, which are spread over the picture. */
  readonly width: number;
  readonly height: number;
  /** [mixes][height][width] bytes; at a place they sum to 255 at most. */
  readonly shares: Bytes;
  /** What of the masks the picture is, in shares of their sides; the whole where there is none. */
  readonly part?: { x: number; y: number; width: number; height: number };
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
      /** One mix for the whole picture where there are none. */
      readonly regions?: Regions;
      /** Plain where there is none. */
      readonly manner?: Manner;
      /** Where this part lies in a larger picture, in pixels: its grain goes on there. */
      readonly origin?: { readonly x: number; readonly y: number };
      /** Whether to send the pastiche as a PNG file too, after the pixels. */
      readonly file: boolean;
      /** Which network is wanted, by default the full one, which also paints for a missing one. */
      readonly network?: NetworkName;
      /** Names the video that this is a frame of: it won't flash where the video doesn't. */
      readonly stream?: string;
      /** Whether the video is to be kept from flickering; true where nothing is said. */
      readonly steady?: boolean;
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
      /** Which network painted. */
      readonly network: NetworkName;
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
      readonly regions?: Regions;
      readonly manner: Manner;
      /** What the mix is called, for a screen reader. */
      readonly title: string;
    }
  /** Saves the pastiche of a restyled picture at the picture's own full size. */
  | { readonly type: 'page.save'; readonly target: Target }
  /** Lays a handle on a restyled picture that wipes between original and pastiche. */
  | { readonly type: 'page.compare'; readonly target: Target }
  | { readonly type: 'page.restore'; readonly target: Target | { readonly kind: 'all' } }
  | {
      /** Restyles a video while it plays, with the current mix; stops where it runs already. */
      readonly type: 'page.video';
      readonly target: Exclude<Target, { kind: 'pick' }>;
      /** Saving takes the frame on the screen; recording begins, or ends and saves. */
      readonly action: 'start' | 'stop' | 'toggle' | 'save' | 'record';
      /** What to paint with; the palette's mix, also when that changes, where there is none. */
      readonly recipe?: Recipe & { readonly regions?: Regions };
    }
  /** Restyles all pictures of the frame, those in sight first, and those that come later. */
  | ({ readonly type: 'page.all'; readonly title: string } & Recipe)
  /** Begins with no further picture of `page.all`. */
  | { readonly type: 'page.stop' }
  /** Asks for a picture of the page, small, to make a style of. */
  | { readonly type: 'page.read'; readonly target: Target }
  /** Asks for the frame that a video shows, for the editor. */
  | { readonly type: 'page.edit-video'; readonly target: Exclude<Target, { kind: 'pick' }> }
  /** Asks for a picture of the page at its own size, for the editor. */
  | { readonly type: 'page.edit'; readonly target: Target | { readonly kind: 'best' } }
  /** Asks for the picture that was clicked last or, failing that, the largest: to try mixes on. */
  | { readonly type: 'page.preview' }
  /** Asks how many pictures there are and from which sites. */
  | { readonly type: 'page.survey' }
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
export type PageReply =
  | { readonly found: boolean; readonly isRunning?: boolean }
  | PageStatus
  | PageSurvey
  | PageImage
  | EditedImage
  | null;

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

/** One restyled video on the page, as `page.status` reports it. */
export interface VideoStatus {
  /** Address of what it plays; empty for a stream. */
  readonly source: string;
  /** Still: paused, and the frame on the screen has been painted well. Asleep: nobody sees it. */
  readonly state: 'starting' | 'playing' | 'still' | 'asleep' | 'failed' | 'stopped';
  readonly error: ErrorMessage | null;
  /** How often it has been painted, refinements of a paused frame included. */
  readonly painted: number;
  /** Frames that passed while another one was being painted. */
  readonly dropped: number;
  /** Styled frames per second, over the last two seconds. */
  readonly rate: number;
  /** Milliseconds from the frame's presentation to its pastiche's, of the last frames. */
  readonly latencies: readonly number[];
  /** Where the time of the last frames went. */
  readonly frames: readonly FrameTimes[];
  /** Size at which the network paints, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly network: NetworkName | null;
  readonly backend: Backend | null;
}

export interface PageStatus {
  readonly type: 'page.status';
  readonly pictures: readonly PictureStatus[];
  readonly videos: readonly VideoStatus[];
  /** How far `page.all`, or the site's rule, is; null where nobody asked for it. */
  readonly page: WholePageStatus | null;
}

/** How far the pictures of a page are. Copies of one picture count as one. */
export interface WholePageStatus {
  /** Following: all that is known is painted, and what comes will be. */
  readonly state: 'working' | 'following' | 'stopped';
  readonly total: number;
  readonly done: number;
  /** Including those whose pixels are blocked. */
  readonly failed: number;
  /** Match patterns of sites that pictures could not be read from for want of access. */
  readonly blockedOrigins: readonly string[];
}

/** A picture of the page, small: at the size that the style encoder or the palette sees. */
export interface PageImage {
  readonly type: 'page.image';
  /** A file. */
  readonly data: Bytes;
  readonly mime: string;
  /** What the page says that it shows; may be empty. */
  readonly name: string;
  /** Its area on the page, in CSS pixels; 0 for one outside of the viewport. */
  readonly area: number;
  /** Whether the person clicked it. */
  readonly clicked: boolean;
}

/** A picture of the page at its own size. */
export interface EditedImage {
  readonly type: 'page.edited';
  /** A file. */
  readonly data: Bytes;
  readonly mime: string;
  /** Address of the picture. */
  readonly source: string;
  /** False where only the part that is in sight could be read. */
  readonly isWhole: boolean;
  /** Whether it is a frame of a video. */
  readonly isVideo: boolean;
}

/** What there is to be painted in a frame. */
export interface PageSurvey {
  readonly type: 'page.survey';
  readonly pictures: number;
  /** Match patterns of the sites that they come from. */
  readonly origins: readonly string[];
}

/** What the rule of a site asks for on each of its pages. */
export interface SiteWish extends Recipe {
  /** What the mix is called, for a screen reader. */
  readonly title: string;
  readonly images: boolean;
  readonly videos: boolean;
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
  /** Restyles the video of the active tab, or stops that: the palette's button. */
  | { readonly type: 'background.toggle-video'; readonly tabId: number }
  /** Restyles all pictures of a tab with this mix; goes on when the palette is closed. */
  | ({
      readonly type: 'background.restyle-page';
      readonly tabId: number;
      readonly title: string;
    } & Recipe)
  /** Ends that, or brings back the originals of everything that was restyled. */
  | {
      readonly type: 'background.end-page';
      readonly tabId: number;
      readonly how: 'stop' | 'restore';
    }
  /** The picture of a tab that the palette tries its mixes on. */
  | { readonly type: 'background.preview-picture'; readonly tabId: number }
  /** Opens the editor with the picture of a tab that was clicked last, or the largest. */
  | { readonly type: 'background.edit-picture'; readonly tabId: number }
  /** Puts what was painted in the editor on the page that the picture came from. */
  | {
      readonly type: 'background.apply-regions';
      readonly tabId: number;
      readonly frameId: number;
      readonly source: string;
      readonly isVideo: boolean;
      readonly mix: StyleMix;
      readonly manner: Manner;
      readonly title: string;
      readonly regions?: Regions;
    }
  /** What there is to be painted in all frames of a tab. */
  | { readonly type: 'background.survey-page'; readonly tabId: number }
  /** What the rule of the sender's site asks for. */
  | { readonly type: 'background.site-wish' }
  /** Whether a video of the sender's page is being restyled: the extension's button shows it. */
  | { readonly type: 'background.video-running'; readonly running: boolean }
  /** Opens a window that paints what the sender's tab shows. */
  | { readonly type: 'background.open-capture' }
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
  /** Whether it runs now. */
  'background.toggle-video': boolean;
  'background.restyle-page': null;
  'background.end-page': null;
  /** Null: there is none that can be read without asking. */
  'background.preview-picture': PageImage | null;
  'background.edit-picture': null;
  'background.apply-regions': null;
  'background.survey-page': PageSurvey;
  /** Null: there is no rule, or it is off. */
  'background.site-wish': SiteWish | null;
  'background.video-running': null;
  'background.open-capture': null;
  'background.ask-grant': null;
}
