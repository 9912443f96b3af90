import type { JSX } from 'preact';

import { Icon, type IconName } from './icons';

interface IconButtonProps {
  readonly icon: IconName;
  /** What the button does: its name for screen readers, and its tooltip. */
  readonly label: string;
  readonly disabled?: boolean;
  /** For a button that stays pressed. */
  readonly pressed?: boolean;
  onClick(): void;
}

/** A button that shows a pictogram alone. */
export function IconButton({
  icon,
  label,
  disabled = false,
  pressed,
  onClick,
}: IconButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      aria-pressed={pressed}
      title={label}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
