/**
 * A paint job and its answer: one form of each, which is handed on from a page by way of the engine's
 * host to a worker, and back. A new field is written here, where it is given, and where it is used.
 */
import * as v from 'valibot';

import { unpackBytes, type Bytes } from '../core/bytes';
import { canHaveDetails } from '../core/geometry';
import { WHOLE } from '../core/regions/region-map';
import type { Checked, Given } from '../core/schema';
import { DEFAULT_RENDER_OPTIONS, storedRenderOptions } from '../core/style/render-options';
import { normaliseMix } from '../core/style/mix';
import { bytes, maskSize, mix, mixes, part, side, wholeNumber } from './fields';

/**
 * A quick look at a still comes first, then the frames of what moves, then any refinement, of
 * whatever picture.
 */
export const URGENCIES = ['preview', 'frame', 'refine'] as const;

export type Priority = (typeof URGENCIES)[number];

/** Which network paints: the full one, or the narrower one that is made to run live. */
export const NETWORKS = ['full', 'live'] as const;

export type NetworkName = (typeof NETWORKS)[number];

/** Longest side of a picture, in pixels. */
export const MAX_SIDE = 20_000;

const size = { width: side(MAX_SIDE), height: side(MAX_SIDE) };

const place = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_SIDE));

const normalisedMix = v.pipe(mix, v.transform(normaliseMix));

/** Masks that are spread over a picture. */
const masks = v.pipe(
  v.object({
    ...maskSize,
    /** [masks][height][width] bytes; at a place they sum to 255 at most. */
    shares: v.pipe(
      bytes,
      v.transform((data) => new Uint8Array(unpackBytes(data))),
    ),
  }),
  v.check(({ shares, width, height }) => shares.length % (width * height) === 0, 'of another size'),
  v.check(({ shares, width, height }) => !haveOverlap(shares, width * height), 'they overlap'),
);

/** Masks as whoever paints with them has them. */
export type Masks = Checked<typeof masks>;

function haveOverlap(shares: Uint8Array, texels: number): boolean {
  for (let at = 0; at < texels; at++) {
    let sum = 0;
    for (let i = at; i < shares.length; i += texels) sum += shares[i]!;
    if (sum > 255) return true;
  }
  return false;
}

const regions = v.object({
  /** Names the masks on this port, or in this worker. */
  id: wholeNumber,
  /** Sent once: the receiver remembers as many of the last ones as the sender does, see `Known`. */
  masks: v.exactOptional(masks),
  /** One for each mask; what the masks leave of a place has the job's own mix. */
  mixes: v.pipe(
    mixes,
    v.transform((each) => each.map(normaliseMix)),
  ),
  /** What of the masks the picture is, in shares of their sides. */
  part: v.exactOptional(part, WHOLE),
});

/** What is to be painted, and how; its pixels go beside it. */
export const paintJob = v.pipe(
  v.object({
    /** Of the content image, in pixels. */
    ...size,
    priority: v.picklist(URGENCIES),
    mix: normalisedMix,
    /** One mix for the whole picture where there are none. */
    regions: v.exactOptional(regions),
    manner: v.exactOptional(storedRenderOptions, DEFAULT_RENDER_OPTIONS),
    /** Where this part lies in a larger picture, in pixels: its grain goes on there. */
    origin: v.exactOptional(v.object({ x: place, y: place }), { x: 0, y: 0 }),
    /**
     * Whether a file is wanted in place of pixels, in whatever format is fast; `webp`: a frame of an
     * animation; `address`: the letters of a `data:` address that holds a file.
     */
    file: v.exactOptional(v.union([v.boolean(), v.picklist(['webp', 'address'])]), false),
    /** The full network also paints for a missing live one. */
    network: v.exactOptional(v.picklist(NETWORKS), 'full'),
    /** Names the video that this is a frame of: it won't flash where the video doesn't. */
    stream: v.exactOptional(v.string()),
    /** Whether the video is to be kept from flickering. */
    steady: v.exactOptional(v.boolean(), true),
    /**
     * The smaller size at which a frame is painted, in pixels; it is brought up to its own with
     * details of its own. Painted as it is where nothing is said.
     */
    inside: v.exactOptional(v.object(size)),
  }),
  v.check(
    (job) => !job.inside || canHaveDetails(job, job.inside),
    'a frame must be larger than inside, and of groups of 4 pixels',
  ),
);

/** As the engine has it, with all defaults. */
export type PaintJob = Checked<typeof paintJob>;

/** As it is asked for. */
export type GivenPaintJob = Given<typeof paintJob>;

/** Milliseconds that a worker spent on a job. */
export interface PaintTimings {
  /** Pixels to tensor. */
  readonly pre: number;
  /** The network. */
  readonly run: number;
  /** Tensor to pixels, blending included. */
  readonly post: number;
  /** Pixels to a file, where one was asked for. */
  readonly encode?: number;
}

/** What has become of a job. */
export interface PaintAnswer<Data extends Bytes = Bytes> {
  /** RGBA, 4·width·height bytes, not premultiplied; or the file that was asked for. */
  readonly data: Data;
  /** Of the file; null for pixels. */
  readonly mime: string | null;
  /** Which network painted. */
  readonly network: NetworkName;
  /** A frame's scene lies so much of a pixel, less than one, to the right and below of its pixels. */
  readonly shift: { readonly x: number; readonly y: number };
  readonly timings: PaintTimings;
}
