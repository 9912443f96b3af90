/**
 * Plans the layout of the kernels' memory, and which kernel runs when on which lines. Pure: every
 * thread computes the same plan for itself.
 *
 * Tensors are NHWC with 32-bit floats. Convolutions don't pad: the border of their input was written
 * together with the tensor.
 */
import type { Size } from '../../../core/geometry';
import { GRAIN_SIDE } from '../grain';
import type { PictureRun } from '../painter';
import { MAX_REGIONS } from '../../../core/regions/regional-style';
import { blockNames, LAST_OUTPUTS, residualBlocks, skipsOf, type NetworkForm } from './form';
import { BLOCK, POINTS_2X2, paddedOutputs, POINTS } from './pack';

/** The exports of src/engine/worker/wasm/kernels.ts. */
export interface Kernels {
  convolve(...args: number[]): void;
  addPointwise(...args: number[]): void;
  nchwToNhwc(...args: number[]): void;
  pixelsToNhwc(...args: number[]): void;
  fillBorder(...args: number[]): void;
  convolveWinograd2x2(...args: number[]): void;
  convolveWinograd(...args: number[]): void;
  packWinograd2x2(...args: number[]): void;
  packWinograd(...args: number[]): void;
  normalisation(...args: number[]): void;
  addNormalised(...args: number[]): void;
  regionalAffine(...args: number[]): void;
  finish(...args: number[]): void;
  finishPixels(...args: number[]): void;
}

/** A kernel and its arguments. */
export type Call = readonly [kernel: keyof Kernels, ...args: number[]];

/** Work that the threads share and do at the same time; then they wait for one another. */
export interface Step {
  readonly name: string;
  /** Multiply-adds of the direct algorithm; 0 where they are negligible. */
  readonly macs: number;
  /** Number of lines, tiles or groups of channels to share out. */
  readonly units: number;
  /** One thread's calls for the units from..to, which may be none. */
  calls(from: number, to: number, thread: number): Call[];
}

/** Addresses, in bytes, of all that doesn't depend on the picture. */
export interface Layout {
  /** Packed weights by name, including biases and the parts that depend on the style. */
  readonly weights: ReadonlyMap<string, number>;
  /** The tile of grain, signed bytes. */
  readonly grain: number;
  /** For each thread, {@link scratchBytes}. */
  readonly scratch: readonly number[];
  /** For each thread, a normalisation's gain and shift: both [MAX_REGIONS][channels]. */
  readonly norms: readonly { readonly gain: number; readonly shift: number }[];
  /**
   * For the first and second convolution of a block, each thread's sums over the outputs, {@link
   * sumsBytes} each. They are separate because some threads reach the next convolution while others
   * still read.
   */
  readonly sums: readonly [number, number];
  /** The first free byte. */
  readonly end: number;
}

/** A run of the network for one size. */
export interface Plan {
  readonly steps: readonly Step[];
  /** Address of the content tensor, [1,3,H,W] as in Network.run; empty if the input is a picture. */
  readonly content: number;
  /** Address of the pastiche, of the same shape. */
  readonly pastiche: number;
  /** Address of the picture, RGBA bytes, which becomes the pastiche; empty without one. */
  readonly pixels: number;
  /** Address of the regions' shares, [regions][H/8][W/8]; used if there are several. */
  readonly shares: number;
  /** Total memory in bytes. */
  readonly bytes: number;
}

/** Size of the control block at the beginning of the memory, by which threads synchronise. */
export const CONTROL_BYTES = 1024;

const FLOAT = 4;

/** Size of a cache line; vectors are aligned to it as well. */
const ALIGNMENT = 64;

/** Maximum number of tiles that Winograd's transforms process at a time, so that they fit a cache. */
const TILES = 30;

/** Scratch memory of the transforms besides the points. */
const SCRATCH_HEAD = 1024;

/** Gap between the points of the transforms. */
const GAP = 64;

/** Size of the header of the sums. */
const SUMS_HEAD = 64;

/** As in torch.nn.functional.instance_norm. */
const EPSILON = 1e-5;

/**
 * Names and lengths of the packed arrays: weights, biases, and the style-dependent parts of the fusion
 * layer, the norms and the decoder, of which there is one for each region.
 */
export function packedLengths(form: NetworkForm): Map<string, number> {
  const [c1, c2, c3] = form.channels;
  const lengths = new Map([
    ['encoder.0', 108 * c1],
    ['encoder.0.bias', c1],
    ['encoder.2', 4 * POINTS_2X2 * c1 * c2],
    ['encoder.2.bias', c2],
    ['encoder.4', 4 * POINTS_2X2 * c2 * c3],
    ['encoder.4.bias', c3],
    ['fusion', c3 * c3],
    ['fusion.bias', MAX_REGIONS * c3],
    ['fusion.gain', MAX_REGIONS * c3],
    ['decoder.0', 4 * POINTS_2X2 * c3 * c2],
    ['decoder.0.gain', MAX_REGIONS * c2],
    ['decoder.0.bias', MAX_REGIONS * c2],
    ['decoder.1', 4 * POINTS_2X2 * c2 * c1],
    ['decoder.1.gain', MAX_REGIONS * c1],
    ['decoder.1.bias', MAX_REGIONS * c1],
    ['last', POINTS * c1 * paddedOutputs(LAST_OUTPUTS)],
    ['last.bias', paddedOutputs(LAST_OUTPUTS)],
  ]);
  for (const { name, channels } of residualBlocks(form)) {
    for (const half of [1, 2]) {
      lengths.set(`${name}.conv${half}`, POINTS * channels * channels);
      lengths.set(`${name}.norm${half}.scale`, MAX_REGIONS * channels);
      lengths.set(`${name}.norm${half}.shift`, MAX_REGIONS * channels);
    }
  }
  for (const { name, channels } of skipsOf(form)) {
    lengths.set(name, channels * channels);
    lengths.set(`${name}.bias`, channels);
  }
  return lengths;
}

/** The run for which a plan is made. */
export interface Run extends Size {
  /** Number of style vectors that are mixed at every position; a single one costs nothing. */
  readonly regions: number;
  /** Null: content and pastiche are tensors. */
  readonly picture: PictureRun | null;
}

/** The layout of weights and scratch memory. */
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
  const each = Array.from({ length: threads });
  const scratch = each.map(() => take(scratchBytes(form)));
  const most = Math.max(...form.channels);
  const norms = each.map(() => ({
    gain: take(FLOAT * MAX_REGIONS * most),
    shift: take(FLOAT * MAX_REGIONS * most),
  }));
  const sums = [take(threads * sumsBytes(form)), take(threads * sumsBytes(form))] as const;
  return { weights, grain, scratch, norms, sums, end };
}

/** Size of a thread's sums over the outputs of a convolution; see `convolveWinograd`. */
function sumsBytes({ channels }: NetworkForm): number {
  return aligned(SUMS_HEAD + FLOAT * 5 * Math.max(...channels));
}

/** Scratch memory of a thread for Winograd's transforms, in bytes. */
function scratchBytes({ channels }: NetworkForm): number {
  const [, c2, c3] = channels;
  const most = Math.max(POINTS * 2 * c3, POINTS_2X2 * (4 * c2 + c3));
  return SCRATCH_HEAD + most * TILES * FLOAT + 2 * POINTS * GAP;
}

/** A thread's units from..to of a step. */
export function shareOf(units: number, threads: number, thread: number): [number, number] {
  return [Math.floor((units * thread) / threads), Math.floor((units * (thread + 1)) / threads)];
}

/**
 * Plans a run.
 * @param run Its sides are multiples of 8, and no shorter than the picture's.
 */
export function planOf(form: NetworkForm, layout: Layout, run: Run): Plan {
  const [c1, c2, c3] = form.channels;
  const { width, height, regions, picture } = run;
  const [w2, h2] = [width / 2, height / 2];
  const [w4, h4] = [width / 4, height / 4];
  const [w8, h8] = [width / 8, height / 8];
  const last = paddedOutputs(LAST_OUTPUTS);
  const weight = (name: string): number => layout.weights.get(name)!;
  // Steps are counted from 0. A residual block is two convolutions and an addition; regions can't be
  // mixed as part of the next convolution, so the first one has an additional step.
  const isRegional = regions > 1;
  const blockSteps = isRegional ? 4 : 3;
  const { blocks, details } = blockNames(form);
  const decoding = 4 + blockSteps * blocks.length;
  const painting = decoding + 1 + blockSteps * details.length;
  const hasDetail = details.length > 0;
  const eighth = FLOAT * c3 * w8 * h8;
  const detail = hasDetail ? FLOAT * c2 * w4 * h4 : 0;
  const { addresses, end } = placed(layout.end, {
    content: [picture ? 0 : FLOAT * 3 * width * height, 0, 0],
    // The kernels may read two more pixels.
    pixels: [picture ? 4 * (picture.width * picture.height + 2) : 0, 0, painting + 1],
    shares: [isRegional ? FLOAT * regions * w8 * h8 : 0, 0, painting],
    image: [FLOAT * 3 * (width + 4) * (height + 4), 0, 1],
    half: [FLOAT * c1 * (w2 + 2) * (h2 + 2), 1, hasDetail ? painting : 2],
    quarter: [FLOAT * c2 * (w4 + 2) * (h4 + 2), 2, hasDetail ? decoding : 3],
    eighth: [eighth, 3, 3],
    stream: [FLOAT * c3 * (w8 + 2) * (h8 + 2), 3, decoding],
    first: [eighth, 4, decoding - 1],
    second: [eighth, 4, decoding - 1],
    up4: [FLOAT * c2 * (w4 + 2) * (h4 + 2), decoding, painting],
    firstDetail: [detail, decoding + 1, painting - 1],
    secondDetail: [detail, decoding + 1, painting - 1],
    up2: [FLOAT * c1 * (w2 + 2) * (h2 + 2), painting, painting + 1],
    squares: [FLOAT * last * w2 * h2, painting + 1, painting + 1],
    pastiche: [picture ? 0 : FLOAT * 3 * width * height, painting + 1, painting + 1],
  });
  const at = (name: keyof typeof addresses): number => addresses[name];
  const stream = { address: at('stream'), channels: c3, width: w8, height: h8, halvings: 0 };
  const up4 = { address: at('up4'), channels: c2, width: w4, height: h4, halvings: 1 };
  const up2 = { address: at('up2'), channels: c1, width: w2, height: h2, halvings: 2 };
  const superposed = (gain: number, shift: number, { halvings }: Features): number[] => [
    ...[regions, at('shares'), FLOAT * w8 * h8, halvings, gain, shift],
  ];
  const superposedOf = (name: string, features: Features): number[] =>
    superposed(weight(`${name}.gain`), weight(`${name}.bias`), features);

  /**
   * A transposed convolution of 4×4 with stride 2, modulated by the style, and ReLU. With a detail
   * path, a skip connection is added from an encoder tensor of the same shape as `into`.
   */
  const transposed = (
    name: string,
    from: Features,
    into: Features,
    skip: string,
    encoded: number,
  ): Step => {
    const [inputs, outputs] = [from.channels, into.channels];
    const [inputLine, inputPixel] = steps(inputs, from.width + 2);
    const [line, pixel] = steps(outputs, into.width + 2);
    const within = insideOf(into);
    const [gain, bias] = [`${name}.gain`, `${name}.bias`];
    const phase = (y: number, x: number, first: number, end: number, thread: number): Call => [
      'convolveWinograd2x2',
      ...[from.address + y * inputLine + x * inputPixel, inputLine, inputPixel, 1, 0, inputs],
      weight(name) + FLOAT * (2 * y + x) * POINTS_2X2 * inputs * outputs,
      ...(isRegional ? [0, 0] : [weight(gain), weight(bias)]),
      ...[Number(!isRegional), outputs / BLOCK],
      ...[within + y * line + x * pixel, 2 * line, 2 * pixel],
      ...[from.width, from.height, layout.scratch[thread]!, first, end, TILES],
    ];
    /** Whole lines including the borders between them, which are overwritten afterwards. */
    const skipped = (y0: number, y1: number): Call => [
      'addPointwise',
      ...[inside(encoded, outputs, into.width) + y0 * line, within + y0 * line],
      ...[(y1 - y0) * (into.width + 2) - 2, outputs, weight(skip), weight(`${skip}.bias`)],
    ];
    const perOutput = 4 * inputs * outputs + (hasDetail ? outputs * outputs : 0);
    return {
      name,
      macs: perOutput * into.width * into.height,
      units: tiled(from.height, 3),
      calls: (first, end, thread) => {
        const [y0, y1] = [6 * first, Math.min(6 * end, into.height)];
        return [
          phase(0, 0, first, end, thread),
          phase(0, 1, first, end, thread),
          phase(1, 0, first, end, thread),
          phase(1, 1, first, end, thread),
          ...when<Call>(isRegional, [
            'regionalAffine',
            ...[within, line, within, line, into.width, outputs, y0, y1],
            ...[...superposedOf(name, into), 0],
          ]),
          ...when(hasDetail && y0 < y1, skipped(y0, y1)),
          ['fillBorder', into.address, into.width, into.height, outputs, y0, y1],
        ];
      },
    };
  };

  /**
   * A residual block: two 3×3 convolutions, each with its normalisation, added to the features.
   * @param first Buffer for the first convolution's outputs, `second` for the other's; no borders.
   */
  const residual = (name: string, features: Features, first: number, second: number): Step[] => {
    const { channels, width: w, height: h } = features;
    const [featuresLine] = steps(channels, w + 2);
    const [line] = steps(channels, w);
    const within = insideOf(features);
    const gainAndShift = (thread: number): [number, number] => {
      const { gain, shift } = layout.norms[thread]!;
      return [gain, shift];
    };
    const convolution = (half: 1 | 2): Step => ({
      name: `${name}.conv${half}`,
      macs: 9 * channels * channels * w * h,
      units: tiled(w, 4) * tiled(h, 4),
      calls: (from, to, thread) => [
        ...when(half === 2 && !isRegional, normalisation(1, thread)),
        [
          'convolveWinograd',
          ...(half === 1 ? [within, featuresLine] : [first, line]),
          ...[w, h, channels, weight(`${name}.conv${half}`), 0, channels / BLOCK],
          ...[half === 1 ? first : second, layout.scratch[thread]!, from, to, TILES],
          ...[...gainAndShift(thread), Number(half === 2 && !isRegional)],
          layout.sums[half - 1]! + thread * sumsBytes(form),
        ],
      ],
    });
    // Every thread computes this for itself: that takes less time than waiting for another.
    const normalisation = (half: 1 | 2, thread: number): Call => [
      'normalisation',
      ...[layout.sums[half - 1]!, sumsBytes(form), layout.scratch.length, channels, EPSILON],
      ...[regions, weight(`${name}.norm${half}.scale`), weight(`${name}.norm${half}.shift`)],
      ...gainAndShift(thread),
    ];
    const superposition: Step = {
      name: 'superposition',
      macs: 0,
      units: h,
      calls: (from, to, thread) => [
        normalisation(1, thread),
        [
          'regionalAffine',
          ...[first, line, first, line, w, channels, from, to],
          ...[...superposed(...gainAndShift(thread), features), 0],
        ],
      ],
    };
    const addition: Step = {
      name: 'addition',
      macs: 0,
      units: h,
      calls: (from, to, thread) => [
        normalisation(2, thread),
        isRegional
          ? [
              'regionalAffine',
              ...[second, line, within, featuresLine, w, channels, from, to],
              ...[...superposed(...gainAndShift(thread), features), 1],
            ]
          : [
              'addNormalised',
              ...[within, featuresLine, second, w, channels, from, to, ...gainAndShift(thread)],
            ],
        ['fillBorder', features.address, w, h, channels, from, to],
      ],
    };
    return [convolution(1), ...when(isRegional, superposition), convolution(2), addition];
  };
  const all: Step[] = [
    {
      name: 'nchwToNhwc',
      macs: 0,
      units: height + 4,
      calls: (from, to) => [
        picture
          ? [
              'pixelsToNhwc',
              ...[at('pixels'), picture.width, picture.height, width, height],
              ...[picture.grain ? layout.grain : 0, picture.grain?.x ?? 0, picture.grain?.y ?? 0],
              ...[at('image'), 2, from, to],
            ]
          : ['nchwToNhwc', at('content'), width, height, at('image'), 2, from, to],
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
          ...[w2, from, to, c1 / BLOCK, 1, 0],
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
          'convolveWinograd2x2',
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
          'convolveWinograd2x2',
          ...squares(at('quarter'), c2, w4 + 2),
          ...[weight('encoder.4'), 0, weight('encoder.4.bias'), 1, c3 / BLOCK],
          ...[at('eighth'), ...steps(c3, w8)],
          ...[w8, h8, layout.scratch[thread]!, from, to, TILES],
        ],
        [
          'convolve',
          ...source(at('eighth'), c3, w8, 1),
          ...[insideOf(stream), ...steps(c3, w8 + 2)],
          ...[weight('fusion'), isRegional ? 0 : weight('fusion.bias'), 1, c3],
          ...[w8, 3 * from, Math.min(3 * to, h8), c3 / BLOCK, Number(!isRegional), 0],
        ],
        ...when<Call>(isRegional, [
          'regionalAffine',
          ...[insideOf(stream), FLOAT * c3 * (w8 + 2), insideOf(stream), FLOAT * c3 * (w8 + 2)],
          ...[w8, c3, 3 * from, Math.min(3 * to, h8), ...superposedOf('fusion', stream), 0],
        ]),
      ],
    },
    ...blocks.flatMap((name) => residual(name, stream, at('first'), at('second'))),
    transposed('decoder.0', stream, up4, 'skips.0', at('quarter')),
    ...details.flatMap((name) => residual(name, up4, at('firstDetail'), at('secondDetail'))),
    transposed('decoder.1', up4, up2, 'skips.1', at('half')),
    {
      name: 'last',
      macs: 9 * c1 * LAST_OUTPUTS * w2 * h2,
      units: tiled(h2, 4),
      calls: (from, to, thread) => [
        [
          'convolveWinograd',
          ...[insideOf(up2), FLOAT * c1 * (w2 + 2), w2, h2, c1],
          ...[weight('last'), weight('last.bias'), last / BLOCK, at('squares')],
          ...[layout.scratch[thread]!, from * tiled(w2, 4), to * tiled(w2, 4), TILES],
          ...[0, 0, 0, 0],
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

/** A tensor with a border of one pixel on its way from layer to layer. */
interface Features extends Size {
  readonly address: number;
  readonly channels: number;
  /** Number of halvings to the size of the shares. */
  readonly halvings: number;
}

/** A list with the item, if a condition holds. */
function when<Done>(condition: boolean, done: Done): Done[] {
  return condition ? [done] : [];
}

/** Address of a tensor's first pixel inside the border. */
function insideOf({ address, channels, width }: Features): number {
  return inside(address, channels, width);
}

/** Arguments of `convolve` for its source, a tensor of this width. */
function source(address: number, channels: number, width: number, stride: number): number[] {
  const line = FLOAT * channels * width;
  return [address, line, stride * FLOAT * channels, stride * line];
}

/** Arguments of `convolveWinograd2x2` for its source, whose squares of 2×2 are its pixels. */
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

/** Number of tiles that cover a length. */
function tiled(length: number, side: number): number {
  return Math.ceil(length / side);
}

/** Size in bytes, and the first and last step in which a buffer is in use. */
type Need = readonly [bytes: number, first: number, last: number];

/**
 * Allocates buffers so that no two overlap that are in use in the same step: the largest first, each
 * at the lowest possible address.
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
