/**
 * Reports possible changes of an element's position and look, by observers and events. Nothing runs
 * while nothing happens.
 */
import { flatParentOf } from '../dom/dom';
import { isOurs } from '../dom/host';
import { isElement } from './place';
import { animationsOf, childrenOf, documentOf, parentNodeOf, rectOf, rootOf } from '../dom/element';

/** Maximum number of neighbours whose sizes are watched. */
const MAX_NEIGHBOURS = 16;

/** Events on the document after which rules of the page may apply differently. */
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

/** The same in the element's own tree, as those in a shadow tree don't reach the document. */
const OWN_EVENTS = ['animationstart', 'scroll', 'transitionrun'] as const;

/** Visible fractions of an element at which a move is noticed. */
const SHARES = Array.from({ length: 501 }, (_, i) => i / 500);

/**
 * Watches an element at its present place in the tree; if its parent changes, it has to be watched
 * again.
 * @param inner The observed element in it, if that is not the element itself.
 * @param own The host of the layer. Changes of hosts of ours are ignored.
 * @param onChange Called at once if possible, otherwise before the next repaint, with whether the
 *   neighbours have changed.
 * @returns A function that ends it.
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
    const others = records.filter((record) => !isAboutOurs(record));
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
    const siblings = childrenOf(parent).filter((each) => each !== element && !isOurs(each));
    for (const sibling of siblings.slice(0, MAX_NEIGHBOURS)) {
      sizes.observe(sibling);
      mutations.observe(sibling, { attributes: true });
    }
  }
  // Style sheets are added and removed there; a drawing has no head.
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
 * Reports that an element has moved in the viewport, for whatever reason: the browser compares its
 * present position with the earlier one.
 * @returns A function that ends it.
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
        // A clipped element is noticed when it appears.
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

/** Whether an animation of its own, or a transition of its parent, may be moving it now. */
function isMoving(element: Element): boolean {
  const isRunning = (animation: Animation): boolean => animation.playState === 'running';
  if (animationsOf(element).some(isRunning)) return true;
  const parent = flatParentOf(element);
  return (parent ? animationsOf(parent) : []).some(
    (animation) => isRunning(animation) && 'transitionProperty' in animation,
  );
}

/** Layers must not follow each other: those of neighbours would never come to rest. */
function isAboutOurs({ addedNodes, removedNodes, target, type }: MutationRecord): boolean {
  const nodes = type === 'childList' ? [...addedNodes, ...removedNodes] : [target];
  return nodes.every((node) => isOurs(node));
}
