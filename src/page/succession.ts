/**
 * From an earlier version's content script to a newer one's. After an update the old script is
 * still on the page, in a world of its own, and can no longer reach the extension; but only it
 * knows the originals of what it has painted. An event of the document is all that both can see. A
 * page can send it too, and achieves nothing: a script that is not orphaned does not listen to it.
 */
import { isContextGone } from '../protocol/background-client';

const EVENT = 'pastiche-succession';

/** Has an earlier version's script put everything back, if there is one. */
export function takeOver(): void {
  document.dispatchEvent(new Event(EVENT));
}

/** Calls back when a newer version's script takes over. */
export function onSuccession(retire: () => void): void {
  const listener = (): void => {
    if (!isContextGone()) return;
    document.removeEventListener(EVENT, listener);
    retire();
  };
  document.addEventListener(EVENT, listener);
}
