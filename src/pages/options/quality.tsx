import type { JSX } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';

import { DEFAULT_SETTINGS, observeSettings, writeSettings } from '../../storage/settings';
import { FILE_TYPES, type FileType } from '../../core/file-name';
import { plural, t } from '../../words/i18n';
import { Section } from './section';

/** In megapixels. */
const BUDGETS: readonly number[] = [0.25, 0.5, 1, 1.5, 2, 4, 8];

interface QualityProps {
  /** The file type when the page was opened. */
  readonly saveType: FileType;
  /** The resolution budget when the page was opened, in megapixels. */
  readonly initial: number;
}

/** The maximum size of pictures for the engine. */
export function Quality({ initial, saveType }: QualityProps): JSX.Element {
  const [budget, setBudget] = useState(initial);
  const [type, setType] = useState(saveType);
  const [failed, setFailed] = useState(false);
  const id = useId();
  useEffect(
    () =>
      observeSettings((settings) => {
        setBudget(settings.budget);
        setType(settings.saveType);
      }),
    [],
  );

  const write = (changes: Parameters<typeof writeSettings>[0]): void => {
    writeSettings(changes).then(
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
          onChange={(event) => {
            const chosen = Number(event.currentTarget.value);
            setBudget(chosen);
            write({ budget: chosen });
          }}
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
      <div class="row">
        <label for={`${id}-type`}>{t('options_save_type')}</label>
        <select
          id={`${id}-type`}
          value={type}
          aria-describedby={`${id}-type-help`}
          onChange={(event) => {
            const chosen = event.currentTarget.value as FileType;
            setType(chosen);
            write({ saveType: chosen });
          }}
        >
          {FILE_TYPES.map((each) => (
            <option key={each} value={each}>
              {each.toUpperCase()}
            </option>
          ))}
        </select>
      </div>
      <p id={`${id}-type-help`} class="help">
        {t('options_save_type_help')}
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
  const name = plural('options_budget_value', megapixels);
  return megapixels === DEFAULT_SETTINGS.budget ? t('options_recommended', name) : name;
}
