import { describe, expect, test, vi } from 'vitest';

import { mixName } from '../../src/words/mix-name';
import {
  hueOf,
  inListOrder,
  initialsOf,
  matchesQuery,
  shortTitle,
  stylesOf,
} from '../../src/words/style-names';

vi.mock('webextension-polyfill', () => ({
  default: {
    i18n: { getMessage: (key: string, parts: string[]) => [key, ...parts].join('|') },
  },
}));

const STYLES = [
  { id: 'night', title: 'The Starry Night', artist: 'Vincent van Gogh', year: '1889' },
  { id: 'wave', title: 'The Great Wave off Kanagawa', artist: 'Katsushika Hokusai', year: '1831' },
  { id: 'mont', title: 'Mont Sainte-Victoire', artist: 'Paul Cézanne', year: '1902–04' },
];

describe('short titles', () => {
  test.each([
    ['The Starry Night', 'Starry Night'],
    ['The Great Wave off Kanagawa', 'Great Wave'],
    ['A Sunday on La Grande Jatte', 'Sunday on La Grande Jatte'],
    ['Fine Wind, Clear Morning (Red Fuji)', 'Fine Wind'],
    ['Portrait of Jean Metzinger', 'Portrait'],
    ['Wheat Field with Cypresses', 'Wheat Field'],
    ['The Boulevard Montmartre at Night', 'Boulevard Montmartre'],
    ['Udnie', 'Udnie'],
    ['A', 'A'],
    ['(untitled)', '(untitled)'],
  ])('%s → %s', (title, short) => {
    expect(shortTitle(title)).toBe(short);
  });
});

describe('the name of a mix', () => {
  test('is the name of its style, of its two styles, or of its largest', () => {
    expect(mixName({ wave: 1 }, STYLES)).toBe('Great Wave');
    expect(mixName({ wave: 0.3, night: 0.7 }, STYLES)).toBe('mix_pair|Starry Night|Great Wave');
    expect(mixName({ mont: 0.5, wave: 0.2, night: 0.3 }, STYLES)).toBe(
      'mix_and_more|Mont Sainte-Victoire|Starry Night',
    );
  });

  test('of an empty mix, or of styles that are gone, is the original', () => {
    expect(mixName({}, STYLES)).toBe('mix_original');
    expect(mixName({ gone: 1 }, STYLES)).toBe('mix_original');
  });
});

test('styles of a mix, the largest share first', () => {
  const ids = stylesOf({ night: 0.2, mont: 0.7, gone: 0.1 }, STYLES).map(({ id }) => id);
  expect(ids).toEqual(['mont', 'night']);
});

test('finding a style by words of its title, artist and year, accents aside', () => {
  const found = (query: string): string[] =>
    STYLES.filter((style) => matchesQuery(style, query)).map(({ id }) => id);
  expect(found('')).toEqual(['night', 'wave', 'mont']);
  expect(found('cezanne')).toEqual(['mont']);
  expect(found('  GOGH 1889 ')).toEqual(['night']);
  expect(found('gogh wave')).toEqual([]);
});

test('initials', () => {
  expect(initialsOf('The Starry Night')).toBe('SN');
  expect(initialsOf('Udnie')).toBe('U');
  expect(initialsOf('富嶽三十六景')).toBe('富');
  expect(initialsOf('')).toBe('');
});

test('a hue is in the circle and stays the same', () => {
  for (const { id } of STYLES) {
    expect(hueOf(id)).toBe(hueOf(id));
    expect(hueOf(id)).toBeGreaterThanOrEqual(0);
    expect(hueOf(id)).toBeLessThan(360);
  }
});

test('the list begins with the mix, then follows the chosen order', () => {
  const order = (chosen: 'catalogue' | 'use' | 'title', mix = {}): string[] =>
    inListOrder(STYLES, mix, chosen, { wave: 2, mont: 7 }, 'en').map(({ id }) => id);
  expect(order('catalogue')).toEqual(['night', 'wave', 'mont']);
  expect(order('use')).toEqual(['mont', 'wave', 'night']);
  expect(order('title')).toEqual(['wave', 'mont', 'night']);
  expect(order('use', { night: 0.1 })).toEqual(['night', 'mont', 'wave']);
});
