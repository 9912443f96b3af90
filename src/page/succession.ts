/**
 * Handover from an earlier version's content script to a newer one's. After an update the old script
 * is still on the page, in a world of its own, and can no longer reach the extension; but only it
 * knows the originals of the pictures that it has painted. The two share nothing but the document, so
 * an event on it is the signal. A page can send it too, without effect: only an orphaned script
 * listens to it.
 */
import { isContextGone } from '../protocol/background-client';

const EVENT = 'pastiche-succession';

/** Makes an earlier version's script restore everything, if there is one. */
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
