import { describe, expect, it } from 'vitest';

import { asMarkdown, asText, type PartResult } from '../bench/report.mjs';
import { summarise } from '../bench/statistics.mjs';

describe('the summary of runs', () => {
  it('is the median and the quartiles, between values where none is there', () => {
    expect(summarise([4, 1, 3, 2])).toEqual({ median: 2.5, low: 1.75, high: 3.25, runs: 4 });
    expect(summarise([7])).toEqual({ median: 7, low: 7, high: 7, runs: 1 });
  });

  it('needs a run', () => {
    expect(() => summarise([])).toThrow(RangeError);
  });
});

describe('the report', () => {
  const result: PartResult = {
    title: 'A part',
    circumstances: {
      date: '2026-11-23T12:00:00.000Z',
      machine: 'a machine',
      browser: 'a browser',
      load: 1.5,
      forced: true,
    },
    ratios: [{ name: 'a / b', unit: '', summary: summarise([0.5]) }],
    figures: [{ name: 'a', unit: 'ms', summary: summarise([120, 130, 140]) }],
  };

  it('has ratios first, and says when it counts for nothing', () => {
    const lines = asText(result).split('\n');
    expect(lines[1]).toContain('1.50');
    expect(lines[2]).toMatch(/^a \/ b +0\.50 /);
    expect(lines[3]).toMatch(/^a +130 ms +125 – 135 +3 runs$/);
    expect(asMarkdown({ part: result })).toContain('--force');
  });
});
