import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import browser, { type Permissions } from 'webextension-polyfill';

import { attempt } from '../shared/attempt';
import { t } from '../../words/i18n';
import { Section } from './section';
import { siteLabel } from '../shared/site-label';

/** A permission that the user has granted and can revoke: to read a site, or to capture tabs. */
interface Grant {
  readonly label: string;
  readonly permissions: Permissions.Permissions;
}

/** All permissions granted after the installation. */
export function Sites(): JSX.Element {
  const [grants, setGrants] = useState<readonly Grant[]>([]);
  const [message, setMessage] = useState('');

  useEffect(() => {
    const read = (): void => {
      attempt(async () => setGrants(grantsIn(await browser.permissions.getAll())), setMessage);
    };
    read();
    browser.permissions.onAdded.addListener(read);
    browser.permissions.onRemoved.addListener(read);
    return () => {
      browser.permissions.onAdded.removeListener(read);
      browser.permissions.onRemoved.removeListener(read);
    };
  }, []);

  const revoke = async ({ label, permissions }: Grant): Promise<void> => {
    // Rejects for access that the user granted in the browser's own settings.
    const removed = await browser.permissions.remove(permissions).catch(() => false);
    setMessage(removed ? t('options_revoked', label) : t('options_revoke_failed'));
  };

  return (
    <Section title={t('options_access')}>
      <p class="help">{t('options_access_help')}</p>
      {grants.length === 0 ? (
        <p>{t('options_access_none')}</p>
      ) : (
        <ul class="list">
          {grants.map((grant) => (
            <li key={grant.label} class="row">
              <span class="site">{grant.label}</span>
              <button
                type="button"
                class="button"
                aria-label={t('options_revoke_site', grant.label)}
                onClick={() => attempt(() => revoke(grant), setMessage)}
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

function grantsIn({ origins = [], permissions = [] }: Permissions.AnyPermissions): Grant[] {
  const sites = origins.map((origin) => ({
    label: siteLabel(origin),
    permissions: { origins: [origin] },
  }));
  // The browser's types don't know it by name.
  const held: readonly string[] = permissions;
  if (!held.includes(TAB_CAPTURE)) return sites;
  const capture = { permissions: [TAB_CAPTURE] } as unknown as Permissions.Permissions;
  return [...sites, { label: t('options_tab_capture'), permissions: capture }];
}

const TAB_CAPTURE = 'tabCapture';
