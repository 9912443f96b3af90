import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import browser from 'webextension-polyfill';

import type { ErrorCode } from '../src/messages/errors';
import type { Settings } from '../src/storage/settings';
import type { Style } from '../src/style/style';
import { errorSentence, t } from '../src/ui/i18n';
import { Icon } from '../src/ui/icons';
import { matchesQuery, stylesOf } from '../src/ui/style-names';
import { Message } from './message';
import { MixBar } from './mix-bar';
import { randomMix } from './random-mix';
import { ShareSlider, StrengthSlider } from './sliders';
import { useMix, type MixControls } from './use-mix';

export interface PaletteProps {
  readonly styles: readonly Style[];
  /** As they were when the palette was opened. */
  readonly settings: Settings;
  /** What went wrong on the tab, once it is known. */
  readonly notice: Promise<ErrorCode | null>;
}

export function Palette({ styles, settings, notice }: PaletteProps): JSX.Element {
  const palette = useMix(settings.mix);
  const { mix, replace, release } = palette;
  const [query, setQuery] = useState('');
  // What is in the mix comes first; not while sliders move, or they would run away from the hand.
  const ordered = useMemo(() => {
    const used = stylesOf(settings.mix, styles);
    return [...used, ...styles.filter((style) => !used.includes(style))];
  }, [styles, settings.mix]);
  const shown = ordered.filter((style) => matchesQuery(style, query));
  useUndoKeys(palette);

  return (
    <>
      <header class="top">
        <h1>{t('extension_name')}</h1>
        <IconButton
          icon="undo"
          label={t('popup_undo')}
          disabled={!palette.canUndo}
          onClick={palette.undo}
        />
        <IconButton
          icon="redo"
          label={t('popup_redo')}
          disabled={!palette.canRedo}
          onClick={palette.redo}
        />
        <IconButton icon="options" label={t('popup_options')} onClick={() => void openOptions()} />
      </header>
      <PageNotice notice={notice} />
      {palette.saveFailed && <Message text={t('popup_save_failed')} />}
      <section class="mix" aria-label={t('popup_mix')}>
        <MixBar mix={mix} styles={styles} />
        <StrengthSlider
          mix={mix}
          disabled={!palette.hasStrength}
          onMove={palette.moveStrength}
          onRelease={release}
        />
        <div class="actions">
          <button
            type="button"
            class="button"
            onClick={() => replace(randomMix(styles.map(({ id }) => id)))}
          >
            {t('popup_surprise')}
          </button>
          <button
            type="button"
            class="button"
            disabled={Object.keys(mix).length === 0}
            onClick={() => replace({})}
          >
            {t('popup_reset')}
          </button>
        </div>
      </section>
      <section class="styles" aria-label={t('popup_styles')}>
        <input
          type="search"
          class="search"
          placeholder={t('popup_search')}
          aria-label={t('popup_search')}
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
        <ul>
          {shown.map((style) => (
            <ShareSlider
              key={style.id}
              style={style}
              share={mix[style.id] ?? 0}
              onMove={(share) => palette.moveShare(style.id, share)}
              onRelease={release}
              onOnly={() => replace({ [style.id]: 1 })}
            />
          ))}
        </ul>
        {shown.length === 0 && (
          <p class="none" role="status">
            {t('popup_search_none', query)}
          </p>
        )}
      </section>
      <footer>{t('popup_hint')}</footer>
    </>
  );
}

function PageNotice({ notice }: Pick<PaletteProps, 'notice'>): JSX.Element | null {
  const [code, setCode] = useState<ErrorCode | null>(null);
  useEffect(() => void notice.then(setCode), [notice]);
  return code && <Message text={errorSentence(code)} onClose={() => setCode(null)} />;
}

interface IconButtonProps {
  readonly icon: 'undo' | 'redo' | 'options';
  readonly label: string;
  readonly disabled?: boolean;
  onClick(): void;
}

function IconButton({ icon, label, disabled = false, onClick }: IconButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

/** Ctrl+Z and its relatives, except where they belong to a text. */
function useUndoKeys({ undo, redo }: Pick<MixControls, 'undo' | 'redo'>): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || isTextField(event.target)) return;
      const key = event.key.toLowerCase();
      const again = key === 'y' || (key === 'z' && event.shiftKey);
      if (!again && key !== 'z') return;
      event.preventDefault();
      if (again) redo();
      else undo();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  });
}

function isTextField(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && target.type !== 'range';
}

async function openOptions(): Promise<void> {
  await browser.runtime.openOptionsPage();
  window.close();
}
