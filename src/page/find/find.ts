/** Finds the pictures of the page that a request means. */
import type { Target } from '../../protocol/messages';
import { elementsAt, isRendered, rootsOf, shadowRootOf } from '../dom/dom';
import { Picture } from '../show/picture';
import { IMAGES } from '../watch';
import { allIn, matches, parentElementOf } from '../dom/element';
import { imagesUsedBy, isSvgImage } from './svg-images';

/** Pictures by element, so that the state of one outlives the request that found it. */
export class Pictures {
  private readonly known = new WeakMap<Element, Picture[]>();

  /** The pictures that an element shows, the topmost first; the same objects every time. */
  allAt(element: Element): Picture[] {
    const used = element instanceof SVGElement ? imagesUsedBy(element) : [];
    return [...used.flatMap((image) => this.own(image)), ...this.own(element)];
  }

  private own(element: Element): Picture[] {
    const known = this.known.get(element);
    if (known?.some((picture) => picture.isShown)) return known;
    const fresh = Picture.allOf(element);
    if (
      known?.length === fresh.length &&
      known.every((one, i) => one.source === fresh[i]!.source)
    ) {
      return known;
    }
    if (fresh.length > 0 || known) this.known.set(element, fresh);
    return fresh;
  }

  /** Remembers a picture that is shown now, though its element may have shown another one meanwhile. */
  remember(picture: Picture): void {
    const known = this.known.get(picture.element) ?? [];
    if (known.includes(picture)) return;
    const others = known.filter((one) => !one.isInPlaceOf(picture));
    this.known.set(picture.element, [picture, ...others]);
  }

  /** The topmost picture of an element, if there is one. */
  at(element: Element): Picture | null {
    return this.allAt(element)[0] ?? null;
  }

  /** The remembered pictures of an element, whatever it shows now. */
  rememberedAt(element: Element): readonly Picture[] {
    return this.known.get(element) ?? [];
  }

  /**
   * Every rendered picture with this address. Pictures of style sheets are searched only if no element
   * shows the address.
   */
  withSource(url: string): Picture[] {
    const shown = this.matching(everyElement(IMAGES), url);
    return shown.length > 0 ? shown : this.matching(everyElement('*'), url);
  }

  private matching(elements: readonly Element[], url: string): Picture[] {
    return elements
      .filter((element) => isSvgImage(element) || isRendered(element))
      .flatMap((element) => this.allAt(element))
      .filter((picture) => picture.isAt(url) && isRendered(picture.place));
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
      for (let element = start; element; element = parentElementOf(element)) {
        const picture = this.at(element) ?? onlyPictureIn(element, this);
        if (picture && isRendered(picture.place)) return picture;
      }
    }
    return null;
  }

  /** The pictures of a target, without asking the user; empty if there are none. */
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
    // An element may show several pictures; all of them are meant.
    const own = this.allAt(picture.element);
    return [...new Set([...own, ...own.flatMap(({ source }) => this.withSource(source))])];
  }
}

/** Every element of the page that matches a selector, including those in shadow roots. */
export function everyElement(selector: string): Element[] {
  return [...rootsOf(document)].flatMap((root) => [...root.querySelectorAll(selector)]);
}

/** Follows `pick` from the document into nested shadow roots. */
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

/** The only picture inside a focused or hovered link or button. */
function onlyPictureIn(element: Element, pictures: Pictures): Picture | null {
  if (!matches(element, 'a, button, figure, [role=button], [role=img]')) return null;
  const inside = allIn(element, IMAGES);
  return inside.length === 1 ? pictures.at(inside[0]!) : null;
}

interface FirefoxMenus {
  readonly menus?: { getTargetElement(id: number): Element | null };
}

/** Firefox: the element on which a menu was opened. */
export function firefoxMenuElement(id: number): Element | null {
  const api = (globalThis as { browser?: FirefoxMenus }).browser;
  return api?.menus?.getTargetElement(id) ?? null;
}
