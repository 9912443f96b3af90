/**
 * Keeps the network's grid where a video's scene is.
 *
 * The network halves the picture three times, so that what it paints depends on where things lie in
 * squares of 8 px: under a camera that pans, the same wall is painted otherwise in every frame. A
 * frame is therefore shifted, by 0 to 7 px, to where its scene lies in the squares as it did before.
 */
import { BOTTLENECK_STRIDE, reflectedIndex, type Size } from './geometry';
import { SceneFollower, type Shift } from './scene-shift';

/** The grid follows after so much of a pixel, more than half: it must not move to and fro. */
const HELD = 0.6;

/** The size of an anchored frame, in pixels: room for every offset. */
export function anchoredSize({ width, height }: Size): Size {
  return { width: width + BOTTLENECK_STRIDE, height: height + BOTTLENECK_STRIDE };
}

/** Where a frame is to be. */
export interface Anchored {
  /** Its place in a frame of {@link anchoredSize}; null while the scene has not moved. */
  readonly offset: Shift | null;
  /** By how many whole pixels the scene has moved since the frame before. */
  readonly moved: Shift;
}

/** Finds where the frames of one video are to be placed. */
export class GridAnchor {
  private readonly follower: SceneFollower;
  private held = { x: 0, y: 0 };
  /** Once moved, a scene is placed at offset 0 too: a change of size has its price. */
  private hasMoved = false;

  /** @param module The compiled src/kernels/steady.ts. */
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
    const place = this.follower.take(pixels);
    const moved = { x: 0, y: 0 };
    if (!place) {
      this.held = { x: 0, y: 0 };
      this.hasMoved = false;
      return { offset: null, moved };
    }
    for (const axis of ['x', 'y'] as const) {
      if (Math.abs(place[axis] - this.held[axis]) <= HELD) continue;
      moved[axis] = Math.round(place[axis]) - this.held[axis];
      this.held[axis] += moved[axis];
      this.hasMoved = true;
    }
    const offset = { x: phaseOf(-this.held.x), y: phaseOf(-this.held.y) };
    return { offset: this.hasMoved ? offset : null, moved };
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
    ...Array.from({ length: BOTTLENECK_STRIDE - offset.x }, (_, x) => offset.x + size.width + x),
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
