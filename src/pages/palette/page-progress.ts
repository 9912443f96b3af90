/** How far a page with all its frames is. Pure. */
import type { PageStatus, WholePageStatus } from '../../protocol/messages';

/** The statuses of all frames as one; null where nobody asked for the whole page. */
export function progressOf(statuses: readonly PageStatus[]): WholePageStatus | null {
  const pages = statuses.map(({ page }) => page).filter((page) => page !== null);
  const [first] = pages;
  if (!first) return null;
  const sum = (pick: (page: WholePageStatus) => number): number =>
    pages.reduce((total, page) => total + pick(page), 0);
  const states = pages.map(({ state }) => state);
  return {
    state: states.includes('working')
      ? 'working'
      : states.includes('following')
        ? 'following'
        : 'stopped',
    total: sum(({ total }) => total),
    done: sum(({ done }) => done),
    failed: sum(({ failed }) => failed),
    blockedOrigins: [...new Set(pages.flatMap(({ blockedOrigins }) => blockedOrigins))],
  };
}

/** Whether something on the page was painted and can be brought back. */
export function canRestore(statuses: readonly PageStatus[]): boolean {
  return statuses.some(
    ({ pictures, videos, page }) =>
      pictures.some(({ state }) => state !== 'restored' && state !== 'failed') ||
      videos.some(({ state }) => state !== 'stopped' && state !== 'failed') ||
      (page?.state ?? 'stopped') !== 'stopped',
  );
}
