import type { JSX } from 'preact';
import { useId } from 'preact/hooks';

import {
  strokeSizeAt,
  strokeSizePlace,
  type RenderOptions,
} from '../../../core/style/render-options';
import { percent, t } from '../../../words/i18n';
import { Range } from './sliders';

interface RenderControlsProps {
  readonly manner: RenderOptions;
  readonly disabled: boolean;
  /** Whether a video is painted, which gets no second coat. */
  readonly isVideo?: boolean;
  onMove(control: keyof RenderOptions, manner: RenderOptions): void;
  onRelease(): void;
}

/** How the whole mix is painted: the size of its strokes, how often, and whose colours it has. */
export function RenderControls({
  manner,
  disabled,
  isVideo = false,
  onMove,
  onRelease,
}: RenderControlsProps): JSX.Element {
  return (
    <div class="manner">
      <RenderSlider
        label={t('popup_strokes')}
        place={strokeSizePlace(manner.strokeSize)}
        value={manner.strokeSize}
        disabled={disabled}
        onMove={(place) => onMove('strokeSize', { ...manner, strokeSize: strokeSizeAt(place) })}
        onRelease={onRelease}
      />
      {!isVideo && (
        <RenderSlider
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

interface RenderSliderProps extends Pick<RenderControlsProps, 'disabled' | 'onRelease'> {
  readonly label: string;
  /** Of its knob, 0..1. */
  readonly place: number;
  /** What is said, as percent. */
  readonly value: number;
  onMove(place: number): void;
}

function RenderSlider({ label, place, value, ...range }: RenderSliderProps): JSX.Element {
  const id = useId();
  return (
    <div class="strokes">
      <label for={id}>{label}</label>
      <Range id={id} value={place} text={percent(value)} {...range} />
      <output for={id}>{percent(value)}</output>
    </div>
  );
}
