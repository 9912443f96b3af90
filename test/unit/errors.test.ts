import { expect, test } from 'vitest';

import { PasticheError } from '../../src/protocol/errors';

test.each([
  ['a storage that is full', new Error('Resource::kQuotaBytes quota exceeded')],
  [
    'a database that is full',
    new DOMException('The quota has been exceeded.', 'QuotaExceededError'),
  ],
  [
    'a full disk, in Chrome',
    new Error('IO error: 000007.log: FILE_ERROR_NO_SPACE (16::WriteAppend)'),
  ],
  ['a full disk, in Firefox', new Error('NS_ERROR_FILE_NO_DEVICE_SPACE')],
  ['a full disk, as the system says it', new Error('IO error: No space left on device')],
])('%s has the sentence for it', (_, thrown) => {
  expect(PasticheError.from(thrown).code).toBe('storage-full');
});

test('anything else keeps the code of whoever expected it', () => {
  expect(PasticheError.from(new TypeError('x is undefined'), 'save-failed').code).toBe(
    'save-failed',
  );
});
