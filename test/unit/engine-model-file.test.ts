import { describe, expect, it } from 'vitest';

import { modelGraph, modelMetadata } from '../../src/engine/worker/model-file';

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
  const named = (number: number, name: string): number[] => field(number, text(name));
  const node = (operator: string, inputs: string[], output: string): number[] => {
    const ends = [...inputs.flatMap((input) => named(1, input)), ...named(2, output)];
    return field(1, [...ends, ...named(4, operator)]);
  };
  const output = field(12, named(1, 'result'));
  const weight = field(5, [...[8, 2, 8, 1, 16, 1], ...named(8, 'weight'), ...field(9, floats)]);

  it('reads constants of floats', () => {
    // 64-bit whole numbers, as shapes are.
    const shape = field(5, [...[8, 1, 16, 7], ...named(8, 'shape'), ...named(9, '12345678')]);
    const { tensors } = modelGraph(Uint8Array.from(field(7, [...weight, ...shape, ...output])));
    expect([...tensors]).toEqual([['weight', { dims: [2, 1], data: Float32Array.of(0.5, -2) }]]);
  });

  it('reads what each node takes and makes, and the output', () => {
    const pad = node('Pad', ['x', 'amounts'], 'padded');
    const graph = [...pad, ...node('Relu', ['padded'], 'result'), ...output, ...weight];
    const { nodes, output: found } = modelGraph(Uint8Array.from(field(7, graph)));
    expect(nodes).toEqual([
      { operator: 'Pad', inputs: ['x', 'amounts'], outputs: ['padded'] },
      { operator: 'Relu', inputs: ['padded'], outputs: ['result'] },
    ]);
    expect(found).toBe('result');
  });

  it('reads halved constants as what they are cast to', () => {
    const cast = node('Cast', ['w.half'], 'w');
    // 1, −2, the largest, the smallest normal one, the smallest of all, and −0.
    const halves = [0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x8000];
    const bytes = halves.flatMap((half) => [half & 255, half >> 8]);
    const halved = field(5, [...[8, 6, 16, 10], ...field(8, text('w.half')), ...field(9, bytes)]);
    const other = node('Cast', ['w'], 'result');
    const { nodes, tensors } = modelGraph(
      Uint8Array.from(field(7, [...cast, ...other, ...halved, ...output])),
    );
    expect(nodes).toEqual([{ operator: 'Cast', inputs: ['w'], outputs: ['result'] }]);
    expect([...tensors.keys()]).toEqual(['w']);
    expect([...tensors.get('w')!.data]).toEqual([1, -2, 65504, 2 ** -14, 2 ** -24, -0]);
  });

  it('refuses a file without a graph', () => {
    expect(() => modelGraph(Uint8Array.from(field(2, text('pytorch'))))).toThrow(RangeError);
  });
});
