import type { JSX } from 'preact';
import { useId } from 'preact/hooks';

import { strokeSizeAt, strokeSizePlace, type Manner } from '../../../core/style/manner';
import { percent, t } from '../../../words/i18n';
import { Range } from './sliders';

interface MannerControlsProps {
  readonly manner: Manner;
  readonly disabled: boolean;
  /** Whether a video is painted, which gets no second coat. */
  readonly isVideo?: boolean;
  onMove(control: keyof Manner, manner: Manner): void;
  onRelease(): void;
}

/** How the whole mix is painted: the size of its strokes, how often, and whose colours it has. */
export function MannerControls({
  manner,
  disabled,
  isVideo = false,
  onMove,
  onRelease,
}: MannerControlsProps): JSX.Element {
  return (
    <div class="manner">
      <MannerSlider
        label={t('popup_strokes')}
        place={strokeSizePlace(manner.strokeSize)}
        value={manner.strokeSize}
        disabled={disabled}
        onMove={(place) => onMove('strokeSize', { ...manner, strokeSize: strokeSizeAt(place) })}
        onRelease={onRelease}
      />
      {!isVideo && (
        <MannerSlider
          label={t('popup_second_coat')}
          place={manner.secondCoat}
          value={manner.secondCoat}
          disabled={disabled}
          onMove={(place) =>
            onMove('secondCoat', { ...manner, secondCoat: Math.round(place * 100) / 100 })
          }
          onRelease={onRelease}
        />
      )}
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

interface MannerSliderProps extends Pick<MannerControlsProps, 'disabled' | 'onRelease'> {
  readonly label: string;
  /** Of its knob, 0..1. */
  readonly place: number;
  /** What is said, as percent. */
  readonly value: number;
  onMove(place: number): void;
}

function MannerSlider({ label, place, value, ...range }: MannerSliderProps): JSX.Element {
  const id = useId();
  return (
    <div class="strokes">
      <label for={id}>{label}</label>
      <Range id={id} value={place} text={percent(value)} {...range} />
      <output for={id}>{percent(value)}</output>
    </div>
  );
}
