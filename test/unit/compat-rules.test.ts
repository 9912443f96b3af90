import { describe, expect, it } from 'vitest';

import {
  featureAt,
  judge,
  lackOf,
  manifestKeys,
  oldestVersions,
  type Data,
  type Gap,
} from '../../scripts/compat-rules.mjs';

/** A feature with these statements of support. */
const feature = (...statements: readonly object[]): Data => ({
  __compat: { support: { safari: statements.length === 1 ? statements[0] : statements } },
});

describe('what a browser lacks', () => {
  it.each([
    ['nothing, as it came before', { version_added: '25.1' }],
    ['nothing, as it came with this version', { version_added: '26' }],
    ['nothing, as it came at some time before', { version_added: '≤18' }],
    ['nothing, as it was removed later', { version_added: '3', version_removed: '27' }],
  ])('is %s', (_, statement) => {
    expect(lackOf(feature(statement), 'safari', 26)).toBeNull();
  });

  it.each([
    ['none', { version_added: false }],
    ['none', { version_added: '3', version_removed: '26' }],
    ['none', { version_added: '3', flags: [{ name: 'it' }] }],
    ['none', { version_added: '3', prefix: 'webkit' }],
    ['only from 26.2 on', { version_added: '26.2' }],
    ['only from preview on', { version_added: 'preview' }],
    ['in part: not so', { version_added: '3', partial_implementation: true, notes: 'not so' }],
  ])('is %s', (lack, statement) => {
    expect(lackOf(feature(statement), 'safari', 26)).toBe(lack);
  });

  it('is what the best of several statements leaves', () => {
    const part = { version_added: '3', partial_implementation: true };
    expect(lackOf(feature({ version_added: '26' }, part), 'safari', 26)).toBeNull();
    expect(lackOf(feature({ version_added: '26' }, part), 'safari', 25)).toMatch(/^in part/);
  });

  it('depends on the name by which it is used', () => {
    const menus = feature({ version_added: '14', alternative_name: 'contextMenus' });
    expect(lackOf(menus, 'safari', 26)).toBe('none');
    expect(lackOf(menus, 'safari', 26, 'contextMenus')).toBeNull();
  });

  it('is all that the data does not know, but in Chrome', () => {
    expect(lackOf(null, 'chrome', 137)).toBeNull();
    expect(lackOf(null, 'safari', 26)).toBe('is not known to have it');
  });
});

describe('the judgement', () => {
  const gap: Gap = { key: 'api.ImageDecoder.decode', browser: 'safari', lack: 'none' };
  const exception = {
    reason: 'guarded',
    browsers: ['safari'],
    keys: ['api.ImageDecoder*'],
  } as const;

  it('is a sentence for every gap without a reason', () => {
    expect(judge([gap], [])).toEqual(['api.ImageDecoder.decode: safari none']);
    expect(judge([gap], [exception])).toEqual([]);
    expect(judge([{ ...gap, browser: 'firefox' }], [exception])).toContain(
      'api.ImageDecoder.decode: firefox none',
    );
  });

  it('is a sentence for every exception that is not needed any more', () => {
    expect(judge([], [exception])).toEqual([
      'api.ImageDecoder*: the exception for safari is not needed',
    ]);
  });
});

it('the oldest versions are those of the manifest', () => {
  const manifest = {
    minimum_chrome_version: '137',
    browser_specific_settings: {
      gecko: { strict_min_version: '142.0' },
      gecko_android: { strict_min_version: '143.0' },
      safari: { strict_min_version: '26.1' },
    },
  };
  expect(oldestVersions(manifest)).toEqual({
    chrome: 137,
    firefox: 142,
    firefox_android: 143,
    safari: 26.1,
  });
});

it('names of a manifest are looked up as far as the data has them', () => {
  const data: Data = { webextensions: { manifest: { background: { scripts: feature({}) } } } };
  const keys = manifestKeys(data, { background: { scripts: [] }, commands: { mine: {} }, odd: 1 });
  expect(keys).toEqual([
    'webextensions.manifest.background',
    'webextensions.manifest.background.scripts',
    'webextensions.manifest.commands',
    'webextensions.manifest.odd',
  ]);
  expect(featureAt(data, 'webextensions.manifest.odd')).toBeNull();
  expect(featureAt(data, 'webextensions.manifest.background')).toBeNull();
});
