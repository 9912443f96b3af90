/**
 * Property access for elements that a page may have made, and that may be forms. A form's fields hide
 * its own properties, from extensions too: with `<input name="parentElement">` in it,
 * `form.parentElement` is that field. So the getters of the prototypes are used.
 */

const get = <T extends object, K extends keyof T>(prototype: T, name: K, of: T): T[K] =>
  Reflect.get<T, K>(prototype, name, of);

const getter =
  <T extends object, K extends keyof T>(prototype: () => T, name: K) =>
  (of: T): T[K] =>
    get(prototype(), name, of);

export const isAttached = getter(() => Node.prototype, 'isConnected');
export const parentElementOf = getter(() => Node.prototype, 'parentElement');
export const parentNodeOf = getter(() => Node.prototype, 'parentNode');
export const documentOf = getter(() => Element.prototype, 'ownerDocument');

export function rootOf(node: Node): Node {
  return Node.prototype.getRootNode.call(node);
}

/** Whether an element is in this document: a script may have moved it to another one. */
export function isHere(element: Element): boolean {
  return isAttached(element) && documentOf(element) === document;
}

export const localNameOf = getter(() => Element.prototype, 'localName');
export const slotOf = getter(() => Element.prototype, 'assignedSlot');
export const siblingBefore = getter(() => Element.prototype, 'previousElementSibling');

export function rectOf(element: Element): DOMRect {
  return Element.prototype.getBoundingClientRect.call(element);
}

export function isVisible(element: Element): boolean {
  return Element.prototype.checkVisibility.call(element, { visibilityProperty: true });
}

export function matches(element: Element, selector: string): boolean {
  return Element.prototype.matches.call(element, selector);
}

/** Whether a node equals another one or contains it. */
export function containsOf(node: Node, other: Node): boolean {
  return Node.prototype.contains.call(node, other);
}

export function closestOf(element: Element, selector: string): Element | null {
  return Element.prototype.closest.call(element, selector);
}

/** The descendants of a node that match a selector. */
export function allIn(node: Document | ShadowRoot | Element, selector: string): Element[] {
  if (!(node instanceof Element)) return [...node.querySelectorAll(selector)];
  const all: (selector: string) => NodeListOf<Element> =
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- those for names of old elements are
    Element.prototype.querySelectorAll;
  return [...all.call(node, selector)];
}

export function childrenOf(node: ParentNode): Element[] {
  return node instanceof Element
    ? [...get(Element.prototype, 'children', node)]
    : [...node.children];
}

export function animationsOf(element: Element, options?: GetAnimationsOptions): Animation[] {
  return Element.prototype.getAnimations.call(element, options);
}

export function animate(
  element: Element,
  frames: Keyframe[] | PropertyIndexedKeyframes,
  options: KeyframeAnimationOptions,
): Animation {
  return Element.prototype.animate.call(element, frames, options);
}

export function attributeOf(element: Element, name: string): string | null {
  return Element.prototype.getAttribute.call(element, name);
}

/** Sets an attribute, or removes it if the value is null. */
export function setAttribute(element: Element, name: string, value: string | null): void {
  if (value === null) Element.prototype.removeAttribute.call(element, name);
  else Element.prototype.setAttribute.call(element, name, value);
}

/** Whether the user may write in it, because of the element itself or of an ancestor. */
export const isEditableItself = getter(() => HTMLElement.prototype, 'isContentEditable');
export const nodeTypeOf = getter(() => Node.prototype, 'nodeType');
export const styleOf = getter(() => HTMLElement.prototype, 'style');

/** Inserts a node right before or after an element. */
export function insertBefore(element: Element, node: Node): void {
  Element.prototype.before.call(element, node);
}

export function insertAfter(element: Element, node: Node): void {
  Element.prototype.after.call(element, node);
}

/** Inserts a node before or after all contents of an element. */
export function insertFirst(element: Element, node: Node): void {
  Element.prototype.prepend.call(element, node);
}

export function insertLast(element: Element, node: Node): void {
  Element.prototype.append.call(element, node);
}

/** The element's `slot` attribute. */
export const slotNameOf = getter(() => Element.prototype, 'slot');

/** Size of the border box before transforms, in whole CSS pixels. */
export function offsetSizeOf(element: HTMLElement): { width: number; height: number } {
  return {
    width: get(HTMLElement.prototype, 'offsetWidth', element),
    height: get(HTMLElement.prototype, 'offsetHeight', element),
  };
}
