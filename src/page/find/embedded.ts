/**
 * Which `<object>`s and `<embed>`s show a picture, and no document or plug-in. Where neither the type nor
 * the address says so, the address is tried on an image element, which loads nothing but pictures.
 *
 * What says nothing at all is a frame to Chrome, with a document of the picture in it, as large as it is;
 * such a picture is painted by the content script in there.
 */
import { seenWithin } from '../dom/dom';

export type Embedded = HTMLObjectElement | HTMLEmbedElement;

/** What is waited for an address, in milliseconds. */
const PATIENCE = 2000;

/** So many addresses are remembered. */
const MOST_KNOWN = 500;

/** Whether addresses that don't say so give pictures; the ones that are still tried, too. */
const tried = new Map<string, boolean | Promise<void>>();

/** Whether an element shows a picture, as far as that is known. */
export function isEmbeddedPicture(element: Element): element is Embedded {
  if (!isEmbedded(element)) return false;
  return saysSo(element) ?? tried.get(addressOf(element)) === true;
}

/** Finds out what an element shows that doesn't say it; null where nothing is to be found out. */
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

/** The address of what an element shows; empty where it has none. */
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

/** Null where neither type nor address says anything. */
function saysSo(element: Embedded): boolean | null {
  const address = addressOf(element);
  if (address === '') return false;
  if (/^image\//i.test(element.type)) return true;
  if (/^data:image\/|\.(?:apng|avif|gif|jpe?g|png|svg|webp)(?:$|[?#])/i.test(address)) return true;
  return element.type === '' && !isFrame(element) ? null : false;
}

/** Whether there is a document in it, as far as that can be told of an `<embed>`. */
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
