/** The progress of a page with all its frames. Pure. */
import type { PageStatus, WholePageStatus } from '../../protocol/messages';

/** Combines the statuses of all frames; null if the whole page was not asked for. */
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

/** Whether anything on the page was painted and can be restored. */
export function canRestore(statuses: readonly PageStatus[]): boolean {
  return statuses.some(
    ({ pictures, videos, page }) =>
      pictures.some(({ state }) => state !== 'restored' && state !== 'failed') ||
      videos.some(({ state }) => state !== 'stopped' && state !== 'failed') ||
      (page?.state ?? 'stopped') !== 'stopped',
  );
}
