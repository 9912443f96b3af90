/**
 * A closed shadow root of ours on the parent of an element: a place where neither scripts nor selectors
 * of the page find a host. The parent's children stay its own, and go through a single slot.
 *
 * It can't be removed, and a page can't attach another one. Attaching it lays the contents out anew,
 * which restarts CSS animations and may reload embedded contents, so it is left out where there are any.
 */
import { isCustom, POSSIBLE_HOSTS, shadowRootOf } from '../dom/dom';
import { allIn, animationsOf, localNameOf, slotNameOf } from '../dom/element';
import { isOurs, htmlElement } from '../dom/host';

/** Maximum number of elements that are laid out anew. */
const MAX_CONTENTS = 250;

/** Contents that may be reloaded, or whose own contents can't be examined. */
const UNSAFE = 'iframe, object, embed, slot';

/** The root; null where there should be none. */
export function ownRootOf(parent: Element): ShadowRoot | null {
  if (!POSSIBLE_HOSTS.has(localNameOf(parent)) || localNameOf(parent) === 'body') return null;
  const present = shadowRootOf(parent);
  if (present) return isOwn(present) ? present : null;
  if (isCustom(parent) || !isCalm(parent)) return null;
  try {
    const root = parent.attachShadow({ mode: 'closed' });
    root.append(htmlElement('slot'));
    return root;
  } catch {
    return null;
  }
}

/** Whether it is a root of ours, also of an earlier instance of the extension. */
function isOwn({ mode, children }: ShadowRoot): boolean {
  const [slot, ...others] = [...children].filter((child) => !isOurs(child));
  return mode === 'closed' && slot?.localName === 'slot' && others.length === 0;
}

function isCalm(parent: Element): boolean {
  const contents = allIn(parent, '*').filter((element) => !isOurs(element));
  if (contents.length > MAX_CONTENTS || allIn(parent, UNSAFE).length > 0) return false;
  if (animationsOf(parent, { subtree: true }).length > 0) return false;
  return contents.every((element) => {
    if (localNameOf(element).includes('-') || slotNameOf(element) !== '') return false;
    if (shadowRootOf(element)) return false;
    // A finished animation would run again.
    return [null, '::before', '::after'].every(
      (part) => getComputedStyle(element, part).animationName === 'none',
    );
  });
}
