import { expect, test } from 'vitest';

import { isPart } from '../../src/content/page/sprites';

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
