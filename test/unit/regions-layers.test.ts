import { describe, expect, it } from 'vitest';

import {
  compositionOf,
  maskSize,
  movedLayer,
  newLayer,
  withLayer,
  withoutLayer,
  type Layers,
} from '../../src/core/regions/layers';
import type { Mask } from '../../src/core/regions/mask';
import type { StyleMix } from '../../src/core/style/mix';

const mask = (...data: number[]): Mask => ({
  width: data.length,
  height: 1,
  data: Uint8Array.from(data),
});

function layersOf(...list: { mask: Mask; mix: StyleMix; opacity?: number }[]): Layers {
  let layers: Layers = { width: list[0]!.mask.width, height: 1, base: {}, list: [] };
  for (const each of list) {
    layers = { ...layers, list: [...layers.list, { ...newLayer(layers, each.mix), ...each }] };
  }
  return layers;
}

const RED = { red: 1 };
const BLUE = { blue: 1 };

describe('layers', () => {
  it('hide what lies below them', () => {
    const layers = layersOf(
      { mask: mask(255, 255, 0), mix: RED },
      { mask: mask(0, 255, 255), mix: BLUE },
    );
    const { mixes, shares } = compositionOf(layers)!;
    expect(mixes).toEqual([RED, BLUE]);
    expect([...shares]).toEqual([255, 0, 0, 0, 255, 255]);
  });

  it('let through what they leave', () => {
    const layers = layersOf(
      { mask: mask(255), mix: RED },
      { mask: mask(255), mix: BLUE, opacity: 0.4 },
    );
    expect([...compositionOf(layers)!.shares]).toEqual([153, 102]);
  });

  it('never cover more than there is', () => {
    const values = Array.from({ length: 256 }, (_, i) => i);
    const layers = layersOf(
      ...[1, 0.7, 0.33, 0.9].map((opacity, i) => ({
        mask: mask(...values.map((value) => (value * (i + 3)) % 256)),
        mix: RED,
        opacity,
      })),
    );
    const { shares } = compositionOf(layers)!;
    for (let at = 0; at < 256; at++) {
      const sum = [0, 1, 2, 3].reduce((all, i) => all + shares[i * 256 + at]!, 0);
      expect(sum).toBeLessThanOrEqual(255);
    }
  });

  it('are none where nothing is to be seen', () => {
    const layers = layersOf({ mask: mask(255), mix: RED, opacity: 0 });
    expect(compositionOf(layers)).toBeNull();
    const [layer] = layers.list;
    const hidden = withLayer(layers, { ...layer!, opacity: 1, isVisible: false });
    expect(compositionOf(hidden)).toBeNull();
  });

  it('fade by their feather', () => {
    const wide = mask(...Array.from({ length: 60 }, (_, i) => (i < 30 ? 255 : 0)));
    const layers = layersOf({ mask: wide, mix: RED });
    const soft = withLayer(layers, { ...layers.list[0]!, feather: 10 });
    const { shares } = compositionOf(soft)!;
    expect(shares[0]).toBe(255);
    expect(shares[30]).toBeGreaterThan(80);
    expect(shares[30]).toBeLessThan(170);
    expect(shares[59]).toBe(0);
  });

  it('move up and down, no further than there are places', () => {
    const layers = layersOf({ mask: mask(1), mix: RED }, { mask: mask(1), mix: BLUE });
    const order = (list: Layers): number[] => list.list.map(({ id }) => id);
    expect(order(movedLayer(layers, 1, 1))).toEqual([2, 1]);
    expect(order(movedLayer(layers, 2, 5))).toEqual([1, 2]);
    expect(order(movedLayer(layers, 1, -1))).toEqual([1, 2]);
    expect(order(withoutLayer(layers, 1))).toEqual([2]);
    expect(movedLayer(layers, 7, 1)).toBe(layers);
  });

  it('have masks that are not larger than they need be', () => {
    expect(maskSize(4000, 3000)).toEqual({ width: 1024, height: 768 });
    expect(maskSize(1, 1)).toEqual({ width: 1, height: 1 });
    expect(maskSize(20_000, 2)).toEqual({ width: 1024, height: 1 });
  });
});
