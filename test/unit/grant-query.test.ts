import { describe, expect, test } from 'vitest';

import { parseGrantQuery, siteName } from '../../src/pages/grant/query';

const query = (...origins: string[]): string =>
  `?${new URLSearchParams([...origins.map((o) => ['origins', o]), ['reason', 'cross-origin-image']]).toString()}`;

describe('accepts', () => {
  test.each([
    'https://img.example.org/*',
    'http://example.org/*',
    'https://xn--bcher-kva.example/*',
    'http://127.0.0.1/*',
    'http://[::1]/*',
    'http://localhost/*',
  ])('%s', (origin) => {
    expect(parseGrantQuery(query(origin))).toEqual({
      origins: [origin],
      reason: 'cross-origin-image',
    });
  });

  test('several sites, each once', () => {
    const [a, b] = ['https://a.example/*', 'https://b.example/*'] as const;
    expect(parseGrantQuery(query(a, b, a))?.origins).toEqual([a, b]);
  });
});

describe('refuses', () => {
  test.each([
    '',
    '<all_urls>',
    '*://*/*',
    'https://*/*',
    'https://*.example.org/*',
    'https://example.org/',
    'https://example.org/path/*',
    'https://example.org:8080/*',
    'https://user@example.org/*',
    'https://EXAMPLE.org/*',
    'http://127.1/*',
    'file:///*',
    'ftp://example.org/*',
    'javascript:alert(1)/*',
    'https://<b>hi</b>/*',
    ' https://example.org/*',
    'https://exa\u202emple.org/*',
  ])('%j', (origin) => {
    expect(parseGrantQuery(query(origin))).toBeNull();
    expect(parseGrantQuery(query('https://fine.example/*', origin))).toBeNull();
  });

  test('no site, too many sites, another reason', () => {
    expect(parseGrantQuery(query())).toBeNull();
    expect(parseGrantQuery('')).toBeNull();
    const many = Array.from({ length: 6 }, (_, i) => `https://${i}.example/*`);
    expect(parseGrantQuery(query(...many))).toBeNull();
    expect(parseGrantQuery('?origins=https://a.example/*&reason=because')).toBeNull();
    expect(parseGrantQuery('?origins=https://a.example/*')).toBeNull();
  });
});

test('a site is named by its host; the protocol is shown where it is not safe', () => {
  expect(siteName('https://img.example.org/*')).toBe('img.example.org');
  expect(siteName('http://img.example.org/*')).toBe('http://img.example.org');
});
