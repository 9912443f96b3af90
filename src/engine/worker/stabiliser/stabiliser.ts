/**
 * Keeps the still parts of a video still, on the screen or in a scene that a camera pans over, where
 * noise would make the network paint differently in every frame. The arithmetic is in
 * src/engine/worker/wasm/steady.ts.
 *
 * For every pixel, the frame is compared with the mean of the last frames over a small neighbourhood,
 * since noise differs from pixel to pixel and movement doesn't. Where the difference can be noise,
 * the network sees the mean, and its pastiche is averaged with the last ones; where it is larger,
 * frame and pastiche are used as they are.
 *
 * Objects that move otherwise than the scene, and everything under a zooming camera, are followed in
 * blocks: the means move along, so that a pastiche is averaged with earlier ones of the same object.
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

/** Side of a block, in pixels, and the buffer in bytes for its source rows. */
const BLOCK = 16;
const BLOCK_BYTES = 8 * BLOCK * (BLOCK + 3) + 8 * (BLOCK + 3);

/** Margin of a row to either side. */
const RIM_BYTES = 16;

/** Smaller fractions of a pixel can't be seen. */
const MIN_FRACTION = 0.02;

/** The placement of a frame, and the fraction removed from it. */
export type Placed = Pick<Anchored, 'offset' | 'fraction'>;

/** The state of one video. */
export class TemporalStabiliser {
  private readonly kernels: SteadyKernels;
  private readonly memory: Uint8Array;
  /** The pixels in it. */
  private readonly bytes: Uint8ClampedArray;
  /** Addresses in the kernels' memory. */
  private readonly at: Readonly<
    Record<
      | ('pixels' | 'displaced' | 'line' | 'rows' | 'sums' | 'shares' | 'paintedShares')
      | ('green' | 'greenBefore' | 'vectors' | 'block')
      // The means, and room for others.
      | ('frames' | 'pastiches' | 'spare'),
      number
    >
  >;
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
      frames: room.take(8 * count),
      pastiches: room.take(8 * count),
      spare: room.take(8 * count),
    };
    const { memory, exports } = room.start(module);
    this.kernels = exports as unknown as SteadyKernels;
    this.memory = new Uint8Array(memory.buffer);
    this.bytes = new Uint8ClampedArray(memory.buffer, this.at.pixels, 4 * count);
  }

  /** Forgets the pastiches: the next one looks different on purpose. */
  forgetPastiches(): void {
    this.hasPastiche = false;
    this.flashes.forget();
  }

  /**
   * Takes the next frame, and replaces its still parts by their mean.
   * @param pixels RGBA of the size.
   * @param care What to stabilise, besides preventing flashes: nothing, parts that don't move on the
   *   screen, or parts that don't move in the scene.
   * @returns Its placement in an aligned frame (grid-anchor.ts), if it has one. The fraction has been
   *   removed from it: its scene lies on whole pixels, and so will that of its pastiche.
   */
  takeFrame(pixels: Uint8ClampedArray, care: 'none' | 'screen' | 'scene'): Placed | null {
    let placed: Placed | null = null;
    if (care === 'scene') {
      const anchored = this.anchor.take(pixels);
      // After a cut it is another painting, even where both scenes happen to be alike.
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

  /** Moves the means with their scene; new areas get those of the opposite edge, soon replaced. */
  private moveMeans({ x, y }: Shift): void {
    const { width, height } = this.size;
    const way = 8 * (y * width + x);
    if (way === 0) return;
    for (const means of [this.at.frames, this.at.pastiches]) {
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
      kernels.compareRows(at.pixels, at.frames, at.line, at.rows, width, height);
      kernels.shareOut(at.rows, at.sums, at.shares, width, height);
      kernels.shareMovement(at.shares, at.paintedShares, at.vectors, width, height);
      kernels.merge(at.frames, at.pixels, at.shares, width * height);
      pixels.set(this.bytes);
    } else kernels.begin(at.frames, at.pixels, width * height);
    this.hasFrame = true;
  }

  /** Moves the means with moving objects. */
  private follow(): void {
    const { kernels, at } = this;
    const { width, height } = this.size;
    if (Math.min(width, height) < 2 * BLOCK) return;
    kernels.greenOf(at.pixels, at.green, width * height);
    kernels.greenOfMeans(at.frames, at.greenBefore, width, height);
    if (kernels.findMovement(at.green, at.greenBefore, at.vectors, width, height) === 0) return;
    for (const means of [at.frames, at.pastiches]) {
      kernels.moveBlocks(means, at.spare, at.block, at.vectors, width, height);
    }
  }

  /**
   * Averages the pastiche of the last frame with earlier ones.
   * @param pixels RGBA of the size; averaged when this returns.
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
      kernels.merge(at.pastiches, at.pixels, at.paintedShares, count);
      pixels.set(this.bytes);
    } else kernels.begin(at.pastiches, at.pixels, count);
    this.hasPastiche = true;
  }
}

/** The states of the last few running videos. */
export class TemporalStabilisers {
  private readonly byStream = new Map<string, { stabiliser: TemporalStabiliser; look: string }>();

  /** @param module The compiled src/engine/worker/wasm/steady.ts. */
  constructor(private readonly module: WebAssembly.Module) {}

  /**
   * The state of a stream; a new one if its frames have changed their size.
   * @param look Parameters that determine how it is painted; if they change, the pastiches are new.
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

/** Maximum number of videos whose state is kept. */
const MAX_STREAMS = 6;
