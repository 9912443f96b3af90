/**
 * From an earlier version's content script to a newer one's. After an update the old script is
 * still on the page, in a world of its own, and can no longer reach the extension; but only it
 * knows the originals of what it has painted. An event of the document is all that both can see. A
 * page can send it too, and achieves nothing: a script that is not orphaned does not listen to it.
 */
import { isContextGone } from '../messages/background-client';
import { rootsOf } from './dom';

const EVENT = 'pastiche-succession';

/**
 * Has an earlier version's script put everything back, if there is one.
 * @returns The elements that showed an image of memory, such as a pastiche, by its address.
 */
export function takeOver(): ReadonlyMap<string, Element> {
  const shown = [...rootsOf(document)]
    .flatMap((root) => [...root.querySelectorAll('img')])
    .filter((image) => image.currentSrc.startsWith('blob:'))
    .map((image): [string, Element] => [image.currentSrc, image]);
  document.dispatchEvent(new Event(EVENT));
  return new Map(shown);
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
