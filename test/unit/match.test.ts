import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { matchLook } from '../../src/core/style/match';
import { mixOfShares, styleVectorShares, styleVectorOf } from '../../src/core/style/mix';
import { parseStyleSet } from '../../src/core/style/style';

const { styles } = parseStyleSet(JSON.parse(readFileSync('models/styles.json', 'utf8')));

describe('matching a look', () => {
  it.each(styles.map(({ id }) => id))('finds %s by its own vector', (id) => {
    expect(matchLook(styleVectorOf({ [id]: 1 }, styles), styles)).toEqual({ [id]: 1 });
  });

  it('finds the weights of a mix by its vector', () => {
    for (const [first, second, weight] of [
      ['starry-night', 'udnie', 0.7],
      ['the-kiss', 'red-fuji', 0.5],
      ['water-lilies', 'the-scream', 0.35],
    ] as const) {
      const mix = { [first]: weight, [second]: 1 - weight };
      const found = matchLook(styleVectorOf(mix, styles), styles);
      expect(Object.keys(found).sort()).toEqual([first, second].sort());
      expect(found[first]).toBeCloseTo(weight, 1);
    }
  });

  it('finds something for any vector', () => {
    const opposite = styles[0]!.vector.map((value) => -value);
    const found = matchLook(Float32Array.from(opposite), styles);
    expect(Object.values(found).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1);
    expect(Object.keys(matchLook(new Float32Array(128), styles))).toHaveLength(1);
  });
});

it('a mix of shares has these shares', () => {
  const shares = { a: 0.6, b: 0.3, c: 0.1 };
  for (const [id, share] of Object.entries(styleVectorShares(mixOfShares(shares)))) {
    expect(share).toBeCloseTo(shares[id as 'a']);
  }
});
