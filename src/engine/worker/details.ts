/**
 * Enlarges a small pastiche to the size of its frame with the frame's own details: the lightness that
 * the frame has beyond its own small version is added to the pastiche, so that strokes stay and edges
 * are sharp. (A guided filter, He et al. 2013, or joint bilateral upsampling, Kopf et al. 2007, keeps
 * the edges too, but treats strokes as noise; weighting the details by the filter's local slopes
 * misses the edges that the painting has lost.) The arithmetic is in src/engine/worker/wasm/steady.ts.
 */
import type { Size } from '../../core/geometry';
import { WasmArena } from './wasm-arena';
import type { Shift } from './stabiliser/scene-shift';

/** The exports of src/engine/worker/wasm/steady.ts used here. */
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
  /** Length of the entry for a reduced column or row, in numbers. */
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
   * Enlarges the pastiche of the last frame to the frame's size.
   * @param pastiche RGBA of the inner size.
   * @param shift Offset of its scene from its pixels, to the right and below, in fractions of a pixel.
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
 * The pixels of a side that each pixel of its reduced version covers: the first, their number, and
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
 * The two pixels of a side between which each pixel of its enlarged version lies: the first, and the
 * weight of the second, 0..256.
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

/** Details for the last few sizes of the running videos. */
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

/** Enough for two videos that take turns, each with one size while it plays and one for stills. */
const MAX_SIZES = 4;

function isSame(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}
