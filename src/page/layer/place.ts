/**
 * Finds a place in the page's tree for the host of a layer: one that is clipped and stacked like the
 * element, without changing the page.
 *
 * The host is beside the element. An element in a flow of blocks or lines gets a float whose margins
 * cancel its size: floats of no size move nothing, and have the same containing block as the element,
 * so that every box that clips one clips the other. An absolutely positioned element gets a host
 * positioned likewise. Children of flex and grid containers are the third kind: there only absolutely
 * positioned elements take no room.
 *
 * A video's host is under it, so that whatever lies over the video lies over the layer, too: the
 * page's bars, whatever they are, and the browser's own controls and captions. The video's picture is
 * then moved out of its box. Floats are painted right under the contents of lines; under a video that
 * is painted with the positioned boxes, the host is positioned, right before it.
 *
 * Otherwise the host is over the element. If the element is painted with the plain contents of its
 * stacking context, the host, which is positioned, has to come before other positioned elements there;
 * if with the positioned ones, right after it.
 *
 * If possible, the host is in a shadow root of ours, out of reach of the page (own-root.ts). Elsewhere
 * a place that changes the matches of the page's own selectors (`video + .controls`, `:last-child`) is
 * given up for the next one.
 *
 * A picture under an element's own contents, such as its background, gets a host inside the element.
 */
import { flatParentOf } from '../dom/dom';
import { attachToDocument, isOurs } from '../dom/host';
import { InlineStyle } from '../dom/inline-style';
import { isStacked } from './mirror';
import { ownRootOf } from './own-root';
import {
  animationsOf,
  childrenOf,
  documentOf,
  insertAfter,
  insertBefore,
  insertFirst,
  insertLast,
  matches,
  nodeTypeOf,
  parentElementOf,
  parentNodeOf,
  rectOf,
  siblingBefore,
  slotNameOf,
  slotOf,
} from '../dom/element';

/** How the host takes part in the layout: a plain float is not positioned otherwise. */
type Positioning = 'plain float' | 'float' | 'absolute' | 'fixed';

/** The place of a host. */
export interface Placement {
  readonly parent: ParentNode | null;
  readonly positioning: Positioning;
  /** Whether it is under the element, whose own picture has to make room. */
  readonly isUnder: boolean;
  /** The best neighbour for it, or parent in the case of a shadow root of ours. */
  readonly best: Element | null;
  /** Undoes all changes of the page's own elements. */
  undo(): void;
}

/** Maximum number of neighbours that are compared before and after. */
const MAX_NEIGHBOURS = 24;

/** Properties that rules for siblings or children usually change. */
const TELLING = [
  'display',
  'position',
  'margin-top',
  'margin-right',
  'margin-bottom',
  'margin-left',
  'padding-top',
  'padding-bottom',
  'opacity',
  'visibility',
  'color',
  'background-color',
  'background-image',
  'border-top-width',
  'border-bottom-width',
  'border-top-left-radius',
  'border-bottom-right-radius',
  'transform',
  'filter',
  'flex-grow',
  'flex-basis',
  'font-size',
  'font-weight',
  'z-index',
  'order',
  'pointer-events',
  'box-shadow',
] as const;

/**
 * Puts the host beside the element.
 * @param host Must have no style yet that affects its place.
 */
export function placeBeside(element: Element, host: HTMLElement): Placement {
  host.remove();
  const root = documentOf(element).documentElement;
  let least: { side: Side; changes: number } | null = null;
  const sides = sidesOf(element);
  const best = anchorOf(sides[0]!);
  for (const side of sides) {
    if (side.beside === root || !parentNodeOf(side.beside) || parentNodeOf(side.beside) === root) {
      break;
    }
    const placed = placeAt(side, element, host);
    if (placed.changes === 0) return { ...placed, best };
    if (placed.changes < (least?.changes ?? MOVED)) least = { side, changes: placed.changes };
    placed.undo();
  }
  const placed = least ? placeAt(least.side, element, host) : placeInDocument(host);
  return { ...placed, best };
}

/** A possible place for a host. */
interface Side {
  /** The element, or an ancestor. */
  readonly beside: Element;
  readonly isUnder?: boolean;
  /** The host's new parent, if it gets into a shadow root of ours. */
  readonly within?: Element;
  /** Inserts the host, if that is possible. */
  insert(host: HTMLElement): void;
}

function placeAt(
  { beside, isUnder = false, insert }: Side,
  element: Element,
  host: HTMLElement,
): Omit<Placement, 'best'> & { readonly changes: number } {
  const style = getComputedStyle(element);
  const container = containerOf(beside);
  const isItem = container !== null && isItemOf(container);
  const isPlain = isUnder && !isStacked(style, isItem);
  const positioning = positioningOf(style, isItem, isPlain);
  const containing = positioning === 'absolute' && isItem ? makeContaining(container, style) : null;
  const before = lookOf(beside, parentNodeOf(beside)!);
  host.slot = slotNameOf(beside);
  setLayout(host, positioning, style);
  insert(host);
  const changes = changesSince(before, host);
  const undo = (): void => containing?.restore();
  return { parent: host.parentNode, positioning, isUnder, changes, undo };
}

/** Whether the host is still in the right place; not once the page has inserted a bar before it. */
export function isInPlace(element: Element, host: Element, placement: Placement): boolean {
  const { best, isUnder, positioning, parent } = placement;
  // A plain float is under the element wherever it is.
  const isNext = isUnder && positioning !== 'plain float' && parent === parentNodeOf(element);
  return best === bestBeside(element) && (!isNext || siblingBefore(element) === host);
}

function bestBeside(element: Element): Element {
  return anchorOf(sidesOf(element)[0]!);
}

function anchorOf({ within, beside }: Side): Element {
  return within ?? beside;
}

/** Everything but the parent that decides on the place: if it changes, the place changes. */
export function stackingOf(element: Element): string {
  const style = getComputedStyle(element);
  const container = containerOf(element);
  const isItem = container !== null && isItemOf(container);
  return [
    style.position,
    style.zIndex,
    slotNameOf(element),
    isItem,
    isStacked(style, isItem),
  ].join();
}

function isItemOf(container: Element): boolean {
  return /flex|grid/.test(getComputedStyle(container).display);
}

/** Weight of a moved neighbour, relative to one that only looks different. */
const MOVED = 1000;

function placeInDocument(host: HTMLElement): Omit<Placement, 'best'> {
  host.slot = '';
  setImportant(host, { position: 'fixed', float: 'none', margin: '0', 'z-index': '2147483646' });
  attachToDocument(host);
  const parent = host.parentNode;
  // In a drawing it is wrapped in an element of ours.
  return {
    parent,
    positioning: 'fixed',
    isUnder: false,
    undo: () => parent instanceof SVGForeignObjectElement && parent.remove(),
  };
}

/** Puts the host inside the element, over its background and under its contents. */
export function placeWithin(element: HTMLElement, host: HTMLElement): Placement {
  host.remove();
  const style = new InlineStyle(element);
  if (getComputedStyle(element).position === 'static') style.set('position', 'relative');
  // A negative layer of the element's own stacking context.
  style.set('isolation', 'isolate');
  host.slot = '';
  setImportant(host, {
    position: 'absolute',
    float: 'none',
    left: '0px',
    top: '0px',
    'z-index': '-1',
  });
  const before = lookOf(childrenOf(element)[0] ?? element, element);
  insertFirst(element, host);
  if (changesSince(before, host) > 0) insertLast(element, host);
  const best = bestBeside(element);
  return {
    parent: element,
    positioning: 'absolute',
    isUnder: false,
    best,
    undo: () => style.restore(),
  };
}

function positioningOf(
  { position }: CSSStyleDeclaration,
  isItem: boolean,
  isPlain: boolean,
): Positioning {
  if (position === 'fixed') return 'fixed';
  if (position === 'absolute' || isItem) return 'absolute';
  return isPlain ? 'plain float' : 'float';
}

function setLayout(host: HTMLElement, positioning: Positioning, style: CSSStyleDeclaration): void {
  const isFloat = positioning === 'float' || positioning === 'plain float';
  setImportant(host, {
    position: { 'plain float': 'static', float: 'relative' }[positioning as string] ?? positioning,
    float: isFloat ? 'left' : 'none',
    // It gets its size once it has a place.
    width: '0px',
    height: '0px',
    margin: '0px',
    left: '0px',
    top: '0px',
    'z-index': style.zIndex,
  });
}

/** The possible places for a host, the best first. */
function sidesOf(element: Element): Side[] {
  const container = containerOf(element);
  const isItem = container !== null && isItemOf(container);
  const isAbove = isStacked(getComputedStyle(element), isItem);
  // Only a video shows something over its picture.
  const canYield = matches(element, 'video') && (isAbove || !isItem);
  const over: Side = { beside: element, insert: (host) => insertAfter(element, host) };
  const before: Side = { beside: element, insert: (host) => insertBefore(element, host) };
  const under: Side = { ...before, isUnder: true };
  // A component that looks for the media in a slot takes the first element.
  if (slotOf(element)) return canYield && !isAbove ? [{ ...over, isUnder: true }, over] : [over];
  const first = isAbove || canYield ? null : firstStackedBefore(element);
  const within = parentElementOf(element);
  // Between the parent's first place and the element's own, nothing may be painted that covers either.
  const isNear = isAbove
    ? [...precedingSiblings(element)].every((sibling) => !isStackedBox(sibling))
    : first === null || parentElementOf(first) === within;
  const insertOwn = (host: HTMLElement): void => {
    if (within) ownRootOf(within)?.prepend(host);
  };
  const own: Side[] =
    within && isNear && matches(element, 'video')
      ? [{ beside: element, isUnder: canYield, within, insert: insertOwn }]
      : [];
  if (isAbove) return [...own, ...(canYield ? [under] : []), over];
  if (canYield) return [...own, under, { ...over, isUnder: true }, over];
  if (!first) return [...own, over, before];
  return [...own, { beside: first, insert: (host) => insertBefore(first, host) }, over];
}

/**
 * The earliest preceding element that is painted over this one: a sibling of it or of an ancestor, up
 * to the first ancestor that clips or is painted as a whole.
 */
function firstStackedBefore(element: Element): Element | null {
  let first: Element | null = null;
  for (let at: Element | null = element; at; at = parentElementOf(at)) {
    if (slotOf(at)) break;
    if (at !== element) {
      const style = getComputedStyle(at);
      if (isStacked(style, false) || style.overflow !== 'visible') break;
    }
    for (const sibling of precedingSiblings(at)) {
      const { position, display } = getComputedStyle(sibling);
      if (position !== 'static' && display !== 'none') first = sibling;
    }
  }
  return first;
}

function isStackedBox(element: Element): boolean {
  const style = getComputedStyle(element);
  return style.display !== 'none' && isStacked(style, false);
}

function* precedingSiblings(element: Element): Generator<Element> {
  let sibling = siblingBefore(element);
  for (let i = 0; sibling && i < MAX_NEIGHBOURS; i++) {
    if (!isOurs(sibling)) yield sibling;
    sibling = siblingBefore(sibling);
  }
}

/** The box that lays the element out: its parent in the flat tree, through `display: contents`. */
function containerOf(element: Element): Element | null {
  let at = flatParentOf(element);
  while (at && getComputedStyle(at).display === 'contents') at = flatParentOf(at);
  return at;
}

/** Whether it is an element. Another window, to which a video may be moved, has classes of its own. */
export function isElement(node: Node | null): node is Element {
  return node !== null && nodeTypeOf(node) === Node.ELEMENT_NODE;
}

/**
 * Makes a flex or grid container the containing block of the host, if a box that clips is between the
 * container and the containing block that the host would have otherwise.
 */
function makeContaining(container: Element, style: CSSStyleDeclaration): InlineStyle | null {
  if (!('style' in container) || style.position === 'absolute') return null;
  for (let at: Element | null = container; at; at = flatParentOf(at)) {
    const computed = getComputedStyle(at);
    if (isContaining(computed)) return null;
    if (computed.overflow === 'visible' || computed.display === 'contents') continue;
    const relative = new InlineStyle(container as HTMLElement);
    relative.set('position', 'relative');
    return relative;
  }
  return null;
}

function isContaining(style: CSSStyleDeclaration): boolean {
  return (
    style.position !== 'static' ||
    style.transform !== 'none' ||
    style.filter !== 'none' ||
    style.perspective !== 'none' ||
    /paint|layout|strict|content/.test(style.contain)
  );
}

/** The visible state of the neighbours. */
type Look = ReadonlyMap<Element, { readonly box: DOMRect; readonly style: string }>;

function lookOf(element: Element, parent: ParentNode): Look {
  const children = childrenOf(parent).filter((each) => !isOurs(each));
  const at = children.indexOf(element);
  const near = children.slice(Math.max(0, at - MAX_NEIGHBOURS / 2), at + MAX_NEIGHBOURS / 2);
  const watched = isElement(parent) ? [parent, ...near] : near;
  return new Map(watched.map((each) => [each, appearanceOf(each)]));
}

function appearanceOf(element: Element): { box: DOMRect; style: string } {
  const style = getComputedStyle(element);
  const values = TELLING.map((name) => style.getPropertyValue(name));
  // A transition of the page shows no change yet, only that it has begun.
  return {
    box: rectOf(element),
    style: [...values, animationsOf(element).length].join(),
  };
}

/** Number of neighbours that look different; moved ones count as {@link MOVED}. */
function changesSince(before: Look, host: HTMLElement): number {
  if (host.getClientRects().length === 0) return MOVED;
  let changes = 0;
  for (const [element, { box, style }] of before) {
    const now = appearanceOf(element);
    if (!sameRect(box, now.box)) changes += MOVED;
    else if (style !== now.style) changes += 1;
  }
  return changes;
}

/** Sets declarations that no rule of the page overrides. */
export function setImportant(
  { style }: HTMLElement,
  declarations: Readonly<Record<string, string>>,
): void {
  for (const [name, value] of Object.entries(declarations)) {
    style.setProperty(name, value, 'important');
  }
}

function sameRect(a: DOMRect, b: DOMRect): boolean {
  return (
    Math.abs(a.x - b.x) + Math.abs(a.y - b.y) < 0.5 &&
    Math.abs(a.width - b.width) + Math.abs(a.height - b.height) < 0.5
  );
}
