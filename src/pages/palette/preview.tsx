import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import { detach } from '../../core/detach';
import { EngineClient, type Pastiche } from '../../engine/client/engine-client';
import { PasticheError, type ErrorCode } from '../../protocol/errors';
import type { Recipe } from '../../core/style/render-options';
import { errorSentence, t } from '../../words/i18n';
import { drawSamplePicture } from '../shared/sample-picture';
import { filling } from './page-picture';
import { PreviewPainter, type Look } from '../shared/preview-painter';

/** Widths of the preview, in pixels; it is half as high. A draft is fast on any machine. */
const WIDTHS: Readonly<Record<Look, number>> = { draft: 192, fine: 416 };

interface PreviewProps {
  readonly recipe: Recipe;
  /** The page's picture, or null. Until it is known, the sample picture is shown. */
  readonly picture: Promise<ImageBitmap | null>;
  /** Called with every fine pastiche. */
  onPainted(pastiche: Pastiche): void;
}

/** A picture painted with the current mix. While it is pressed, it shows the original. */
export function Preview({ recipe, picture, onPainted }: PreviewProps): JSX.Element {
  const original = useRef<HTMLCanvasElement>(null);
  const pastiche = useRef<HTMLCanvasElement>(null);
  const [painted, setPainted] = useState(false);
  const [held, setHeld] = useState(false);
  const [error, setError] = useState<ErrorCode | null>(null);

  const engine = useMemo(() => new EngineClient(), []);
  const contents = useMemo(() => new ContentImages(), []);
  const [isPage, setIsPage] = useState(false);
  const painter = useMemo(() => {
    return new PreviewPainter<Recipe, { readonly picture: ImageData; readonly content: ImageData }>(
      async (look, wanted, signal) => {
        const content = contents.at(look);
        const { data, width, height } = content;
        const priority = look === 'draft' ? 'preview' : 'refine';
        const pixels = new Uint8ClampedArray(data);
        const request = { width, height, pixels, ...wanted, priority } as const;
        const result = await engine.restyle(request, signal);
        if (look === 'fine') onPainted(result);
        return { picture: new ImageData(result.pixels, result.width, result.height), content };
      },
      ({ picture, content }) => {
        // The page's picture may have arrived meanwhile.
        if (!contents.has(content)) return;
        if (pastiche.current) put(picture, pastiche.current);
        setPainted(true);
        setError(null);
      },
      (thrown) => setError(PasticheError.from(thrown).code),
    );
  }, [engine, contents, onPainted]);

  useEffect(() => {
    // Wakes the engine for whatever is painted next, here or on the page.
    engine.wake();
    if (original.current) put(contents.at('fine'), original.current);
    return () => painter.stop();
  }, [engine, contents, painter]);
  useEffect(() => {
    const use = (found: ImageBitmap | null): void => {
      if (!found) return;
      contents.use(found);
      if (original.current) put(contents.at('fine'), original.current);
      setPainted(false);
      setIsPage(true);
    };
    detach(picture.then(use));
  }, [contents, picture]);
  // The original alone needs no engine.
  const empty = Object.keys(recipe.mix).length === 0;
  useEffect(() => {
    if (empty) painter.stop();
    else painter.show({ ...recipe });
  }, [painter, recipe, empty, isPage]);

  const shows = painted && !held && !empty;
  const waits = !painted && !empty && !error;
  const badge = held ? t('mix_original') : waits ? t('page_working') : null;
  return (
    <>
      <button
        type="button"
        class="preview"
        aria-label={t(isPage ? 'popup_preview_page' : 'popup_preview')}
        aria-pressed={held}
        title={t('popup_preview_hint')}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setHeld(true);
        }}
        onPointerUp={() => setHeld(false)}
        onLostPointerCapture={() => setHeld(false)}
        onKeyDown={(event) => {
          if (event.key === ' ' || event.key === 'Enter') setHeld(true);
        }}
        onKeyUp={() => setHeld(false)}
        onBlur={() => setHeld(false)}
      >
        <canvas ref={original} />
        <canvas ref={pastiche} class={shows ? 'pastiche shown' : 'pastiche'} />
        {badge && (
          <span class="badge" aria-hidden="true">
            {badge}
          </span>
        )}
      </button>
      {error && (
        <p class="message" role="status">
          {errorSentence(error)}
        </p>
      )}
    </>
  );
}

/** The picture to paint: the sample picture, until there is one of the page. */
class ContentImages {
  private looks: Partial<Record<Look, ImageData>> = {};
  private picture: ImageBitmap | null = null;

  use(picture: ImageBitmap): void {
    this.picture = picture;
    this.looks = {};
  }

  has(content: ImageData): boolean {
    return Object.values(this.looks).includes(content);
  }

  at(look: Look): ImageData {
    const width = WIDTHS[look];
    return (this.looks[look] ??= this.picture
      ? filling(this.picture, width, width / 2)
      : drawSamplePicture(width, width / 2));
  }
}

function put(picture: ImageData, canvas: HTMLCanvasElement): void {
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext('2d')?.putImageData(picture, 0, 0);
}
