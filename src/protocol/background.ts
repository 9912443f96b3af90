/** Requests of content scripts and extension pages to the background, by `runtime.sendMessage`. */
import * as v from 'valibot';

import type { Recipe } from '../core/style/render-options';
import type { Bytes } from '../core/bytes';
import type { ErrorMessage } from './errors';
import { address, grant, recipe, regionsInText, text, title, wholeNumber } from './fields';
import { checked, type Checked } from '../core/schema';
import type { PageImage, PageSurvey } from './page';

/** The rule of a site, as its pages apply it. */
export interface SiteWish extends Recipe {
  /** Name of the mix, for a screen reader. */
  readonly title: string;
  readonly images: boolean;
  readonly videos: boolean;
}

const tabId = wholeNumber;

/** What may be painted in a frame; a canvas is no image to any menu. */
const PAINTED = ['nothing', 'pictures', 'canvases'] as const;

export type PaintedKind = (typeof PAINTED)[number];

/** Requests about what concerns the sender, or nobody: also a content script may make them. */
const anyonesRequest = v.variant('type', [
  /** Makes sure that the engine host exists before a port is opened. */
  v.object({ type: v.literal('background.wake-engine') }),
  /** A token for one direct port to the engine. */
  v.object({ type: v.literal('background.bridge') }),
  /** Fetches a picture with the extension's own access, which the user granted for its site. */
  v.object({ type: v.literal('background.fetch-image'), url: address }),
  v.object({
    /** Firefox: an address for a picture that pages can show but not read. */
    type: v.literal('background.lend-address'),
    /** A file; Firefox's messages carry binary data. */
    data: v.pipe(
      v.instance(ArrayBuffer),
      v.check(({ byteLength }) => byteLength <= 2 ** 26),
    ),
    mime: v.pipe(v.string(), v.regex(/^image\/(?:jpeg|png|svg\+xml|webp)$/)),
  }),
  v.object({
    /** Such addresses are no longer needed. */
    type: v.literal('background.take-back'),
    addresses: v.pipe(v.array(text(300)), v.maxLength(1000)),
  }),
  /** Captures the visible part of the sender's tab. */
  v.object({ type: v.literal('background.capture-tab') }),
  /** Asks for the rule of the sender's site. */
  v.object({ type: v.literal('background.site-wish') }),
  v.object({
    /** Asks which of these addresses are on sites that the user lets the extension read. */
    type: v.literal('background.readable'),
    urls: v.pipe(v.array(address), v.maxLength(10_000)),
  }),
  /** Tells whether a video of the sender's page is being restyled: the extension's button shows it. */
  v.object({ type: v.literal('background.video-running'), running: v.boolean() }),
  /** What is painted in the sender's frame, as far as it is in sight: the menu has items for it. */
  v.object({ type: v.literal('background.painted'), what: v.picklist(PAINTED) }),
  /** Opens a window that paints what the sender's tab shows. */
  v.object({ type: v.literal('background.open-capture') }),
  /** Opens the page where the user can grant access to these origins. */
  v.object({ type: v.literal('background.ask-grant'), ...grant.entries }),
]);

/** Requests that name a tab: only the extension's own pages may make them. */
const ownPagesRequest = v.variant('type', [
  /** Restyles the video of a tab, or stops that: the palette's button. */
  v.object({ type: v.literal('background.toggle-video'), tabId }),
  /** Restyles all pictures of a tab with this mix; continues when the palette is closed. */
  v.object({ type: v.literal('background.restyle-page'), tabId, title, ...recipe }),
  /** Lets the user pick a picture of a tab, which is restyled with this mix. */
  v.object({ type: v.literal('background.pick-picture'), tabId, title, ...recipe }),
  v.object({
    /** Ends that, or restores everything that was restyled. */
    type: v.literal('background.end-page'),
    tabId,
    how: v.picklist(['stop', 'restore']),
  }),
  /** Asks for the picture of a tab for the palette's preview. */
  v.object({ type: v.literal('background.preview-picture'), tabId }),
  /** Opens the editor with the picture of a tab that was clicked last, or the largest. */
  v.object({ type: v.literal('background.edit-picture'), tabId }),
  v.object({
    /** Paints a composition of the editor on the page that the picture came from. */
    type: v.literal('background.apply-regions'),
    tabId,
    frameId: wholeNumber,
    source: address,
    isVideo: v.boolean(),
    ...recipe,
    title,
    regions: v.exactOptional(regionsInText),
  }),
  /** Surveys the pictures in all frames of a tab. */
  v.object({ type: v.literal('background.survey-page'), tabId }),
]);

const ownPagesOrAnyones = v.variant('type', [anyonesRequest, ownPagesRequest]);

export type BackgroundRequest = Checked<typeof ownPagesOrAnyones>;

/**
 * Parses a request to the background.
 * @param fromOwnPage Whether a page of the extension sent it, and not a content script.
 * @returns Null for anything that the sender may not ask.
 */
export function parseBackgroundRequest(
  message: unknown,
  fromOwnPage: boolean,
): BackgroundRequest | null {
  return checked(fromOwnPage ? ownPagesOrAnyones : anyonesRequest, message);
}

export type BackgroundReply<T extends BackgroundRequest['type']> =
  | { readonly ok: true; readonly value: BackgroundReplies[T] }
  | { readonly ok: false; readonly error: ErrorMessage };

export interface BackgroundReplies {
  'background.wake-engine': null;
  'background.bridge': string;
  /** Null if access to the site is not granted. */
  'background.fetch-image': { readonly data: Bytes; readonly mime: string } | null;
  'background.lend-address': string;
  'background.take-back': null;
  /** A PNG data URL. */
  'background.capture-tab': string;
  /** Whether it is being restyled now. */
  'background.toggle-video': boolean;
  'background.restyle-page': null;
  'background.pick-picture': null;
  'background.end-page': null;
  /** Null if none can be read without asking for access. */
  'background.preview-picture': PageImage | null;
  'background.edit-picture': null;
  'background.apply-regions': null;
  'background.survey-page': PageSurvey;
  /** Null if there is no rule, it is off, or access to the site is missing. */
  'background.site-wish': SiteWish | null;
  'background.readable': readonly string[];
  'background.video-running': null;
  'background.painted': null;
  'background.open-capture': null;
  'background.ask-grant': null;
}
