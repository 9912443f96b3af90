/** Finding elements through shadow roots, closed ones included. */

/** Elements besides custom ones that `attachShadow` accepts (DOM standard). */
const POSSIBLE_HOSTS = new Set(
  'article aside blockquote body div footer h1 h2 h3 h4 h5 h6 header main nav p section span'.split(
    ' ',
  ),
);

interface FirefoxElement {
  readonly openOrClosedShadowRoot?: ShadowRoot | null;
}

/** The element's shadow root, also a closed one: extensions may look inside. */
export function shadowRootOf(element: Element): ShadowRoot | null {
  if (element.shadowRoot) return element.shadowRoot;
  if (!(element instanceof HTMLElement)) return null;
  const own = (element as FirefoxElement).openOrClosedShadowRoot;
  if (own !== undefined) return own;
  return globalThis.chrome?.dom?.openOrClosedShadowRoot(element) ?? null;
}

/** The document and every shadow root below it, outermost first. */
export function* rootsOf(root: Document | ShadowRoot): Generator<Document | ShadowRoot> {
  yield root;
  for (const element of root.querySelectorAll('*')) {
    if (!element.localName.includes('-') && !POSSIBLE_HOSTS.has(element.localName)) continue;
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
    // A shadow root also lists what lies under its host; that is the outer root's to report.
    if (element.getRootNode() !== root) continue;
    const inner = shadowRootOf(element);
    if (inner) found.push(...elementsAt(x, y, inner));
    found.push(element);
  }
  return found;
}

/** Whether the element has a box on the page: attached, displayed and not empty. */
export function isRendered(element: Element): boolean {
  if (!element.isConnected) return false;
  const { width, height } = element.getBoundingClientRect();
  return width > 0 && height > 0 && element.checkVisibility({ visibilityProperty: true });
}

/**
 * Waits for what the page's repaints bring about, but no longer than so many milliseconds: in a
 * frame that nobody sees, browsers let repaints, animations and decoding rest.
 */
export async function seenWithin(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Calls back until it returns false, once before each of the browser's repaints. */
export function everyFrame(callback: () => boolean): () => void {
  let stopped = false;
  const step = (): void => {
    if (stopped || !callback()) return;
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
  return () => {
    stopped = true;
  };
}
