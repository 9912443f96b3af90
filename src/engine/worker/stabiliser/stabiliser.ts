/**
 * Keeps the parts of a video still that don't move, on the screen or in a scene that a camera pans
 * over, where noise would make the network paint something else in every frame. The arithmetic is in
 * src/engine/worker/wasm/steady.ts.
 *
 * For every pixel it is asked how far the frame is from the mean of the last ones, over a small
 * neighbourhood, since noise differs from pixel to pixel and movement doesn't. Where that is within
 * what noise does, the network sees the mean, and its pastiche is merged into the last ones; where
 * it is more, both are taken as they are.
 *
 * What moves otherwise than the scene, or all of it under a camera that zooms, is followed in blocks:
 * the means go with it, so that its pastiche is merged into what was painted of it before.
 */
import { FlashGuard } from './flash-guard';
import type { Size } from '../../../core/geometry';
import { GridAnchor, type Anchored } from './grid-anchor';
import { WasmArena } from '../wasm-arena';
import type { Shift } from './scene-shift';

/** The exports of src/engine/worker/wasm/steady.ts. */
interface SteadyKernels {
  compareRows(...args: number[]): void;
  shareOut(...args: number[]): void;
  merge(...args: number[]): void;
  begin(...args: number[]): void;
  greenOf(...args: number[]): void;
  greenOfMeans(...args: number[]): void;
  findMovement(...args: number[]): number;
  moveBlocks(...args: number[]): void;
  shareMovement(...args: number[]): void;
  displace(...args: number[]): void;
}

/** Side of a block, in pixels, and bytes for what it is moved from: rows, and one that is longer. */
const BLOCK = 16;
const BLOCK_BYTES = 8 * BLOCK * (BLOCK + 3) + 8 * (BLOCK + 3);

/** A row's rim, to either side. */
const RIM_BYTES = 16;

/** Less of a pixel can't be seen. */
const MIN_FRACTION = 0.02;

/** Where a frame is to be placed, and where its scene is beside that. */
export type Placed = Pick<Anchored, 'offset' | 'fraction'>;

/** What is remembered of one video. */
export class TemporalStabiliser {
  private readonly kernels: SteadyKernels;
  private readonly memory: Uint8Array;
  /** The pixels in it. */
  private readonly bytes: Uint8ClampedArray;
  /** Addresses in the kernels' memory. */
  private readonly at: Readonly<
    Record<
      | ('pixels' | 'displaced' | 'line' | 'rows' | 'sums' | 'shares' | 'paintedShares')
      | ('green' | 'greenBefore' | 'vectors' | 'block'),
      number
    >
  >;
  /** Addresses of the means, and of room for others. */
  private frames: number;
  private pastiches: number;
  private spare: number;
  private readonly flashes = new FlashGuard();
  private readonly anchor: GridAnchor;
  private hasFrame = false;
  private hasPastiche = false;

  /** @param module The compiled src/engine/worker/wasm/steady.ts. */
  constructor(
    readonly size: Size,
    module: WebAssembly.Module,
  ) {
    this.anchor = new GridAnchor(size, module);
    const count = size.width * size.height;
    const room = new WasmArena();
    this.at = {
      pixels: room.take(4 * count),
      displaced: room.take(4 * count),
      line: room.take(4 * size.width + 2 * RIM_BYTES),
      rows: room.take(4 * count),
      sums: room.take(4 * size.width),
      shares: room.take(4 * count),
      paintedShares: room.take(4 * count),
      green: room.take(count),
      greenBefore: room.take(count + 2 * size.width) + size.width,
      vectors: room.take(8 * Math.ceil(size.width / BLOCK) * Math.ceil(size.height / BLOCK)),
      block: room.take(BLOCK_BYTES),
    };
    this.frames = room.take(8 * count);
    this.pastiches = room.take(8 * count);
    this.spare = room.take(8 * count);
    const { memory, exports } = room.start(module);
    this.kernels = exports as unknown as SteadyKernels;
    this.memory = new Uint8Array(memory.buffer);
    this.bytes = new Uint8ClampedArray(memory.buffer, this.at.pixels, 4 * count);
  }

  /** Forgets the pastiches: what comes next looks different on purpose. */
  forgetPastiches(): void {
    this.hasPastiche = false;
    this.flashes.forget();
  }

  /**
   * Takes the next frame, and replaces its still parts by their mean.
   * @param pixels RGBA of the size.
   * @param care What is to be done beside keeping it from flashing: nothing, keeping still what
   *   doesn't move on the screen, or what doesn't move in the scene.
   * @returns Where it is to be placed in an anchored frame (grid-anchor.ts), if it is. The fraction
   *   has been taken out of it: its scene lies on whole pixels, and so will that of its pastiche.
   */
  takeFrame(pixels: Uint8ClampedArray, care: 'none' | 'screen' | 'scene'): Placed | null {
    let placed: Placed | null = null;
    if (care === 'scene') {
      const anchored = this.anchor.take(pixels);
      // After a cut, where both scenes are alike by chance, it is another painting all the same.
      if (anchored.isFirst) this.hasFrame = this.hasPastiche = false;
      this.moveMeans(anchored.moved);
      this.displace(pixels, anchored.measured);
      placed = anchored;
    } else this.anchor.forget();
    if (care === 'none') {
      this.hasFrame = false;
      this.hasPastiche = false;
    } else this.steadyFrame(pixels);
    this.flashes.takeFrame(pixels);
    return placed;
  }

  /** Means go with their scene; what comes into sight has those of the other edge, and new ones soon. */
  private moveMeans({ x, y }: Shift): void {
    const { width, height } = this.size;
    const way = 8 * (y * width + x);
    if (way === 0) return;
    for (const means of [this.frames, this.pastiches]) {
      const end = means + 8 * width * height;
      this.memory.copyWithin(
        means + Math.max(0, way),
        means + Math.max(0, -way),
        end - Math.max(0, way),
      );
    }
  }

  private displace(pixels: Uint8ClampedArray, { x, y }: Shift): void {
    if (Math.max(Math.abs(x), Math.abs(y)) < MIN_FRACTION) return;
    const { kernels, at } = this;
    const { width, height } = this.size;
    this.bytes.set(pixels);
    kernels.displace(at.pixels, at.displaced, at.line, width, height, x, y);
    pixels.set(this.memory.subarray(at.displaced, at.displaced + pixels.length));
  }

  private steadyFrame(pixels: Uint8ClampedArray): void {
    const { kernels, at } = this;
    const { width, height } = this.size;
    this.bytes.set(pixels);
    if (this.hasFrame) {
      this.follow();
      kernels.compareRows(at.pixels, this.frames, at.line, at.rows, width, height);
      kernels.shareOut(at.rows, at.sums, at.shares, width, height);
      kernels.shareMovement(at.shares, at.paintedShares, at.vectors, width, height);
      kernels.merge(this.frames, at.pixels, at.shares, width * height);
      pixels.set(this.bytes);
    } else kernels.begin(this.frames, at.pixels, width * height);
    this.hasFrame = true;
  }

  /** Has the means go with what moves. */
  private follow(): void {
    const { kernels, at } = this;
    const { width, height } = this.size;
    if (Math.min(width, height) < 2 * BLOCK) return;
    kernels.greenOf(at.pixels, at.green, width * height);
    kernels.greenOfMeans(this.frames, at.greenBefore, width, height);
    if (kernels.findMovement(at.green, at.greenBefore, at.vectors, width, height) === 0) return;
    for (const which of ['frames', 'pastiches'] as const) {
      kernels.moveBlocks(this[which], this.spare, at.block, at.vectors, width, height);
      [this[which], this.spare] = [this.spare, this[which]];
    }
  }

  /**
   * Merges the pastiche of the frame that was taken last into those before it.
   * @param pixels RGBA of the size; what is to be shown when this returns.
   */
  takePastiche(pixels: Uint8ClampedArray): void {
    if (this.hasFrame) this.steadyPastiche(pixels);
    this.flashes.limit(pixels);
  }

  private steadyPastiche(pixels: Uint8ClampedArray): void {
    const { kernels, at } = this;
    const count = this.size.width * this.size.height;
    this.bytes.set(pixels);
    if (this.hasPastiche) {
      kernels.merge(this.pastiches, at.pixels, at.paintedShares, count);
      pixels.set(this.bytes);
    } else kernels.begin(this.pastiches, at.pixels, count);
    this.hasPastiche = true;
  }
}

/** What is remembered of the videos that run, the last few of them. */
export class TemporalStabilisers {
  private readonly byStream = new Map<string, { stabiliser: TemporalStabiliser; look: string }>();

  /** @param module The compiled src/engine/worker/wasm/steady.ts. */
  constructor(private readonly module: WebAssembly.Module) {}

  /**
   * What is remembered of a stream, if its frames still have this size.
   * @param look Whatever decides how it is painted; if it has changed, the pastiches are new.
   */
  of(stream: string, size: Size, look: string): TemporalStabiliser {
    const known = this.byStream.get(stream);
    this.byStream.delete(stream);
    const isSameSize =
      known?.stabiliser.size.width === size.width && known.stabiliser.size.height === size.height;
    const stabiliser = isSameSize ? known.stabiliser : new TemporalStabiliser(size, this.module);
    if (isSameSize && look !== known.look) stabiliser.forgetPastiches();
    // The least recently used one is the first.
    this.byStream.set(stream, { stabiliser, look });
    const [oldest] = this.byStream.keys();
    if (this.byStream.size > MAX_STREAMS && oldest !== undefined) this.byStream.delete(oldest);
    return stabiliser;
  }
}

/** Of more videos at once nothing is remembered. */
const MAX_STREAMS = 6;
