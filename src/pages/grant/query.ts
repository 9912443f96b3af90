import type { GrantRequest } from '../../protocol/messages';

/** Maximum number of sites: as many as can be shown and judged at once. */
const MAX_SITES = 5;

const REASONS: readonly GrantRequest['reason'][] = ['cross-origin-image', 'cross-origin-frame'];

/** A host named in full: no wildcard that would grant more than the page can show. */
const PATTERN = /^(https?:\/\/([a-z0-9._-]+|\[[0-9a-f:.]+\])\/)\*$/;

/**
 * Parses the page's query. Anyone may have made it up, so it is refused unless all of it is valid.
 * @param search Such as `?origins=https://img.example.org/*&reason=cross-origin-image`, `origins`
 *   once for each site.
 * @returns Null if any part is invalid.
 */
export function parseGrantQuery(search: string): GrantRequest | null {
  const query = new URLSearchParams(search);
  const origins = [...new Set(query.getAll('origins'))];
  const reason = REASONS.find((candidate) => candidate === query.get('reason'));
  const sound = origins.length > 0 && origins.length <= MAX_SITES && origins.every(isOneHost);
  return sound && reason ? { origins, reason } : null;
}

/** A site's name for users: its host and, unless that is safe, the protocol. */
export function siteName(origin: string): string {
  return origin.replace(/^https:\/\//, '').replace(/\/\*$/, '');
}

function isOneHost(origin: string): boolean {
  const address = PATTERN.exec(origin)?.[1];
  // A host is accepted only in the parser's spelling: no other number base, no capitals.
  return address !== undefined && URL.canParse(address) && new URL(address).href === address;
}
