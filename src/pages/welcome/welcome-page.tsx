import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import browser from 'webextension-polyfill';

import { EngineClient } from '../../engine/client/engine-client';
import { PasticheError, type ErrorCode } from '../../protocol/errors';
import { attempt } from '../shared/attempt';
import { hasMenus } from '../shared/has-menus';
import { errorSentence, t, type MessageKey } from '../../words/i18n';
import { PreviewPainter, type Look } from '../shared/preview-painter';
import { drawSamplePicture } from '../shared/sample-picture';
import { shortTitle, type NamedStyle } from '../../words/style-names';
import { Swatch } from '../shared/swatch';

/** Widths of the looks, in pixels; they are half as high. A draft is there within a second, anywhere. */
const WIDTHS: Readonly<Record<Look, number>> = { draft: 480, fine: 960 };

/** Unlike each other at first sight. */
const SHOWN = ['starry-night', 'great-wave', 'the-scream', 'udnie', 'composition-vii', 'the-kiss'];

interface WelcomePageProps {
  readonly styles: readonly NamedStyle[];
}

/** First instructions on one screen, with a picture that can be painted right there. */
export function WelcomePage({ styles }: WelcomePageProps): JSX.Element {
  const shown = SHOWN.flatMap((id) => styles.find((style) => style.id === id) ?? []);
  const [chosen, setChosen] = useState<NamedStyle | null>(null);
  const [problem, setProblem] = useState('');
  const next = shown[(chosen ? shown.indexOf(chosen) + 1 : 0) % shown.length] ?? null;
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
        <Picture style={chosen} onNext={() => setChosen(next)} />
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
        {steps().map(([heading, text]) => (
          <li key={heading}>
            <h2>{t(heading)}</h2>
            <p>{t(text)}</p>
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

/** The first steps in this browser: keys of a heading and a text each. */
function steps(): readonly (readonly [MessageKey, MessageKey])[] {
  const mouse = [
    ['welcome_image', 'welcome_image_text'],
    ['welcome_palette', 'welcome_palette_text'],
  ] as const;
  const touch = [
    ['welcome_palette', 'welcome_palette_text_touch'],
    ['menu_pick', 'welcome_pick_text'],
  ] as const;
  return [
    ...(hasMenus() ? mouse : touch),
    ['welcome_page', hasMenus() ? 'welcome_page_text' : 'welcome_page_text_touch'],
  ];
}

interface PictureProps {
  /** Null: the original. */
  readonly style: NamedStyle | null;
  /** The picture itself was clicked. */
  onNext(): void;
}

/** The picture, which a click on it repaints as well as one on a painting beside it. */
function Picture({ style, onNext }: PictureProps): JSX.Element {
  const original = useRef<HTMLCanvasElement>(null);
  const pastiche = useRef<HTMLCanvasElement>(null);
  const [painted, setPainted] = useState<NamedStyle | null>(null);
  const [error, setError] = useState<ErrorCode | null>(null);
  const [asksMenu, setAsksMenu] = useState(false);
  const engine = useMemo(() => new EngineClient(), []);
  const painter = useMemo(
    () =>
      new PreviewPainter<NamedStyle, ImageData>(
        async (look, { id }, signal) => {
          const { width, height, data } = sampleAt(look);
          const priority = look === 'draft' ? 'preview' : 'refine';
          const pixels = new Uint8ClampedArray(data);
          const request = {
            width,
            height,
            pixels,
            mix: { [id]: 1 },
            priority,
            file: false,
          } as const;
          const result = await engine.restyle(request, signal);
          return new ImageData(result.pixels, result.width, result.height);
        },
        (picture, wanted) => {
          put(picture, pastiche.current);
          setPainted(wanted);
          setError(null);
        },
        (thrown) => setError(PasticheError.from(thrown).code),
      ),
    [engine],
  );

  useEffect(() => {
    put(sampleAt('fine'), original.current);
    // By the time that a painting is chosen it has started.
    engine.wake();
    return () => painter.stop();
  }, [engine, painter]);
  useEffect(() => {
    setError(null);
    if (style) painter.show(style);
    else painter.stop();
  }, [painter, style]);

  const isShown = style !== null && painted === style;
  const state = error
    ? errorSentence(error)
    : style && !isShown
      ? t('page_working')
      : isShown
        ? t('page_done', style.title)
        : t('mix_original');
  return (
    <div>
      <figure>
        <button
          type="button"
          class="picture"
          aria-label={t('popup_surprise')}
          title={t('popup_surprise')}
          onClick={onNext}
          onContextMenu={(event) => {
            // The browser's menu has nothing of ours here.
            event.preventDefault();
            setAsksMenu(true);
            onNext();
          }}
        >
          <canvas ref={original} />
          <canvas ref={pastiche} class={style && painted ? 'pastiche shown' : 'pastiche'} />
        </button>
        <figcaption>
          <span role="status">{state}</span>
        </figcaption>
      </figure>
      <p class="note" role="status">
        {asksMenu && t('welcome_menu')}
      </p>
    </div>
  );
}

const samples: Partial<Record<Look, ImageData>> = {};

function sampleAt(look: Look): ImageData {
  return (samples[look] ??= drawSamplePicture(WIDTHS[look], WIDTHS[look] / 2));
}

function put(picture: ImageData, canvas: HTMLCanvasElement | null): void {
  if (!canvas) return;
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext('2d')?.putImageData(picture, 0, 0);
}
