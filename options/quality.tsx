import type { JSX } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';

import { DEFAULT_SETTINGS, observeSettings, writeSettings } from '../src/storage/settings';
import { t } from '../src/ui/i18n';
import { Section } from './section';

/** In megapixels. */
const BUDGETS: readonly number[] = [0.25, 0.5, 1, 1.5, 2, 4, 8];

interface QualityProps {
  /** The resolution budget when the page was opened, in megapixels. */
  readonly initial: number;
}

/** How large a picture the engine is given. */
export function Quality({ initial }: QualityProps): JSX.Element {
  const [budget, setBudget] = useState(initial);
  const [failed, setFailed] = useState(false);
  const id = useId();
  useEffect(() => observeSettings((settings) => setBudget(settings.budget)), []);

  const choose = (chosen: number): void => {
    setBudget(chosen);
    writeSettings({ budget: chosen }).then(
      () => setFailed(false),
      () => setFailed(true),
    );
  };
  // Another version may have offered other choices.
  const choices = [...new Set([...BUDGETS, budget])].sort((a, b) => a - b);
  return (
    <Section title={t('options_quality')}>
      <div class="row">
        <label for={id}>{t('options_budget')}</label>
        <select
          id={id}
          value={budget}
          aria-describedby={`${id}-help`}
          onChange={(event) => choose(Number(event.currentTarget.value))}
        >
          {choices.map((choice) => (
            <option key={choice} value={choice}>
              {budgetName(choice)}
            </option>
          ))}
        </select>
      </div>
      <p id={`${id}-help`} class="help">
        {t('options_budget_help')}
      </p>
      {failed && (
        <p class="message" role="alert">
          {t('popup_save_failed')}
        </p>
      )}
    </Section>
  );
}

function budgetName(megapixels: number): string {
  const number = new Intl.NumberFormat(t('language')).format(megapixels);
  return megapixels === DEFAULT_SETTINGS.budget
    ? t('options_budget_value_default', number)
    : t('options_budget_value', number);
}
