/** Requests access to the sites of pictures. */
import { askBackground } from '../../protocol/background-client';
import { PasticheError } from '../../protocol/errors';
import type { GrantRequest } from '../../protocol/fields';
import { t } from '../../words/i18n';
import type { Action, Notices } from '../show/notices';

/** The match pattern for an address's site. */
export function originPattern(address: string): string {
  const { protocol, hostname } = new URL(address);
  return `${protocol}//${hostname}/*`;
}

/** Whether the source has a site to which access can be granted. */
export function isOfSite(source: string): boolean {
  return /^https?:/.test(source);
}

/** Shows that only a part of a picture could be painted, and offers to request access to its site. */
export async function offerAccess(notices: Notices, source: string): Promise<void> {
  if (!isOfSite(source)) return;
  notices.show(t('page_partial', new URL(source).host), await accessAction(notices, source));
}

/**
 * A message's action: to request access to a picture's site. Undefined where that can't help: there is
 * access, and the site doesn't send the picture again.
 */
export async function accessAction(notices: Notices, source: string): Promise<Action | undefined> {
  const granted = askBackground({ type: 'background.readable', urls: [source] });
  // Whoever can't be asked that can't be asked for access either, which the action then says.
  if ((await granted.catch(() => [])).length > 0) return undefined;
  const grant = { origins: [originPattern(source)], reason: 'cross-origin-image' } as const;
  return grantAction(notices, grant, new URL(source).host);
}

/** A message's action: to request access to sites. */
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
