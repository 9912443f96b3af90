import type { GrantRequest } from '../../protocol/messages';

/** As many sites as can be shown and judged at once. */
const MAX_SITES = 5;

const REASONS: readonly GrantRequest['reason'][] = ['cross-origin-image', 'cross-origin-frame'];

/** One host, named in full: no wildcard that would grant more than the page can show. */
const PATTERN = /^(https?:\/\/([a-z0-9._-]+|\[[0-9a-f:.]+\])\/)\*$/;

/**
 * Reads the address that the page was opened with. Anyone may have made it up, so it is all right
 * or it is refused.
 * @param search Such as `?origins=https://img.example.org/*&reason=cross-origin-image`, `origins`
 *   once for each site.
 * @returns Null if anything about it is wrong.
 */
export function parseGrantQuery(search: string): GrantRequest | null {
  const query = new URLSearchParams(search);
  const origins = [...new Set(query.getAll('origins'))];
  const reason = REASONS.find((candidate) => candidate === query.get('reason'));
  const sound = origins.length > 0 && origins.length <= MAX_SITES && origins.every(isOneHost);
  return sound && reason ? { origins, reason } : null;
}

/** A site as a person knows it: its host and, where that is not safe, the protocol. */
export function siteName(origin: string): string {
  return origin.replace(/^https:\/\//, '').replace(/\/\*$/, '');
}

function isOneHost(origin: string): boolean {
  const address = PATTERN.exec(origin)?.[1];
  // The parser's spelling of a host is the only one: no address in another base, no capitals.
  return address !== undefined && URL.canParse(address) && new URL(address).href === address;
}
