import type { Size } from '../../core/geometry';
import { EngineClient } from '../../engine/client/engine-client';
import { imageDataOf } from '../../engine/client/image-data';
import { compositionOf, type Layers } from '../../core/regions/layers';
import {
  STROKE_SIZES,
  suitedRenderOptions,
  type RenderOptions,
  type Recipe,
} from '../../core/style/render-options';
import type { Look } from '../shared/preview-painter';
import { drawn, type EditedPicture } from './picture';

/** The painting that the editor shows. */
export interface Painting {
  readonly layers: Layers;
  readonly manner: RenderOptions;
}

/** Longer side of a draft, painted while the pointer moves, in pixels. */
const DRAFT_SIDE = 400;

/** What the engine is asked for: the mix below, and those of the layers. */
export function recipeOf({ layers }: Painting): Omit<Recipe, 'manner'> {
  const regions = compositionOf(layers);
  return { mix: layers.base, ...(regions && { regions }) };
}

/** Paints previews; the strokes of small ones are as large as in the result. */
export class PicturePainter {
  private readonly engine = new EngineClient();
  private readonly draft: ImageData;

  constructor(private readonly picture: EditedPicture) {
    this.draft = drawn(picture.image, draftSize(picture.size));
    this.engine.wake();
  }

  /** @throws {PasticheError} the engine's own. */
  async paint(look: Look, painting: Painting, signal: AbortSignal): Promise<ImageData> {
    const { pixels: content, size } = this.picture;
    const { data, width, height } = look === 'draft' ? this.draft : content;
    const suited = suitedRenderOptions(painting.manner, size);
    const strokeSize = Math.max(STROKE_SIZES.least, (suited.strokeSize * width) / size.width);
    const pastiche = await this.engine.restyle(
      {
        ...recipeOf(painting),
        width,
        height,
        pixels: data,
        manner: { ...suited, strokeSize },
        priority: look === 'draft' ? 'preview' : 'refine',
      },
      signal,
    );
    return imageDataOf(pastiche.pixels, width, height);
  }

  close(): void {
    this.engine.close();
  }
}

function draftSize({ width, height }: Size): Size {
  const scale = Math.min(1, DRAFT_SIDE / Math.max(width, height));
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}
