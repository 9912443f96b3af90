/** Background to a page's content script, by `tabs.sendMessage`; and what a palette hears of a page. */
import * as v from 'valibot';

import type { Bytes } from '../core/bytes';
import type { Backend, FrameTimes, NetworkName } from './engine';
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

/** Every visible copy of the picture with this address. */
const source = v.object({ kind: v.literal('source'), url: address });

/** What the pointer is over or, failing that, what has the focus or was clicked last. */
const pointed = v.object({ kind: v.literal('pointed') });

/** Firefox: the element that the menu was opened on. */
const menuElement = v.object({ kind: v.literal('menu-element'), id: wholeNumber });

/** Ask: outline what is under the pointer until the person clicks. */
const pick = v.object({ kind: v.literal('pick') });

/** How the content script finds what is to be restyled. */
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
    /** What the mix is called, for a screen reader. */
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
    /** Restyles a video while it plays, with the current mix; stops where it runs already. */
    type: v.literal('page.video'),
    target: videoTarget,
    /**
     * Following takes to every other one that plays later on. Saving takes the frame on the screen;
     * recording begins, or ends and saves.
     */
    action: v.picklist(['start', 'stop', 'toggle', 'follow', 'save', 'record']),
    /** What to paint with; the palette's mix, also when that changes, where there is none. */
    recipe: v.exactOptional(v.object({ ...recipe, regions: v.exactOptional(regionsInText) })),
  }),
  /** Restyles all pictures of the frame, those in sight first, and those that come later. */
  v.object({ type: v.literal('page.all'), title, ...recipe }),
  /** Begins with no further picture of `page.all`. */
  v.object({ type: v.literal('page.stop') }),
  /** Asks for a picture of the page, small, to make a style of. */
  v.object({ type: v.literal('page.read'), target }),
  /** Asks for a picture of the page at its own size, for the editor. */
  v.object({
    type: v.literal('page.edit'),
    target: v.variant('kind', [...target.options, v.object({ kind: v.literal('best') })]),
  }),
  /** Asks for the frame that a video shows, for the editor. */
  v.object({ type: v.literal('page.edit-video'), target: videoTarget }),
  /** Asks for the picture that was clicked last or, failing that, the largest: to try mixes on. */
  v.object({ type: v.literal('page.preview') }),
  /** Asks how many pictures there are and from which sites. */
  v.object({ type: v.literal('page.survey') }),
  /** Access to these origins was granted: jobs that wait for it go on. */
  v.object({ type: v.literal('page.granted'), origins }),
  /** Access to these origins was taken back: what depends on it ends. */
  v.object({ type: v.literal('page.revoked'), origins }),
  v.object({
    type: v.literal('page.notice'),
    error,
    /** What could be granted to go on. */
    grant: v.exactOptional(grant),
  }),
  v.object({ type: v.literal('page.status') }),
]);

export type PageRequest = Checked<typeof pageRequest>;

/** A request to a page's content script; null for anything else. */
export function parsePageRequest(message: unknown): PageRequest | null {
  return checked(pageRequest, message);
}

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

/** Name of the port by which a content script tells a palette of its frame, in {@link PageNews}. */
export const STATUS_PORT = 'page-status';

export interface PageNews {
  /** Address of the frame. */
  readonly url: string;
  readonly hasVideo: boolean;
  readonly status: PageStatus;
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
