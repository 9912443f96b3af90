/**
 * Building blocks of all schemas. Requests are checked where they arrive: a page's process may be
 * compromised, and send anything in the name of the content script in it. A checked request has the
 * fields of its schema, and no others.
 */
import * as v from 'valibot';

import { record, type Checked } from '../core/schema';
import { renderOptions } from '../core/style/render-options';
import { ERROR_CODES } from './errors';

/** Maximum number of styles in a mix: more than there are, own ones included. */
const MAX_STYLES = 1000;

/** Maximum number of masks; the area outside them is one more region of the engine. */
const MAX_MASKS = 7;

/** Longest side of the masks of regions, in pixels. */
const MAX_MASK_SIDE = 1024;

/** Text of a maximum length in UTF-16 code units. */
export const text = (longest: number): v.GenericSchema<string> =>
  v.pipe(v.string(), v.maxLength(longest));

export const wholeNumber = v.pipe(v.number(), v.safeInteger());

/** From 0 to 1. */
export const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

/** A whole number of pixels. */
export const side = (longest: number): v.GenericSchema<number> =>
  v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(longest));

/** The sender's name of a mix. */
export const title = text(1000);

/** Addresses may hold a whole picture. */
export const address = text(2 ** 28);

/** See `Bytes`. */
export const bytes = v.union([v.instance(ArrayBuffer), v.string()]);

/** A style mix: weight by style id. */
export const mix = v.pipe(record, v.record(text(200), share), v.maxEntries(MAX_STYLES));

/** What a mix is painted with, and how. */
export const recipe = { mix, manner: renderOptions };

/** One for each mask; what the masks leave of a place has the request's own mix. */
export const mixes = v.pipe(v.array(mix), v.minLength(1), v.maxLength(MAX_MASKS));

/** Size of masks, in pixels. */
export const maskSize = { width: side(MAX_MASK_SIDE), height: side(MAX_MASK_SIDE) };

/** A part of a picture, in shares of its sides. */
export const part = v.object({ x: share, y: share, width: share, height: share });

/**
 * Several mixes in one picture, where a message can't carry binary data.
 * shares: [mixes][height][width] bytes in base64; at a place they sum to 255 at most.
 */
export const regionsInText = v.object({ mixes, ...maskSize, shares: text(2 ** 24) });

export type RegionsInText = Checked<typeof regionsInText>;

/** Match patterns, such as `https://example.org/*`. */
export const origins = v.pipe(v.array(text(300)), v.maxLength(100));

/** An error as it travels between contexts; `detail` is for the developer, and never shown alone. */
export const error = v.object({ code: v.picklist(ERROR_CODES), detail: text(100_000) });

/** Site access that the user may grant, and the reason for it. */
export const grant = v.object({
  origins,
  reason: v.picklist(['cross-origin-image', 'cross-origin-frame']),
});

export type GrantRequest = Checked<typeof grant>;
