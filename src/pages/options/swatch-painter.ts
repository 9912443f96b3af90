import { EngineClient, type Pastiche } from '../../engine/client/engine-client';
import { DEFAULT_RENDER_OPTIONS, type Recipe } from '../../core/style/render-options';
import { drawSamplePicture } from '../shared/sample-picture';

/** Width and height of a swatch, in pixels: twice what the palette shows. */
const SIDE = 128;

/** Width of a favourite's picture, in pixels; it is half as high. */
const SAMPLE_WIDTH = 416;

const FILE = { type: 'image/jpeg', quality: 0.9 } as const;

let engine: EngineClient | null = null;

/**
 * Paints the sample picture in one style.
 * @returns A small file, square.
 * @throws {PasticheError} the engine's.
 */
export async function paintSwatch(style: string): Promise<Blob> {
  const painted = await paint({ mix: { [style]: 1 }, manner: DEFAULT_RENDER_OPTIONS }, 2 * SIDE);
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  // The right half has the sun, the water and the boat.
  canvas.getContext('2d')?.putImageData(imageOf(painted), -Math.round(0.42 * SIDE * 2), 0);
  return canvas.convertToBlob(FILE);
}

/**
 * Paints the whole sample picture.
 * @returns A small file, twice as wide as high.
 * @throws {PasticheError} the engine's.
 */
export async function paintSample(recipe: Recipe): Promise<Blob> {
  const painted = await paint(recipe, SAMPLE_WIDTH);
  const canvas = new OffscreenCanvas(painted.width, painted.height);
  canvas.getContext('2d')?.putImageData(imageOf(painted), 0, 0);
  return canvas.convertToBlob(FILE);
}

/** Paints the sample picture at this width; it is half as high. */
function paint(recipe: Recipe, sampleWidth: number): Promise<Pastiche> {
  engine ??= new EngineClient();
  const { data, width, height } = drawSamplePicture(sampleWidth, sampleWidth / 2);
  const pixels = new Uint8ClampedArray(data);
  return engine.restyle(
    { width, height, pixels, ...recipe, priority: 'refine' },
    new AbortController().signal,
  );
}

function imageOf({ pixels, width, height }: Pastiche): ImageData {
  return new ImageData(pixels, width, height);
}
