/**
 * Where everything lies in the kernels' memory, and which kernel runs when on which lines. Pure:
 * every thread works it out for itself from the same numbers.
 *
 * Tensors are NHWC with 32-bit floats. Convolutions don't pad: what they read has its border
 * already, drawn by whoever wrote the tensor.
 */
import type { Size } from '../geometry';
import { GRAIN_SIDE } from '../grain';
import type { PictureRun } from '../worker';
import { MOST_REGIONS } from '../regional-style';
import { LAST_OUTPUTS, type NetworkForm } from './form';
import { BLOCK, PAIR_POINTS, paddedOutputs, POINTS } from './pack';

/** The exports of src/kernels/kernels.ts. */
export interface Kernels {
  convolve(...args: number[]): void;
  interleave(...args: number[]): void;
  interleavePixels(...args: number[]): void;
  fillBorder(...args: number[]): void;
  convolvePairs(...args: number[]): void;
  convolveWinograd(...args: number[]): void;
  packPairs(...args: number[]): void;
  packWinograd(...args: number[]): void;
  normalisation(...args: number[]): void;
  addNormalised(...args: number[]): void;
  superpose(...args: number[]): void;
  finish(...args: number[]): void;
  finishPixels(...args: number[]): void;
}

/** A kernel and its arguments. */
export type Call = readonly [kernel: keyof Kernels, ...args: number[]];

/** Work that threads do at the same time, each its share of the units; then they wait. */
export interface Step {
  readonly name: string;
  /** Multiplications and additions of the direct way, 0 where they don't count. */
  readonly macs: number;
  /** Lines, tiles or groups of channels that are shared out. */
  readonly units: number;
  /** What one thread calls for the units from..to. */
  calls(from: number, to: number, thread: number): Call[];
}

/** Addresses in bytes of what doesn't depend on the picture. */
export interface Layout {
  /** Packed weights, by name; biases and the parts that come of the style too. */
  readonly weights: ReadonlyMap<string, number>;
  /** The tile of grain, signed bytes. */
  readonly grain: number;
  /** For each thread, {@link scratchBytes}. */
  readonly scratch: readonly number[];
  /** The first free byte. */
  readonly end: number;
}

/** The run of the network for one size. */
export interface Plan {
  readonly steps: readonly Step[];
  /** Address of the content tensor, [1,3,H,W] as in Network.run; of no size where a picture is. */
  readonly content: number;
  /** Address of the pastiche, of the same shape. */
  readonly pastiche: number;
  /** Address of the picture, RGBA bytes, which becomes the pastiche; of no size without one. */
  readonly pixels: number;
  /** Address of the regions' shares, [regions][H/8][W/8]; read where there are several. */
  readonly shares: number;
  /** Bytes of memory that are needed in all. */
  readonly bytes: number;
}

/** Bytes at the beginning of the memory by which threads agree. */
export const CONTROL_BYTES = 1024;

const FLOAT = 4;

/** Cache lines; also what a vector's address should be a multiple of. */
const ALIGNMENT = 64;

/** Most tiles that Winograd's transforms work on at a time, so that they stay in a cache. */
const TILES = 30;

/** The transforms' own, beside the points. */
const SCRATCH_HEAD = 1024;

/** Between the points of the transforms. */
const GAP = 64;

/** torch.nn.functional.instance_norm's. */
const EPSILON = 1e-5;

/**
 * Names and lengths of what is packed: weights, biases, and what the style makes of the fusion layer,
 * of norms and of the decoder, which is there for each region.
 */
export function packedLengths({ channels, blocks }: NetworkForm): Map<string, number> {
  const [c1, c2, c3] = channels;
  const lengths = new Map([
    ['encoder.0', 108 * c1],
    ['encoder.0.bias', c1],
    ['encoder.2', 4 * PAIR_POINTS * c1 * c2],
    ['encoder.2.bias', c2],
    ['encoder.4', 4 * PAIR_POINTS * c2 * c3],
    ['encoder.4.bias', c3],
    ['fusion', c3 * c3],
    ['fusion.bias', MOST_REGIONS * c3],
    ['fusion.gain', MOST_REGIONS * c3],
    ['decoder.0', 4 * PAIR_POINTS * c3 * c2],
    ['decoder.0.gain', MOST_REGIONS * c2],
    ['decoder.0.bias', MOST_REGIONS * c2],
    ['decoder.1', 4 * PAIR_POINTS * c2 * c1],
    ['decoder.1.gain', MOST_REGIONS * c1],
    ['decoder.1.bias', MOST_REGIONS * c1],
    ['last', POINTS * c1 * paddedOutputs(LAST_OUTPUTS)],
    ['last.bias', paddedOutputs(LAST_OUTPUTS)],
    ['gain', MOST_REGIONS * c3],
    ['shift', MOST_REGIONS * c3],
  ]);
  for (const norm of normsOf(blocks)) {
    lengths.set(`${norm}.conv`, POINTS * c3 * c3);
    lengths.set(`${norm}.scale`, MOST_REGIONS * c3);
    lengths.set(`${norm}.offset`, MOST_REGIONS * c3);
  }
  return lengths;
}

/** The residual blocks' convolutions, each with a normalisation: `block.half`. */
export function normsOf(blocks: number): string[] {
  return Array.from({ length: 2 * blocks }, (_, i) => `${i >> 1}.${(i % 2) + 1}`);
}

/** What a plan is made for. */
export interface Run extends Size {
  /**
   * How many style vectors are superposed at every position; one of them alone costs nothing.
   */
  readonly regions: number;
  /** Null: the content comes as a tensor, and the pastiche goes as one. */
  readonly picture: PictureRun | null;
}

/** Where weights and scratch memory lie. */
export function layoutOf(form: NetworkForm, threads: number): Layout {
  let end = CONTROL_BYTES;
  const take = (bytes: number): number => {
    const address = end;
    end = aligned(end + bytes);
    return address;
  };
  const weights = new Map(
    [...packedLengths(form)].map(([name, length]) => [name, take(FLOAT * length)]),
  );
  const grain = take(GRAIN_SIDE * GRAIN_SIDE);
  const scratch = Array.from({ length: threads }, () => take(scratchBytes(form)));
  return { weights, grain, scratch, end };
}

/** Bytes that a thread needs for Winograd's transforms. */
function scratchBytes({ channels }: NetworkForm): number {
  const [, c2, c3] = channels;
  const most = Math.max(POINTS * 2 * c3, PAIR_POINTS * (4 * c2 + c3));
  return SCRATCH_HEAD + most * TILES * FLOAT + 2 * POINTS * GAP;
}

/** The units from..to that a thread has of a step. */
export function shareOf(units: number, threads: number, thread: number): [number, number] {
  return [Math.floor((units * thread) / threads), Math.floor((units * (thread + 1)) / threads)];
}

/**
 * Plans a run.
 * @param run Its sides are multiples of 8, and a picture's are no longer.
 */
export function planOf(form: NetworkForm, layout: Layout, run: Run): Plan {
  const [c1, c2, c3] = form.channels;
  const { width, height, regions, picture } = run;
  const [w2, h2] = [width / 2, height / 2];
  const [w4, h4] = [width / 4, height / 4];
  const [w8, h8] = [width / 8, height / 8];
  const last = paddedOutputs(LAST_OUTPUTS);
  const weight = (name: string): number => layout.weights.get(name)!;
  const norms = normsOf(form.blocks);
  // Steps are counted from 0; each normalised convolution is a step for itself and one for its
  // statistics, and every second one is added to the stream in a third. What is superposed can't be
  // part of the next convolution, so the first one has a third step too.
  const isRegional = regions > 1;
  const decoding = 4 + (isRegional ? 6 : 5) * form.blocks;
  const { addresses, end } = placed(layout.end, {
    content: [picture ? 0 : FLOAT * 3 * width * height, 0, 0],
    // Two pixels more may be read.
    pixels: [picture ? 4 * (picture.width * picture.height + 2) : 0, 0, decoding + 2],
    shares: [isRegional ? FLOAT * regions * w8 * h8 : 0, 0, decoding + 1],
    image: [FLOAT * 3 * (width + 4) * (height + 4), 0, 1],
    half: [FLOAT * c1 * (w2 + 2) * (h2 + 2), 1, 2],
    quarter: [FLOAT * c2 * (w4 + 2) * (h4 + 2), 2, 3],
    eighth: [FLOAT * c3 * w8 * h8, 3, 3],
    stream: [FLOAT * c3 * (w8 + 2) * (h8 + 2), 3, decoding],
    first: [FLOAT * c3 * w8 * h8, 4, decoding - 1],
    second: [FLOAT * c3 * w8 * h8, 4, decoding - 1],
    up4: [FLOAT * c2 * (w4 + 2) * (h4 + 2), decoding, decoding + 1],
    up2: [FLOAT * c1 * (w2 + 2) * (h2 + 2), decoding + 1, decoding + 2],
    squares: [FLOAT * last * w2 * h2, decoding + 2, decoding + 2],
    pastiche: [picture ? 0 : FLOAT * 3 * width * height, decoding + 2, decoding + 2],
  });
  const at = (name: keyof typeof addresses): number => addresses[name];
  const stream = {
    line: FLOAT * c3 * (w8 + 2),
    inside: inside(at('stream'), c3, w8),
  };
  const superposed = (gain: string, shift: string, halvings = 0): number[] => [
    ...[regions, at('shares'), FLOAT * w8 * h8, halvings, weight(gain), weight(shift)],
  ];

  /**
   * A transposed convolution of 4×4 with stride 2, modulated by the style, and ReLU, from and into
   * tensors with a reflected border of one pixel.
   * @param halvings How often the output has to be halved to the size of the shares.
   */
  const transposed = (
    name: string,
    from: number,
    inputs: number,
    into: number,
    outputs: number,
    inputWidth: number,
    inputHeight: number,
    halvings: number,
  ): Step => {
    const [line, pixel] = steps(outputs, 2 * inputWidth + 2);
    const [inputLine, inputPixel] = steps(inputs, inputWidth + 2);
    const within = inside(into, outputs, 2 * inputWidth);
    const [gain, bias] = [`${name}.gain`, `${name}.bias`];
    const phase = (y: number, x: number, first: number, end: number, thread: number): Call => [
      'convolvePairs',
      ...[from + y * inputLine + x * inputPixel, inputLine, inputPixel, 1, 0, inputs],
      weight(name) + FLOAT * (2 * y + x) * PAIR_POINTS * inputs * outputs,
      ...(isRegional ? [0, 0] : [weight(gain), weight(bias)]),
      ...[Number(!isRegional), outputs / BLOCK],
      ...[within + y * line + x * pixel, 2 * line, 2 * pixel],
      ...[inputWidth, inputHeight, layout.scratch[thread]!, first, end, TILES],
    ];
    return {
      name,
      macs: 16 * inputs * outputs * inputWidth * inputHeight,
      units: tiled(inputHeight, 3),
      calls: (first, end, thread) => [
        phase(0, 0, first, end, thread),
        phase(0, 1, first, end, thread),
        phase(1, 0, first, end, thread),
        phase(1, 1, first, end, thread),
        ...(isRegional
          ? [
              [
                'superpose',
                ...[within, line, within, line, 2 * inputWidth, outputs],
                ...[6 * first, Math.min(6 * end, 2 * inputHeight)],
                ...[...superposed(gain, bias, halvings), 0],
              ] satisfies Call,
            ]
          : []),
        [
          'fillBorder',
          ...[into, 2 * inputWidth, 2 * inputHeight, outputs],
          ...[6 * first, Math.min(6 * end, 2 * inputHeight)],
        ],
      ],
    };
  };
  const all: Step[] = [
    {
      name: 'interleave',
      macs: 0,
      units: height + 4,
      calls: (from, to) => [
        picture
          ? [
              'interleavePixels',
              ...[at('pixels'), picture.width, picture.height, width, height],
              ...[picture.grain ? layout.grain : 0, picture.grain?.x ?? 0, picture.grain?.y ?? 0],
              ...[at('image'), 2, from, to],
            ]
          : ['interleave', at('content'), width, height, at('image'), 2, from, to],
      ],
    },
    {
      name: 'encoder.0',
      macs: 108 * c1 * w2 * h2,
      units: h2,
      calls: (from, to) => [
        [
          'convolve',
          ...source(at('image'), 3, width + 4, 2),
          ...[inside(at('half'), c1, w2), ...steps(c1, w2 + 2)],
          ...[weight('encoder.0'), weight('encoder.0.bias'), 6, 18],
          ...[w2, from, to, c1 / BLOCK, 1],
        ],
        ['fillBorder', at('half'), w2, h2, c1, from, to],
      ],
    },
    {
      name: 'encoder.2',
      macs: 16 * c1 * c2 * w4 * h4,
      units: tiled(h4, 3),
      calls: (from, to, thread) => [
        [
          'convolvePairs',
          ...squares(at('half'), c1, w2 + 2),
          ...[weight('encoder.2'), 0, weight('encoder.2.bias'), 1, c2 / BLOCK],
          ...[inside(at('quarter'), c2, w4), ...steps(c2, w4 + 2)],
          ...[w4, h4, layout.scratch[thread]!, from, to, TILES],
        ],
        ['fillBorder', at('quarter'), w4, h4, c2, 3 * from, Math.min(3 * to, h4)],
      ],
    },
    {
      name: 'encoder.4',
      macs: 16 * c2 * c3 * w8 * h8 + c3 * c3 * w8 * h8,
      units: tiled(h8, 3),
      calls: (from, to, thread) => [
        [
          'convolvePairs',
          ...squares(at('quarter'), c2, w4 + 2),
          ...[weight('encoder.4'), 0, weight('encoder.4.bias'), 1, c3 / BLOCK],
          ...[at('eighth'), ...steps(c3, w8)],
          ...[w8, h8, layout.scratch[thread]!, from, to, TILES],
        ],
        [
          'convolve',
          ...source(at('eighth'), c3, w8, 1),
          ...[stream.inside, ...steps(c3, w8 + 2)],
          ...[weight('fusion'), isRegional ? 0 : weight('fusion.bias'), 1, c3],
          ...[w8, 3 * from, Math.min(3 * to, h8), c3 / BLOCK, Number(!isRegional)],
        ],
        ...(isRegional
          ? [
              [
                'superpose',
                ...[stream.inside, stream.line, stream.inside, stream.line, w8, c3],
                ...[3 * from, Math.min(3 * to, h8)],
                ...[...superposed('fusion.gain', 'fusion.bias'), 0],
              ] satisfies Call,
            ]
          : []),
      ],
    },
    ...norms.flatMap((norm, index): Step[] => {
      const isSecond = index % 2 === 1;
      const [input, inputLine, output] = isSecond
        ? [at('first'), FLOAT * c3 * w8, at('second')]
        : [stream.inside, stream.line, at('first')];
      const convolution: Step = {
        name: `blocks.${norm}`,
        macs: 9 * c3 * c3 * w8 * h8,
        units: tiled(w8, 4) * tiled(h8, 4),
        calls: (from, to, thread) => [
          [
            'convolveWinograd',
            ...[input, inputLine, w8, h8, c3, weight(`${norm}.conv`), 0, c3 / BLOCK, output],
            ...[layout.scratch[thread]!, from, to, TILES],
            ...[weight('gain'), weight('shift'), Number(isSecond && !isRegional)],
          ],
        ],
      };
      const statistics: Step = {
        name: 'statistics',
        macs: 0,
        units: c3 / 4,
        calls: (from, to) => [
          [
            'normalisation',
            ...[output, w8 * h8, c3, 4 * from, 4 * to, EPSILON, regions],
            ...[weight(`${norm}.scale`), weight(`${norm}.offset`)],
            ...[weight('gain'), weight('shift')],
          ],
        ],
      };
      const addition: Step = {
        name: 'addition',
        macs: 0,
        units: h8,
        calls: (from, to) => [
          isRegional
            ? [
                'superpose',
                ...[output, FLOAT * c3 * w8, stream.inside, stream.line, w8, c3, from, to],
                ...[...superposed('gain', 'shift'), 1],
              ]
            : [
                'addNormalised',
                ...[stream.inside, stream.line, output, w8, c3, from, to],
                ...[weight('gain'), weight('shift')],
              ],
          ['fillBorder', at('stream'), w8, h8, c3, from, to],
        ],
      };
      const superposition: Step = {
        name: 'superposition',
        macs: 0,
        units: h8,
        calls: (from, to) => [
          [
            'superpose',
            ...[output, FLOAT * c3 * w8, output, FLOAT * c3 * w8, w8, c3, from, to],
            ...[...superposed('gain', 'shift'), 0],
          ],
        ],
      };
      if (isSecond) return [convolution, statistics, addition];
      return isRegional ? [convolution, statistics, superposition] : [convolution, statistics];
    }),
    transposed('decoder.0', at('stream'), c3, at('up4'), c2, w8, h8, 1),
    transposed('decoder.1', at('up4'), c2, at('up2'), c1, w4, h4, 2),
    {
      name: 'last',
      macs: 9 * c1 * LAST_OUTPUTS * w2 * h2,
      units: tiled(h2, 4),
      calls: (from, to, thread) => [
        [
          'convolveWinograd',
          ...[inside(at('up2'), c1, w2), FLOAT * c1 * (w2 + 2), w2, h2, c1],
          ...[weight('last'), weight('last.bias'), last / BLOCK, at('squares')],
          ...[layout.scratch[thread]!, from * tiled(w2, 4), to * tiled(w2, 4), TILES],
          ...[0, 0, 0],
        ],
        picture
          ? [
              'finishPixels',
              ...[at('squares'), w2, FLOAT * last, at('pixels'), picture.width, picture.height],
              ...[picture.strength, 4 * from, Math.min(4 * to, h2)],
            ]
          : [
              'finish',
              ...[at('squares'), w2, h2, FLOAT * last, at('pastiche')],
              ...[4 * from, Math.min(4 * to, h2)],
            ],
      ],
    },
  ];
  return {
    steps: all,
    content: at('content'),
    pastiche: at('pastiche'),
    pixels: at('pixels'),
    shares: at('shares'),
    bytes: end,
  };
}

/** Arguments of `convolve` about its source, a tensor of this width. */
function source(address: number, channels: number, width: number, stride: number): number[] {
  const line = FLOAT * channels * width;
  return [address, line, stride * FLOAT * channels, stride * line];
}

/** Arguments of `convolvePairs` about its source, whose squares of 2×2 are its pixels. */
function squares(address: number, channels: number, width: number): number[] {
  const line = FLOAT * channels * width;
  return [address, 2 * line, 2 * FLOAT * channels, 4, line, channels];
}

/** Bytes from line to line and from pixel to pixel of a tensor of this width. */
function steps(channels: number, width: number): [line: number, pixel: number] {
  return [FLOAT * channels * width, FLOAT * channels];
}

/** Address of the first pixel inside a border of one, of a tensor that is `width` wide inside. */
function inside(address: number, channels: number, width: number): number {
  return address + FLOAT * channels * (width + 3);
}

/** Tiles that cover a length. */
function tiled(length: number, side: number): number {
  return Math.ceil(length / side);
}

/** Bytes, and the first and the last step in which they are in use. */
type Need = readonly [bytes: number, first: number, last: number];

/**
 * Addresses for buffers, such that no two overlap that are in use in the same step: the largest
 * first, each as low as it can lie.
 */
export function placed<Name extends string>(
  start: number,
  needs: Record<Name, Need>,
): { addresses: Record<Name, number>; end: number } {
  const addresses = {} as Record<Name, number>;
  const names = (Object.keys(needs) as Name[]).sort((a, b) => needs[b][0] - needs[a][0]);
  const done: Name[] = [];
  let end = start;
  for (const name of names) {
    const [bytes, first, last] = needs[name];
    const others = done
      .filter((other) => needs[other][1] <= last && first <= needs[other][2])
      .sort((a, b) => addresses[a] - addresses[b]);
    let address = start;
    for (const other of others) {
      if (address + bytes <= addresses[other]) break;
      address = Math.max(address, aligned(addresses[other] + needs[other][0]));
    }
    addresses[name] = address;
    done.push(name);
    end = Math.max(end, aligned(address + bytes));
  }
  return { addresses, end };
}

function aligned(address: number): number {
  return Math.ceil(address / ALIGNMENT) * ALIGNMENT;
}
