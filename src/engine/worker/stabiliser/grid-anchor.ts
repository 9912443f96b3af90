/**
 * Aligns a video's frames with the network's grid.
 *
 * The network halves the picture three times, so its painting depends on positions within squares of
 * 8 px: under a camera that pans, the same wall is painted differently in every frame. A frame is
 * therefore shifted by 0 to 7 px, so that its scene keeps its position within the squares.
 */
import { BOTTLENECK_STRIDE, reflectedIndex, type Size } from '../../../core/geometry';
import { SceneFollower, type Shift } from './scene-shift';

/** Movement after which the grid follows, in pixels; more than half, so that it doesn't oscillate. */
const HELD = 0.6;

/** Tolerance between the measured and the assumed position of a moving scene, in pixels. */
const PLAY = 0.1;

/**
 * A scene is moving if it has moved this far within the last frames. Otherwise it is assumed to be at
 * rest, as objects that cross it are measured as a fractional movement too.
 */
const MOVING = { pixels: 1, frames: 24 } as const;

/** Width, in pixels, within which the live network paints dots along the right edge of its input. */
const RIGHT_RIM = BOTTLENECK_STRIDE;

/** The size of an aligned frame, in pixels: with margins for every offset, and the rim. */
export function anchoredSize({ width, height }: Size): Size {
  return { width: width + BOTTLENECK_STRIDE + RIGHT_RIM, height: height + BOTTLENECK_STRIDE };
}

/** The placement of a frame. */
export interface Anchored {
  /** Its position in a frame of {@link anchoredSize}. */
  readonly offset: Shift;
  /** The scene's movement since the last frame, in whole pixels. */
  readonly moved: Shift;
  /** The remaining movement, less than a pixel. */
  readonly fraction: Shift;
  /** The remaining movement as measured for this frame alone. */
  readonly measured: Shift;
  /** Whether it is the first of its scene, so that earlier frames show another one. */
  readonly isFirst: boolean;
}

const NOWHERE: Shift = { x: 0, y: 0 };

/** Places the frames of one video. */
export class GridAnchor {
  private readonly follower: SceneFollower;
  private held = { x: 0, y: 0 };
  /** The assumed position of the scene. */
  private place = { x: 0, y: 0 };
  /** Its measured positions in the last frames. */
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
   * @returns Its placement, and its scene's movement since the last frame.
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
 * Places a frame at an offset, and reflects it outwards on all sides.
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
 * Copies a frame from where {@link placeFrame} has put it.
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

/** The pixels as one number each. */
function asWords({ buffer, byteOffset, byteLength }: Uint8ClampedArray): Uint32Array {
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}
