/** Requests of the background to a page's content script, by `tabs.sendMessage`; the palette's news. */
import * as v from 'valibot';

import type { Bytes } from '../core/bytes';
import type { Backend, FrameTimes } from './engine';
import type { ErrorMessage } from './errors';
import {
  address,
  error,
  grant,
  origins,
  recipe,
  regionsInText,
  title,
  wholeNumber,
} from './fields';
import { checked, type Checked } from '../core/schema';
import type { NetworkName } from './paint';

/** Every visible copy of the picture with this address. */
const source = v.object({ kind: v.literal('source'), url: address });

/** What the pointer is over or, failing that, has the focus or was clicked last. */
const pointed = v.object({ kind: v.literal('pointed') });

/** Firefox: the element that the menu was opened on. */
const menuElement = v.object({ kind: v.literal('menu-element'), id: wholeNumber });

/** Outlines what is under the pointer until the user clicks it. */
const pick = v.object({ kind: v.literal('pick') });

/** How the content script finds the picture or video. */
const target = v.variant('kind', [source, pointed, menuElement, pick]);

const videoTarget = v.variant('kind', [source, pointed, menuElement]);

export type Target = Checked<typeof target>;

/** What a menu was opened on that is no image, as far as the page has seen it. */
const clicked = v.object({
  kind: v.literal('clicked'),
  /** Firefox: the element. */
  element: v.exactOptional(wholeNumber),
});

/** How the content script finds what is painted; with `pick` it asks, if anything is. */
const paintedTarget = v.variant('kind', [...target.options, clicked]);

export type PaintedTarget = Checked<typeof paintedTarget>;

export const pageRequest = v.variant('type', [
  v.object({
    type: v.literal('page.restyle'),
    target,
    ...recipe,
    regions: v.exactOptional(regionsInText),
    /** Name of the mix, for a screen reader. */
    title,
  }),
  /** Saves the pastiche of a restyled picture at the picture's own full size. */
  v.object({ type: v.literal('page.save'), target: paintedTarget }),
  /** Lays a handle on a restyled picture that wipes between original and pastiche. */
  v.object({ type: v.literal('page.compare'), target: paintedTarget }),
  v.object({
    type: v.literal('page.restore'),
    target: v.variant('kind', [...paintedTarget.options, v.object({ kind: v.literal('all') })]),
  }),
  v.object({
    /** Restyles a video while it plays, with the current mix; stops if it is being restyled already. */
    type: v.literal('page.video'),
    target: videoTarget,
    /**
     * `follow` also restyles every other video that plays later. `save` saves the frame on the screen;
     * `record` starts recording, or ends and saves it.
     */
    action: v.picklist(['start', 'stop', 'toggle', 'follow', 'save', 'record']),
    /** By default the palette's mix, also when it changes. */
    recipe: v.exactOptional(v.object({ ...recipe, regions: v.exactOptional(regionsInText) })),
  }),
  /** Restyles all pictures of the frame, those in view first, and those that are added later. */
  v.object({ type: v.literal('page.all'), title, ...recipe }),
  /** Stops starting further pictures of `page.all`. */
  v.object({ type: v.literal('page.stop') }),
  /** Asks for a picture of the page, small, to make a style of. */
  v.object({ type: v.literal('page.read'), target }),
  /** Asks for a picture of the page at its own size, for the editor. */
  v.object({
    type: v.literal('page.edit'),
    target: v.variant('kind', [...target.options, v.object({ kind: v.literal('best') })]),
  }),
  /** Asks for the current frame of a video, for the editor. */
  v.object({ type: v.literal('page.edit-video'), target: videoTarget }),
  /** Asks for a picture to preview mixes on: the one clicked last or, failing that, the largest. */
  v.object({ type: v.literal('page.preview') }),
  /** Asks for the number of pictures and their sites. */
  v.object({ type: v.literal('page.survey') }),
  /** Access to these origins was granted: jobs that wait for it continue. */
  v.object({ type: v.literal('page.granted'), origins }),
  /** Access to these origins was revoked: work that depends on it ends. */
  v.object({ type: v.literal('page.revoked'), origins }),
  v.object({
    type: v.literal('page.notice'),
    error,
    /** Access whose grant would resolve the error. */
    grant: v.exactOptional(grant),
  }),
  v.object({ type: v.literal('page.status') }),
]);

export type PageRequest = Checked<typeof pageRequest>;

/** Parses a request to a page's content script; null for anything else. */
export function parsePageRequest(message: unknown): PageRequest | null {
  return checked(pageRequest, message);
}

/** Answer to a request with a target: whether it was on the page; to a notice: nothing. */
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
  readonly mode: 'in-place' | 'layer' | null;
  /** How its pixels were read. */
  readonly read: 'page' | 'cors' | 'extension' | 'capture' | null;
  /** The backend that painted it. */
  readonly backend: Backend | null;
  readonly error: ErrorMessage | null;
  /** Time of the request, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** Milliseconds since then, by name of the event. */
  readonly timings: Readonly<Record<string, number>>;
}

/** One restyled video on the page, as `page.status` reports it. */
export interface VideoStatus {
  /** Address of the video; empty for a stream. */
  readonly source: string;
  /** Still: paused, with the current frame refined. Asleep: not visible. */
  readonly state: 'starting' | 'playing' | 'still' | 'asleep' | 'failed' | 'stopped';
  readonly error: ErrorMessage | null;
  /** Number of painted frames, including refinements of a paused frame. */
  readonly painted: number;
  /** Frames that passed while another one was painted. */
  readonly dropped: number;
  /** Styled frames per second, over the last two seconds. */
  readonly rate: number;
  /** Milliseconds from the presentation of a frame to that of its pastiche, for the last frames. */
  readonly latencies: readonly number[];
  /** Timings of the last frames. */
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
  /** Progress of `page.all` or of the site's rule; null if neither was asked for. */
  readonly page: WholePageStatus | null;
}

/** Name of the port by which a content script sends a palette {@link PageNews} of its frame. */
export const STATUS_PORT = 'page-status';

export interface PageNews {
  /** Address of the frame. */
  readonly url: string;
  readonly hasVideo: boolean;
  readonly status: PageStatus;
}

/** Progress of a page's pictures. Copies of one picture count as one. */
export interface WholePageStatus {
  /** Following: all known pictures are painted, and later ones will be. */
  readonly state: 'working' | 'following' | 'stopped';
  readonly total: number;
  readonly done: number;
  /** Including those whose pixels are blocked. */
  readonly failed: number;
  /** Match patterns of sites whose pictures could not be read for want of access. */
  readonly blockedOrigins: readonly string[];
}

/** A small picture of the page, at the size for the style encoder or the palette. */
export interface PageImage {
  readonly type: 'page.image';
  /** A file. */
  readonly data: Bytes;
  readonly mime: string;
  /** Its description on the page; may be empty. */
  readonly name: string;
  /** Its area on the page, in CSS pixels; 0 if it is outside the viewport. */
  readonly area: number;
  /** Whether the user clicked it. */
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
  /** False if only the visible part could be read. */
  readonly isWhole: boolean;
  /** Whether it is a frame of a video. */
  readonly isVideo: boolean;
}

/** Pictures of a frame. */
export interface PageSurvey {
  readonly type: 'page.survey';
  readonly pictures: number;
  /** Match patterns of their sites. */
  readonly origins: readonly string[];
}
