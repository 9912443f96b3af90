/**
 * A paint job and its reply, each in one form that is passed from a page through the engine's host to
 * a worker, and back. A new field has to be added here, to the sender, and to the user of it.
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
 * Order of jobs: previews of stills first, then frames of animated things, then refinements, of
 * whatever picture.
 */
export const URGENCIES = ['preview', 'frame', 'refine'] as const;

export type Priority = (typeof URGENCIES)[number];

/** The network that paints: the full one, or the narrower one for live painting. */
export const NETWORKS = ['full', 'live'] as const;

export type NetworkName = (typeof NETWORKS)[number];

/** Maximum side of a picture, in pixels. */
export const MAX_SIDE = 20_000;

const size = { width: side(MAX_SIDE), height: side(MAX_SIDE) };

const place = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_SIDE));

const normalisedMix = v.pipe(mix, v.transform(normaliseMix));

/** Masks that are stretched over a picture. */
const masks = v.pipe(
  v.object({
    ...maskSize,
    /** [masks][height][width] bytes, whose sum at any position is at most 255. */
    shares: v.pipe(
      bytes,
      v.transform((data) => new Uint8Array(unpackBytes(data))),
    ),
  }),
  v.check(({ shares, width, height }) => shares.length % (width * height) === 0, 'of another size'),
  v.check(({ shares, width, height }) => !haveOverlap(shares, width * height), 'they overlap'),
);

/** Validated masks. */
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
  /** Identifies the masks on this port, or in this worker. */
  id: wholeNumber,
  /** Sent once: the receiver remembers as many of the last ones as the sender, see `Known`. */
  masks: v.exactOptional(masks),
  /** One for each mask; the rest of the sum at a position has the job's own mix. */
  mixes: v.pipe(
    mixes,
    v.transform((each) => each.map(normaliseMix)),
  ),
  /** The part of the masks that covers the picture, in fractions of their sides. */
  part: v.exactOptional(part, WHOLE),
});

/** The contents and the options of a job; its pixels are sent separately. */
export const paintJob = v.pipe(
  v.object({
    /** Of the content image, in pixels. */
    ...size,
    priority: v.picklist(URGENCIES),
    mix: normalisedMix,
    /** If missing, the whole picture has one mix. */
    regions: v.exactOptional(regions),
    manner: v.exactOptional(storedRenderOptions, DEFAULT_RENDER_OPTIONS),
    /** Position of this part in a larger picture, in pixels, for a continuous grain. */
    origin: v.exactOptional(v.object({ x: place, y: place }), { x: 0, y: 0 }),
    /**
     * Whether a file is returned instead of pixels, in any fast format; `webp`: a frame of an
     * animation; `address`: the text of a `data:` address with a file.
     */
    file: v.exactOptional(v.union([v.boolean(), v.picklist(['webp', 'address'])]), false),
    /** The full network also replaces a missing live one. */
    network: v.exactOptional(v.picklist(NETWORKS), 'full'),
    /** Identifies the video of a frame: frames of one video don't flash unless the video does. */
    stream: v.exactOptional(v.string()),
    /** Whether flicker of the video is suppressed. */
    steady: v.exactOptional(v.boolean(), true),
    /**
     * The smaller size at which a frame is painted, in pixels, before it is scaled up to its own size
     * with its own details. By default it is painted at its own size.
     */
    inside: v.exactOptional(v.object(size)),
  }),
  v.check(
    (job) => !job.inside || canHaveDetails(job, job.inside),
    'a frame must be larger than inside, and of groups of 4 pixels',
  ),
);

/** The validated job, with all defaults. */
export type PaintJob = Checked<typeof paintJob>;

/** The job as it is requested. */
export type GivenPaintJob = Given<typeof paintJob>;

/** Milliseconds that a worker has spent on a job. */
export interface PaintTimings {
  /** Pixels to tensor. */
  readonly pre: number;
  /** The network. */
  readonly run: number;
  /** Tensor to pixels, blending included. */
  readonly post: number;
  /** Pixels to a file, if one was requested. */
  readonly encode?: number;
}

/** The result of a job. */
export interface PaintAnswer<Data extends Bytes = Bytes> {
  /** RGBA, 4·width·height bytes, not premultiplied; or the requested file. */
  readonly data: Data;
  /** Type of the file; null for pixels. */
  readonly mime: string | null;
  /** The network that painted. */
  readonly network: NetworkName;
  /** Offset of a frame's scene to the right and down from its pixels, in pixels, less than one. */
  readonly shift: { readonly x: number; readonly y: number };
  readonly timings: PaintTimings;
}
