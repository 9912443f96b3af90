import type { JSX } from 'preact';

import { Icon, type IconName } from './icons';

interface IconButtonProps {
  readonly icon: IconName;
  /** Its name for screen readers, and its tooltip. */
  readonly label: string;
  readonly disabled?: boolean;
  /** For a toggle button. */
  readonly pressed?: boolean;
  onClick(): void;
}

/** A button with an icon instead of text. */
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
