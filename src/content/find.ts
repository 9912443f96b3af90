/** Which pictures of the page a request means. */
import type { Target } from '../messages/messages';
import { elementsAt, isRendered, rootsOf, shadowRootOf } from './dom';
import { Picture } from './picture';

/** Pictures by element, so that what is known of one outlives the request that found it. */
export class Pictures {
  private readonly known = new WeakMap<Element, Picture>();

  /** The picture an element shows; the same object every time. */
  at(element: Element): Picture | null {
    const known = this.known.get(element);
    if (known?.isSwapped) return known;
    const fresh = Picture.of(element);
    if (!fresh) return null;
    if (known && known.source === fresh.source) return known;
    this.known.set(element, fresh);
    return fresh;
  }

  /**
   * Every rendered picture with this address: its own, or that of the pastiche in its place.
   * Background images are looked at only where no element shows the address.
   */
  withSource(url: string): Picture[] {
    const elements = [...rootsOf(document)].flatMap((root) => [
      ...root.querySelectorAll('img, input[type=image], image'),
    ]);
    const shown = this.matching(elements, url);
    if (shown.length > 0) return shown;
    const all = [...rootsOf(document)].flatMap((root) => [...root.querySelectorAll('*')]);
    return this.matching(all, url);
  }

  private matching(elements: readonly Element[], url: string): Picture[] {
    return elements
      .filter((element) => isRendered(element))
      .map((element) => this.at(element))
      .filter((picture) => picture !== null)
      .filter((picture) => picture.source === url || addressShown(picture.element) === url);
  }

  /** Pictures under a point of the viewport, topmost first, through transparent layers. */
  under(x: number, y: number): Picture[] {
    return elementsAt(x, y)
      .map((element) => this.at(element))
      .filter((picture) => picture !== null);
  }

  /** The picture that is hovered, focused or was clicked last, in this order. */
  pointed(lastClicked: Element | null): Picture | null {
    const hovered = deepest((root) => [...root.querySelectorAll(':hover')].at(-1) ?? null);
    const focused = deepest((root) => root.activeElement);
    for (const start of [hovered, focused, lastClicked]) {
      for (let element = start; element; element = element.parentElement) {
        const picture = this.at(element) ?? onlyPictureIn(element, this);
        if (picture && isRendered(picture.element)) return picture;
      }
    }
    return null;
  }

  /** The pictures of a target that needs no question; null for what only picking can tell. */
  find(target: Exclude<Target, { kind: 'pick' }>, lastClicked: Element | null): Picture[] {
    switch (target.kind) {
      case 'source':
        return this.withSource(target.url);
      case 'pointed': {
        const picture = this.pointed(lastClicked);
        return picture ? this.sameAs(picture) : [];
      }
      case 'menu-element': {
        const element = firefoxMenuElement(target.id);
        const picture = element ? this.at(element) : null;
        return picture ? this.sameAs(picture) : [];
      }
    }
  }

  /** The picture and its visible copies. */
  sameAs(picture: Picture): Picture[] {
    const copies = this.withSource(picture.source);
    return copies.includes(picture) ? copies : [picture, ...copies];
  }
}

function addressShown(element: Element): string | null {
  return element instanceof HTMLImageElement ? element.currentSrc : null;
}

/** Follows `pick` from the document into shadow roots as far as it leads. */
function deepest(pick: (root: Document | ShadowRoot) => Element | null): Element | null {
  let found: Element | null = null;
  let root: Document | ShadowRoot | null = document;
  while (root) {
    const inner: Element | null = pick(root);
    if (!inner) break;
    found = inner;
    root = shadowRootOf(inner);
  }
  return found;
}

/** The one picture inside a focused or hovered link or button. */
function onlyPictureIn(element: Element, pictures: Pictures): Picture | null {
  if (!element.matches('a, button, figure, [role=button], [role=img]')) return null;
  const inside = element.querySelectorAll('img, input[type=image], image');
  return inside.length === 1 ? pictures.at(inside[0]!) : null;
}

interface FirefoxMenus {
  readonly menus?: { getTargetElement(id: number): Element | null };
}

function firefoxMenuElement(id: number): Element | null {
  const api = (globalThis as { browser?: FirefoxMenus }).browser;
  return api?.menus?.getTargetElement(id) ?? null;
}
