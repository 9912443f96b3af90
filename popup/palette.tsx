import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import browser from 'webextension-polyfill';

import type { ErrorCode } from '../src/messages/errors';
import type { StyleMix } from '../src/style/mix';
import type { Style } from '../src/style/style';
import { errorSentence, t } from '../src/ui/i18n';
import { IconButton } from '../src/ui/icon-button';
import { mixName } from '../src/ui/mix-name';
import { useFavourites } from '../src/ui/use-favourites';
import { FavouriteShelf } from './favourites';
import { usePaletteKeys } from './keys';
import { Message } from './message';
import { MixBar } from './mix-bar';
import { Preview } from './preview';
import { randomMix } from './random-mix';
import { StrengthSlider } from './sliders';
import { StyleList } from './style-list';
import { useMix } from './use-mix';

interface PaletteProps {
  readonly styles: readonly Style[];
  /** The mix when the palette was opened. */
  readonly initial: StyleMix;
  /** What went wrong on the tab, once it is known. */
  readonly notice: Promise<ErrorCode | null>;
}

export function Palette({ styles, initial, notice }: PaletteProps): JSX.Element {
  const controls = useMix(initial, styles);
  const { mix, replace } = controls;
  const favourites = useFavourites();
  usePaletteKeys({
    undo: controls.undo,
    redo: controls.redo,
    favourite: (index) => {
      const favourite = favourites.list?.[index];
      if (favourite) replace(favourite.mix);
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
        <IconButton icon="options" label={t('popup_options')} onClick={() => void openOptions()} />
      </header>
      <PageNotice notice={notice} />
      {controls.saveFailed && <Message text={t('popup_save_failed')} />}
      <section class="mix" aria-label={t('popup_mix')}>
        <Preview mix={mix} />
        <MixBar mix={mix} styles={styles} />
      </section>
      <div class="whole">
        <div class="title">
          <h2>{mixName(mix, styles)}</h2>
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
      </div>
      <FavouriteShelf favourites={favourites} styles={styles} mix={mix} onApply={replace} />
      <StyleList styles={styles} initial={initial} controls={controls} />
      <footer>{t('popup_hint')}</footer>
    </>
  );
}

function PageNotice({ notice }: Pick<PaletteProps, 'notice'>): JSX.Element | null {
  const [code, setCode] = useState<ErrorCode | null>(null);
  useEffect(() => void notice.then(setCode), [notice]);
  return code && <Message text={errorSentence(code)} onClose={() => setCode(null)} />;
}

async function openOptions(): Promise<void> {
  await browser.runtime.openOptionsPage();
  window.close();
}
