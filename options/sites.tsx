import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import browser from 'webextension-polyfill';

import { t } from '../src/ui/i18n';
import { Section } from './section';
import { siteLabel } from './site-label';

/** The sites that the extension may read pictures from, each of which can be taken back. */
export function Sites(): JSX.Element {
  const [origins, setOrigins] = useState<readonly string[]>([]);
  const [message, setMessage] = useState('');

  useEffect(() => {
    const read = (): void => {
      void browser.permissions.getAll().then((all) => setOrigins(all.origins ?? []));
    };
    read();
    browser.permissions.onAdded.addListener(read);
    browser.permissions.onRemoved.addListener(read);
    return () => {
      browser.permissions.onAdded.removeListener(read);
      browser.permissions.onRemoved.removeListener(read);
    };
  }, []);

  const revoke = async (origin: string): Promise<void> => {
    // Rejects for what the person granted in the browser's own settings.
    const removed = await browser.permissions.remove({ origins: [origin] }).catch(() => false);
    setMessage(removed ? t('options_revoked', siteLabel(origin)) : t('options_revoke_failed'));
  };

  return (
    <Section title={t('options_access')}>
      <p class="help">{t('options_access_help')}</p>
      {origins.length === 0 ? (
        <p>{t('options_access_none')}</p>
      ) : (
        <ul class="list">
          {origins.map((origin) => (
            <li key={origin} class="row">
              <span class="site">{siteLabel(origin)}</span>
              <button
                type="button"
                class="button"
                aria-label={t('options_revoke_site', siteLabel(origin))}
                onClick={() => void revoke(origin)}
              >
                {t('options_revoke')}
              </button>
            </li>
          ))}
        </ul>
      )}
      <p role="status">{message}</p>
    </Section>
  );
}
