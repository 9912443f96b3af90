import { expect, test } from 'vitest';

import { covers } from '../../src/core/match-pattern';

test.each([
  ['<all_urls>', 'https://a.example/x.jpg', true],
  ['*://*/*', 'http://a.example/', true],
  ['https://*/*', 'http://a.example/', false],
  ['https://a.example/*', 'https://a.example:8443/x', true],
  ['https://a.example/*', 'https://b.a.example/x', false],
  ['https://*.a.example/*', 'https://b.a.example/x', true],
  ['https://*.a.example/*', 'https://a.example/x', true],
  ['*://*.a.example/*', 'http://bada.example/x', false],
  ['*://[2001:db8::1]/*', 'http://[2001:db8::1]:8080/x', true],
  ['http://[::1]/*', 'http://[::2]/x', false],
  ['<all_urls>', 'data:image/png;base64,AA', false],
  ['nonsense', 'https://a.example/', false],
])('%s covers %s: %s', (pattern, address, expected) => {
  expect(covers([pattern], address)).toBe(expected);
});
