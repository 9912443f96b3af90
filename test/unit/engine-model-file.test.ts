import { describe, expect, it } from 'vitest';

import { modelMetadata } from '../../src/engine/model-file';

const text = (value: string): number[] => [...new TextEncoder().encode(value)];

/** A delimited field of a protocol buffer. */
function field(number: number, contents: readonly number[]): number[] {
  const { length } = contents;
  return [
    number * 8 + 2,
    ...(length < 128 ? [length] : [128 + (length % 128), length >> 7]),
    ...contents,
  ];
}

const entry = (key: string, value: string): number[] =>
  field(14, [...field(1, text(key)), ...field(2, text(value))]);

const WHOLE = [
  ...[8, 9],
  ...field(2, text('pytorch')),
  ...field(
    7,
    Array.from({ length: 300 }, (_, i) => i % 256),
  ),
  ...entry('style_space', '91f54e30545b'),
  ...entry('other', ''),
];

describe('modelMetadata', () => {
  it('reads the metadata of an ONNX file', () => {
    const metadata = modelMetadata(Uint8Array.from(WHOLE));
    expect(Object.fromEntries(metadata)).toEqual({ style_space: '91f54e30545b', other: '' });
  });

  it('refuses a file that ends early in its graph, wherever it does', () => {
    for (let length = 0; length < 300; length++) {
      expect(() => modelMetadata(Uint8Array.from(WHOLE.slice(0, length)))).toThrow(RangeError);
    }
  });

  it('refuses what is not an ONNX file', () => {
    expect(() => modelMetadata(new TextEncoder().encode('<!doctype html>'))).toThrow(RangeError);
  });
});
