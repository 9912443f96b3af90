import type { JSX } from 'preact';
import browser from 'webextension-polyfill';

import type { Settings } from '../../storage/settings';
import { t } from '../../words/i18n';
import type { NamedStyle } from '../../words/style-names';
import { useShownStyles } from '../shared/use-styles';
import { Diagnostics } from './diagnostics';
import { FavouritesSection } from './favourites';
import { Machine } from './machine';
import { MyStyles } from './my-styles';
import { Quality } from './quality';
import { Reset } from './reset';
import { Section } from './section';
import { Shortcuts } from './shortcuts';
import { SiteRules } from './site-rules';
import { Sites } from './sites';
import { VideoSection } from './video-settings';

interface OptionsPageProps {
  /** The settings when the page was opened. */
  readonly settings: Settings;
  readonly styles: readonly NamedStyle[];
  /** Of the network that paints here. */
  readonly styleSpace: string;
}

export function OptionsPage(props: OptionsPageProps): JSX.Element {
  const { settings, styles: initial, styleSpace } = props;
  const styles = useShownStyles(initial);
  return (
    <>
      <header>
        <img src="../icons/icon-128.png" alt="" width="56" height="56" />
        <h1>{t('options_title')}</h1>
      </header>
      <FavouritesSection styles={styles} />
      <MyStyles styleSpace={styleSpace} />
      <SiteRules />
      <Sites />
      <Quality initial={settings.budget} saveType={settings.saveType} />
      <VideoSection initial={settings.video} />
      <Machine />
      {/* Firefox for Android has none. */}
      {'commands' in browser && <Shortcuts />}
      <Section title={t('options_privacy')}>
        <p>{t('options_privacy_text')}</p>
      </Section>
      <Diagnostics />
      <Reset />
    </>
  );
}
