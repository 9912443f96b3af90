/**
 * Tells `<object>`s and `<embed>`s with pictures from those with documents or plug-ins. If neither
 * type nor address tells, the address is tried in an image element, which loads nothing but images.
 *
 * Without any type or file extension, Chrome makes it a frame of its size, whose document is the
 * picture; the content script in that frame paints it.
 */
import { seenWithin } from '../dom/dom';

export type Embedded = HTMLObjectElement | HTMLEmbedElement;

/** Timeout for trying an address, in milliseconds. */
const PATIENCE = 2000;

/** Maximum number of remembered addresses. */
const MOST_KNOWN = 500;

/** Whether addresses without a known type are pictures; pending trials are included. */
const tried = new Map<string, boolean | Promise<void>>();

/** Whether an element is known to show a picture. */
export function isEmbeddedPicture(element: Element): element is Embedded {
  if (!isEmbedded(element)) return false;
  return saysSo(element) ?? tried.get(addressOf(element)) === true;
}

/** Finds out whether an element of unknown type shows a picture; null if nothing has to be found out. */
export function tryEmbedded(element: Element): Promise<void> | null {
  if (!isEmbedded(element) || saysSo(element) !== null) return null;
  const address = addressOf(element);
  const known = tried.get(address);
  if (typeof known === 'boolean') return null;
  const trying = known ?? tryAddress(address);
  if (!known) tried.set(address, trying);
  const [oldest] = tried.keys();
  if (tried.size > MOST_KNOWN && oldest !== undefined) tried.delete(oldest);
  return seenWithin(PATIENCE, trying);
}

/** The address of an element's contents; empty if it has none. */
export function addressOf(element: Embedded): string {
  return element instanceof HTMLObjectElement ? element.data : element.src;
}

async function tryAddress(address: string): Promise<void> {
  const image = new Image();
  image.src = address;
  const isPicture = await image.decode().then(
    () => true,
    () => false,
  );
  tried.set(address, isPicture);
}

function isEmbedded(element: Element): element is Embedded {
  return element instanceof HTMLObjectElement || element instanceof HTMLEmbedElement;
}

/** Whether type or address promise a picture; null if neither tells. */
function saysSo(element: Embedded): boolean | null {
  const address = addressOf(element);
  if (address === '') return false;
  if (/^image\//i.test(element.type)) return true;
  if (/^data:image\/|\.(?:apng|avif|gif|jpe?g|png|svg|webp)(?:$|[?#])/i.test(address)) return true;
  return element.type === '' && !isFrame(element) ? null : false;
}

/** Whether it contains a document, as far as an `<embed>` shows that. */
function isFrame(element: Embedded): boolean {
  if (element instanceof HTMLObjectElement) return element.contentWindow !== null;
  return Array.from({ length: window.length }, (_, i) => window[i]).some((frame) => {
    try {
      return frame?.frameElement === element;
    } catch {
      return false;
    }
  });
}
