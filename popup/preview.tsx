import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import { EngineClient } from '../src/engine/client';
import { PasticheError, type ErrorCode } from '../src/messages/errors';
import type { StyleMix } from '../src/style/mix';
import { errorSentence, t } from '../src/ui/i18n';
import { PreviewPainter, type Look } from './preview-painter';
import { drawSamplePicture } from './sample-picture';

/** Width of the looks, in pixels; they are half as high. A draft is soon there, on any machine. */
const WIDTHS: Readonly<Record<Look, number>> = { draft: 192, fine: 416 };

interface PreviewProps {
  readonly mix: StyleMix;
}

/** A picture painted with the mix, as it changes. Pressed and held, it shows the original. */
export function Preview({ mix }: PreviewProps): JSX.Element {
  const original = useRef<HTMLCanvasElement>(null);
  const pastiche = useRef<HTMLCanvasElement>(null);
  const [painted, setPainted] = useState(false);
  const [held, setHeld] = useState(false);
  const [error, setError] = useState<ErrorCode | null>(null);

  const engine = useMemo(() => new EngineClient(), []);
  const painter = useMemo(() => {
    return new PreviewPainter<ImageData>(
      async (look, wanted, signal) => {
        const { data, width, height } = sampleOf(look);
        const urgency = look === 'draft' ? 'preview' : 'refine';
        const pixels = new Uint8ClampedArray(data);
        const request = { width, height, pixels, mix: wanted, urgency, file: false } as const;
        const result = await engine.restyle(request, signal);
        return new ImageData(result.pixels, result.width, result.height);
      },
      (picture) => {
        if (pastiche.current) put(picture, pastiche.current);
        setPainted(true);
        setError(null);
      },
      (thrown) => setError(PasticheError.from(thrown).code),
    );
  }, [engine]);

  useEffect(() => {
    // Whatever is painted next, here or on the page, finds it awake.
    engine.wake();
    if (original.current) put(sampleOf('fine'), original.current);
    return () => painter.stop();
  }, [engine, painter]);
  // The original alone needs no engine, and no waiting for one.
  const empty = Object.keys(mix).length === 0;
  useEffect(() => {
    if (empty) painter.stop();
    else painter.show(mix);
  }, [painter, mix, empty]);

  const shows = painted && !held && !empty;
  const waits = !painted && !empty && !error;
  const badge = held ? t('mix_original') : waits ? t('page_working') : null;
  return (
    <>
      <button
        type="button"
        class="preview"
        aria-label={t('popup_preview')}
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

const samples: Partial<Record<Look, ImageData>> = {};

function sampleOf(look: Look): ImageData {
  return (samples[look] ??= drawSamplePicture(WIDTHS[look], WIDTHS[look] / 2));
}

function put(picture: ImageData, canvas: HTMLCanvasElement): void {
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext('2d')?.putImageData(picture, 0, 0);
}
