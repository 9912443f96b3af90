/** Match patterns: how browsers name the sites that the user has granted. Pure. */

/**
 * Whether one of the patterns covers a web address. Paths of patterns are ignored: access is granted
 * to sites.
 */
export function covers(patterns: readonly string[], address: string): boolean {
  if (!/^https?:/.test(address) || !URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return patterns.some((pattern) => {
    if (pattern === '<all_urls>') return true;
    const [, scheme, host] = /^([a-z*]+):\/\/(\[[^\]]+\]|[^/:]+)/.exec(pattern) ?? [];
    if (scheme === undefined || host === undefined) return false;
    if (scheme !== '*' && `${scheme}:` !== protocol) return false;
    if (host === '*' || host === hostname) return true;
    const domain = host.startsWith('*.') ? host.slice(2) : null;
    return domain !== null && (hostname === domain || hostname.endsWith(`.${domain}`));
  });
}
