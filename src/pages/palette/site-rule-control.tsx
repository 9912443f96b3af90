import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import browser from 'webextension-polyfill';

import { detach } from '../../core/detach';
import { askBackground } from '../../protocol/background-client';
import { lastPosition } from '../../core/favourites/favourite';
import { removeFavourite, writeFavourites } from '../../storage/favourites';
import {
  observeSiteRules,
  readSiteRule,
  removeSiteRule,
  sitePatternOf,
  writeSiteRule,
  type SiteRule,
} from '../../storage/site-rules';
import type { Recipe } from '../../core/style/render-options';
import { t } from '../../words/i18n';
import { siteLabel } from '../shared/site-label';
import type { Favourites } from '../shared/use-favourites';
import { Message } from './message';
import { sameRecipe } from '../shared/mix/mix-state';
import type { TabState } from './use-tab';

/** Maximum number of sites to ask for at once; others can be granted when a picture needs them. */
const MAX_SITES = 20;

interface SiteRuleControlProps {
  readonly tab: TabState;
  readonly recipe: Recipe;
  /** Name of the mix. */
  readonly title: string;
  readonly favourites: Favourites;
}

/** Adds or removes the rule that paints the tab's site with the palette's mix. */
export function SiteRuleControl({
  tab,
  recipe,
  title,
  favourites,
}: SiteRuleControlProps): JSX.Element | null {
  const site = sitePatternOf(tab.url);
  const [rule, setRule] = useState<SiteRule | null>(null);
  /** The requested sites, while the question is shown. */
  const [question, setQuestion] = useState<readonly string[] | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (site === null) return undefined;
    const read = (): void => {
      readSiteRule(site).then(setRule, () => setFailed(true));
    };
    read();
    return observeSiteRules(read);
  }, [site]);
  if (site === null) return null;

  const host = siteLabel(site);
  const list = favourites.list ?? [];
  const current = list.find((favourite) => sameRecipe(favourite, recipe));
  const ruling = list.find(({ id }) => id === rule?.favourite);
  const isOn = rule !== null && rule.paints !== 'off' && ruling !== undefined;

  const ask = async (): Promise<void> => {
    const survey = await askBackground({ type: 'background.survey-page', tabId: tab.id });
    setQuestion([site, ...survey.origins.filter((origin) => origin !== site)].slice(0, MAX_SITES));
  };
  const allow = (origins: readonly string[]): void => {
    // Must come first in the click's own handler, or the browser refuses to ask. The rest is done at
    // once too, as the browser's question may close the palette.
    const granted = browser.permissions.request({ origins: [...origins] });
    const chosen = current ?? {
      id: crypto.randomUUID(),
      name: title,
      ...recipe,
      position: lastPosition(list),
    };
    const keep = async (): Promise<void> => {
      if (!current) await writeFavourites([chosen]);
      try {
        await writeSiteRule({ site, favourite: chosen.id, paints: rule?.paints ?? 'images' });
      } catch (thrown) {
        // Nobody has asked for it but for the rule.
        if (!current) await removeFavourite(chosen.id);
        throw thrown;
      }
    };
    const saved = keep();
    setQuestion(null);
    Promise.all([saved, granted])
      .then(async ([, isGranted]) => {
        if (!isGranted) await (rule ? writeSiteRule(rule) : removeSiteRule(site));
      })
      .catch(() => setFailed(true));
  };

  return (
    <>
      {failed && <Message text={t('popup_save_failed')} onClose={() => setFailed(false)} />}
      {isOn && (
        <div class="rule">
          <p>{t('popup_rule_on', host, ruling.name)}</p>
          <button
            type="button"
            class="button"
            onClick={() => detach(removeSiteRule(site).catch(() => setFailed(true)))}
          >
            {t('popup_rule_end')}
          </button>
        </div>
      )}
      {question ? (
        <div class="question" role="group" aria-label={t('popup_rule_start', host)}>
          <p>{t('popup_rule_question', host, title)}</p>
          <ul class="sites">
            {question.map((origin) => (
              <li key={origin}>{siteLabel(origin)}</li>
            ))}
          </ul>
          <div class="buttons">
            <button type="button" class="button primary" onClick={() => allow(question)}>
              {t('grant_allow')}
            </button>
            <button type="button" class="button" onClick={() => setQuestion(null)}>
              {t('grant_cancel')}
            </button>
          </div>
        </div>
      ) : (
        (!isOn || ruling !== current) &&
        Object.keys(recipe.mix).length > 0 && (
          <button
            type="button"
            class="quiet-button"
            onClick={() => detach(ask().catch(() => setQuestion([site])))}
          >
            {t(isOn ? 'popup_rule_change' : 'popup_rule_start', host)}
          </button>
        )
      )}
    </>
  );
}
