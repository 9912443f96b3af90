import type { JSX } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';

import { observeSettings, writeSettings, type VideoSettings } from '../../storage/settings';
import { plural, t } from '../../words/i18n';
import { Section } from './section';

/** Styled frames per second. */
const RATES: readonly number[] = [8, 12, 15, 24, 30, 60];

interface VideoSectionProps {
  /** The settings when the page was opened. */
  readonly initial: VideoSettings;
}

/** Settings of videos. */
export function VideoSection({ initial }: VideoSectionProps): JSX.Element {
  const [video, setVideo] = useState(initial);
  const [failed, setFailed] = useState(false);
  const id = useId();
  useEffect(() => observeSettings((settings) => setVideo(settings.video)), []);

  const change = (changes: Partial<VideoSettings>): void => {
    const changed = { ...video, ...changes };
    setVideo(changed);
    writeSettings({ video: changed }).then(
      () => setFailed(false),
      () => setFailed(true),
    );
  };
  const rates = [...new Set([...RATES, video.rate])].sort((a, b) => a - b);
  return (
    <Section title={t('options_video')}>
      <div class="row">
        <label for={`${id}-rate`}>{t('options_rate')}</label>
        <select
          id={`${id}-rate`}
          value={video.rate}
          aria-describedby={`${id}-help`}
          onChange={({ currentTarget }) => change({ rate: Number(currentTarget.value) })}
        >
          {rates.map((rate) => (
            <option key={rate} value={rate}>
              {plural('options_rate_value', rate)}
            </option>
          ))}
        </select>
      </div>
      <p id={`${id}-help`} class="help">
        {t('options_rate_help')}
      </p>
      <label class="check">
        <input
          type="checkbox"
          checked={video.sharp}
          onChange={({ currentTarget }) => change({ sharp: currentTarget.checked })}
        />
        {t('options_sharpness')}
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={video.steady}
          onChange={({ currentTarget }) => change({ steady: currentTarget.checked })}
        />
        {t('options_steady')}
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={video.meter}
          onChange={({ currentTarget }) => change({ meter: currentTarget.checked })}
        />
        {t('options_meter')}
      </label>
      {failed && (
        <p class="message" role="alert">
          {t('popup_save_failed')}
        </p>
      )}
    </Section>
  );
}
