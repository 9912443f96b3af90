import { expect, test } from 'vitest';

import { isPart, isWholePart } from '../../src/page/whole-page/parts';

test.each([
  ['a sprite of a sheet', 'auto', '-120px -48px', true],
  ['one of the first row', 'auto', '-120px 0px', true],
  ['one of a sheet for sharp screens', '400px 300px', '0px -96px', true],
  ['one of a sheet that grows with its box', '400% 300%', '33.3% 50%', true],
  ['a header, as pages place it without a word', 'auto', '0% 0%', false],
  ['a photograph that fills its box', 'cover', '50% 50%', false],
  ['one that is moved as the page scrolls', 'cover', '50% -80px', false],
  ['one that grows under the pointer', '120%', '50% 50%', false],
  ['one at the right edge', 'auto', 'calc(100% - 20px) 0%', false],
  ['an image in the middle of its box', 'none', '50% 50%', false],
  ['a sprite in an image', 'none', '-40px -80px', true],
])('%s', (_, size, position, expected) => {
  expect(isPart({ size, position })).toBe(expected);
});

/** A sheet of 4×4 discs of a colour each, 48 pixels apart, on a ground; or a photograph's slopes. */
function sheet(
  kind: 'see-through' | 'on white' | 'touching' | 'photograph',
): Pick<ImageData, 'data' | 'width' | 'height'> {
  const side = 192;
  const data = new Uint8ClampedArray(4 * side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [column, row] = [Math.floor(x / 48), Math.floor(y / 48)];
      const isDisc = Math.hypot((x % 48) - 24, (y % 48) - 24) < 18;
      const part = [(column * 83) % 256, (row * 71) % 256, ((column + row) * 57) % 256, 255];
      const slope = [x + 20 * Math.sin(y / 9), y + 20 * Math.cos(x / 7), (x + y) / 2, 255];
      const ground = { 'see-through': [9, 9, 9, 0], 'on white': [255, 255, 255, 255] };
      const pixel =
        kind === 'photograph'
          ? slope
          : kind === 'touching'
            ? part.map((value, k) => (k < 3 && isDisc ? 255 - value : value))
            : isDisc
              ? part
              : ground[kind];
      data.set(pixel, 4 * (y * side + x));
    }
  }
  return { data, width: side, height: side };
}

const FIRST = { x: 0, y: 0, width: 48, height: 48 };

test.each([
  ['the first part of a sheet', 'see-through', FIRST, true],
  ['one in its middle', 'see-through', { ...FIRST, x: 48, y: 96 }, true],
  ['a box through its parts', 'see-through', { ...FIRST, width: 70 }, false],
  ['one on a ground', 'on white', FIRST, true],
  ['one that touches the next', 'touching', FIRST, true],
  ['a box through those', 'touching', { ...FIRST, height: 70 }, false],
  ['nothing but the ground', 'see-through', { x: 0, y: 0, width: 5, height: 5 }, false],
  ['a corner of a photograph', 'photograph', FIRST, false],
  ['all of it', 'photograph', { x: 0, y: 0, width: 192, height: 192 }, false],
] as const)('whether nothing is cut through: %s', (_, kind, box, expected) => {
  expect(isWholePart(sheet(kind), box)).toBe(expected);
});
