/**
 * A canvas laid exactly over a picture, in a closed shadow root that the page can't reach. It obeys
 * the page as the picture's element does: place.ts has it clipped, rounded, hidden and stacked by
 * what encloses the element, mirror.ts has it look as the page makes the element look, and watch.ts
 * tells when anything of that has changed. At rest nothing runs.
 *
 * Its place is found by measuring, not by calculating: the centre of a box stays the centre of its
 * bounding rectangle under every affine transform.
 */
import { viewOf } from '../../core/fit';
import type { Box, Size } from '../../core/geometry';
import { WHOLE } from '../../core/regions/region-map';
import { flatParentOf } from '../dom/dom';
import { hideForCaptures, htmlElement } from '../dom/host';
import { InlineStyle } from '../dom/inline-style';
import {
  borderBoxOf,
  contentBoxOf,
  edgesOf,
  pictureRect,
  shownSize,
  type Overlaid,
} from '../dom/place';
import { captureOf, innerRadius, isTranslucent, MIRRORED, type Captured } from './mirror';
import {
  bestBeside,
  placeBeside,
  placeWithin,
  setImportant,
  stackingOf,
  type Placement,
} from './place';
import { watchPlace } from './watch';
import { documentOf, isAttached, isVisible, matches, parentNodeOf, rectOf } from '../dom/element';

/** Duration of the first appearance, and of a change to a finer painting, in milliseconds. */
const FADE = 250;

/** Nearer than this, in CSS pixels, needs no correction. */
const TOLERANCE = 0.1;

/** So often the layer goes back to where a page has taken it from. */
const MAX_RETURNS = 20;

/** A page that defines an element of that name must not meet it. */
const NAME = `pastiche-layer-${crypto.getRandomValues(new Uint32Array(1)).join('')}`;

/** Elements whose contents are the picture. */
const REPLACED = 'img, video, canvas, input, object, embed';

/** Far enough for a picture to be out of its own box. In CSS pixels. */
const OUT_OF_SIGHT = '-99999px -99999px';

const NOWHERE: Placement = {
  parent: null,
  positioning: 'fixed',
  best: null,
  undo: () => undefined,
};

/** Part of the content box that the element itself shows, in CSS pixels. */
export interface Hole extends Box {
  /** Over so many pixels the layer fades towards it. */
  readonly soft: number;
}

/** What is shown where a layer is, and goes with it. */
interface Companion {
  /** Called whenever the layer may have moved. */
  place(): void;
  remove(): void;
}

export class Layer {
  /** The element in whose box the picture is seen, and the one that is laid out: a whole drawing. */
  private readonly seenIn: Element;
  private readonly element: Element;
  private readonly host: HTMLElement;
  private readonly frame: HTMLElement;
  /** One inside the other, as many as there can be holes. */
  private readonly screens: readonly HTMLElement[];
  private readonly picture: HTMLElement;
  private readonly label: HTMLElement;
  private placement: Placement = NOWHERE;
  /** What the host's place was chosen for. */
  private parent: ParentNode | null = null;
  private stacking = '';
  private returns = 0;
  private stopWatching = NOWHERE.undo;
  private natural: Size = { width: 0, height: 0 };
  /** The part of the picture that is shown, and where the canvas lies, in shares of its sides. */
  private view = WHOLE;
  private laid = WHOLE;
  private offset = { x: 0, y: 0 };
  private readonly applied = new Map<string, string>();
  private isShown = false;
  /** While the tab is captured. */
  private isHidden = false;
  private isOver = false;
  private companion: Companion | null = null;
  private captured: Captured | null = null;
  /** Takes the element's own picture out of its box, while the layer lets through what is under it. */
  private emptied: InlineStyle | null = null;
  /** The element's own, where it has been taken away. */
  private objectPosition: string | undefined;
  private background = '';

  /**
   * @param canvas Its owner may draw on it.
   * @param events Called at once when the element has left the page, and the layer with it, or moved
   *   to another document.
   */
  constructor(
    private readonly overlaid: Overlaid,
    private readonly events: { onGone(): void; onOtherDocument?(): void },
    private canvas: HTMLCanvasElement = htmlElement('canvas'),
  ) {
    this.seenIn = overlaid.place ?? overlaid.element;
    this.element = wholeOf(this.seenIn);
    this.host = htmlElement(NAME);
    this.host.style.setProperty('all', 'initial', 'important');
    setImportant(this.host, { display: 'block', 'pointer-events': 'none' });
    const root = this.host.attachShadow({ mode: 'closed' });
    const part = (name: string, style: string): HTMLElement => {
      const made = htmlElement('div');
      made.className = name;
      made.style.cssText = style;
      return made;
    };
    // Styles of their own, not a sheet, which would stay behind when the page moves the element to
    // another document.
    this.frame = part('frame', 'position:absolute;overflow:clip');
    this.screens = [1, 2].map(() => part('screen', 'position:absolute;inset:0'));
    this.picture = part('picture', 'position:absolute;overflow:clip');
    this.label = part('label', LABEL_STYLE);
    this.canvas.style.cssText = CANVAS_STYLE;
    const innermost = this.screens.reduce((outer, inner) => (outer.append(inner), inner));
    innermost.append(this.picture);
    this.picture.append(this.canvas);
    this.frame.append(this.screens[0]!, this.label);
    root.append(this.frame);
    this.attach();
    hideForCaptures(this.host, (isHidden) => {
      this.isHidden = isHidden;
      this.applied.clear();
      if (isHidden) this.fillElement();
      else this.update();
    });
    if (isAttached(this.seenIn)) this.update();
  }

  /**
   * Brings the layer to where and how the element is now. It does so by itself when anything tells
   * it to; called once more for every frame, it follows whatever nothing tells of.
   * @param hasNeighbours Whether the elements around are others now.
   */
  update(hasNeighbours = false): void {
    const { element, host } = this;
    if (this.isOver) return;
    if (!isAttached(this.seenIn)) {
      this.remove();
      this.events.onGone();
      return;
    }
    if (this.isHidden) return;
    const isAway = host.parentNode !== this.placement.parent;
    const isBeside =
      parentNodeOf(element) === this.parent &&
      this.stacking === stackingOf(element) &&
      !(hasNeighbours && bestBeside(element) !== this.placement.best);
    if (!isBeside || (isAway && this.returns < MAX_RETURNS)) {
      if (isBeside) this.returns += 1;
      const { ownerDocument } = host;
      this.attach();
      if (documentOf(element) !== ownerDocument) this.events.onOtherDocument?.();
    }
    this.keepInTopLayer();
    this.place();
    this.companion?.place();
  }

  /**
   * Draws a pastiche and shows it, over the part of the picture that it is of.
   * @param natural See {@link reveal}.
   * @param part See {@link lay}.
   * @param isCaptured Whether the screen was painted, as it is now.
   */
  draw(pastiche: ImageData, natural: Size, part: Box, isCaptured: boolean, isFading = true): void {
    this.captured = isCaptured ? captureOf(this.element) : null;
    this.canvas.width = pastiche.width;
    this.canvas.height = pastiche.height;
    this.canvas.getContext('2d')?.putImageData(pastiche, 0, 0);
    this.lay(part);
    this.reveal(natural, isFading);
  }

  /**
   * Shows what is on the canvas, over the picture.
   * @param natural Size of the whole picture; only its aspect ratio matters where the layout gives
   *   the size.
   * @param isFading Whether it comes slowly, where it was not there.
   */
  reveal(natural: Size, isFading = true): void {
    this.natural = natural;
    if (!this.isShown) {
      this.isShown = true;
      this.canvas.style.visibility = '';
      if (isFading && !isCalm()) {
        this.canvas.animate({ opacity: [0, 1] }, { duration: FADE, easing: 'ease-out' });
      }
    }
    this.update();
  }

  /** Takes the canvas off the screen at once, until something is revealed again. */
  conceal(): void {
    this.isShown = false;
    this.picture.replaceChildren(this.canvas);
    this.canvas.style.visibility = 'hidden';
    this.fillElement();
  }

  /** Puts another canvas in the place of the present one. */
  exchange(canvas: HTMLCanvasElement): void {
    canvas.style.cssText = this.canvas.style.cssText;
    this.canvas.replaceWith(canvas);
    this.canvas = canvas;
  }

  /** Shows a few words in a corner; none where they are empty. */
  showLabel(words: string): void {
    if (this.label.textContent !== words) this.label.textContent = words;
    this.label.style.display = words === '' ? 'none' : '';
  }

  /** What is on the canvas now gives way slowly to what is drawn next. */
  dissolve(): void {
    if (!this.isShown || isCalm()) return;
    const before = documentOf(this.element).createElement('canvas');
    before.width = this.canvas.width;
    before.height = this.canvas.height;
    before.getContext('2d')?.drawImage(this.canvas, 0, 0);
    before.style.cssText = this.canvas.style.cssText;
    this.canvas.after(before);
    const fading = before.animate({ opacity: [1, 0] }, { duration: FADE });
    fading.onfinish = (): void => before.remove();
  }

  /** Lays the canvas over the picture, in shares of the picture's sides; what is beyond is cut off. */
  lay(box: Box): void {
    this.laid = box;
    const { view, canvas } = this;
    canvas.style.left = `${(100 * (box.x - view.x)) / view.width}%`;
    canvas.style.top = `${(100 * (box.y - view.y)) / view.height}%`;
    canvas.style.width = `${(100 * box.width) / view.width}%`;
    canvas.style.height = `${(100 * box.height) / view.height}%`;
  }

  /**
   * Leaves parts of the content box free, where the browser itself shows something on the element.
   * @param bottom A strip along the lower edge, in CSS pixels.
   * @param holes At most two.
   */
  leaveFree(bottom: number, holes: readonly Hole[] = []): void {
    this.frame.style.clipPath = bottom > 0 ? `inset(0 0 ${bottom}px 0)` : '';
    for (const [i, { style }] of this.screens.entries()) {
      const hole = holes[i];
      style.maskImage = hole ? maskWith(hole) : '';
    }
  }

  /** Shows something else of ours with the layer, and the element's own picture under it. */
  accompany(companion: Companion | null): void {
    this.companion = companion;
    this.update();
  }

  /** Shows the canvas from a share of its width on only, 0..1, and what lies under it to the left. */
  showFrom(from: number): void {
    this.canvas.style.clipPath = from > 0 ? `inset(0 0 0 ${100 * from}%)` : '';
  }

  /** Where the canvas is in the viewport, in CSS pixels. */
  canvasRect(): DOMRect {
    return this.canvas.getBoundingClientRect();
  }

  /** Where the whole picture is in the viewport; null where it can't be seen. */
  pictureRect(natural: Size): Box | null {
    return pictureRect(this.overlaid, natural, this.objectPosition);
  }

  /** Size of the whole picture on the screen, in device pixels. */
  shownSize(natural: Size): Size {
    return shownSize(this.overlaid, natural, this.objectPosition);
  }

  remove(): void {
    this.isOver = true;
    this.stopWatching();
    this.fillElement();
    this.host.remove();
    this.placement.undo();
    this.companion?.remove();
  }

  /** Whether it lies among the element's own contents, which share what the page does to it. */
  private get isWithin(): boolean {
    const { overlaid, element } = this;
    const isHtml = element instanceof HTMLElement;
    return overlaid.behindContents && isHtml && !matches(element, REPLACED);
  }

  private attach(): void {
    const { element, seenIn, host } = this;
    this.stopWatching();
    this.placement.undo();
    if (host.popover !== null) host.popover = null;
    this.offset = { x: 0, y: 0 };
    this.applied.clear();
    this.placement = this.isWithin
      ? placeWithin(element as HTMLElement, host)
      : placeBeside(element, host);
    this.parent = parentNodeOf(element);
    this.stacking = stackingOf(element);
    this.stopWatching = watchPlace(element, seenIn, host, (isNew) => this.update(isNew));
  }

  /**
   * What is in the top layer (full screen, a popover, a modal dialog) covers everything else. An
   * element there that holds the other one holds the layer too; where it is alone there, the layer
   * follows it as a popover.
   */
  private keepInTopLayer(): void {
    const { element, host } = this;
    const above = topLayerOf(element);
    const parent = flatParentOf(host);
    const needed = above !== null && above !== (parent && topLayerOf(parent));
    if (!host.isConnected || needed === host.matches(':popover-open')) return;
    if (!needed) {
      this.attach();
      return;
    }
    host.popover = 'manual';
    setImportant(host, { position: 'fixed', float: 'none', margin: '0px' });
    this.applied.clear();
    host.showPopover();
  }

  private place(): void {
    const { element, seenIn, overlaid, host } = this;
    this.set('display', isVisible(element) ? 'block' : 'none');
    if (!isVisible(element)) return;
    const style = getComputedStyle(element);
    const border = borderBoxOf(element);
    if (!this.isWithin) {
      for (const name of MIRRORED) {
        const value = style.getPropertyValue(name);
        const { before, instead } = this.captured?.get(name) ?? {};
        this.set(name, instead !== undefined && before === value ? instead : value);
      }
    }
    const { width, height } = border;
    this.set('width', `${width}px`);
    this.set('height', `${height}px`);
    if (this.placement.positioning === 'float' && host.popover === null) {
      this.set('margin', `0px ${-width}px ${-height}px 0px`);
    }
    const edges = edgesOf(overlaid);
    const content =
      element === seenIn ? contentBoxOf(border, edges) : boxWithin(element, border, seenIn);
    setBox(this.frame, content);
    if (element === seenIn) this.frame.style.borderRadius = innerRadius(style, border, edges);
    else this.frame.style.opacity = isVisible(seenIn) ? getComputedStyle(seenIn).opacity : '0';
    if (this.natural.width > 0) {
      this.view = viewOf(style.getPropertyValue('object-view-box'), this.natural);
      setBox(this.picture, this.seenBox(content));
      this.lay(this.laid);
    }
    const stands = this.isShown && !this.companion && matches(element, REPLACED);
    if (stands && !this.isWithin && isTranslucent(this.applied)) this.emptyElement(style);
    else this.fillElement();
    this.moveToCentre(rectOf(element));
  }

  private set(name: string, value: string): void {
    if (this.applied.get(name) === value) return;
    this.applied.set(name, value);
    this.host.style.setProperty(name, value, 'important');
  }

  /** Where the part of the picture that is shown lies in the content box. */
  private seenBox(content: Size): Box {
    const { x, y, width, height } = this.overlaid.boxIn(content, this.natural, this.objectPosition);
    const { view } = this;
    return {
      x: x + view.x * width,
      y: y + view.y * height,
      width: view.width * width,
      height: view.height * height,
    };
  }

  /**
   * A layer that lets something through would show the element once more under itself: the
   * element's own picture leaves its box, and the layer stands for it alone.
   */
  private emptyElement(style: CSSStyleDeclaration): void {
    if (this.emptied) return;
    this.objectPosition = style.objectPosition;
    this.background = style.backgroundColor;
    this.emptied = new InlineStyle(this.element as HTMLElement);
    this.emptied.set('object-position', OUT_OF_SIGHT);
    this.emptied.set('background-color', 'transparent');
    this.set('background-color', this.background);
  }

  private fillElement(): void {
    if (!this.emptied) return;
    this.emptied.restore();
    this.emptied = null;
    this.objectPosition = undefined;
    this.set('background-color', 'transparent');
  }

  private moveToCentre(target: DOMRect): void {
    let { x, y } = this.distanceTo(target);
    if (isNear(x, y)) return;
    const before = this.offset;
    this.move({ x: before.x + x, y: before.y + y });
    ({ x, y } = this.distanceTo(target));
    if (isNear(x, y)) return;
    const moved = this.localMove(x, y);
    this.move({ x: this.offset.x + moved.x, y: this.offset.y + moved.y });
  }

  private distanceTo(target: DOMRect): { x: number; y: number } {
    const [there, here] = [centre(target), centre(this.host.getBoundingClientRect())];
    return { x: there.x - here.x, y: there.y - here.y };
  }

  private move(offset: { x: number; y: number }): void {
    this.offset = offset;
    this.set('left', `${offset.x}px`);
    this.set('top', `${offset.y}px`);
  }

  /** A move in the viewport as a move of `left` and `top`, whatever transforms lie between. */
  private localMove(dx: number, dy: number): { x: number; y: number } {
    const probe = 100;
    const { x, y } = this.offset;
    const at = (): { x: number; y: number } => centre(this.host.getBoundingClientRect());
    const start = at();
    this.set('left', `${x + probe}px`);
    const right = at();
    this.set('left', `${x}px`);
    this.set('top', `${y + probe}px`);
    const down = at();
    this.set('top', `${y}px`);
    const [a, b] = [(right.x - start.x) / probe, (right.y - start.y) / probe];
    const [c, d] = [(down.x - start.x) / probe, (down.y - start.y) / probe];
    const determinant = a * d - b * c;
    if (Math.abs(determinant) < 1e-6) return { x: 0, y: 0 };
    return { x: (d * dx - c * dy) / determinant, y: (a * dy - b * dx) / determinant };
  }
}

const CANVAS_STYLE = 'position:absolute;left:0;top:0;width:100%;height:100%;visibility:hidden';

const LABEL_STYLE =
  'position:absolute;left:8px;top:8px;padding:2px 8px;border-radius:99px;opacity:0.85;' +
  'background:#16161d;color:#fff;font:12px/1.5 ui-monospace,monospace;white-space:pre;' +
  'direction:ltr;display:none';

/** Opaque outside of a rectangle: two gradients, of which either is enough. */
function maskWith({ x, y, width, height, soft }: Hole): string {
  const gradient = (to: string, from: number, length: number): string =>
    `linear-gradient(to ${to}, #000 ${from - soft}px, #0000 ${from}px, ` +
    `#0000 ${from + length}px, #000 ${from + length + soft}px)`;
  return `${gradient('right', x, width)}, ${gradient('bottom', y, height)}`;
}

function isCalm(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

function setBox({ style }: HTMLElement, box: Box): void {
  style.left = `${box.x}px`;
  style.top = `${box.y}px`;
  style.width = `${box.width}px`;
  style.height = `${box.height}px`;
}

function centre(rect: DOMRect): { x: number; y: number } {
  return { x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 };
}

function isNear(x: number, y: number): boolean {
  return Math.abs(x) < TOLERANCE && Math.abs(y) < TOLERANCE;
}

/** The drawing that a part of one is laid out with, or the element itself. */
function wholeOf(element: Element): Element {
  let whole = element;
  while (whole instanceof SVGElement && whole.ownerSVGElement) whole = whole.ownerSVGElement;
  return whole;
}

/** Where a part of a drawing is in the drawing's border box. */
function boxWithin(whole: Element, border: Size, part: Element): Box {
  const [outer, inner] = [rectOf(whole), rectOf(part)];
  const [scaleX, scaleY] = [border.width / outer.width || 0, border.height / outer.height || 0];
  return {
    x: (inner.x - outer.x) * scaleX,
    y: (inner.y - outer.y) * scaleY,
    width: inner.width * scaleX,
    height: inner.height * scaleY,
  };
}

/** What is in the top layer: the element, or the nearest one that it is in. */
function topLayerOf(element: Element): Element | null {
  for (let at: Element | null = element; at; at = flatParentOf(at)) {
    if (matches(at, ':fullscreen, :popover-open, :modal')) return at;
  }
  return null;
}
