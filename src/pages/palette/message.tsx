import type { JSX } from 'preact';

import { t } from '../../words/i18n';
import { Icon } from '../shared/icons';

interface MessageProps {
  readonly text: string;
  /** Missing: it can't be closed. */
  readonly onClose?: () => void;
  /** `status` for less urgent messages. */
  readonly role?: 'alert' | 'status';
}

/** A message that the user must not miss. */
export function Message({ text, onClose, role = 'alert' }: MessageProps): JSX.Element {
  return (
    <div class="message" role={role}>
      <p>{text}</p>
      {onClose && (
        <button type="button" class="icon-button" aria-label={t('popup_dismiss')} onClick={onClose}>
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}
