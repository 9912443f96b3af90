/**
 * A canvas exactly over a picture, in a closed shadow root that the page can't reach. It follows the
 * page as the picture's element does: place.ts has it clipped, rounded, hidden and stacked by the
 * element's ancestors, mirror.ts copies the element's own look, and watch.ts reports changes of
 * either. At rest nothing runs.
 *
 * Its position is measured, not calculated: the centre of a box stays the centre of its bounding
 * rectangle under every affine transform.
 */
import type { Box, Size } from '../../core/geometry';
import { WHOLE } from '../../core/regions/region-map';
import { flatParentOf } from '../dom/dom';
import { hideForCaptures, htmlElement } from '../dom/host';
import { InlineStyle } from '../dom/inline-style';
import {
  borderBoxOf,
  contentBoxOf,
  edgesOf,
  isOutOfSight,
  OUT_OF_SIGHT,
  pictureRect,
  shownSize,
  type Overlaid,
} from '../dom/place';
import { captureOf, innerRadius, isTranslucent, MIRRORED, type Captured } from './mirror';
import {
  isInPlace,
  placeBeside,
  placeWithin,
  setImportant,
  stackingOf,
  type Placement,
} from './place';
import { watchPlace } from './watch';
import {
  animate,
  documentOf,
  isAttached,
  isVisible,
  matches,
  parentNodeOf,
  rectOf,
} from '../dom/element';

/** Duration of the first appearance, and of a change to a finer painting, in milliseconds. */
const FADE = 250;

/** Smaller deviations, in CSS pixels, need no correction. */
const TOLERANCE = 0.1;

/** Maximum number of times that the layer is reinserted after the page has removed it. */
const MAX_RETURNS = 20;

/** Random, as a page may define an element of a known name. */
const NAME = `pastiche-layer-${crypto.getRandomValues(new Uint32Array(1)).join('')}`;

/** Elements whose contents are the picture. */
const REPLACED = 'img, video, canvas, input, object, embed';

/** Moves a picture out of its box, whatever its own position, and what would cover a layer under it. */
const EMPTY = [0, 1].map(() => ({
  objectPosition: `${OUT_OF_SIGHT}px ${OUT_OF_SIGHT}px`,
  composite: 'add' as const,
}));
const UNCOVER = [0, 1].map(() => ({ backgroundColor: 'transparent', backgroundImage: 'none' }));

const NOWHERE: Placement = {
  parent: null,
  positioning: 'fixed',
  isUnder: false,
  best: null,
  undo: () => undefined,
};

/** Part of the content box in which the element itself is shown, in CSS pixels. */
export interface Hole extends Box {
  /** Width of the layer's soft edge around it, in pixels. */
  readonly soft: number;
}

const NOTHING = { bottom: 0, holes: [] };

/** An element that is shown at the layer, and moves with it. */
interface Companion {
  /** Called whenever the layer may have moved. */
  place(): void;
  remove(): void;
}

export class Layer {
  /** The element in whose box the picture is seen, and the one that has a layout box: a whole drawing. */
  private readonly seenIn: Element;
  private readonly element: Element;
  private readonly host: HTMLElement;
  private readonly frame: HTMLElement;
  /** Nested elements, one for each possible hole. */
  private readonly screens: readonly HTMLElement[];
  private readonly picture: HTMLElement;
  private readonly label: HTMLElement;
  private placement: Placement = NOWHERE;
  /** The surroundings for which the host's place was chosen. */
  private parent: ParentNode | null = null;
  private stacking = '';
  private returns = 0;
  private stopWatching = NOWHERE.undo;
  private natural: Size = { width: 0, height: 0 };
  /** Size of the picture's box, and the box of the canvas in it, as fractions of its sides. */
  private pictureSize: Size = { width: 0, height: 0 };
  private laid = WHOLE;
  /** The parts to leave free; see {@link leaveFree}. */
  private free: { readonly bottom: number; readonly holes: readonly Hole[] } = NOTHING;
  /** Size of its border box, and its offset from where the layout puts it. CSS pixels. */
  private size: Size = { width: 0, height: 0 };
  private offset = { x: 0, y: 0 };
  private readonly applied = new Map<string, string>();
  private isShown = false;
  /** Set while the tab is captured. */
  private isHidden = false;
  private isOver = false;
  private companion: Companion | null = null;
  private captured: Captured | null = null;
  /** Move the element's own picture out of its box, while it would cover the layer or shine through. */
  private emptied: readonly Animation[] = [];
  /** Does so where a rule of the page overrides animations. */
  private forced: InlineStyle | null = null;

  /**
   * @param canvas The owner may draw on it.
   * @param events Called at once when the element, and the layer with it, has left the page or moved
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
    // Inline styles, not a sheet, which would stay behind when the page moves the element to another
    // document.
    this.frame = part('frame', `${STACK};overflow:clip`);
    this.screens = [1, 2].map(() => part('screen', STACK));
    this.picture = part('picture', `${STACK};overflow:clip`);
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
   * Updates the layer to the element's present position and look. It does so by itself after every
   * event; called for every frame as well, it also follows changes without events.
   * @param hasNeighbours Whether the neighbouring elements have changed.
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
      (!hasNeighbours || isInPlace(element, host, this.placement));
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
   * Draws a pastiche and shows it over its part of the picture.
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
   * Shows the contents of the canvas over the picture.
   * @param natural Size of the whole picture; only its aspect ratio matters if the layout determines
   *   the size.
   * @param isFading Whether it fades in, if it was not visible.
   */
  reveal(natural: Size, isFading = true): void {
    this.natural = natural;
    if (!this.isShown) {
      this.isShown = true;
      this.canvas.style.visibility = '';
      if (isFading && !isCalm()) {
        if (this.isUnder) this.dissolveFrom(this.element as HTMLVideoElement);
        else this.canvas.animate({ opacity: [0, 1] }, { duration: FADE, easing: 'ease-out' });
      }
    }
    this.update();
  }

  /** Hides the canvas at once, until something is revealed again. */
  conceal(): void {
    this.isShown = false;
    this.picture.replaceChildren(this.canvas);
    this.canvas.style.visibility = 'hidden';
    this.fillElement();
  }

  /** Replaces the present canvas. */
  exchange(canvas: HTMLCanvasElement): void {
    canvas.style.cssText = this.canvas.style.cssText;
    this.canvas.replaceWith(canvas);
    this.canvas = canvas;
  }

  /** Shows a label in a corner; none if it is empty. */
  showLabel(words: string): void {
    if (this.label.textContent !== words) this.label.textContent = words;
    this.label.style.display = words === '' ? 'none' : '';
  }

  /** Fades from the present contents of the canvas to the next drawing. */
  dissolve(): void {
    if (this.isShown && !isCalm()) this.dissolveFrom(this.canvas);
  }

  /**
   * Fades from a picture in the place of the canvas. Its pixels fade, as an element of less than full
   * opacity would be over the video.
   */
  private dissolveFrom(picture: HTMLCanvasElement | HTMLVideoElement): void {
    const { defaultView } = documentOf(this.element);
    const before = documentOf(this.element).createElement('canvas');
    const { width, height } = this.canvas;
    before.width = width;
    before.height = height;
    const context = before.getContext('2d');
    if (!defaultView || !context) return;
    context.drawImage(picture, 0, 0, width, height);
    context.globalCompositeOperation = 'destination-in';
    before.style.cssText = this.canvas.style.cssText;
    this.canvas.after(before);
    const began = performance.now();
    let rest = 1;
    const fade = (): void => {
      const next = 1 - (performance.now() - began) / FADE;
      if (next <= 0 || !before.isConnected) {
        before.remove();
        return;
      }
      context.fillStyle = `rgb(0 0 0 / ${next / rest})`;
      context.fillRect(0, 0, width, height);
      rest = next;
      defaultView.requestAnimationFrame(fade);
    };
    defaultView.requestAnimationFrame(fade);
  }

  /** Positions the canvas over the picture, in fractions of the picture's sides; the rest is cut off. */
  lay(box: Box): void {
    this.laid = box;
    const { width, height } = this.pictureSize;
    setBox(this.canvas, {
      x: width * box.x,
      y: height * box.y,
      width: width * box.width,
      height: height * box.height,
    });
  }

  /**
   * Leaves parts of the content box free, where the browser itself draws on the element, while the
   * layer is over it.
   * @param bottom Height of a strip along the lower edge, in CSS pixels.
   * @param holes At most two.
   */
  leaveFree(bottom: number, holes: readonly Hole[] = []): void {
    this.free = { bottom, holes };
    this.update();
  }

  private cutFree(): void {
    const { bottom, holes } = this.isUnder ? NOTHING : this.free;
    this.frame.style.clipPath = bottom > 0 ? `inset(0 0 ${bottom}px 0)` : '';
    for (const [i, { style }] of this.screens.entries()) {
      const hole = holes[i];
      style.maskImage = hole ? maskWith(hole) : '';
    }
  }

  /** Shows another element of ours with the layer, and the element's own picture under it. */
  accompany(companion: Companion | null): void {
    this.companion = companion;
    this.update();
  }

  /** Shows the canvas only to the right of a fraction of its width, 0..1, and the original to the left. */
  showFrom(from: number): void {
    this.canvas.style.clipPath = from > 0 ? `inset(0 0 0 ${100 * from}%)` : '';
  }

  /** The box of the canvas in the viewport, in CSS pixels. */
  canvasRect(): DOMRect {
    return this.canvas.getBoundingClientRect();
  }

  /** The box of the whole picture in the viewport; null if it can't be seen. */
  pictureRect(natural: Size): Box | null {
    return pictureRect(this.overlaid, natural);
  }

  /** Size of the whole picture on the screen, in device pixels. */
  shownSize(natural: Size): Size {
    return shownSize(this.overlaid, natural);
  }

  remove(): void {
    this.isOver = true;
    this.stopWatching();
    this.fillElement();
    this.host.remove();
    this.placement.undo();
    this.companion?.remove();
  }

  /** Whether it is among the element's own contents, which share the effects of its style. */
  private get isWithin(): boolean {
    const { overlaid, element } = this;
    const isHtml = element instanceof HTMLElement;
    return overlaid.behindContents && isHtml && !matches(element, REPLACED);
  }

  private attach(): void {
    const { element, seenIn, host } = this;
    this.stopWatching();
    this.fillElement();
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
   * The top layer (full screen, a popover, a modal dialog) covers everything else. If the element is
   * inside one there, the layer is put into that one, too; if the element itself is there, the layer
   * becomes a popover.
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
    const { element, seenIn, overlaid } = this;
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
    this.size = border;
    this.set('width', `${border.width}px`);
    this.set('height', `${border.height}px`);
    this.move(this.offset);
    const edges = edgesOf(overlaid);
    const content =
      element === seenIn ? contentBoxOf(border, edges) : boxWithin(element, border, seenIn);
    setBox(this.frame, content);
    if (element === seenIn) this.frame.style.borderRadius = innerRadius(style, border, edges);
    else this.frame.style.opacity = isVisible(seenIn) ? getComputedStyle(seenIn).opacity : '0';
    if (this.natural.width > 0) {
      const box = this.overlaid.boxIn(content, this.natural);
      setBox(this.picture, box);
      this.pictureSize = box;
      this.lay(this.laid);
    }
    const stands = this.isShown && !this.companion && matches(element, REPLACED);
    if (stands && !this.isWithin && (this.isUnder || isTranslucent(this.applied))) {
      this.emptyElement(style);
    } else this.fillElement();
    this.cutFree();
    this.moveToCentre(rectOf(element));
  }

  /** In the top layer it is over the element. */
  private get isUnder(): boolean {
    return this.placement.isUnder && this.host.popover === null;
  }

  private set(name: string, value: string): void {
    if (this.applied.get(name) === value) return;
    this.applied.set(name, value);
    this.host.style.setProperty(name, value, 'important');
  }

  /**
   * A translucent layer would show the element a second time under itself, and one under the element
   * would be covered by it: so the element's own picture is moved out of its box.
   *
   * By an animation that has ended, which keeps its effect: an attribute is seen by scripts of the page.
   */
  private emptyElement(style: CSSStyleDeclaration): void {
    if (this.emptied.length > 0) {
      if (isOutOfSight(style.objectPosition)) return;
      // The page has cancelled it.
      this.fillElement();
    }
    const { element } = this;
    this.set('background-color', style.backgroundColor);
    this.emptied = [EMPTY, UNCOVER].map((frames) => {
      const animation = animate(element, frames, { fill: 'forwards' });
      animation.finish();
      return animation;
    });
    const isMoved = isOutOfSight(style.objectPosition);
    const isClear =
      style.backgroundColor === 'rgba(0, 0, 0, 0)' && style.backgroundImage === 'none';
    if (isMoved && isClear) return;
    this.forced = new InlineStyle(element as HTMLElement);
    if (!isMoved) {
      const moved = style.objectPosition
        .split(/\s+(?![^(]*\))/)
        .map((component) => `calc(${component} + ${OUT_OF_SIGHT}px)`);
      this.forced.set('object-position', moved.join(' '));
    }
    if (!isClear) {
      this.forced.set('background-color', 'transparent');
      this.forced.set('background-image', 'none');
    }
  }

  private fillElement(): void {
    if (this.emptied.length === 0) return;
    for (const animation of this.emptied) animation.cancel();
    this.emptied = [];
    this.forced?.restore();
    this.forced = null;
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

  private move({ x, y }: { x: number; y: number }): void {
    this.offset = { x, y };
    const { positioning } = this.placement;
    const { width, height } = this.size;
    const isFloat = this.host.popover === null && /float/.test(positioning);
    // A float that is not positioned is moved by its margins; all of them cancel its size.
    const by = isFloat && positioning === 'plain float' ? { x, y } : { x: 0, y: 0 };
    if (isFloat) {
      this.set('margin', `${by.y}px ${-width - by.x}px ${-height - by.y}px ${by.x}px`);
    }
    this.set('left', `${x - by.x}px`);
    this.set('top', `${y - by.y}px`);
  }

  /** Converts a move in the viewport to one of `left` and `top`, through all transforms. */
  private localMove(dx: number, dy: number): { x: number; y: number } {
    const probe = 100;
    const { x, y } = this.offset;
    const at = (): { x: number; y: number } => centre(this.host.getBoundingClientRect());
    const start = at();
    this.move({ x: x + probe, y });
    const right = at();
    this.move({ x, y: y + probe });
    const down = at();
    this.move({ x, y });
    const [a, b] = [(right.x - start.x) / probe, (right.y - start.y) / probe];
    const [c, d] = [(down.x - start.x) / probe, (down.y - start.y) / probe];
    const determinant = a * d - b * c;
    if (Math.abs(determinant) < 1e-6) return { x: 0, y: 0 };
    return { x: (d * dx - c * dy) / determinant, y: (a * dy - b * dx) / determinant };
  }
}

/** Shows contents one over the other. None of them is positioned: those would be over the element. */
const STACK = 'direction:ltr;grid-area:1/1;display:grid;grid-template:100%/100%;place-items:start';

const CANVAS_STYLE = 'grid-area:1/1;display:block;width:100%;height:100%;visibility:hidden';

const LABEL_STYLE =
  'grid-area:1/1;margin:8px;padding:2px 8px;border-radius:99px;opacity:0.85;' +
  'background:#16161d;color:#fff;font:12px/1.5 ui-monospace,monospace;white-space:pre;' +
  'direction:ltr;display:none';

/** A mask that is opaque outside of a rectangle: two gradients, either of which is enough. */
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
  style.margin = `${box.y}px 0 0 ${box.x}px`;
  style.width = `${box.width}px`;
  style.height = `${box.height}px`;
}

function centre(rect: DOMRect): { x: number; y: number } {
  return { x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 };
}

function isNear(x: number, y: number): boolean {
  return Math.abs(x) < TOLERANCE && Math.abs(y) < TOLERANCE;
}

/** The drawing with which a part of one is laid out, or the element itself. */
function wholeOf(element: Element): Element {
  let whole = element;
  while (whole instanceof SVGElement && whole.ownerSVGElement) whole = whole.ownerSVGElement;
  return whole;
}

/** The box of a part of a drawing in the drawing's border box. */
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

/** The element in the top layer: the given one, or its nearest ancestor there. */
function topLayerOf(element: Element): Element | null {
  for (let at: Element | null = element; at; at = flatParentOf(at)) {
    if (matches(at, ':fullscreen, :popover-open, :modal')) return at;
  }
  return null;
}
