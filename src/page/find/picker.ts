/** Lets the user point at a picture: outlines the one under the pointer until a click. */
import { isBlank, sampleOf } from '../canvases/sample';
import { elementsAt, isEditable, isRendered, rootsOf } from '../dom/dom';
import { isBlankPicture } from './blank';
import { everyElement } from './find';
import { attachOnTop, createHost, detachFromDocument, htmlElement, isOurs } from '../dom/host';
import type { Picture } from '../show/picture';
import { closestOf, matches, rectOf } from '../dom/element';
import { IMAGES } from '../watch';

const STYLE = `
  .outline {
    position: fixed; z-index: 2147483645; pointer-events: none; box-sizing: border-box;
    border: 3px solid #f2b134; border-radius: 4px; outline: 1px solid rgb(0 0 0 / 60%);
    box-shadow: 0 0 0 100vmax rgb(0 0 0 / 22%);
  }
`;

/** Picking ends after this time without an event. Milliseconds. */
const TIMEOUT_MS = 60_000;

/** Interval between searches for elements that let clicks through, in milliseconds. */
const CHECK_INTERVAL = 1000;

/** Anything that can be picked. */
export type Candidate =
  | { readonly kind: 'picture'; readonly picture: Picture }
  | { readonly kind: 'canvas'; readonly canvas: HTMLCanvasElement };

/**
 * Outcome: a candidate; a click on nothing, or into a frame, which gets its own clicks; or the end by
 * the user or the caller.
 */
export type Picked = Candidate | { readonly kind: 'nothing' | 'frame' | 'stopped' };

/**
 * Resolves with the thing that was clicked, or chosen with Tab and Enter. The page gets all events
 * except those that choose.
 * @param candidateOf The candidate of an element, if it has one.
 */
export function pick(
  candidateOf: (element: Element) => Candidate | null,
  signal: AbortSignal,
): Promise<Picked> {
  const { host, root } = createHost(STYLE);
  const outline = htmlElement('div');
  outline.className = 'outline';
  outline.hidden = true;
  root.append(outline);
  attachOnTop(host);

  let untouchable: readonly Element[] = [];
  let lookedAt = -Infinity;
  /**
   * Elements at a point that let clicks through, or are inert, from a list that is refreshed now and
   * then.
   */
  const untouchableAt = (x: number, y: number): Element[] => {
    if (performance.now() - lookedAt > CHECK_INTERVAL) {
      lookedAt = performance.now();
      untouchable = everyElement(`${IMAGES}, canvas`).filter(
        (element) =>
          getComputedStyle(element).pointerEvents === 'none' || closestOf(element, '[inert]'),
      );
    }
    return untouchable.filter((element) => {
      const { left, right, top, bottom } = rectOf(element);
      return left <= x && x < right && top <= y && y < bottom && isRendered(element);
    });
  };
  const candidateAt = ({ clientX, clientY }: MouseEvent): Candidate | null => {
    const touched = elementsAt(clientX, clientY);
    for (const element of untouchableAt(clientX, clientY)) {
      // It comes before its ancestors.
      const around = touched.findIndex((other) => Node.prototype.contains.call(other, element));
      touched.splice(around < 0 ? touched.length : around, 0, element);
    }
    const all = touched.map(candidateOf).filter((candidate) => candidate !== null);
    // Empty elements over a picture serve another purpose; a WebGL canvas may only seem empty.
    return all.find((candidate) => !isEmpty(candidate)) ?? all[0] ?? null;
  };
  const listening = new AbortController();
  let current: Candidate | null = null;
  /**
   * Whether it was chosen with the keyboard; then the following keys are handled here, whatever their
   * target.
   */
  let isByKey = false;
  const point = (candidate: Candidate | null, byKey = false): void => {
    current = candidate;
    isByKey = byKey;
    outline.hidden = candidate === null;
    if (!candidate) return;
    const rect = rectOf(elementOf(candidate));
    outline.style.left = `${rect.x}px`;
    outline.style.top = `${rect.y}px`;
    outline.style.width = `${rect.width}px`;
    outline.style.height = `${rect.height}px`;
  };

  return new Promise<Picked>((resolve) => {
    const finish = (picked: Picked): void => {
      clearTimeout(timer);
      listening.abort();
      detachFromDocument(host);
      resolve(picked);
    };
    let timer = setTimeout(() => finish({ kind: 'stopped' }), TIMEOUT_MS);
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => finish({ kind: 'stopped' }), TIMEOUT_MS);
    };
    /** @param use Whether the event chooses something, and is kept from the page. */
    const on = <K extends keyof WindowEventMap>(
      type: K,
      use: (event: WindowEventMap[K]) => boolean,
    ): void => {
      const listener = (event: WindowEventMap[K]): void => {
        if (!event.isTrusted || event.composedPath().some((part) => isOurs(part))) return;
        if (!use(event)) return;
        event.stopImmediatePropagation();
        // Cancelling a touch would suppress the click, and scrolling.
        if (!type.startsWith('touch')) event.preventDefault();
      };
      const options = { capture: true, passive: false, signal: listening.signal };
      window.addEventListener(type, listener, options);
    };
    /** The candidate under the press; the rest of the gesture is kept from the page. */
    let pressed: Candidate | null = null;
    on('pointermove', (event) => {
      wait();
      point(candidateAt(event));
      return false;
    });
    on('pointerdown', (event) => {
      pressed = event.isPrimary && event.button === 0 ? candidateAt(event) : null;
      return pressed !== null;
    });
    on('pointerup', (event) => {
      // Disabled elements get no click.
      const isDisabled = event
        .composedPath()
        .some((part) => part instanceof Element && matches(part, ':disabled'));
      if (isDisabled) finish(pressed ?? { kind: 'nothing' });
      return pressed !== null;
    });
    on('pointercancel', () => {
      const wasOurs = pressed !== null;
      // The gesture scrolls.
      pressed = null;
      return wasOurs;
    });
    for (const type of ['mousedown', 'mouseup', 'touchstart', 'touchend'] as const) {
      on(type, () => pressed !== null);
    }
    on('click', (event) => {
      if (event.detail === 0 && !pressed) {
        // A key press on a button has no position; a screen reader's click has the element itself as
        // target.
        const [target] = event.composedPath();
        const meant = target instanceof Element ? candidateOf(target) : null;
        if (meant) finish(meant);
        return meant !== null;
      }
      const chosen = pressed ?? candidateAt(event);
      finish(chosen ?? { kind: 'nothing' });
      return chosen !== null;
    });
    on('keydown', (event) => {
      const { key, shiftKey, ctrlKey, altKey, metaKey } = event;
      wait();
      if (ctrlKey || altKey || metaKey) return false;
      const [target] = event.composedPath();
      const isWritten = target instanceof Element && isWrittenIn(target);
      if (key === 'Escape') finish({ kind: 'stopped' });
      else if (key === 'Enter' && current && (isByKey || !isWritten)) finish(current);
      else if (key === 'Tab') {
        const next = nextCandidate(candidateOf, current, shiftKey ? -1 : 1);
        if (next) point(next, true);
        else finish({ kind: 'nothing' });
        return next !== null;
      } else return false;
      return true;
    });
    window.addEventListener(
      'blur',
      () => {
        // The click was into a frame, or out of this one; another document handles it.
        if (window !== window.top || isFrame(document.activeElement)) finish({ kind: 'frame' });
      },
      { signal: listening.signal },
    );
    window.addEventListener('pagehide', () => finish({ kind: 'stopped' }), {
      signal: listening.signal,
    });
    // A focused frame gets the keys, and a click into it would cause no blur event here.
    if (isFrame(document.activeElement)) window.focus();
    signal.addEventListener('abort', () => finish({ kind: 'stopped' }), { once: true });
  });
}

function isFrame(element: Element | null): boolean {
  return element !== null && matches(element, 'iframe, frame, object, embed');
}

/** Whether keys on an element are text input. */
function isWrittenIn(element: Element): boolean {
  return matches(element, 'input, textarea, select') || isEditable(element);
}

function isEmpty(candidate: Candidate): boolean {
  if (candidate.kind === 'picture') return isBlankPicture(candidate.picture);
  const sample = sampleOf(candidate.canvas);
  return sample !== null && isBlank(sample);
}

/** The element of a candidate. */
export function elementOf(candidate: Candidate): Element {
  return candidate.kind === 'canvas' ? candidate.canvas : candidate.picture.element;
}

/** The next visible candidate in document order, wrapping around at the end. */
function nextCandidate(
  candidateOf: (element: Element) => Candidate | null,
  current: Candidate | null,
  step: 1 | -1,
): Candidate | null {
  const all = [...rootsOf(document)]
    .flatMap((root) => [...root.querySelectorAll('*')])
    .filter((element) => isRendered(element) && onScreen(element))
    .map(candidateOf)
    .filter((candidate) => candidate !== null);
  if (all.length === 0) return null;
  const at = current && elementOf(current);
  const index = all.findIndex((candidate) => elementOf(candidate) === at);
  return all[(index + step + all.length) % all.length] ?? null;
}

function onScreen(element: Element): boolean {
  const rect = rectOf(element);
  return rect.bottom > 0 && rect.right > 0 && rect.top < innerHeight && rect.left < innerWidth;
}
