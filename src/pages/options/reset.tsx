import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import browser from 'webextension-polyfill';

import { removeAllOwnStyles } from '../../storage/own-styles';
import { t } from '../../words/i18n';
import { Section } from './section';

/** Resets the extension to its state after installation, once confirmed. */
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

/** Deletes everything stored, also on the other machines, and revokes the access to sites. */
async function resetEverything(): Promise<void> {
  const { origins = [] } = await browser.permissions.getAll();
  await Promise.all([
    browser.storage.local.clear(),
    browser.storage.sync.clear(),
    removeAllOwnStyles(),
    // Rejects for access that the user granted in the browser's own settings.
    ...origins.map((origin) =>
      browser.permissions.remove({ origins: [origin] }).catch(() => false),
    ),
  ]);
  localStorage.clear();
}
