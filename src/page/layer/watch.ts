/**
 * Tells when the place or the look of an element may have changed, by what the platform tells:
 * observers and events. Where nothing happens, nothing runs.
 */
import { flatParentOf } from '../dom/dom';
import { isElement } from './place';
import { animationsOf, childrenOf, documentOf, parentNodeOf, rectOf, rootOf } from '../dom/element';

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
  'scroll',
  'toggle',
] as const;

/** The same in the element's own tree, of which the document hears nothing where it is a shadow tree. */
const OWN_EVENTS = ['animationstart', 'scroll', 'transitionrun'] as const;

/** Shares of an element in view at which it is noticed that it has moved. */
const SHARES = Array.from({ length: 501 }, (_, i) => i / 500);

/**
 * Watches an element where it stands now; if its parent changes, it is to be watched anew.
 * @param inner What is looked at in it, if that is not the element itself.
 * @param own Changes of this element of ours are none.
 * @param onChange Called at once where that is possible, and before the next repaint else; told
 *   whether the neighbours are others now.
 * @returns Ends it.
 */
export function watchPlace(
  element: Element,
  inner: Element,
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
  if (inner !== element) sizes.observe(inner);
  const stopSeeing = watchMoves(inner, view, () => onChange(false));
  const mutations = new MutationObserver((records) => {
    const others = records.filter((record) => !isAbout(record, own));
    if (others.length === 0) return;
    onChange(others.some(({ type }) => type === 'childList'));
    if (isMoving(element)) soon();
  });
  for (let at: Element | null = inner; at; at = flatParentOf(at)) {
    mutations.observe(at, { attributes: true });
  }
  const parent = parentNodeOf(element);
  for (const around of [parent, parentNodeOf(own)]) {
    if (around) mutations.observe(around, { childList: true, attributes: isElement(around) });
  }
  if (parent) {
    if (isElement(parent)) sizes.observe(parent);
    const siblings = childrenOf(parent).filter((each) => each !== element && each !== own);
    for (const sibling of siblings.slice(0, MAX_NEIGHBOURS)) {
      sizes.observe(sibling);
      mutations.observe(sibling, { attributes: true });
    }
  }
  // Style sheets come and go there; a drawing has no head.
  const head = ownerDocument.querySelector('head');
  if (head) mutations.observe(head, { childList: true });
  const options = { signal, capture: true, passive: true };
  for (const type of TELLING_EVENTS) ownerDocument.addEventListener(type, soon, options);
  for (const type of OWN_EVENTS) rootOf(element).addEventListener(type, soon, options);
  view.addEventListener('resize', soon, options);
  if (isMoving(element)) soon();
  return () => {
    ending.abort();
    stopSeeing();
    sizes.disconnect();
    mutations.disconnect();
    if (repaint !== null) view.cancelAnimationFrame(repaint);
  };
}

/**
 * Tells when an element has moved in the viewport, whatever moves it: the browser compares where it is
 * with where it was.
 * @returns Ends it.
 */
function watchMoves(
  element: Element,
  view: Window & typeof globalThis,
  onMove: () => void,
): () => void {
  let observer: IntersectionObserver | null = null;
  const look = (isSeen: boolean): void => {
    observer?.disconnect();
    let isFirst = true;
    const { left, top, right, bottom } = rectOf(element);
    const { document } = view;
    const { clientWidth, clientHeight } = document.scrollingElement ?? document.documentElement;
    const margins = [top, clientWidth - right, clientHeight - bottom, left];
    const rootMargin = margins.map((margin) => `${-Math.floor(margin)}px`).join(' ');
    observer = new view.IntersectionObserver(
      (entries) => {
        const { isIntersecting } = entries.at(-1)!;
        if (!isFirst) onMove();
        // What is clipped away is noticed when it comes.
        if (!isFirst || (isSeen && !isIntersecting)) look(isIntersecting);
        isFirst = false;
      },
      { root: document, ...(isSeen && { rootMargin, threshold: SHARES }) },
    );
    observer.observe(element);
  };
  look(true);
  return () => observer?.disconnect();
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
