/**
 * Hosts of the extension's elements on a page, for documents of every kind. All of them can be hidden
 * while the tab is captured.
 */
import { rootsOf, seenWithin } from './dom';
import { isAttached, matches } from './element';
import { InlineStyle } from './inline-style';
import { hidePulses } from '../show/pulse';

const XHTML = 'http://www.w3.org/1999/xhtml';
const SVG = 'http://www.w3.org/2000/svg';

/** Timeout for a repaint, in milliseconds; a busy page is late. */
const REPAINT_TIMEOUT_MS = 4000;

/** Maximum time for which the screen stays clear, as the caller may be gone. Milliseconds. */
const MAX_CLEAR = 15_000;

/**
 * Our hosts, and callbacks for when they are hidden or shown again. Which of them are on the page is
 * looked up when it matters.
 */
const ours = new WeakMap<Element, (isHidden: boolean) => void>();

/** Set while our hosts are hidden: the styles with which each of them is shown again. */
let hidden: Map<HTMLElement, InlineStyle> | null = null;
const holders = new Set<string>();

/** An HTML element; in SVG and XML documents, `document.createElement` makes something else. */
export function htmlElement<K extends keyof HTMLElementTagNameMap>(
  name: K,
): HTMLElementTagNameMap[K];
export function htmlElement(name: string): HTMLElement;
export function htmlElement(name: string): HTMLElement {
  return document.createElementNS(XHTML, name);
}

const HOST_STYLE = `
  :host { all: initial !important; position: fixed !important; }
  /* What is hidden for a capture is hidden; declarations within the root are stronger. */
  :host([style*='visibility: hidden']) { visibility: hidden !important; }
`;

/** A new host of ours, not yet attached, and its closed root, whose style no page can change. */
export function createHost(style: string): { host: HTMLElement; root: ShadowRoot } {
  const host = htmlElement('div');
  const root = host.attachShadow({ mode: 'closed' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(HOST_STYLE + style);
  root.adoptedStyleSheets = [sheet];
  return { host, root };
}

/**
 * Registers a host of ours to be hidden, with its contents, while the tab is captured.
 * @param onHidden Called after it was hidden, and after it is shown again.
 */
export function hideForCaptures(
  host: HTMLElement,
  onHidden: (isHidden: boolean) => void = ours.get(host) ?? ((): void => undefined),
): void {
  ours.set(host, onHidden);
  if (hidden) hide(host);
}

/** Whether something is a host of ours. */
export function isOurs(target: EventTarget): boolean {
  return target instanceof Element && ours.has(target);
}

/**
 * Appends a host of ours to the document. An SVG document draws HTML only inside of a `foreignObject`;
 * the host gets one that covers the viewport, in CSS pixels.
 */
export function attachToDocument(host: HTMLElement): void {
  hideForCaptures(host);
  const root = document.documentElement;
  if (!(root instanceof SVGSVGElement)) {
    root.append(host);
    return;
  }
  const stage = document.createElementNS(SVG, 'foreignObject');
  stage.setAttribute('width', String(innerWidth));
  stage.setAttribute('height', String(innerHeight));
  const { a, b, c, d, e, f } = root.getScreenCTM()?.inverse() ?? new DOMMatrix();
  stage.setAttribute('transform', `matrix(${a} ${b} ${c} ${d} ${e} ${f})`);
  stage.style.setProperty('pointer-events', 'none', 'important');
  stage.append(host);
  root.append(stage);
}

/**
 * Like {@link attachToDocument}, but above a modal dialog and full screen too. Both make everything
 * outside of them inert, so the host is inside them while they last.
 */
export function attachOnTop(host: HTMLElement): void {
  const stage = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document.fullscreenElement;
  if (stage && !stage.contains(host)) {
    hideForCaptures(host);
    stage.append(host);
    const goOn = (): void => {
      if (!stage.contains(host) || matches(stage, ':modal, :fullscreen')) return;
      attachToDocument(host);
      host.popover = null;
    };
    for (const type of ['close', 'fullscreenchange']) {
      stage.addEventListener(type, goOn, { once: true });
    }
  }
  // A video can't contain it, and a dialog may have gone without an event.
  if (!isAttached(host) || host.getClientRects().length === 0) attachToDocument(host);
  host.popover = null;
  if (!stage) return;
  // The last element added to the top layer is topmost.
  host.popover = 'manual';
  host.showPopover();
}

/** Removes a host of ours from the document. */
export function detachFromDocument(host: HTMLElement): void {
  const { parentElement } = host;
  if (parentElement instanceof SVGForeignObjectElement) parentElement.remove();
  host.remove();
}

/**
 * Hides everything of ours in this frame until {@link showAgain}.
 * @param holder Identifies the caller.
 * @returns Whether certainly nothing of it is on the screen any more: every host's computed style has
 *   been read, and the browser has presented a frame since.
 */
export async function clearScreen(holder: string): Promise<boolean> {
  holders.add(holder);
  setTimeout(() => showAgain(holder), MAX_CLEAR);
  hidden ??= new Map();
  const hasPulses = hidePulses(true);
  for (const root of rootsOf(document)) {
    for (const element of root.querySelectorAll('*')) {
      if (element instanceof HTMLElement && ours.has(element)) hide(element);
    }
  }
  if (hidden.size === 0 && !hasPulses) return true;
  let isPresented = false;
  // The second frame begins when the first has been presented.
  const presented = new Promise<void>((resolve) =>
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        isPresented = true;
        resolve();
      }),
    ),
  );
  await seenWithin(REPAINT_TIMEOUT_MS, presented);
  // An invisible frame presents nothing.
  if (!isPresented && (await isFrameInSight())) return false;
  return [...(hidden ?? [])].every(([host]) => isHidden(host));
}

/** Ends a {@link clearScreen}; after the last one, the hidden elements are shown again. */
export function showAgain(holder: string): void {
  holders.delete(holder);
  if (holders.size > 0 || !hidden) return;
  const shown = hidden;
  hidden = null;
  for (const [host, style] of shown) {
    style.restore();
    ours.get(host)?.(false);
  }
  hidePulses(false);
}

function hide(host: HTMLElement): void {
  if (!hidden || hidden.has(host)) return;
  const style = new InlineStyle(host);
  // A transition of the page would delay it; nothing else takes precedence over it.
  style.set('transition', 'none');
  style.set('visibility', 'hidden');
  hidden.set(host, style);
  ours.get(host)?.(true);
}

function isHidden(host: HTMLElement): boolean {
  return !host.isConnected || !host.checkVisibility({ visibilityProperty: true });
}

async function isFrameInSight(): Promise<boolean> {
  const seen = Promise.withResolvers<boolean>();
  const observer = new IntersectionObserver((entries) => {
    seen.resolve(entries.at(-1)?.isIntersecting ?? true);
  });
  observer.observe(document.documentElement);
  // If the browser doesn't even report that, the frame may be on the screen.
  const late = new Promise<boolean>((resolve) => {
    setTimeout(() => resolve(true), REPAINT_TIMEOUT_MS);
  });
  return Promise.race([seen.promise, late]).finally(() => observer.disconnect());
}
