import { expect, it } from 'vitest';

import { notesOf } from '../../scripts/release-notes.mjs';

const CHANGELOG = `# Changelog

## Unreleased

- Later

## [1.10.0] - 2026-11-27

### Added

- Ten

## 1.1.0 - 2026-10-01

- One

## 1.0.0
`;

it('a release has the words on its own version, and no others', () => {
  expect(notesOf(CHANGELOG, '1.10.0')).toBe('### Added\n\n- Ten');
  expect(notesOf(CHANGELOG, '1.1.0')).toBe('- One');
});

it.each(['1.0.0', '1.1', '2.0.0'])(
  'nothing is released of which nothing is said: %s',
  (version) => {
    expect(() => notesOf(CHANGELOG, version)).toThrow(version);
  },
);
