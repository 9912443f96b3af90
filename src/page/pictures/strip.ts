/**
 * A picture of many screens, painted in slices: the visible ones first, and then ahead of the scroll
 * position. Unpainted parts show the original.
 */
import type { EngineClient, Pastiche as Painted } from '../../engine/client/engine-client';
import { imageDataOf } from '../../engine/client/image-data';
import { slicesOf, type Slice } from '../../engine/client/tiles';
import type { Recipe } from '../../core/style/render-options';
import { intersection, workingSize } from '../../core/fit';
import { partOf, type Box, type Size } from '../../core/geometry';
import { pixelsOf, type ContentImage } from '../read/read';
import type { Part } from '../show/seal';

/** Pixels of a slice's first version, which takes less than a second. */
const PREVIEW_PIXELS = 512 * 512;

/** Distance to each side that is painted ahead, and shown in full detail, in lengths of the visible part. */
const AHEAD = 1;

/**
 * Maximum number of pixels of a strip in full detail everywhere; larger ones have it only near the
 * view. The document parses the SVG of all slices in one go for every new slice, which blocks it.
 */
const MAX_DETAILED = 4e6;

/** Factor by which distant slices are reduced; all unpainted parts share one small picture. */
const COARSER = 4;
const COARSE_PIXELS = 500e3;

/** Pixels of a region where two slices overlap. */
interface Edge {
  readonly box: Box;
  readonly pixels: Uint8ClampedArray;
}

export interface StripRequest {
  readonly content: ContentImage;
  /** Its painted size, in pixels. */
  readonly size: Size;
  readonly recipe: Recipe;
}

export class Strip {
  private readonly slices: readonly Slice[];
  /** By index of the slice; later ones are over earlier ones. */
  private readonly originals = new Map<number, Promise<Part>>();
  private readonly previews = new Map<number, Part>();
  private readonly painted = new Map<number, { readonly fine: Part; readonly coarse: Part }>();
  /** The painted pixels where a slice overlaps the one before it, and the one after it. */
  private readonly edges = new Map<number, Partial<Record<-1 | 1, Edge>>>();
  /** The whole original, reduced. */
  private coarse: Promise<Part> | null = null;
  /** The slices that were composed in full detail. */
  private detailed: readonly number[] = [];

  constructor(
    private readonly engine: EngineClient,
    private readonly request: StripRequest,
  ) {
    this.slices = slicesOf(request.size, request.recipe.manner);
  }

  get isFinished(): boolean {
    return this.painted.size === this.slices.length;
  }

  /** Whether all of it is shown in full detail, wherever it is scrolled to. */
  get isSmall(): boolean {
    return this.request.size.width * this.request.size.height <= MAX_DETAILED;
  }

  /** Number of painted slices. */
  get done(): number {
    return this.painted.size;
  }

  /**
   * The parts of its present state, in their stacking order.
   * @param seen Its visible parts, in fractions of the whole.
   */
  async compose(seen: readonly Box[]): Promise<Part[]> {
    await this.prepare(seen);
    const near = this.near(seen);
    const bare = near.filter((index) => !this.painted.has(index));
    const originals = await Promise.all(bare.flatMap((index) => this.originals.get(index) ?? []));
    this.detailed = near;
    return [
      await this.coarse,
      ...originals,
      ...[...this.previews].flatMap(([index, part]) => (this.painted.has(index) ? [] : part)),
      ...[...this.painted].map(([index, part]) => (near.includes(index) ? part.fine : part.coarse)),
    ].filter((part) => part !== null && part !== undefined);
  }

  /** Whether parts near the scroll position were not composed in full detail. */
  isCoarse(seen: readonly Box[]): boolean {
    return this.near(seen).some((index) => !this.detailed.includes(index));
  }

  /** Encodes the originals near the view, which are shown where nothing is painted yet. */
  async prepare(seen: readonly Box[]): Promise<void> {
    for (const index of this.near(seen)) {
      if (this.painted.has(index) || this.originals.has(index)) continue;
      const { used } = this.sliceAt(index);
      const part = encoded(this.pixelsAt(used, used)).then((file) => ({ file, box: used }));
      this.originals.set(index, part);
      await part;
    }
    if (!this.isSmall) this.coarse ??= this.coarseOriginal();
    await this.coarse;
  }

  /**
   * The slice that is painted next: the nearest to the visible part; null if all near ones are
   * painted.
   * @param seen Its visible parts, in fractions of the whole.
   * @param ahead Maximum distance from them, in their lengths.
   */
  next(seen: readonly Box[], ahead = AHEAD): number | null {
    let best: number | null = null;
    let least = Infinity;
    for (const index of this.slices.keys()) {
      if (this.painted.has(index)) continue;
      const distance = this.distance(index, seen);
      if (distance <= ahead && distance < least) [best, least] = [index, distance];
    }
    return best;
  }

  private near(seen: readonly Box[]): number[] {
    const all = [...this.slices.keys()];
    return this.isSmall ? all : all.filter((index) => this.distance(index, seen) <= AHEAD);
  }

  /** The distance of a slice from the visible parts, in their lengths. */
  private distance(index: number, seen: readonly Box[]): number {
    const { width, height } = this.request.size;
    const { used } = this.sliceAt(index);
    const isUpright = height >= width;
    const [from, length] = isUpright ? [used.y, used.height] : [used.x, used.width];
    const distances = seen.map((box) => {
      const [begin, extent] = isUpright
        ? [box.y * height, box.height * height]
        : [box.x * width, box.width * width];
      return Math.max(begin - from - length, from - begin - extent, 0) / extent;
    });
    return Math.min(...distances, Infinity);
  }

  private async coarseOriginal(): Promise<Part> {
    const { size } = this.request;
    const box = { x: 0, y: 0, ...size };
    const small = workingSize(size, size, COARSE_PIXELS);
    return { file: await encoded(this.pixelsAt(box, small)), box };
  }

  /** Paints a first, coarse version of a slice. @throws {PasticheError} the engine's own. */
  async preview(index: number, signal: AbortSignal): Promise<void> {
    const { seen } = this.sliceAt(index);
    const size = workingSize(seen, seen, PREVIEW_PIXELS);
    const painted = await this.ask(seen, size, 'preview', signal);
    const file = painted.file ?? (await encoded(imageOf(painted)));
    this.previews.set(index, { file, box: seen });
  }

  /** Paints a slice. @throws {PasticheError} the engine's own. */
  async paint(index: number, signal: AbortSignal): Promise<Painted> {
    const { seen, used } = this.sliceAt(index);
    const painted = await this.ask(seen, seen, 'refine', signal);
    const own = cut(painted.pixels, seen, used);
    for (const side of [-1, 1] as const) {
      const neighbour = this.slices[index + side];
      const box = neighbour && intersection(used, neighbour.used);
      if (!box) continue;
      const its = this.edges.get(index + side)?.[side === 1 ? -1 : 1];
      if (its) blend(own, used, its, side, this.request.size);
      this.edges.set(index, {
        ...this.edges.get(index),
        [side]: { box, pixels: cut(own, used, box) },
      });
    }
    const image = imageDataOf(own, used.width, used.height);
    const fine = { file: await encoded(image), box: used };
    const coarse = this.isSmall ? fine : { file: await encoded(image, COARSER), box: used };
    this.painted.set(index, { fine, coarse });
    this.originals.delete(index);
    this.previews.delete(index);
    return painted;
  }

  private sliceAt(index: number): Slice {
    const slice = this.slices[index];
    if (!slice) throw new RangeError(`there is no slice ${index}`);
    return slice;
  }

  private ask(
    box: Box,
    size: Size,
    priority: 'preview' | 'refine',
    signal: AbortSignal,
  ): Promise<Painted> {
    const { size: whole, recipe } = this.request;
    const { data } = this.pixelsAt(box, size);
    const { mix, manner } = recipe;
    return this.engine.restyle(
      {
        ...size,
        pixels: data,
        mix,
        manner,
        ...(recipe.regions && { regions: { ...recipe.regions, part: partOf(box, whole) } }),
        origin: { x: box.x, y: box.y },
        priority,
        file: priority === 'preview',
      },
      signal,
    );
  }

  private pixelsAt(box: Box, size: Size): ImageData {
    const { content, size: whole } = this.request;
    return pixelsOf(content, whole, { box, size });
  }
}

/** RGBA of a box inside another one, to which the pixels belong. */
function cut(pixels: Uint8ClampedArray, outer: Box, box: Box): Uint8ClampedArray<ArrayBuffer> {
  const own = new Uint8ClampedArray(4 * box.width * box.height);
  for (let y = 0; y < box.height; y++) {
    const from = 4 * ((box.y - outer.y + y) * outer.width + box.x - outer.x);
    own.set(pixels.subarray(from, from + 4 * box.width), 4 * y * box.width);
  }
  return own;
}

/**
 * Fades a slice in over its neighbour where they overlap, so that its edge equals the neighbour.
 * @param side Whether the neighbour is before it (-1) or after it (1).
 */
export function blend(
  own: Uint8ClampedArray,
  used: Box,
  { box, pixels }: Edge,
  side: -1 | 1,
  whole: Size,
): void {
  const isUpright = whole.height >= whole.width;
  const length = isUpright ? box.height : box.width;
  for (let y = 0, from = 0; y < box.height; y++) {
    let to = 4 * ((box.y - used.y + y) * used.width + box.x - used.x);
    for (let x = 0; x < box.width; x++, from += 4, to += 4) {
      const rising = ((isUpright ? y : x) + 0.5) / length;
      const share = side === -1 ? rising : 1 - rising;
      for (let channel = 0; channel < 4; channel++) {
        const before = pixels[from + channel]!;
        own[to + channel] = before + share * (own[to + channel]! - before);
      }
    }
  }
}

function imageOf({ pixels, width, height }: Painted): ImageData {
  return imageDataOf(pixels, width, height);
}

/** Quality of a file, 0..1. */
const QUALITY = 0.82;

/** A file of the pixels, reduced by a factor, in a format that is encoded and decoded fast. */
async function encoded(image: ImageData, smaller = 1): Promise<Blob> {
  const { width, height, data } = image;
  const canvas = new OffscreenCanvas(Math.ceil(width / smaller), Math.ceil(height / smaller));
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (smaller === 1) context?.putImageData(image, 0, 0);
  else if (context) {
    const whole = await createImageBitmap(image);
    context.imageSmoothingQuality = 'high';
    context.drawImage(whole, 0, 0, canvas.width, canvas.height);
    whole.close();
  }
  const type = isOpaque(data) ? 'image/jpeg' : 'image/webp';
  return canvas.convertToBlob({ type, quality: QUALITY });
}

function isOpaque(pixels: ArrayLike<number>): boolean {
  for (let i = 3; i < pixels.length; i += 4) if (pixels[i] !== 255) return false;
  return true;
}
