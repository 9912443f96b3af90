/**
 * Brings a small pastiche up to the size of its frame with details of the frame itself: what that has
 * of lightness beyond its own small version is laid over the pastiche, so that strokes stay and edges
 * are sharp. (A guided filter, He et al. 2013, or a joint bilateral upsampling, Kopf et al. 2007, has
 * the edges too, but takes the strokes for noise; the filter's local slopes as the share of the
 * details miss the edges that the painting has lost.) The arithmetic is in src/engine/worker/wasm/steady.ts.
 */
import type { Size } from '../../core/geometry';
import { WasmArena } from './wasm-arena';
import type { Shift } from './stabiliser/scene-shift';

/** The exports of src/engine/worker/wasm/steady.ts that this needs. */
interface DetailKernels {
  reduce(...args: number[]): void;
  takeLightness(...args: number[]): void;
  widen(...args: number[]): void;
  widenLightness(...args: number[]): void;
  addDetails(...args: number[]): void;
}

/** Frames of one size, which are painted at another one. */
export class Details {
  private readonly kernels: DetailKernels;
  private readonly buffer: ArrayBuffer;
  /** Addresses in the kernels' memory. */
  private readonly at: Readonly<
    Record<
      | ('frame' | 'small' | 'lightness' | 'line' | 'wide' | 'light')
      | ('columns' | 'rows' | 'lightColumns' | 'lightRows' | 'paintedColumns' | 'paintedRows'),
      number
    >
  >;
  /** Numbers for a column or row that is reduced. */
  private readonly span: number;

  /**
   * @param frame The larger size.
   * @param inside At which the network paints; the two are as `canHaveDetails` (core/geometry.ts) asks.
   * @param module The compiled src/engine/worker/wasm/steady.ts.
   */
  constructor(
    readonly frame: Size,
    readonly inside: Size,
    module: WebAssembly.Module,
  ) {
    const room = new WasmArena();
    const { width, height } = frame;
    const most = Math.max(width / inside.width, height / inside.height);
    this.span = 4 + Math.ceil(most);
    this.at = {
      frame: room.take(4 * width * height),
      small: room.take(4 * inside.width * inside.height),
      lightness: room.take(inside.width * inside.height),
      line: room.take(8 * width),
      wide: room.take(4 * width * inside.height),
      light: room.take(width * inside.height),
      columns: room.take(4 * this.span * inside.width),
      rows: room.take(4 * this.span * inside.height),
      lightColumns: room.take(8 * width),
      lightRows: room.take(8 * height),
      paintedColumns: room.take(8 * width),
      paintedRows: room.take(8 * height),
    };
    const { memory, exports } = room.start(module);
    this.kernels = exports as unknown as DetailKernels;
    this.buffer = memory.buffer;
    this.write(this.at.columns, coverage(width, inside.width, this.span));
    this.write(this.at.rows, coverage(height, inside.height, this.span));
    this.write(this.at.lightColumns, neighbours(inside.width, width, 0));
    this.write(this.at.lightRows, neighbours(inside.height, height, 0));
  }

  private write(address: number, numbers: Int32Array): void {
    new Int32Array(this.buffer, address, numbers.length).set(numbers);
  }

  private bytes(address: number, { width, height }: Size): Uint8ClampedArray<ArrayBuffer> {
    return new Uint8ClampedArray(this.buffer, address, 4 * width * height);
  }

  /**
   * Takes a frame.
   * @param frame RGBA.
   * @returns Its small version, RGBA; the caller's own.
   */
  take(frame: Uint8ClampedArray): Uint8ClampedArray<ArrayBuffer> {
    const { kernels, at, inside } = this;
    this.bytes(at.frame, this.frame).set(frame);
    const sizes = [inside.width, inside.height] as const;
    const tables = [at.columns, at.rows, this.span] as const;
    kernels.reduce(at.frame, this.frame.width, at.small, ...sizes, at.line, ...tables);
    kernels.takeLightness(at.small, at.lightness, inside.width * inside.height);
    return this.bytes(at.small, inside).slice();
  }

  /**
   * Brings the pastiche of the frame that was taken last up to its size.
   * @param pastiche RGBA of the inner size.
   * @param shift By so much of a pixel of it its scene lies to the right and below of its pixels.
   * @param into RGBA of the frame's size; receives it.
   */
  add(pastiche: Uint8ClampedArray, shift: Shift, into: Uint8ClampedArray): void {
    const { kernels, at, inside } = this;
    const { width, height } = this.frame;
    this.bytes(at.small, inside).set(pastiche);
    this.write(at.paintedColumns, neighbours(inside.width, width, shift.x));
    this.write(at.paintedRows, neighbours(inside.height, height, shift.y));
    const sizes = [inside.width, inside.height] as const;
    kernels.widen(at.small, ...sizes, at.wide, width, at.paintedColumns);
    kernels.widenLightness(at.lightness, ...sizes, at.light, width, at.lightColumns);
    const painted = [at.wide, at.paintedRows] as const;
    kernels.addDetails(at.frame, width, height, ...painted, at.light, at.lightRows);
    into.set(this.bytes(at.frame, this.frame));
  }
}

/**
 * Which pixels of a side each one of its reduced version covers: for each the first, how many, and
 * their weights, whose sum is 256.
 */
function coverage(from: number, to: number, span: number): Int32Array {
  const numbers = new Int32Array(span * to);
  const scale = from / to;
  for (let i = 0; i < to; i++) {
    const [begin, end] = [i * scale, (i + 1) * scale];
    const first = Math.floor(begin);
    const last = Math.min(from, Math.ceil(end - 1e-6));
    let rest = 256;
    let covered = 0;
    numbers.set([first, last - first], span * i);
    for (let at = first; at < last; at++) {
      covered += Math.min(at + 1, end) - Math.max(at, begin);
      const weight = Math.round((256 * covered) / scale) - (256 - rest);
      numbers[span * i + 2 + at - first] = weight;
      rest -= weight;
    }
  }
  return numbers;
}

/**
 * Between which two pixels of a side each one of its enlarged version lies: the first of them, and
 * the weight of the second, 0..256.
 */
function neighbours(from: number, to: number, shift: number): Int32Array {
  const numbers = new Int32Array(2 * to);
  for (let i = 0; i < to; i++) {
    const place = Math.max(0, Math.min(from - 1, ((i + 0.5) * from) / to - 0.5 - shift));
    const first = Math.min(from - 2, Math.floor(place));
    numbers.set([first, Math.round(256 * (place - first))], 2 * i);
  }
  return numbers;
}

/** Of the videos that run, the last few. */
export class DetailsOf {
  private readonly last: Details[] = [];

  /** @param module The compiled src/engine/worker/wasm/steady.ts. */
  constructor(private readonly module: WebAssembly.Module) {}

  /** For frames of this size, painted at that one. */
  of(frame: Size, inside: Size): Details {
    const at = this.last.findIndex(
      (each) => isSame(each.frame, frame) && isSame(each.inside, inside),
    );
    const found =
      this.last.splice(at, at < 0 ? 0 : 1)[0] ?? new Details(frame, inside, this.module);
    this.last.unshift(found);
    this.last.length = Math.min(this.last.length, MAX_SIZES);
    return found;
  }
}

/** Two videos may take turns, each with one size that plays and one that stands. */
const MAX_SIZES = 4;

function isSame(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}
