import {
  allIn,
  documentOf,
  isAttached,
  isEditableItself,
  isVisible,
  localNameOf,
  parentElementOf,
  rectOf,
  rootOf,
  slotOf,
} from './element';

/** Finding elements through shadow roots, closed ones included. */

/** Elements besides custom ones that `attachShadow` accepts (DOM standard). */
export const POSSIBLE_HOSTS = new Set(
  'article aside blockquote body div footer h1 h2 h3 h4 h5 h6 header main nav p section span'.split(
    ' ',
  ),
);

interface FirefoxElement {
  readonly openOrClosedShadowRoot?: ShadowRoot | null;
}

/** The element's shadow root, also a closed one: extensions may look inside. */
export function shadowRootOf(element: Element): ShadowRoot | null {
  // A form can't have one, whatever the names of its fields.
  if (!(element instanceof HTMLElement) || element instanceof HTMLFormElement) return null;
  if (element.shadowRoot) return element.shadowRoot;
  const own = (element as FirefoxElement).openOrClosedShadowRoot;
  if (own !== undefined) return own;
  try {
    return globalThis.chrome?.dom?.openOrClosedShadowRoot(element) ?? null;
  } catch {
    // The extension is gone, and its access with it.
    return null;
  }
}

/** The document or root itself, and every shadow root below it or an element, outermost first. */
export function* rootsOf(root: Document | ShadowRoot | Element): Generator<Document | ShadowRoot> {
  if (!(root instanceof Element)) yield root;
  for (const element of allIn(root, '*')) {
    if (!localNameOf(element).includes('-') && !POSSIBLE_HOSTS.has(localNameOf(element))) continue;
    const inner = shadowRootOf(element);
    if (inner) yield* rootsOf(inner);
  }
}

/** Elements under a point of the viewport, topmost first, through shadow roots. */
export function elementsAt(
  x: number,
  y: number,
  root: Document | ShadowRoot = document,
): Element[] {
  const found: Element[] = [];
  for (const element of root.elementsFromPoint(x, y)) {
    // A shadow root also lists elements under its host, which the outer root reports.
    if (rootOf(element) !== root) continue;
    const inner = shadowRootOf(element);
    if (inner) found.push(...elementsAt(x, y, inner));
    found.push(element);
  }
  // The body's background covers the whole window, also outside the body itself.
  const body = root === document ? root.querySelector(':root > body') : null;
  if (body && found.length > 0 && !found.includes(body)) found.push(body);
  return found;
}

/** Whether the element has a box on the page: attached, displayed and not empty. */
export function isRendered(element: Element): boolean {
  if (!isAttached(element)) return false;
  const { width, height } = rectOf(element);
  return width > 0 && height > 0 && isVisible(element);
}

/**
 * Waits for work that depends on repaints, for a limited time in milliseconds: in invisible frames,
 * browsers suspend repaints, animations and decoding.
 */
export async function seenWithin(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Whether scripts of the page may run while an attribute of the element is set. */
export function isCustom(element: Element): boolean {
  if (localNameOf(element).includes('-')) return true;
  // A serialised element shows which built-in element it customises, even without an attribute.
  const inert = document.implementation.createHTMLDocument('').importNode(element, false);
  return /^<[^>]*?\sis=/.test(inert.outerHTML);
}

/** Whether the user may be writing where the element is. */
export function isEditable(element: Element): boolean {
  if (documentOf(element).designMode === 'on') return true;
  for (let at: Element | null = element; at; at = flatParentOf(at)) {
    if (at instanceof HTMLElement && isEditableItself(at)) return true;
  }
  return false;
}

/** The element that another is drawn in: its parent in the flat tree (CSS Scoping 1, section 3.1). */
export function flatParentOf(element: Element): Element | null {
  if (slotOf(element)) return slotOf(element);
  if (parentElementOf(element)) return parentElementOf(element);
  const root = rootOf(element);
  // Another window, to which a video may be moved, has classes of its own.
  return 'host' in root ? (root as ShadowRoot).host : null;
}
