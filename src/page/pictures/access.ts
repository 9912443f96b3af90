/** Asking for access to the sites that pictures come from. */
import { askBackground } from '../../protocol/background-client';
import { PasticheError } from '../../protocol/errors';
import { t } from '../../words/i18n';
import type { Notices } from '../show/notices';

/** The match pattern of an address's site. */
export function originPattern(address: string): string {
  const { protocol, hostname } = new URL(address);
  return `${protocol}//${hostname}/*`;
}

/** Whether there is a site to which access could be given. */
export function isOfSite(source: string): boolean {
  return /^https?:/.test(source);
}

/** Says that only a part of a picture could be painted, and offers to ask for access to its site. */
export function offerAccess(notices: Notices, source: string): void {
  if (!isOfSite(source)) return;
  notices.show(t('page_partial', new URL(source).host), accessAction(notices, source));
}

/** What a sentence offers: to ask for access to a picture's site. */
export function accessAction(notices: Notices, source: string): { label: string; run: () => void } {
  return {
    label: t('page_allow', new URL(source).host),
    run: () => {
      askBackground({
        type: 'background.ask-grant',
        origins: [originPattern(source)],
        reason: 'cross-origin-image',
      }).catch((thrown: unknown) => notices.showError(PasticheError.from(thrown).code));
    },
  };
}
