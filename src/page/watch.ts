/** Observes changes of the page: of the document, and of every shadow root found in it. */
import { rootsOf, shadowRootOf } from './dom/dom';
import { allIn, isAttached, localNameOf, matches } from './dom/element';

/** Attributes that select a picture. Any other attribute may select one through style sheets. */
const ATTRIBUTES = new Set([
  ...['src', 'srcset', 'sizes', 'media', 'href', 'poster', 'type'],
  ...['loading', 'hidden', 'open'],
]);

/** Elements that show pictures without a style sheet's help. */
export const IMAGES = 'img, input[type=image], image, feImage, video[poster]';

/** Delay after a change until the page is searched for new shadow roots, in milliseconds. */
const SETTLING = 250;

/** Changes since the last report, before the browser paints them. */
export interface PageChanges {
  /** Elements that were inserted into the page, with all of their descendants. */
  readonly added: readonly Element[];
  /** Elements that may show another picture because of an attribute, or that have loaded one. */
  readonly changed: ReadonlySet<Element>;
  /** Elements that, with their descendants, may look different; the root for a style sheet. */
  readonly restyled: ReadonlySet<Element>;
  /** Whether any node was added or removed, which may affect style rules for other elements. */
  readonly isTreeChanged: boolean;
}

export const NO_CHANGES: PageChanges = {
  added: [],
  changed: new Set(),
  restyled: new Set(),
  isTreeChanged: false,
};

type Listener = (changes: PageChanges) => void;

/** Observes the page while there are listeners. */
export class PageWatch {
  private readonly listeners = new Set<Listener>();
  private readonly roots = new Map<Document | ShadowRoot, MutationObserver>();
  private lookAgain: ReturnType<typeof setTimeout> | undefined;

  /** @returns A function that removes the listener. */
  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    if (this.listeners.size === 1) this.look();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.rest();
    };
  }

  private rest(): void {
    for (const [root, observer] of this.roots) this.leave(root, observer);
    clearTimeout(this.lookAgain);
    this.lookAgain = undefined;
  }

  private leave(root: Document | ShadowRoot, observer: MutationObserver): void {
    observer.disconnect();
    root.removeEventListener('load', this.onLoad, { capture: true });
    this.roots.delete(root);
  }

  /** Observes new roots, and stops observing those that have left the page. */
  private look(): void {
    for (const [root, observer] of this.roots) {
      if (root instanceof ShadowRoot && !root.host.isConnected) this.leave(root, observer);
    }
    const found: Element[] = [];
    for (const root of rootsOf(document)) {
      if (this.roots.has(root)) continue;
      this.observe(root);
      if (root instanceof ShadowRoot) found.push(...root.children);
    }
    if (found.length > 0) this.tell({ ...NO_CHANGES, added: found });
  }

  private observe(root: Document | ShadowRoot): void {
    if (this.roots.has(root)) return;
    const observer = new MutationObserver((records) => this.onMutations(records));
    observer.observe(root, { subtree: true, childList: true, attributes: true });
    // `load` doesn't bubble.
    root.addEventListener('load', this.onLoad, { capture: true, passive: true });
    this.roots.set(root, observer);
  }

  private readonly onLoad = ({ target }: Event): void => {
    if (!(target instanceof Element)) return;
    const isSheet = localNameOf(target) === 'link' || localNameOf(target) === 'style';
    this.tell({
      ...NO_CHANGES,
      changed: new Set(isSheet ? [] : [target]),
      restyled: new Set(isSheet ? [document.documentElement] : []),
    });
  };

  private onMutations(records: readonly MutationRecord[]): void {
    const added = new Set<Element>();
    const changed = new Set<Element>();
    const restyled = new Set<Element>();
    let isTreeChanged = false;
    for (const { type, target, attributeName, addedNodes, removedNodes } of records) {
      if (!(target instanceof Element) && !(target instanceof ShadowRoot)) continue;
      if (type === 'childList') {
        isTreeChanged = true;
        for (const node of addedNodes) if (node instanceof Element) added.add(node);
        if (target instanceof Element && localNameOf(target) === 'picture') changed.add(target);
        const touched = [...addedNodes, ...removedNodes, target];
        if (touched.some(isStyleSheet)) restyled.add(document.documentElement);
      } else if (target instanceof Element) {
        if (ATTRIBUTES.has(attributeName ?? '')) changed.add(target);
        else restyled.add(target);
      }
    }
    const images = [...changed].flatMap((element) =>
      localNameOf(element) === 'source' || localNameOf(element) === 'picture'
        ? [...(element.closest('picture')?.querySelectorAll('img') ?? [])]
        : element,
    );
    const arrived = [...added].filter((element) => isAttached(element));
    for (const element of arrived) for (const root of rootsIn(element)) this.observe(root);
    if (isTreeChanged) {
      this.lookAgain ??= setTimeout(() => {
        this.lookAgain = undefined;
        if (this.listeners.size > 0) this.look();
      }, SETTLING);
    }
    this.tell({ added: arrived, changed: new Set(images), restyled, isTreeChanged });
  }

  private tell(changes: PageChanges): void {
    for (const listener of [...this.listeners]) listener(changes);
  }
}

function* rootsIn(element: Element): Generator<Document | ShadowRoot> {
  const own = shadowRootOf(element);
  if (own) yield* rootsOf(own);
  yield* rootsOf(element);
}

function isStyleSheet(node: Node): boolean {
  return node instanceof Element && (node.localName === 'style' || node.localName === 'link');
}

/** The elements that show pictures among added ones, including those in shadow roots. */
export function imagesIn(added: readonly Element[]): Element[] {
  return added.flatMap((element) => [
    ...(matches(element, IMAGES) ? [element] : []),
    ...allIn(element, IMAGES),
    ...[...rootsIn(element)].flatMap((root) =>
      root instanceof ShadowRoot ? [...root.querySelectorAll(IMAGES)] : [],
    ),
  ]);
}
