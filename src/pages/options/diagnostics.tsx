import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import browser from 'webextension-polyfill';

import { describeGpu, documentCapabilities } from '../../engine/host/package-workers';
import { OVERRIDE_KEY, VERDICT_KEY } from '../../engine/host/worker-keeper';
import { readFavourites } from '../../storage/favourites';
import { readOwnStyles } from '../../storage/own-styles';
import { readSettings } from '../../storage/settings';
import { readSiteRules } from '../../storage/site-rules';
import { readStyleSet } from '../../storage/style-set';
import { attempt } from '../shared/attempt';
import { t } from '../../words/i18n';
import { Section } from './section';

/** Facts for a bug report, as a text to copy. */
export function Diagnostics(): JSX.Element {
  const [text, setText] = useState('');
  const [message, setMessage] = useState('');
  const copy = async (): Promise<void> => {
    const found = await diagnose();
    setText(found);
    const isCopied = await navigator.clipboard.writeText(found).then(
      () => true,
      () => false,
    );
    setMessage(t(isCopied ? 'options_diagnostics_copied' : 'options_diagnostics_ready'));
  };
  return (
    <Section title={t('options_diagnostics')}>
      <p class="help">{t('options_diagnostics_help')}</p>
      <button type="button" class="button" onClick={() => attempt(copy, setMessage)}>
        {t('options_diagnostics_copy')}
      </button>
      {text && (
        <textarea
          class="field text"
          aria-label={t('options_diagnostics')}
          readOnly
          rows={10}
          value={text}
        />
      )}
      <p role="status">{message}</p>
    </Section>
  );
}

/** In English, for the readers of bug reports; numbers of sites and styles, never their names. */
async function diagnose(): Promise<string> {
  const ownStyles = await readOwnStyles().catch(() => null);
  const { styleSpace, styles } = await readStyleSet();
  const settings = await readSettings();
  const { cores, isolated, kernels } = documentCapabilities();
  const { origins = [] } = await browser.permissions.getAll();
  const rules = await readSiteRules();
  const favourites = await readFavourites();
  const facts: readonly (readonly [string, unknown])[] = [
    ['Pastiche', browser.runtime.getManifest().version],
    ['Browser', navigator.userAgent],
    ['Languages', `${browser.i18n.getUILanguage()}, shown: ${t('language')}`],
    ['Processors', cores],
    ['Isolated', isolated],
    ['Own kernels', kernels],
    ['WebGPU', (await describeGpu()) ?? 'none'],
    ['Backend chosen', localStorage.getItem(OVERRIDE_KEY) ?? 'automatic'],
    ['Backends tried', localStorage.getItem(VERDICT_KEY) ?? 'not yet'],
    ['Style space', styleSpace],
    ['Styles', `${styles.length} named, ${ownStyles?.length ?? 'no database for'} own`],
    ['Favourites', favourites.length],
    ['Mix', `${Object.keys(settings.mix).length} styles, ${JSON.stringify(settings.manner)}`],
    ['Resolution', `${settings.budget} megapixels`],
    ['Video', JSON.stringify(settings.video)],
    ['Sites', `${rules.length} with a rule, access to ${origins.length}`],
    ['Screen', `${screen.width}×${screen.height} at ${devicePixelRatio}`],
  ];
  return facts.map(([name, value]) => `${name}: ${String(value)}`).join('\n');
}
