import type { JSX } from 'preact';
import { useId } from 'preact/hooks';

import { strokeSizeAt, strokeSizePlace, type Manner } from '../../../core/style/manner';
import { percent, t } from '../../../words/i18n';
import { Range } from './sliders';

interface MannerControlsProps {
  readonly manner: Manner;
  readonly disabled: boolean;
  onMove(control: keyof Manner, manner: Manner): void;
  onRelease(): void;
}

/** Settings for the whole mix: the size of its strokes, and whether to keep the colours. */
export function MannerControls({
  manner,
  disabled,
  onMove,
  onRelease,
}: MannerControlsProps): JSX.Element {
  const id = useId();
  return (
    <div class="manner">
      <div class="strokes">
        <label for={id}>{t('popup_strokes')}</label>
        <Range
          id={id}
          value={strokeSizePlace(manner.strokeSize)}
          text={percent(manner.strokeSize)}
          disabled={disabled}
          onMove={(value) => onMove('strokeSize', { ...manner, strokeSize: strokeSizeAt(value) })}
          onRelease={onRelease}
        />
        <output for={id}>{percent(manner.strokeSize)}</output>
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={manner.keepColours}
          disabled={disabled}
          onChange={({ currentTarget }) => {
            onMove('keepColours', { ...manner, keepColours: currentTarget.checked });
            onRelease();
          }}
        />
        {t('popup_keep_colours')}
      </label>
    </div>
  );
}
