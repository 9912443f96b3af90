/**
 * Tells when the place or the look of an element may have changed, by what the platform tells:
 * observers and events. Where nothing happens, nothing runs.
 */
import { flatParentOf, isElement } from './place';
import { animationsOf, childrenOf, documentOf, parentNodeOf, rootOf } from '../dom/element';

/** Neighbours whose sizes are watched. */
const MAX_NEIGHBOURS = 16;

/** Events on the document after which rules of the page may mean something else. */
const TELLING_EVENTS = [
  'change',
  'focusin',
  'focusout',
  'fullscreenchange',
  'pointerout',
  'pointerover',
  'load',
  'toggle',
] as const;

/** Events that say that something goes on changing for a while. */
const MOTION_EVENTS = ['transitionrun', 'animationstart'] as const;

/**
 * Watches an element where it stands now; if its parent changes, it is to be watched anew.
 * @param own Changes of this element of ours are none.
 * @param onChange Called at once where that is possible, and before the next repaint else; told
 *   whether the neighbours are others now.
 * @returns Ends it.
 */
export function watchPlace(
  element: HTMLElement,
  own: Element,
  onChange: (hasNeighbours: boolean) => void,
): () => void {
  const ownerDocument = documentOf(element);
  const view = ownerDocument.defaultView;
  if (!view) return () => undefined;
  const ending = new AbortController();
  const { signal } = ending;
  let repaint: number | null = null;
  const soon = (): void => {
    repaint ??= view.requestAnimationFrame(() => {
      repaint = null;
      onChange(false);
      if (isMoving(element)) soon();
    });
  };
  const sizes = new view.ResizeObserver(() => onChange(false));
  sizes.observe(element);
  const mutations = new MutationObserver((records) => {
    const others = records.filter((record) => !isAbout(record, own));
    if (others.length === 0) return;
    onChange(others.some(({ type }) => type === 'childList'));
    if (isMoving(element)) soon();
  });
  mutations.observe(element, { attributes: true });
  for (let at = flatParentOf(element); at; at = flatParentOf(at)) {
    mutations.observe(at, { attributes: true });
  }
  const parent = parentNodeOf(element);
  if (parent) {
    mutations.observe(parent, { childList: true, ...(isElement(parent) && { attributes: true }) });
    if (isElement(parent)) sizes.observe(parent);
    const siblings = childrenOf(parent).filter((each) => each !== element && each !== own);
    for (const sibling of siblings.slice(0, MAX_NEIGHBOURS)) {
      sizes.observe(sibling);
      mutations.observe(sibling, { attributes: true });
    }
  }
  // Style sheets come and go there.
  mutations.observe(ownerDocument.head, { childList: true });
  const options = { signal, capture: true, passive: true };
  for (const type of TELLING_EVENTS) ownerDocument.addEventListener(type, soon, options);
  for (const type of MOTION_EVENTS) rootOf(element).addEventListener(type, soon, options);
  view.addEventListener('resize', soon, options);
  return () => {
    ending.abort();
    sizes.disconnect();
    mutations.disconnect();
    if (repaint !== null) view.cancelAnimationFrame(repaint);
  };
}

/** Whether something moves it now that will come to an end, or that is its own. */
function isMoving(element: Element): boolean {
  const isRunning = (animation: Animation): boolean => animation.playState === 'running';
  if (animationsOf(element).some(isRunning)) return true;
  const parent = flatParentOf(element);
  return (parent ? animationsOf(parent) : []).some(
    (animation) => isRunning(animation) && 'transitionProperty' in animation,
  );
}

function isAbout({ addedNodes, removedNodes, type }: MutationRecord, own: Element): boolean {
  const nodes = [...addedNodes, ...removedNodes];
  return type === 'childList' && nodes.every((node) => node === own);
}
