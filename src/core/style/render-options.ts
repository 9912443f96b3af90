/** How a mix is painted: settings for the whole picture, whatever the mix. */
import * as v from 'valibot';

import type { Composition } from '../regions/layers';
import type { Checked } from '../schema';
import type { StyleMix } from './mix';

/** Smaller strokes than half cost more than four times the time; larger than 4 are mere blots. */
export const STROKE_SIZES = { least: 0.5, most: 4 } as const;

export const renderOptions = v.object({
  /** Whether the photograph's colours stay: lightness from the pastiche, chroma from the original. */
  keepColours: v.boolean(),
  /**
   * How large the strokes are: the network sees the picture reduced by this factor. 1 is as the
   * network learnt to paint.
   */
  strokeSize: v.pipe(v.number(), v.minValue(STROKE_SIZES.least), v.maxValue(STROKE_SIZES.most)),
  /**
   * Share of a second coat, 0..1: the network paints its own pastiche again, and marks get bolder and
   * contours freer. Any of it takes twice the time; videos never get one.
   */
  secondCoat: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
});

export type RenderOptions = Checked<typeof renderOptions>;

/** A mix, or several in regions, and how to paint it; `manner` is what stored records and files call that. */
export interface Recipe {
  readonly mix: StyleMix;
  readonly manner: RenderOptions;
  /** Default: the mix is for the whole picture. */
  readonly regions?: Composition;
}

/** The default. */
export const DEFAULT_RENDER_OPTIONS: RenderOptions = {
  keepColours: false,
  strokeSize: 1,
  secondCoat: 0,
};

/**
 * Shorter side, in pixels, from which the network's own strokes suit a picture. In smaller ones
 * they are as large as faces and houses, and cover them.
 */
const SUITED_SIDE = 448;

/** Finer strokes can't be told from grain. */
export const FINEST_SUITED = 0.6;

/**
 * The options that suit a still picture of a size in pixels: if it is small, its strokes are finer
 * in proportion, and cost up to 2.8 times as much.
 */
export function suitedRenderOptions(
  manner: RenderOptions,
  size: { width: number; height: number },
): RenderOptions {
  const side = Math.min(size.width, size.height);
  const measure = Math.min(1, Math.max(FINEST_SUITED, side / SUITED_SIDE));
  const strokeSize = Math.max(STROKE_SIZES.least, manner.strokeSize * measure);
  return { ...manner, strokeSize };
}

/** Accepts anything stored or sent; missing or damaged fields take their defaults. */
export const storedRenderOptions = v.fallback(
  v.object({
    keepColours: v.fallback(renderOptions.entries.keepColours, DEFAULT_RENDER_OPTIONS.keepColours),
    strokeSize: v.fallback(
      v.pipe(
        v.number(),
        v.finite(),
        v.gtValue(0),
        v.toMinValue(STROKE_SIZES.least),
        v.toMaxValue(STROKE_SIZES.most),
      ),
      DEFAULT_RENDER_OPTIONS.strokeSize,
    ),
    secondCoat: v.fallback(
      v.pipe(v.number(), v.finite(), v.toMinValue(0), v.toMaxValue(1)),
      DEFAULT_RENDER_OPTIONS.secondCoat,
    ),
  }),
  DEFAULT_RENDER_OPTIONS,
);

/** Whether two sets of render options paint alike. */
export function sameRenderOptions(a: RenderOptions, b: RenderOptions): boolean {
  return (
    a.keepColours === b.keepColours &&
    Math.abs(a.strokeSize - b.strokeSize) < 1e-6 &&
    Math.abs(a.secondCoat - b.secondCoat) < 1e-6
  );
}

/** Doublings between the smallest and the largest strokes. */
const DOUBLINGS = Math.log2(STROKE_SIZES.most / STROKE_SIZES.least);

/** The slider snaps to the network's own size within this difference. */
const SNAP = 0.01;

/** The stroke size at a position of its slider, 0..1; equal distances are equal factors. */
export function strokeSizeAt(place: number): number {
  const size = STROKE_SIZES.least * 2 ** (place * DOUBLINGS);
  const isPlain = Math.abs(size - DEFAULT_RENDER_OPTIONS.strokeSize) < SNAP;
  return isPlain ? DEFAULT_RENDER_OPTIONS.strokeSize : Math.round(size * 100) / 100;
}

/** The slider position of a stroke size, 0..1. */
export function strokeSizePlace(strokeSize: number): number {
  return Math.log2(strokeSize / STROKE_SIZES.least) / DOUBLINGS;
}
