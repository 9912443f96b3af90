import { describe, expect, it } from 'vitest';

import { sorted } from '../../src/page/pictures/retention';

const one = (used: number, bytes: number): { used: number; bytes: number } => ({ used, bytes });

describe('what is kept of pictures that have gone', () => {
  it('is all of a few', () => {
    expect(sorted([one(1, 1e6), one(2, 1e6)])).toEqual({ rested: [], forgotten: [] });
  });

  it('is the latest up to so many bytes', () => {
    const all = [1, 2, 3, 4].map((used) => one(used, 10e6));
    expect(sorted(all)).toEqual({ rested: [], forgotten: [all[1], all[0]] });
  });

  it('is decoded of some, and remembered of more', () => {
    const all = Array.from({ length: 300 }, (_, used) => one(used, 1));
    const { rested, forgotten } = sorted(all);
    expect(forgotten.map(({ used }) => used)).toEqual(
      Array.from({ length: 100 }, (_, i) => 99 - i),
    );
    expect(rested.map(({ used }) => used)).toEqual(Array.from({ length: 152 }, (_, i) => 251 - i));
  });
});
