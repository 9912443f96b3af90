/**
 * A canvas laid exactly over the picture of a replaced element, in a closed shadow root that the
 * page can't reach. It obeys the page as the element does: place.ts has it clipped, rounded, hidden
 * and stacked by what encloses the element, mirror.ts has it look as the page makes the element
 * look, and watch.ts tells when anything of that has changed.
 *
 * Its place is found by measuring, not by calculating: the centre of a box stays the centre of its
 * bounding rectangle under every affine transform.
 */
import { pictureBox, type Fit } from '../../core/fit';
import type { Box, Size } from '../../core/geometry';
import { InlineStyle } from '../dom/inline-style';
import {
  borderBoxOf,
  contentBoxOf,
  edgesOf,
  innerRadius,
  isTranslucent,
  MIRRORED,
  viewBoxOf,
} from './mirror';
import {
  bestBeside,
  flatParentOf,
  placeBeside,
  setImportant,
  stackingOf,
  type Placement,
} from './place';
import { watchPlace } from './watch';
import { documentOf, isAttached, matches, parentNodeOf, rectOf } from '../dom/element';

/** Duration of the first appearance, and of a change to a finer painting, in milliseconds. */
const FADE = 250;

/** Nearer than this, in CSS pixels, needs no correction. */
const TOLERANCE = 0.1;

/** So often the layer goes back to where a page has taken it from. */
const MAX_RETURNS = 20;

/** A page that defines an element of that name must not meet it. */
const NAME = `pastiche-layer-${crypto.getRandomValues(new Uint32Array(1)).join('')}`;

const WHOLE: Box = { x: 0, y: 0, width: 1, height: 1 };

/** Far enough for a picture to be out of its own box. In CSS pixels. */
const OUT_OF_SIGHT = '-99999px -99999px';

/** Part of the content box that the element itself shows, in CSS pixels. */
export interface Hole extends Box {
  /** Over so many pixels the layer fades towards it. */
  readonly soft: number;
}

export class Layer {
  private readonly host: HTMLElement;
  private readonly frame: HTMLElement;
  /** One inside the other, as many as there can be holes. */
  private readonly screens: readonly HTMLElement[];
  private readonly picture: HTMLElement;
  private readonly label: HTMLElement;
  private placement: Placement;
  /** What the host's place was chosen for. */
  private parent: ParentNode | null;
  private stacking: string;
  private returns = 0;
  private stopWatching: () => void;
  private natural: Size = { width: 0, height: 0 };
  /** The part of the picture that is shown, and where the canvas lies, in shares of its sides. */
  private view = WHOLE;
  private laid = WHOLE;
  private offset = { x: 0, y: 0 };
  private readonly applied = new Map<string, string>();
  private isShown = false;
  /** Takes the element's own picture out of its box, while the layer lets through what is under it. */
  private emptied: InlineStyle | null = null;
  private objectPosition = '';
  private background = '';

  /**
   * @param canvas Its owner draws on it.
   * @param events Called at once when the element has left the page, or moved to another document.
   */
  constructor(
    private readonly element: HTMLElement,
    private canvas: HTMLCanvasElement,
    private readonly events: { onGone(): void; onOtherDocument(): void },
  ) {
    const { ownerDocument } = element;
    this.host = ownerDocument.createElement(NAME);
    this.host.style.setProperty('all', 'initial', 'important');
    setImportant(this.host, { display: 'block', 'pointer-events': 'none' });
    const root = this.host.attachShadow({ mode: 'closed' });
    const part = (name: string, style: string): HTMLElement => {
      const made = ownerDocument.createElement('div');
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
    this.placement = placeBeside(element, this.host);
    this.parent = parentNodeOf(element);
    this.stacking = stackingOf(element);
    this.stopWatching = this.watch();
    if (isAttached(element)) this.update();
  }

  /**
   * Brings the layer to where and how the element is now. It does so by itself when anything tells
   * it to; called once more for every frame, it follows whatever nothing tells of.
   * @param hasNeighbours Whether the elements around are others now.
   */
  update(hasNeighbours = false): void {
    const { element, host } = this;
    if (!isAttached(element)) {
      host.remove();
      this.events.onGone();
      return;
    }
    const isAway = host.parentNode !== this.placement.parent;
    const isBeside =
      parentNodeOf(element) === this.parent &&
      this.stacking === stackingOf(element) &&
      !(hasNeighbours && bestBeside(element) !== this.placement.best);
    if (!isBeside || (isAway && this.returns < MAX_RETURNS)) {
      if (isBeside) this.returns += 1;
      const { ownerDocument } = host;
      this.attach();
      if (documentOf(element) !== ownerDocument) this.events.onOtherDocument();
    }
    this.keepInTopLayer();
    this.place();
  }

  /**
   * Shows what is on the canvas, over the picture.
   * @param natural Size of the whole picture; only its aspect ratio matters where the layout gives
   *   the size.
   */
  reveal(natural: Size): void {
    this.natural = natural;
    if (!this.isShown) {
      this.isShown = true;
      this.canvas.style.visibility = '';
      if (!isCalm()) {
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

  /** Size of the whole picture on the screen, in device pixels. */
  shownSize(natural: Size): Size {
    const style = getComputedStyle(this.element);
    const edges = edgesOf(style);
    const border = borderBoxOf(style, edges);
    if (!border) return { width: 1, height: 1 };
    const rect = rectOf(this.element);
    const view = viewBoxOf(style, natural);
    const picture = this.pictureIn(style, contentBoxOf(border, edges), natural, view);
    const scale = (shown: number, laidOut: number): number =>
      laidOut > 0 ? (devicePixelRatio * shown) / laidOut : 1;
    return {
      width: Math.max(1, (picture.width / view.width) * scale(rect.width, border.width)),
      height: Math.max(1, (picture.height / view.height) * scale(rect.height, border.height)),
    };
  }

  remove(): void {
    this.stopWatching();
    this.fillElement();
    this.host.remove();
    this.placement.undo();
  }

  private watch(): () => void {
    return watchPlace(this.element, this.host, (hasNeighbours) => this.update(hasNeighbours));
  }

  private attach(): void {
    this.stopWatching();
    this.placement.undo();
    if (this.host.popover !== null) this.host.popover = null;
    this.offset = { x: 0, y: 0 };
    this.applied.clear();
    this.placement = placeBeside(this.element, this.host);
    this.parent = parentNodeOf(this.element);
    this.stacking = stackingOf(this.element);
    this.stopWatching = this.watch();
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
    const { element, host } = this;
    const style = getComputedStyle(element);
    const edges = edgesOf(style);
    const border = borderBoxOf(style, edges);
    this.set('display', border ? 'block' : 'none');
    if (!border) return;
    for (const name of MIRRORED) this.set(name, style.getPropertyValue(name));
    const { width, height } = border;
    this.set('width', `${width}px`);
    this.set('height', `${height}px`);
    if (this.placement.manner === 'float' && host.popover === null) {
      this.set('margin', `0px ${-width}px ${-height}px 0px`);
    }
    const content = contentBoxOf(border, edges);
    setBox(this.frame, content);
    this.frame.style.borderRadius = innerRadius(style, border, edges);
    if (this.natural.width > 0) {
      this.view = viewBoxOf(style, this.natural);
      setBox(this.picture, this.pictureIn(style, content, this.natural, this.view));
      this.lay(this.laid);
    }
    if (this.isShown && isTranslucent(style)) this.emptyElement(style);
    else this.fillElement();
    this.moveToCentre(rectOf(element));
  }

  private set(name: string, value: string): void {
    if (this.applied.get(name) === value) return;
    this.applied.set(name, value);
    this.host.style.setProperty(name, value, 'important');
  }

  private pictureIn(style: CSSStyleDeclaration, content: Box, natural: Size, view: Box): Box {
    const position = this.emptied ? this.objectPosition : style.objectPosition;
    const seen = { width: natural.width * view.width, height: natural.height * view.height };
    return pictureBox(style.objectFit as Fit, position, content, seen);
  }

  /**
   * A layer that lets something through would show the element once more under itself: the
   * element's own picture leaves its box, and the layer stands for it alone.
   */
  private emptyElement(style: CSSStyleDeclaration): void {
    if (this.emptied) return;
    this.objectPosition = style.objectPosition;
    this.background = style.backgroundColor;
    this.emptied = new InlineStyle(this.element);
    this.emptied.set('object-position', OUT_OF_SIGHT);
    this.emptied.set('background-color', 'transparent');
    this.set('background-color', this.background);
  }

  private fillElement(): void {
    if (!this.emptied) return;
    this.emptied.restore();
    this.emptied = null;
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

/** What is in the top layer: the element, or the nearest one that it is in. */
function topLayerOf(element: Element): Element | null {
  for (let at: Element | null = element; at; at = flatParentOf(at)) {
    if (matches(at, ':fullscreen, :popover-open, :modal')) return at;
  }
  return null;
}
