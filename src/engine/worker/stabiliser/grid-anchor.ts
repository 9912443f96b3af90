/**
 * Keeps the network's grid where a video's scene is.
 *
 * The network halves the picture three times, so that what it paints depends on where things lie in
 * squares of 8 px: under a camera that pans, the same wall is painted otherwise in every frame. A
 * frame is therefore shifted, by 0 to 7 px, to where its scene lies in the squares as it did before.
 */
import { BOTTLENECK_STRIDE, reflectedIndex, type Size } from '../../../core/geometry';
import { SceneFollower, type Shift } from './scene-shift';

/** The grid follows after so much of a pixel, more than half: it must not move to and fro. */
const HELD = 0.6;

/** Play between where a moving scene is measured and where it is taken to be, in pixels. */
const PLAY = 0.1;

/**
 * A scene moves if it has come so far, in pixels, within the last so many frames. Else it is taken
 * to stand, as what crosses it is measured as a movement by a fraction too.
 */
const MOVING = { pixels: 1, frames: 24 } as const;

/** The live network paints dots along the right edge of what it is given, so far in. In pixels. */
const RIGHT_RIM = BOTTLENECK_STRIDE;

/** The size of an anchored frame, in pixels: room for every offset, and for the rim. */
export function anchoredSize({ width, height }: Size): Size {
  return { width: width + BOTTLENECK_STRIDE + RIGHT_RIM, height: height + BOTTLENECK_STRIDE };
}

/** Where a frame is to be. */
export interface Anchored {
  /** Its place in a frame of {@link anchoredSize}. */
  readonly offset: Shift;
  /** By how many whole pixels the scene has moved since the frame before. */
  readonly moved: Shift;
  /** What is left of the scene's movement, less than a pixel. */
  readonly fraction: Shift;
  /** The same for this frame alone, as it was measured. */
  readonly measured: Shift;
  /** Whether it is the first of its scene: what came before shows something else. */
  readonly isFirst: boolean;
}

const NOWHERE: Shift = { x: 0, y: 0 };

/** Finds where the frames of one video are to be placed. */
export class GridAnchor {
  private readonly follower: SceneFollower;
  private held = { x: 0, y: 0 };
  /** Where the scene is taken to be. */
  private place = { x: 0, y: 0 };
  /** Where it was measured, in the last frames. */
  private measured: Shift[] = [];

  /** @param module The compiled src/engine/worker/wasm/steady.ts. */
  constructor(size: Size, module: WebAssembly.Module) {
    this.follower = new SceneFollower(size, module);
  }

  /** The next frame is the first of a scene. */
  forget(): void {
    this.follower.forget();
  }

  /**
   * Takes the next frame.
   * @param pixels RGBA of the size; read, not kept.
   * @returns Where it is to be, and how far its scene has come since the frame before.
   */
  take(pixels: Uint8ClampedArray): Anchored {
    const now = this.follower.take(pixels);
    const moved = { x: 0, y: 0 };
    if (!now) {
      this.held = { x: 0, y: 0 };
      this.place = { x: 0, y: 0 };
      this.measured = [];
      return { offset: NOWHERE, moved, fraction: NOWHERE, measured: NOWHERE, isFirst: true };
    }
    this.measured.push(now);
    if (this.measured.length > MOVING.frames) this.measured.shift();
    const fraction = { x: 0, y: 0 };
    const measured = { x: 0, y: 0 };
    for (const axis of ['x', 'y'] as const) {
      const places = this.measured.map((each) => each[axis]);
      const isMoving = Math.max(...places) - Math.min(...places) > MOVING.pixels;
      const away = now[axis] - this.place[axis];
      if (isMoving) this.place[axis] += away - Math.max(-PLAY, Math.min(PLAY, away));
      else if (Math.abs(away) > HELD) this.place[axis] = now[axis];
      if (Math.abs(this.place[axis] - this.held[axis]) > HELD) {
        moved[axis] = Math.round(this.place[axis]) - this.held[axis];
        this.held[axis] += moved[axis];
      }
      fraction[axis] = this.place[axis] - this.held[axis];
      measured[axis] = isMoving ? now[axis] - this.held[axis] : fraction[axis];
    }
    const offset = { x: phaseOf(-this.held.x), y: phaseOf(-this.held.y) };
    return { offset, moved, fraction, measured, isFirst: false };
  }
}

function phaseOf(place: number): number {
  return ((place % BOTTLENECK_STRIDE) + BOTTLENECK_STRIDE) % BOTTLENECK_STRIDE;
}

/**
 * Places a frame at an offset, and reflects it outwards to all sides.
 * @param frame RGBA of the size.
 * @param offset Of its upper left corner, 0..7 px.
 * @param anchored RGBA of {@link anchoredSize}; receives it.
 */
export function placeFrame(
  frame: Uint8ClampedArray,
  size: Size,
  offset: Shift,
  anchored: Uint8ClampedArray,
): void {
  const [from, into] = [asWords(frame), asWords(anchored)];
  const { width, height } = anchoredSize(size);
  const edges = [
    ...Array.from({ length: offset.x }, (_, x) => x),
    ...Array.from({ length: width - size.width - offset.x }, (_, x) => offset.x + size.width + x),
  ].map((x) => [x, reflectedIndex(x - offset.x, size.width)] as const);
  for (let y = 0; y < height; y++) {
    const source = reflectedIndex(y - offset.y, size.height) * size.width;
    into.set(from.subarray(source, source + size.width), y * width + offset.x);
    for (const [x, reflected] of edges) into[y * width + x] = from[source + reflected]!;
  }
}

/**
 * Takes a frame out of where {@link placeFrame} has put it.
 * @param anchored RGBA of {@link anchoredSize}.
 * @param frame RGBA of the size; receives it.
 */
export function takeOutFrame(
  anchored: Uint8ClampedArray,
  size: Size,
  offset: Shift,
  frame: Uint8ClampedArray,
): void {
  const [from, into] = [asWords(anchored), asWords(frame)];
  const { width } = anchoredSize(size);
  for (let y = 0; y < size.height; y++) {
    const source = (y + offset.y) * width + offset.x;
    into.set(from.subarray(source, source + size.width), y * size.width);
  }
}

/** The pixels, each one number. */
function asWords({ buffer, byteOffset, byteLength }: Uint8ClampedArray): Uint32Array {
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}
