import { describe, expect, test } from 'vitest';

import { parseStyleSet, STYLE_DIM } from '../../src/core/style/style';

const vector = Array.from({ length: STYLE_DIM }, (_, i) => i / STYLE_DIM);
const night = { id: 'night', title: 'Night', artist: 'V', year: '1889', vector };
const set = (...styles: unknown[]): unknown => ({ styleSpace: 'abc', styles });

test('reads what the export writes', () => {
  const { styleSpace, styles } = parseStyleSet(set(night, { ...night, id: 'wave' }));
  expect(styleSpace).toBe('abc');
  expect(styles.map(({ id }) => id)).toEqual(['night', 'wave']);
  expect(styles[0]!.vector).toEqual(Float32Array.from(vector));
});

test('leaves out what it doesn’t know', () => {
  const [style] = parseStyleSet(set({ ...night, hidden: true })).styles;
  expect(Object.keys(style!).sort()).toEqual(['artist', 'id', 'title', 'vector', 'year']);
});

describe('refuses', () => {
  test.each([
    ['null', null],
    ['an array', []],
    ['no style space', { styles: [] }],
    ['no styles', { styleSpace: 'abc' }],
    ['a style that is no object', set('night')],
    ['a style without a title', set({ ...night, title: undefined })],
    ['a year that is a number', set({ ...night, year: 1889 })],
    ['a vector that is too short', set({ ...night, vector: vector.slice(1) })],
    ['a vector with text in it', set({ ...night, vector: ['1', ...vector.slice(1)] })],
    [
      'a vector with null in it, as JSON writes NaN',
      set({ ...night, vector: [null, ...vector.slice(1)] }),
    ],
    ['two styles with one id', set(night, night)],
  ])('%s', (_, json) => {
    expect(() => parseStyleSet(json)).toThrow(TypeError);
  });

  test('and names the style', () => {
    expect(() => parseStyleSet(set({ ...night, vector: [] }))).toThrow(/"night"/);
  });
});
