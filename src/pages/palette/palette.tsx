import type { JSX } from 'preact';
import { useCallback, useEffect, useState } from 'preact/hooks';
import browser from 'webextension-polyfill';

import { detach } from '../../core/detach';
import type { Pastiche } from '../../engine/client/engine-client';
import type { ErrorCode } from '../../protocol/errors';
import type { Recipe } from '../../core/style/render-options';
import type { StyleOrder } from '../../storage/settings';
import type { Uses } from '../../storage/uses';
import { engineLine } from '../shared/backend-name';
import { attempt } from '../shared/attempt';
import { errorSentence, t } from '../../words/i18n';
import { IconButton } from '../shared/icon-button';
import { mixName } from '../../words/mix-name';
import type { NamedStyle } from '../../words/style-names';
import { useFavourites } from '../shared/use-favourites';
import { FavouriteShelf } from './favourites';
import { usePaletteKeys } from './keys';
import { Message } from './message';
import { RenderControls } from '../shared/mix/render-controls';
import { MixBar } from './mix-bar';
import { PageActions } from './page-actions';
import { Preview } from './preview';
import { randomMix } from '../shared/mix/random-mix';
import { StrengthSlider } from '../shared/mix/sliders';
import { StyleList } from '../shared/mix/style-list';
import { addStyles } from '../shared/add-styles';
import { PictureSource } from '../shared/picture-source';
import { hasMenus } from '../shared/has-menus';
import { useShownStyles } from '../shared/use-styles';
import { useMix } from '../shared/mix/use-mix';

interface PaletteProps {
  readonly styles: readonly NamedStyle[];
  /** The mix and its render options when the palette was opened. */
  readonly initial: Recipe;
  /** The error on the tab, if any. */
  readonly notice: Promise<ErrorCode | null>;
  /** Whether to show the news of the last update. */
  readonly hasNews: boolean;
  /** The page's picture for the preview. */
  readonly picture: Promise<ImageBitmap | null>;
  /** How often each style was used. */
  readonly uses: Uses;
  readonly order: StyleOrder;
}

export function Palette({
  styles: initialStyles,
  initial,
  notice,
  hasNews,
  picture,
  uses,
  order,
}: PaletteProps): JSX.Element {
  const styles = useShownStyles(initialStyles);
  const [engine, setEngine] = useState('');
  const [said, setSaid] = useState('');
  const [problem, setProblem] = useState('');
  const [showsNews, setShowsNews] = useState(hasNews);
  const tellEngine = useCallback((pastiche: Pastiche) => setEngine(engineLine(pastiche)), []);
  const controls = useMix(initial, styles);
  const { mix, manner, recipe, replace } = controls;
  const favourites = useFavourites();
  usePaletteKeys({
    undo: controls.undo,
    redo: controls.redo,
    favourite: (index) => {
      const favourite = favourites.list?.[index];
      if (favourite) replace(favourite.mix, favourite.manner);
    },
  });

  return (
    <>
      <header class="top">
        <h1>{t('extension_name')}</h1>
        <IconButton
          icon="undo"
          label={t('popup_undo')}
          disabled={!controls.canUndo}
          onClick={controls.undo}
        />
        <IconButton
          icon="redo"
          label={t('popup_redo')}
          disabled={!controls.canRedo}
          onClick={controls.redo}
        />
        <IconButton
          icon="camera"
          label={t('popup_camera')}
          onClick={() => attempt(openCamera, setProblem)}
        />
        <IconButton
          icon="options"
          label={t('popup_options')}
          onClick={() => attempt(openOptions, setProblem)}
        />
      </header>
      <PageNotice notice={notice} />
      {showsNews && (
        <Message role="status" text={t('popup_news')} onClose={() => setShowsNews(false)} />
      )}
      {problem && <Message text={problem} onClose={() => setProblem('')} />}
      {said && <Message role="status" text={said} onClose={() => setSaid('')} />}
      <PictureSource
        label={null}
        isPage
        isMultiple
        onPictures={(pictures) => attempt(() => addStyles(pictures, setSaid), setSaid)}
        onProblem={setSaid}
      />
      {controls.saveFailed && <Message text={t('popup_save_failed')} />}
      <section class="mix" aria-label={t('popup_mix')}>
        <Preview recipe={recipe} picture={picture} onPainted={tellEngine} />
        <MixBar mix={mix} styles={styles} />
      </section>
      <div class="whole">
        <div class="title">
          <h2 dir="auto">{mixName(mix, styles)}</h2>
          <IconButton
            icon="dice"
            label={t('popup_surprise')}
            onClick={() => replace(randomMix(styles.map(({ id }) => id)))}
          />
          <IconButton
            icon="clear"
            label={t('popup_reset')}
            disabled={Object.keys(mix).length === 0}
            onClick={() => replace({})}
          />
        </div>
        <StrengthSlider
          mix={mix}
          disabled={!controls.hasStrength}
          onMove={controls.moveStrength}
          onRelease={controls.release}
        />
        <RenderControls
          manner={manner}
          disabled={Object.keys(mix).length === 0}
          onMove={controls.moveRenderOptions}
          onRelease={controls.release}
        />
      </div>
      <PageActions recipe={recipe} styles={styles} favourites={favourites} reached={picture} />
      <FavouriteShelf favourites={favourites} styles={styles} recipe={recipe} onApply={replace} />
      <StyleList
        styles={styles}
        initial={initial.mix}
        controls={controls}
        uses={uses}
        initialOrder={order}
      />
      <footer>
        <p>{t(hasMenus() ? 'popup_hint' : 'popup_hint_pick')}</p>
        {engine && <p class="engine">{engine}</p>}
      </footer>
    </>
  );
}

function PageNotice({ notice }: Pick<PaletteProps, 'notice'>): JSX.Element | null {
  const [code, setCode] = useState<ErrorCode | null>(null);
  useEffect(() => detach(notice.then(setCode)), [notice]);
  return code && <Message text={errorSentence(code)} onClose={() => setCode(null)} />;
}

async function openOptions(): Promise<void> {
  await browser.runtime.openOptionsPage();
  window.close();
}

async function openCamera(): Promise<void> {
  await browser.tabs.create({ url: browser.runtime.getURL('camera.html') });
  window.close();
}
