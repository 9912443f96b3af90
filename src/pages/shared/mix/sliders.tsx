/** Native range inputs for one style's share, and for the strength of the mix. */
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';

import { strengthOf, type StyleMix } from '../../../core/style/mix';
import { percent, t } from '../../../words/i18n';
import type { NamedStyle } from '../../../words/style-names';
import { Swatch } from '../swatch';

/** Sliders have steps of one percent. */
const STEPS = 100;

export interface RangeProps {
  readonly id: string;
  /** 0..1 */
  readonly value: number;
  readonly disabled?: boolean;
  /** Displayed text, by default the value in percent. */
  readonly text?: string;
  readonly describedBy?: string;
  /** Called with 0..1 while the slider moves. */
  onMove(value: number): void;
  /** Called when the pointer is released, and after every key. */
  onRelease(): void;
}

export function Range({
  id,
  value,
  disabled = false,
  text,
  describedBy,
  onMove,
  onRelease,
}: RangeProps): JSX.Element {
  const position = Math.round(value * STEPS);
  return (
    <input
      type="range"
      id={id}
      min="0"
      max={STEPS}
      value={position}
      disabled={disabled}
      aria-valuetext={text ?? percent(position / STEPS)}
      aria-describedby={describedBy}
      style={{ '--filled': position / STEPS }}
      onInput={(event) => onMove(event.currentTarget.valueAsNumber / STEPS)}
      onChange={onRelease}
      onKeyDown={(event) => {
        if (event.key !== 'Delete' && event.key !== 'Backspace') return;
        onMove(0);
        onRelease();
      }}
    />
  );
}

interface ShareSliderProps extends Pick<RangeProps, 'onMove' | 'onRelease'> {
  readonly style: NamedStyle;
  /** 0..1 */
  readonly share: number;
  /** Paints the whole picture in this style. */
  onOnly(): void;
}

/** One style of the palette: swatch, name, and share of the mix. */
export function ShareSlider({
  style,
  share,
  onMove,
  onRelease,
  onOnly,
}: ShareSliderProps): JSX.Element {
  const id = useId();
  const clear = (): void => {
    onMove(0);
    onRelease();
  };
  return (
    <li class={share > 0 ? 'style used' : 'style'}>
      <button
        type="button"
        class="only"
        aria-label={t('popup_only', style.title)}
        title={t('popup_only', style.title)}
        onClick={onOnly}
      >
        <Swatch style={style} />
      </button>
      <label for={id} dir="auto" title={t('popup_clear_hint')} onDblClick={clear}>
        {style.title}
      </label>
      <output for={id}>{share > 0 ? percent(share) : ''}</output>
      <Range id={id} value={share} describedBy={`${id}-by`} onMove={onMove} onRelease={onRelease} />
      <small id={`${id}-by`} dir="auto">
        {[style.artist, style.year].filter((word) => word !== '').join(' · ')}
      </small>
    </li>
  );
}

interface StrengthSliderProps extends Pick<RangeProps, 'onMove' | 'onRelease'> {
  readonly mix: StyleMix;
  readonly disabled: boolean;
}

/** The strength of the mix. */
export function StrengthSlider({
  mix,
  disabled,
  onMove,
  onRelease,
}: StrengthSliderProps): JSX.Element {
  const id = useId();
  const strength = strengthOf(mix);
  return (
    <div class="strength">
      <label for={id}>{t('popup_strength')}</label>
      <Range id={id} value={strength} disabled={disabled} onMove={onMove} onRelease={onRelease} />
      <output for={id}>{percent(strength)}</output>
    </div>
  );
}
