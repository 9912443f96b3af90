import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import browser from 'webextension-polyfill';

import { removeAllOwnStyles } from '../../storage/own-styles';
import { t } from '../../words/i18n';
import { Section } from './section';

/** Makes the extension as it was when it was installed; asks before. */
export function Reset(): JSX.Element {
  const [isAsking, setAsking] = useState(false);
  const [failed, setFailed] = useState(false);
  const reset = (): void => {
    resetEverything().then(
      () => location.reload(),
      () => setFailed(true),
    );
  };
  return (
    <Section title={t('options_reset')}>
      <p class="help">{t('options_reset_help')}</p>
      {isAsking ? (
        <div class="buttons">
          <button type="button" class="button primary" onClick={reset}>
            {t('options_reset_confirm')}
          </button>
          <button type="button" class="button" onClick={() => setAsking(false)}>
            {t('options_reset_cancel')}
          </button>
        </div>
      ) : (
        <button type="button" class="button" onClick={() => setAsking(true)}>
          {t('options_reset_ask')}
        </button>
      )}
      <p role="status">{failed && t('options_reset_failed')}</p>
    </Section>
  );
}

/** Everything that is kept goes, on the other machines too, and so does the access to sites. */
async function resetEverything(): Promise<void> {
  const { origins = [] } = await browser.permissions.getAll();
  await Promise.all([
    browser.storage.local.clear(),
    browser.storage.sync.clear(),
    removeAllOwnStyles(),
    // Rejects for what the person granted in the browser's own settings.
    ...origins.map((origin) =>
      browser.permissions.remove({ origins: [origin] }).catch(() => false),
    ),
  ]);
  localStorage.clear();
}
