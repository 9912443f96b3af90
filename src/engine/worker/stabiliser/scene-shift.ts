/**
 * Estimates the movement of a video's whole scene, as under a camera that pans. The arithmetic is in
 * src/engine/worker/wasm/steady.ts.
 *
 * A frame is compared with an earlier one, the reference, whose position is known: not with the last
 * one, since the errors of many small steps would add up to a drift. When the scene has moved on, or
 * some time has passed, the frame becomes the reference.
 */
import type { Size } from '../../../core/geometry';
import { WasmArena } from '../wasm-arena';

/** In pixels, to the right and down. */
export interface Shift {
  readonly x: number;
  readonly y: number;
}

const NOWHERE: Shift = { x: 0, y: 0 };

/** Maximum movement from the reference: in pixels, and as a share of a side. */
const FARTHEST = { pixels: 48, share: 0.25 } as const;

/** Minimum side in pixels: smaller pictures show too little to be followed. */
const MIN_SIDE = 32;

/** Mean difference, 0..255, above which two frames show different scenes. */
const CUT = 28;

/** A movement beyond neighbouring pixels must reduce the difference to this share. */
const EXPLAINED = 0.7;

/** A movement along an axis counts if the difference without it is larger by this: less is noise. */
const TELLING = 0.35;

/** The reference is replaced after this movement, and after this number of frames. */
const RENEWED = { pixels: 2, frames: 25 } as const;

/** The exports of src/engine/worker/wasm/steady.ts that compare frames. */
interface SceneKernels {
  takeGreen(...args: number[]): void;
  difference(...args: number[]): number;
  alongLine(...args: number[]): number;
}

/** A frame's data for comparisons: addresses in the kernels' memory. */
interface Look {
  readonly green: number;
  readonly columns: number;
  readonly rows: number;
}

/** Follows the scene of one video. */
export class SceneFollower {
  private readonly kernels: SceneKernels;
  private readonly bytes: Uint8ClampedArray;
  private readonly looks: readonly Look[];
  private reference: Look;
  private before: Look;
  private beforePlace = NOWHERE;
  private frame: Look;
  private hasReference = false;
  private age = 0;
  /** The reference's position. */
  private base = NOWHERE;
  /** Movement in whole pixels to the last frame: from the reference, and from the frame before. */
  private last = NOWHERE;
  private pace = NOWHERE;
  private readonly farthest: Size;

  /** @param module The compiled src/engine/worker/wasm/steady.ts. */
  constructor(
    private readonly size: Size,
    module: WebAssembly.Module,
  ) {
    const { width, height } = size;
    const room = new WasmArena();
    const pixels = room.take(4 * width * height);
    const look = (): Look => ({
      green: room.take(width * height),
      columns: room.take(4 * width),
      rows: room.take(4 * height),
    });
    this.looks = [look(), look(), look()];
    this.reference = this.before = this.frame = this.looks[0]!;
    const { memory, exports } = room.start(module);
    this.kernels = exports as unknown as SceneKernels;
    this.bytes = new Uint8ClampedArray(memory.buffer, pixels, 4 * width * height);
    const most = (side: number): number =>
      Math.min(FARTHEST.pixels, Math.floor(side * FARTHEST.share));
    this.farthest = { width: most(width), height: most(height) };
  }

  /** Forgets the scene: the next frame is the first of another one. */
  forget(): void {
    this.hasReference = false;
  }

  /**
   * Takes the next frame.
   * @param pixels RGBA of the size.
   * @returns The scene's movement since its first frame, in fractions of pixels; null for the first.
   */
  take(pixels: Uint8ClampedArray): Shift | null {
    if (Math.min(this.size.width, this.size.height) < MIN_SIDE) return NOWHERE;
    const { green, columns, rows } = this.frame;
    this.bytes.set(pixels);
    const { width, height } = this.size;
    this.kernels.takeGreen(this.bytes.byteOffset, green, columns, rows, width, height);
    let best = this.hasReference ? this.search() : null;
    if (!best && this.hasReference) {
      // Under a zooming camera, a frame resembles the last one, but no longer the reference.
      this.renew(this.before, this.beforePlace);
      best = this.search();
    }
    if (!best) {
      this.hasReference = true;
      this.pace = NOWHERE;
      this.renew(this.frame, NOWHERE);
      this.keep(NOWHERE);
      return null;
    }
    const place = {
      x: this.base.x + this.refined(best, 'x'),
      y: this.base.y + this.refined(best, 'y'),
    };
    this.pace = { x: best.x - this.last.x, y: best.y - this.last.y };
    this.last = best;
    this.age += 1;
    const moved = Math.max(Math.abs(best.x), Math.abs(best.y));
    if (moved >= RENEWED.pixels || this.age >= RENEWED.frames) this.renew(this.frame, place);
    this.keep(place);
    return place;
  }

  /** Makes this the reference. */
  private renew(reference: Look, place: Shift): void {
    this.reference = reference;
    this.base = place;
    this.last = NOWHERE;
    this.age = 0;
  }

  /** Makes the frame the last one, and reuses the free buffer for the next. */
  private keep(place: Shift): void {
    this.before = this.frame;
    this.beforePlace = place;
    this.frame = this.looks.find((look) => look !== this.before && look !== this.reference)!;
  }

  /** The movement in whole pixels that best maps the reference to the frame; null if none does. */
  private search(): Shift | null {
    const { last, pace, farthest } = this;
    const near = this.climb([
      NOWHERE,
      last,
      this.within({ x: last.x + pace.x, y: last.y + pace.y }),
    ]);
    const along = (line: 'columns' | 'rows', length: number, most: number): number =>
      this.kernels.alongLine(this.frame[line], this.reference[line], length, most);
    const { width, height } = this.size;
    const far = this.climb([
      { x: along('columns', width, farthest.width), y: along('rows', height, farthest.height) },
    ]);
    const best = far.difference < EXPLAINED * near.difference ? far : near;
    if (best.difference > CUT) return null;
    // Without an effect along an axis there is no movement along it: stripes, a clear sky.
    const still = { x: { x: 0, y: best.shift.y }, y: { x: best.shift.x, y: 0 } };
    const matters = (axis: keyof Shift): boolean =>
      this.difference(still[axis]) > best.difference + TELLING;
    return { x: matters('x') ? best.shift.x : 0, y: matters('y') ? best.shift.y : 0 };
  }

  /** Descends from the best of these shifts to a local minimum. */
  private climb(starts: readonly Shift[]): { shift: Shift; difference: number } {
    let best = { shift: NOWHERE, difference: Infinity };
    const visit = (wanted: Shift): void => {
      const shift = this.within(wanted);
      const difference = this.difference(shift);
      if (difference < best.difference) best = { shift, difference };
    };
    starts.forEach(visit);
    for (let steps = 0; steps < 2 * FARTHEST.pixels; steps++) {
      const { x, y } = best.shift;
      const before = best;
      visit({ x: x - 1, y });
      visit({ x: x + 1, y });
      visit({ x, y: y - 1 });
      visit({ x, y: y + 1 });
      if (best === before) break;
    }
    return best;
  }

  private within({ x, y }: Shift): Shift {
    const { width, height } = this.farthest;
    return {
      x: Math.max(-width, Math.min(width, x)),
      y: Math.max(-height, Math.min(height, y)),
    };
  }

  /** Mean absolute difference between the frame and the shifted reference. */
  private difference({ x, y }: Shift): number {
    const { kernels, frame, reference, size } = this;
    return kernels.difference(frame.green, reference.green, size.width, size.height, x, y);
  }

  /** Refines one axis to a fraction of a pixel: differences rise evenly to both sides. */
  private refined(best: Shift, axis: keyof Shift): number {
    const whole = best[axis];
    const before = this.difference({ ...best, [axis]: whole - 1 });
    const after = this.difference({ ...best, [axis]: whole + 1 });
    const here = this.difference(best);
    const rise = Math.max(before, after) - here;
    if (rise < TELLING) return whole;
    return whole + Math.max(-0.5, Math.min(0.5, (before - after) / (2 * rise)));
  }
}
