/** Lets the person point at a picture: outlines what is under the pointer until a click. */
import { isRendered, rootsOf } from './dom';
import type { Pictures } from './find';
import type { Picture } from './picture';

const STYLE = `
  :host { all: initial; }
  .outline {
    position: fixed; z-index: 2147483645; pointer-events: none; box-sizing: border-box;
    border: 3px solid #f2b134; border-radius: 4px; outline: 1px solid rgb(0 0 0 / 60%);
    box-shadow: 0 0 0 100vmax rgb(0 0 0 / 22%);
  }
`;

/**
 * Resolves with the picture that was clicked, or chosen with Tab and Enter; null after Escape.
 * The page sees none of these events.
 */
export function pickPicture(pictures: Pictures, signal: AbortSignal): Promise<Picture | null> {
  const host = document.createElement('div');
  const root = host.attachShadow({ mode: 'closed' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const outline = document.createElement('div');
  outline.className = 'outline';
  outline.hidden = true;
  root.append(outline);
  document.documentElement.append(host);

  const listening = new AbortController();
  let current: Picture | null = null;
  const point = (picture: Picture | null): void => {
    current = picture;
    outline.hidden = picture === null;
    if (!picture) return;
    const rect = picture.element.getBoundingClientRect();
    outline.style.left = `${rect.x}px`;
    outline.style.top = `${rect.y}px`;
    outline.style.width = `${rect.width}px`;
    outline.style.height = `${rect.height}px`;
  };

  return new Promise<Picture | null>((resolve) => {
    const finish = (picture: Picture | null): void => {
      listening.abort();
      host.remove();
      resolve(picture);
    };
    const on = <K extends keyof WindowEventMap>(
      type: K,
      handle: (event: WindowEventMap[K]) => void,
    ): void => {
      const options = { capture: true, passive: false, signal: listening.signal };
      window.addEventListener(
        type,
        (event) => {
          event.preventDefault();
          event.stopImmediatePropagation();
          handle(event);
        },
        options,
      );
    };
    on('pointermove', (event) => point(pictures.under(event.clientX, event.clientY)[0] ?? null));
    on('pointerdown', () => undefined);
    on('pointerup', () => undefined);
    on('mousedown', () => undefined);
    on('mouseup', () => undefined);
    on('click', (event) => {
      const picture = pictures.under(event.clientX, event.clientY)[0] ?? null;
      if (picture) finish(picture);
    });
    on('keydown', (event) => {
      if (event.key === 'Escape') finish(null);
      if (event.key === 'Enter' && current) finish(current);
      if (event.key === 'Tab') point(nextPicture(pictures, current, event.shiftKey ? -1 : 1));
    });
    signal.addEventListener('abort', () => finish(null), { once: true });
  });
}

/** The next visible picture in document order, around the end. */
function nextPicture(pictures: Pictures, current: Picture | null, step: 1 | -1): Picture | null {
  const all = [...rootsOf(document)]
    .flatMap((root) => [...root.querySelectorAll('*')])
    .filter((element) => isRendered(element) && onScreen(element))
    .map((element) => pictures.at(element))
    .filter((picture) => picture !== null);
  if (all.length === 0) return null;
  const index = all.findIndex((picture) => picture.element === current?.element);
  return all[(index + step + all.length) % all.length] ?? null;
}

function onScreen(element: Element): boolean {
  const rect = element.getBoundingClientRect();
  return rect.bottom > 0 && rect.right > 0 && rect.top < innerHeight && rect.left < innerWidth;
}
