/** Asking for access to the sites that pictures come from. */
import { askBackground } from '../../protocol/background-client';
import { PasticheError } from '../../protocol/errors';
import type { GrantRequest } from '../../protocol/fields';
import { t } from '../../words/i18n';
import type { Action, Notices } from '../show/notices';

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
export function accessAction(notices: Notices, source: string): Action {
  const grant = { origins: [originPattern(source)], reason: 'cross-origin-image' } as const;
  return grantAction(notices, grant, new URL(source).host);
}

/** What a sentence offers: to ask for access to sites. */
export function grantAction(
  notices: Notices,
  grant: GrantRequest,
  host = new URL(grant.origins[0] ?? '').host,
): Action {
  return {
    label: t('page_allow', host),
    run: () => {
      askBackground({ type: 'background.ask-grant', ...grant }).catch((thrown: unknown) =>
        notices.showError(PasticheError.from(thrown).code),
      );
    },
  };
}
