import type { JSX } from 'preact';

import type { Settings } from '../src/storage/settings';
import { t } from '../src/ui/i18n';
import type { NamedStyle } from '../src/ui/style-names';
import { FavouritesSection } from './favourites';
import { Quality } from './quality';
import { Section } from './section';
import { Shortcuts } from './shortcuts';
import { Sites } from './sites';

interface OptionsPageProps {
  /** As they were when the page was opened. */
  readonly settings: Settings;
  readonly styles: readonly NamedStyle[];
}

export function OptionsPage({ settings, styles }: OptionsPageProps): JSX.Element {
  return (
    <>
      <header>
        <img src="../icons/icon-128.png" alt="" width="56" height="56" />
        <h1>{t('options_title')}</h1>
      </header>
      <FavouritesSection styles={styles} />
      <Quality initial={settings.budget} />
      <Sites />
      <Shortcuts />
      <Section title={t('options_privacy')}>
        <p>{t('options_privacy_text')}</p>
      </Section>
    </>
  );
}
