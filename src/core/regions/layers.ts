/** Layers of a picture that is painted by regions: each has a mask and a mix. Pure. */
import type { Box } from '../geometry';
import type { StyleMix } from '../style/mix';
import { emptyMask, feathered, type Mask } from './mask';

export interface Layer {
  readonly id: number;
  readonly mask: Mask;
  readonly mix: StyleMix;
  /** Opacity of the whole layer, 0..1. */
  readonly opacity: number;
  /** Width over which its outline fades, in pixels of the mask. */
  readonly feather: number;
  readonly isVisible: boolean;
}

/** The engine takes eight mixes; one is the base below all layers. */
export const MAX_LAYERS = 7;

/** A picture's layers, the lowest first, and the base below them. */
export interface Layers {
  readonly width: number;
  readonly height: number;
  /** Mix of the area that no layer covers; empty for the original. */
  readonly base: StyleMix;
  readonly list: readonly Layer[];
}

/** Maximum longer side of a mask, in pixels: the network's own resolution is 8 px. */
const MASK_SIDE = 1024;

/** The size of a picture's masks. */
export function maskSize(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, MASK_SIDE / Math.max(width, height));
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

export function newLayer(layers: Layers, mix: StyleMix): Layer {
  const id = 1 + Math.max(0, ...layers.list.map((layer) => layer.id));
  const mask = emptyMask(layers.width, layers.height);
  return { id, mask, mix, opacity: 1, feather: 0, isVisible: true };
}

export function withLayer(layers: Layers, changed: Layer): Layers {
  const list = layers.list.map((layer) => (layer.id === changed.id ? changed : layer));
  return { ...layers, list };
}

export function withoutLayer(layers: Layers, id: number): Layers {
  return { ...layers, list: layers.list.filter((layer) => layer.id !== id) };
}

/** Moves a layer up by a number of places, or down by a negative one, as far as there are places. */
export function movedLayer(layers: Layers, id: number, by: number): Layers {
  const from = layers.list.findIndex((layer) => layer.id === id);
  const layer = layers.list[from];
  if (!layer) return layers;
  const list = layers.list.filter((other) => other !== layer);
  list.splice(Math.max(0, Math.min(list.length, from + by)), 0, layer);
  return { ...layers, list };
}

/** The engine's form of the layers: mixes, and each mix's share of every position. */
export interface Composition {
  readonly mixes: readonly StyleMix[];
  readonly width: number;
  readonly height: number;
  /** [mixes][height][width]; at a position they sum to 255 at most, the rest is the base. */
  readonly shares: Uint8Array<ArrayBuffer>;
  /** What of the masks a picture is, in shares of their sides. Default: the whole. */
  readonly part?: Box;
}

/** Feathered masks, kept as long as their masks: a slider asks for the same ones again. */
const softMasks = new WeakMap<Mask, { readonly feather: number; readonly mask: Mask }>();

function softMask({ mask, feather }: Layer): Mask {
  const known = softMasks.get(mask);
  if (known?.feather === feather) return known.mask;
  const made = feathered(mask, feather);
  softMasks.set(mask, { feather, mask: made });
  return made;
}

/**
 * Stacks the layers: a layer hides what it covers of those below it.
 * @returns Null if no layer is visible.
 */
export function compositionOf({ width, height, list }: Layers): Composition | null {
  const seen = list.filter(({ isVisible, opacity }) => isVisible && opacity > 0);
  if (seen.length === 0) return null;
  const texels = width * height;
  const shares = new Uint8Array(seen.length * texels);
  const left = new Float32Array(texels).fill(255);
  for (let i = seen.length - 1; i >= 0; i--) {
    const layer = seen[i]!;
    const { data } = softMask(layer);
    const offset = i * texels;
    const scale = layer.opacity / 255;
    for (let at = 0; at < texels; at++) {
      const covered = data[at]!;
      if (covered === 0) continue;
      // Rounded down, so that the sum never exceeds the total.
      const share = Math.floor(left[at]! * covered * scale + 1e-3);
      shares[offset + at] = share;
      left[at]! -= share;
    }
  }
  return { mixes: seen.map(({ mix }) => mix), width, height, shares };
}
