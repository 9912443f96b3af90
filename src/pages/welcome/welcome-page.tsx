import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import browser from 'webextension-polyfill';

import { EngineClient } from '../../engine/client/engine-client';
import { PasticheError, type ErrorCode } from '../../protocol/errors';
import { attempt } from '../shared/attempt';
import { errorSentence, t } from '../../words/i18n';
import { drawSamplePicture } from '../shared/sample-picture';
import { shortTitle, type NamedStyle } from '../../words/style-names';
import { Swatch } from '../shared/swatch';

/** Width of the picture, in pixels; it is half as high. */
const WIDTH = 960;

/** Clearly different styles; the first one is painted without a click. */
const SHOWN = ['starry-night', 'great-wave', 'the-scream', 'udnie', 'composition-vii', 'the-kiss'];

interface WelcomePageProps {
  readonly styles: readonly NamedStyle[];
}

/** First instructions on one screen, with a picture that can be painted right there. */
export function WelcomePage({ styles }: WelcomePageProps): JSX.Element {
  const shown = SHOWN.flatMap((id) => styles.find((style) => style.id === id) ?? []);
  const [chosen, setChosen] = useState<NamedStyle | null>(null);
  const [problem, setProblem] = useState('');
  return (
    <>
      <header>
        <img src="icons/icon-128.png" alt="" width="52" height="52" />
        <div>
          <h1>{t('welcome_title')}</h1>
          <p>{t('welcome_lead')}</p>
        </div>
      </header>
      <section class="try" aria-label={t('welcome_try')}>
        <Picture style={chosen} />
        <div class="choices" role="group" aria-label={t('welcome_try')}>
          <span class="hint" aria-hidden="true">
            {t('welcome_try')}
          </span>
          {shown.map((style) => (
            <button
              key={style.id}
              type="button"
              aria-pressed={style === chosen}
              title={`${style.title} · ${style.artist}`}
              onClick={() => setChosen(style === chosen ? null : style)}
            >
              <Swatch style={style} />
              <span class="name" dir="auto">
                {shortTitle(style.title)}
              </span>
            </button>
          ))}
        </div>
      </section>
      <ol class="steps">
        {(['image', 'palette', 'page'] as const).map((step) => (
          <li key={step}>
            <h2>{t(`welcome_${step}`)}</h2>
            <p>{t(`welcome_${step}_text`)}</p>
          </li>
        ))}
      </ol>
      <footer>
        <p>{t('welcome_privacy')}</p>
        <button
          type="button"
          class="button"
          onClick={() => attempt(() => browser.runtime.openOptionsPage(), setProblem)}
        >
          {t('popup_options')}
        </button>
        <p role="status">{problem}</p>
      </footer>
    </>
  );
}

interface PictureProps {
  /** Null: the original. */
  readonly style: NamedStyle | null;
}

function Picture({ style }: PictureProps): JSX.Element {
  const original = useRef<HTMLCanvasElement>(null);
  const pastiche = useRef<HTMLCanvasElement>(null);
  const [painted, setPainted] = useState<string | null>(null);
  const [error, setError] = useState<ErrorCode | null>(null);
  const engine = useMemo(() => new EngineClient(), []);
  const sample = useMemo(() => drawSamplePicture(WIDTH, WIDTH / 2), []);

  useEffect(() => {
    original.current?.getContext('2d')?.putImageData(sample, 0, 0);
    // It will have started by the time that a painting is chosen.
    engine.wake();
  }, [engine, sample]);
  useEffect(() => {
    setError(null);
    if (!style) return undefined;
    const { width, height } = sample;
    const pixels = new Uint8ClampedArray(sample.data);
    const mix = { [style.id]: 1 };
    const withdrawing = new AbortController();
    engine.restyle({ width, height, pixels, mix, priority: 'refine' }, withdrawing.signal).then(
      (result) => {
        const picture = new ImageData(result.pixels, result.width, result.height);
        pastiche.current?.getContext('2d')?.putImageData(picture, 0, 0);
        setPainted(style.id);
      },
      (thrown: unknown) => {
        if (!withdrawing.signal.aborted) setError(PasticheError.from(thrown).code);
      },
    );
    return () => withdrawing.abort();
  }, [engine, sample, style]);

  const isShown = style !== null && painted === style.id;
  const state = error
    ? errorSentence(error)
    : style && !isShown
      ? t('page_working')
      : isShown
        ? t('page_done', style.title)
        : t('mix_original');
  return (
    <figure>
      <canvas ref={original} width={WIDTH} height={WIDTH / 2} />
      <canvas
        ref={pastiche}
        class={style && painted ? 'pastiche shown' : 'pastiche'}
        width={WIDTH}
        height={WIDTH / 2}
      />
      <figcaption>
        <span role="status">{state}</span>
      </figcaption>
    </figure>
  );
}
