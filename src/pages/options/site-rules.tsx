import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import browser from 'webextension-polyfill';

import {
  observeSiteRules,
  PAINTS,
  readSiteRules,
  removeSiteRule,
  writeSiteRule,
  type Paints,
  type SiteRule,
} from '../../storage/site-rules';
import { attempt } from '../shared/attempt';
import { t } from '../../words/i18n';
import { siteLabel } from '../shared/site-label';
import { useFavourites } from '../shared/use-favourites';
import { Section } from './section';

/** The sites that are painted without being asked for, and their rules. */
export function SiteRules(): JSX.Element {
  const [rules, setRules] = useState<readonly SiteRule[]>([]);
  const [granted, setGranted] = useState<ReadonlySet<string>>(new Set());
  const [problem, setProblem] = useState('');
  const favourites = useFavourites().list ?? [];
  useEffect(() => {
    const read = async (): Promise<void> => {
      const all = await readSiteRules();
      const access = await Promise.all(
        all.map(({ site }) => browser.permissions.contains({ origins: [site] })),
      );
      setRules(all);
      setGranted(new Set(all.filter((_, i) => access[i]).map(({ site }) => site)));
    };
    const again = (): void => attempt(read, setProblem);
    again();
    browser.permissions.onAdded.addListener(again);
    browser.permissions.onRemoved.addListener(again);
    const stop = observeSiteRules(again);
    return () => {
      stop();
      browser.permissions.onAdded.removeListener(again);
      browser.permissions.onRemoved.removeListener(again);
    };
  }, []);
  const keep = (work: Promise<unknown>): void => {
    attempt(async () => {
      await work;
      setProblem('');
    }, setProblem);
  };
  const change = (rule: SiteRule): void => keep(writeSiteRule(rule));

  return (
    <Section title={t('options_rules')}>
      <p class="help">{t('options_rules_help')}</p>
      {problem && (
        <p class="message" role="alert">
          {problem}
        </p>
      )}
      <ul class="list rules">
        {rules.map((rule) => (
          <li key={rule.site}>
            <span class="site">{siteLabel(rule.site)}</span>
            <select
              aria-label={t('options_rule_favourite', siteLabel(rule.site))}
              value={rule.favourite}
              onChange={({ currentTarget }) => change({ ...rule, favourite: currentTarget.value })}
            >
              {favourites.every(({ id }) => id !== rule.favourite) && (
                <option value={rule.favourite}>{t('options_rule_gone')}</option>
              )}
              {favourites.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
            <select
              aria-label={t('options_rule_paints', siteLabel(rule.site))}
              value={rule.paints}
              onChange={({ currentTarget }) =>
                change({ ...rule, paints: currentTarget.value as Paints })
              }
            >
              {PAINTS.map((paints) => (
                <option key={paints} value={paints}>
                  {t(`options_paints_${paints}`)}
                </option>
              ))}
            </select>
            {!granted.has(rule.site) && (
              <button
                type="button"
                class="button"
                onClick={() => keep(browser.permissions.request({ origins: [rule.site] }))}
              >
                {t('grant_allow')}
              </button>
            )}
            <button
              type="button"
              class="button"
              aria-label={t('options_rule_remove', siteLabel(rule.site))}
              onClick={() => keep(removeSiteRule(rule.site))}
            >
              {t('options_remove')}
            </button>
          </li>
        ))}
      </ul>
    </Section>
  );
}
