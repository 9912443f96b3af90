import { describe, expect, it } from 'vitest';

import { modelGraph, modelMetadata } from '../../src/engine/model-file';

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

describe('modelGraph', () => {
  const floats = [...new Uint8Array(Float32Array.of(0.5, -2).buffer)];
  const graph = [
    ...field(1, [...field(1, text('x')), ...field(4, text('Conv'))]),
    ...field(1, field(4, text('Relu'))),
    ...field(5, [...[8, 2, 8, 1, 16, 1], ...field(8, text('weight')), ...field(9, floats)]),
    // 64-bit whole numbers, as shapes are.
    ...field(5, [...[8, 1, 16, 7], ...field(8, text('shape')), ...field(9, text('12345678'))]),
  ];

  it('reads operators in their order, and constants of floats', () => {
    const { operators, tensors } = modelGraph(Uint8Array.from(field(7, graph)));
    expect(operators).toEqual(['Conv', 'Relu']);
    expect([...tensors]).toEqual([['weight', { dims: [2, 1], data: Float32Array.of(0.5, -2) }]]);
  });

  it('reads halved constants as what they are cast to', () => {
    const cast = [...field(1, text('w.half')), ...field(2, text('w')), ...field(4, text('Cast'))];
    // 1, −2, the largest, the smallest normal one, the smallest of all, and −0.
    const halves = [0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x8000];
    const bytes = halves.flatMap((half) => [half & 255, half >> 8]);
    const halved = field(5, [...[8, 6, 16, 10], ...field(8, text('w.half')), ...field(9, bytes)]);
    const other = [...field(1, text('x')), ...field(2, text('y')), ...field(4, text('Cast'))];
    const { operators, tensors } = modelGraph(
      Uint8Array.from(field(7, [...field(1, cast), ...field(1, other), ...halved])),
    );
    expect(operators).toEqual(['Cast']);
    expect([...tensors.keys()]).toEqual(['w']);
    expect([...tensors.get('w')!.data]).toEqual([1, -2, 65504, 2 ** -14, 2 ** -24, -0]);
  });

  it('refuses a file without a graph', () => {
    expect(() => modelGraph(Uint8Array.from(field(2, text('pytorch'))))).toThrow(RangeError);
  });
});
