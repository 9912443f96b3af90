/**
 * Building blocks of all schemas. Requests are checked where they arrive: a page's process may be
 * compromised, and send anything in the name of the content script in it. A checked request has the
 * fields of its schema, and no others.
 */
import * as v from 'valibot';

import { STROKE_SIZES } from '../core/style/manner';
import { record, type Checked } from '../core/schema';
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

export const manner = v.object({
  keepColours: v.boolean(),
  strokeSize: v.pipe(v.number(), v.minValue(STROKE_SIZES.least), v.maxValue(STROKE_SIZES.most)),
});

/** A mix and the manner to paint it in. */
export const recipe = { mix, manner };

const regionFields = {
  /** One for each mask; the area outside the masks has the request's own mix. */
  mixes: v.pipe(v.array(mix), v.minLength(1), v.maxLength(MAX_MASKS)),
  /** Size of the masks, which are spread over the picture. */
  width: side(MAX_MASK_SIDE),
  height: side(MAX_MASK_SIDE),
  /** The part of the masks that the picture shows, in shares of their sides; by default all. */
  part: v.exactOptional(v.object({ x: share, y: share, width: share, height: share })),
};

/**
 * Several mixes in one picture.
 * shares: [mixes][height][width] bytes; at a position they sum to at most 255, which the engine checks.
 */
export const regions = v.object({ ...regionFields, shares: bytes });

/** The same for messages that can't carry binary data. */
export const regionsInText = v.object({ ...regionFields, shares: text(2 ** 24) });

export type Regions = Checked<typeof regions>;

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
