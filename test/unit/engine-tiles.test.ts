import { describe, expect, test } from 'vitest';

import { blendTile, tilesOf, tilingFor, TILING, type Tiling } from '../../src/engine/client/tiles';
import { DEFAULT_RENDER_OPTIONS } from '../../src/core/style/render-options';

test('a second coat has rims twice as wide, which what the first lacks does not pass', () => {
  expect(tilingFor(DEFAULT_RENDER_OPTIONS)).toEqual(TILING);
  expect(tilingFor({ ...DEFAULT_RENDER_OPTIONS, secondCoat: 0.1 })).toEqual({
    ...TILING,
    rim: 192,
  });
});

const SMALL: Tiling = { side: 64, rim: 8, blend: 8 };

describe.each([
  [TILING, 6000, 4000],
  [TILING, TILING.side + 1, TILING.side - 1],
  [TILING, 1, 9000],
  [SMALL, 200, 131],
])('tiles of %o', (tiling, width, height) => {
  const tiles = tilesOf({ width, height }, tiling);

  test('see no more than they may, and nothing beyond the picture', () => {
    for (const { seen, used } of tiles) {
      expect(Math.max(seen.width, seen.height)).toBeLessThanOrEqual(tiling.side + 8);
      expect(Math.min(seen.x, seen.y)).toBeGreaterThanOrEqual(0);
      expect(seen.x + seen.width).toBeLessThanOrEqual(width);
      expect(seen.y + seen.height).toBeLessThanOrEqual(height);
      expect(used.x).toBeGreaterThanOrEqual(seen.x);
      expect(used.x + used.width).toBeLessThanOrEqual(seen.x + seen.width);
    }
  });

  test("begin on the network's grid", () => {
    for (const { seen } of tiles) expect([seen.x % 8, seen.y % 8]).toEqual([0, 0]);
  });

  test('overlap their neighbours by what is blended, and cover the rest once', () => {
    let area = 0;
    for (const { used, blend } of tiles) {
      expect(blend.left).toBe(used.x === 0 ? 0 : tiling.blend);
      expect(blend.top).toBe(used.y === 0 ? 0 : tiling.blend);
      area += (used.width - blend.left) * (used.height - blend.top);
    }
    expect(area).toBe(width * height);
  });
});

test('a small picture is one tile', () => {
  const [tile, ...more] = tilesOf({ width: TILING.side, height: 10 }, TILING);
  expect(more).toEqual([]);
  expect(tile?.seen).toEqual({ x: 0, y: 0, width: TILING.side, height: 10 });
});

/** A picture assembled from tiles painted by `paint`. */
function assembled(
  width: number,
  height: number,
  paint: (x: number, y: number, tile: number) => number,
): Uint8ClampedArray {
  const picture = new Uint8ClampedArray(4 * width * height);
  tilesOf({ width, height }, SMALL).forEach((tile, index) => {
    const { seen } = tile;
    const painted = new Uint8ClampedArray(4 * seen.width * seen.height);
    for (let i = 0; i < seen.width * seen.height; i++) {
      const value = paint(seen.x + (i % seen.width), seen.y + Math.floor(i / seen.width), index);
      painted.fill(value, 4 * i, 4 * i + 4);
    }
    blendTile(painted, tile, picture, width, 0);
  });
  return picture;
}

test('tiles that agree give the picture itself, alpha too', () => {
  const [width, height] = [150, 90];
  const value = (x: number, y: number): number => (x * 7 + y * 13) % 256;
  const picture = assembled(width, height, value);
  for (let i = 0; i < picture.length; i++) {
    const pixel = i >> 2;
    expect(picture[i]).toBe(value(pixel % width, Math.floor(pixel / width)));
  }
});

test('tiles that differ leave no edge', () => {
  const [width, height] = [150, 90];
  const picture = assembled(width, height, (_x, _y, tile) => (tile % 2) * 80);
  for (let y = 0; y < height; y++) {
    for (let x = 1; x < width; x++) {
      const at = 4 * (y * width + x);
      // Each of the two was rounded twice where four tiles meet.
      expect(Math.abs(picture[at]! - picture[at - 4]!)).toBeLessThanOrEqual(
        (2 * 80) / SMALL.blend + 2,
      );
    }
  }
});
