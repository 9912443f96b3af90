/**
 * A layer in a closed shadow root laid exactly over a picture that can't show its pastiche itself: the
 * pastiche on a canvas, which the page can't reach. It knows geometry only.
 *
 * The host element stands beside the page's element, so that scrolling, clipping, stacking and the
 * transforms of ancestors are shared; where that would move the page's layout it stands at the end
 * of the document instead. Its place is found by measuring, not by calculating: the centre of a
 * box stays the centre of its bounding rectangle under every affine transform.
 */
import { everyFrame, parentAcrossRoots, seenWithin } from '../dom/dom';
import type { Box, Size } from '../../core/geometry';
import { attachToDocument, detachFromDocument, hideForCaptures, htmlElement } from '../dom/host';
import { InlineStyle } from '../dom/inline-style';
import { contentBox, pictureRect, type Overlaid } from '../dom/place';
import {
  insertAfter,
  insertFirst,
  isAttached,
  matches,
  parentElementOf,
  parentNodeOf,
  rectOf,
  slotNameOf,
} from '../dom/element';

const FADE = 250;

/** How long a fade is waited for, in milliseconds; a busy page is late. */
const FADE_TIMEOUT_MS = 4 * FADE;

/** Nearer than this, in CSS pixels, needs no correction. */
const TOLERANCE = 0.1;

/** The part of an image that is all of it. */
const WHOLE: Box = { x: 0, y: 0, width: 1, height: 1 };

const STYLE = `
  :host { all: initial; }
  .frame { position: absolute; overflow: clip; }
  canvas { position: absolute; opacity: 0; transition: opacity ${FADE}ms ease-out; }
  canvas.shown { opacity: 1; }
  .wipe {
    position: absolute; width: 32px; margin-left: -16px; pointer-events: auto; cursor: ew-resize;
    touch-action: none;
  }
  .wipe::before {
    content: ''; position: absolute; inset: 0 14px; background: #fff;
    box-shadow: 0 0 0 1px rgb(0 0 0 / 35%);
  }
  .wipe::after {
    content: '↔'; position: absolute; left: 0; top: calc(50% - 16px); width: 32px; height: 32px;
    border-radius: 50%; background: #fff; color: #16161d; font: 16px/32px system-ui, sans-serif;
    text-align: center; box-shadow: 0 1px 6px rgb(0 0 0 / 50%);
  }
  .wipe:focus { outline: none; }
  .wipe:focus-visible::after { box-shadow: 0 0 0 3px #1f5fbf, 0 0 0 5px #fff; }
  @media (prefers-reduced-motion: reduce) { canvas { transition: none; } }
`;

/** What is copied from the picture's element, so that the layer looks as the element does. */
const COPIED = [
  'transform',
  'transform-origin',
  'translate',
  'rotate',
  'scale',
  'opacity',
  'clip-path',
  'mask-image',
] as const;

export class Overlay {
  private readonly host = htmlElement('div');
  private readonly frame = htmlElement('div');
  private readonly canvas = htmlElement('canvas');
  private readonly sizes: ResizeObserver;
  private readonly sight: IntersectionObserver;
  private readonly stopFollowing: () => void;
  private borderBox: Size | null = null;
  private natural: Size = { width: 0, height: 0 };
  private part: Box = WHOLE;
  private offset = { x: 0, y: 0 };
  private applied = '';
  private reattached = 0;
  private isInSight = true;
  private stackingStyle: InlineStyle | null = null;
  private handle: HTMLElement | null = null;
  private handleAt = 0;

  /**
   * @param onGone Called when the layer has gone because the element has left the page.
   * @param onTop Whether it lies over the whole page, at the end of the document.
   */
  constructor(
    private readonly picture: Overlaid,
    private readonly onGone?: () => void,
    private readonly onTop = false,
  ) {
    const root = this.host.attachShadow({ mode: 'closed' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    this.frame.className = 'frame';
    this.frame.append(this.canvas);
    root.append(this.frame);
    hideForCaptures(this.host);
    this.setHostStyle('position', 'absolute');
    this.setHostStyle('pointer-events', 'none');
    this.setHostStyle('left', '0px');
    this.setHostStyle('top', '0px');
    this.attach();
    this.sizes = new ResizeObserver((entries) => {
      const box = entries[0]?.borderBoxSize[0];
      // SVG elements report user units, which are not CSS pixels.
      if (box && picture.element instanceof HTMLElement) {
        const vertical = getComputedStyle(picture.element).writingMode.startsWith('vertical');
        this.borderBox = vertical
          ? { width: box.blockSize, height: box.inlineSize }
          : { width: box.inlineSize, height: box.blockSize };
      }
      this.place();
    });
    this.sizes.observe(picture.element);
    this.sight = new IntersectionObserver((entries) => {
      this.isInSight = entries.at(-1)?.isIntersecting ?? true;
    });
    this.sight.observe(picture.element);
    this.stopFollowing = everyFrame(() => this.follow());
    this.place();
  }

  /**
   * Draws a pastiche and fades it in.
   * @param natural Size of the whole image in CSS pixels; only its aspect ratio matters where the
   *   layout gives the size.
   * @param part Which part of the image the pastiche is, in fractions.
   */
  draw(pastiche: ImageData, natural: Size, part: Box): void {
    this.canvas.width = pastiche.width;
    this.canvas.height = pastiche.height;
    this.canvas.getContext('2d')?.putImageData(pastiche, 0, 0);
    this.reveal(natural, part);
  }

  /** Fades in what is on the canvas, and lays it where that part of the image is. */
  reveal(natural: Size, part: Box = WHOLE): void {
    if (!sameBox(this.part, part) || !sameSize(this.natural, natural)) {
      this.natural = natural;
      this.part = part;
      this.applied = '';
      this.place();
    }
    this.canvas.classList.add('shown');
  }

  /** Lays a handle over the layer, which {@link showFrom} moves. */
  addHandle(handle: HTMLElement): void {
    this.handle = handle;
    this.frame.append(handle);
  }

  /**
   * Shows the canvas from a place on only, and what lies under it to the left.
   * @param from Share of the canvas's width that is left out, 0..1.
   * @param handle Where the handle is, in the same measure.
   */
  showFrom(from: number, handle = from): void {
    this.canvas.style.clipPath = from > 0 ? `inset(0 0 0 ${100 * from}%)` : '';
    this.handleAt = handle;
    this.placeHandle();
  }

  private placeHandle(): void {
    if (!this.handle) return;
    const { left, top, width, height } = this.canvas.style;
    this.handle.style.cssText = `top: ${top}; height: ${height}; left: calc(${left} + ${this.handleAt} * ${width})`;
  }

  /** Where the canvas is in the viewport, in CSS pixels. */
  canvasRect(): DOMRect {
    return this.canvas.getBoundingClientRect();
  }

  /** Takes the canvas off the screen at once, until something is revealed again. */
  conceal(): void {
    this.canvas.classList.remove('shown');
  }

  /** Resolves when what was drawn has faded in. */
  async faded(): Promise<void> {
    const animations = this.canvas.getAnimations().map((animation) => animation.finished);
    await seenWithin(FADE_TIMEOUT_MS, Promise.allSettled(animations));
  }

  /** Size of the whole picture on the screen, in device pixels. */
  shownSize(natural: Size): Size {
    const rect = this.pictureRect(natural);
    return {
      width: Math.max(1, (rect?.width ?? 1) * devicePixelRatio),
      height: Math.max(1, (rect?.height ?? 1) * devicePixelRatio),
    };
  }

  /** Where the whole picture is in the viewport; see {@link pictureRect}. */
  pictureRect(natural: Size): Box | null {
    return pictureRect(this.picture, natural, this.borderBoxSize());
  }

  remove(): void {
    this.stopFollowing();
    this.sizes.disconnect();
    this.sight.disconnect();
    detachFromDocument(this.host);
    this.stackingStyle?.restore();
    this.stackingStyle = null;
  }

  private setHostStyle(name: string, value: string): void {
    this.host.style.setProperty(name, value, 'important');
  }

  /** Puts the host into the document without moving anything of the page. */
  private attach(): void {
    const element = this.picture.element;
    if (this.onTop) {
      this.attachToDocument();
      return;
    }
    if (this.picture.behindContents && element instanceof HTMLElement) {
      this.attachBehindContents(element);
      return;
    }
    const anchor = element instanceof SVGElement ? outermostSvg(element) : outOfPicture(element);
    const before = rectOf(element);
    if (parentNodeOf(anchor) && anchor !== document.documentElement) {
      if (slotNameOf(anchor)) this.host.slot = slotNameOf(anchor);
      this.setHostStyle('z-index', getComputedStyle(element).zIndex);
      insertAfter(anchor, this.host);
      if (sameRect(before, rectOf(element)) && this.isLaidOut()) return;
    }
    this.attachToDocument();
  }

  private attachToDocument(): void {
    this.setHostStyle('position', 'fixed');
    this.setHostStyle('z-index', '2147483646');
    attachToDocument(this.host);
  }

  /** A negative layer of the element's own stacking context: over its background, under its text. */
  private attachBehindContents(element: HTMLElement): void {
    this.stackingStyle ??= new InlineStyle(element);
    if (getComputedStyle(element).position === 'static') {
      this.stackingStyle.set('position', 'relative');
    }
    this.stackingStyle.set('isolation', 'isolate');
    this.setHostStyle('z-index', '-1');
    insertFirst(element, this.host);
  }

  private isLaidOut(): boolean {
    this.setHostStyle('width', '1px');
    this.setHostStyle('height', '1px');
    return this.host.getClientRects().length > 0;
  }

  /** Before every repaint: the layer goes where the picture went. Ends with the picture. */
  private follow(): boolean {
    if (!isAttached(this.picture.element)) {
      this.remove();
      this.onGone?.();
      return false;
    }
    if (!this.host.isConnected && this.reattached < 20) {
      // A framework that renders anew drops what it doesn't know.
      this.reattached += 1;
      this.attach();
    }
    this.keepInFullScreen();
    if (this.isInSight) this.place();
    return true;
  }

  /**
   * What is in full screen covers everything else but the top layer. A player's element in full
   * screen holds the layer too; where a video is alone there, the layer follows it as a popover.
   */
  private keepInFullScreen(): void {
    const needed = isInFullScreen(this.picture.element) && !isInFullScreen(this.host);
    if (!this.host.isConnected || needed === this.host.matches(':popover-open')) return;
    if (!needed) {
      this.host.hidePopover();
      this.host.popover = null;
      return;
    }
    this.host.popover = 'manual';
    this.host.showPopover();
  }

  private place(): void {
    const element = this.picture.element;
    const border = this.borderBoxSize();
    const computed = getComputedStyle(element);
    const content = contentBox(this.picture, border);
    const key = [border.width, border.height, content.x, content.y, content.width, content.height]
      .concat(COPIED.map((name) => computed.getPropertyValue(name)) as never[])
      .join();
    if (key !== this.applied) {
      this.applied = key;
      this.setHostStyle('width', `${border.width}px`);
      this.setHostStyle('height', `${border.height}px`);
      if (!this.picture.behindContents && element instanceof HTMLElement) {
        for (const name of COPIED) this.setHostStyle(name, computed.getPropertyValue(name));
      }
      this.frame.style.borderRadius = computed.borderRadius;
      setBox(this.frame, content);
      if (this.natural.width > 0) this.placeCanvas(content);
    }
    this.moveToCentre(rectOf(element));
  }

  private placeCanvas(content: Box): void {
    const box = this.picture.boxIn(content, this.natural);
    setBox(this.canvas, {
      x: box.x + this.part.x * box.width,
      y: box.y + this.part.y * box.height,
      width: this.part.width * box.width,
      height: this.part.height * box.height,
    });
    this.placeHandle();
  }

  private moveToCentre(target: DOMRect): void {
    const dx = centre(target).x - centre(this.host.getBoundingClientRect()).x;
    const dy = centre(target).y - centre(this.host.getBoundingClientRect()).y;
    if (Math.abs(dx) < TOLERANCE && Math.abs(dy) < TOLERANCE) return;
    const moved = this.localMove(dx, dy);
    this.offset = { x: this.offset.x + moved.x, y: this.offset.y + moved.y };
    this.setHostStyle('left', `${this.offset.x}px`);
    this.setHostStyle('top', `${this.offset.y}px`);
  }

  /** A move in the viewport as a move of `left` and `top`, whatever transforms lie between. */
  private localMove(dx: number, dy: number): { x: number; y: number } {
    const probe = 100;
    const start = centre(this.host.getBoundingClientRect());
    this.setHostStyle('left', `${this.offset.x + probe}px`);
    const right = centre(this.host.getBoundingClientRect());
    this.setHostStyle('left', `${this.offset.x}px`);
    this.setHostStyle('top', `${this.offset.y + probe}px`);
    const down = centre(this.host.getBoundingClientRect());
    const [a, b] = [(right.x - start.x) / probe, (right.y - start.y) / probe];
    const [c, d] = [(down.x - start.x) / probe, (down.y - start.y) / probe];
    const determinant = a * d - b * c;
    if (Math.abs(determinant) < 1e-6) return { x: dx, y: dy };
    return { x: (d * dx - c * dy) / determinant, y: (a * dy - b * dx) / determinant };
  }

  private borderBoxSize(): Size {
    if (this.borderBox) return this.borderBox;
    const rect = rectOf(this.picture.element);
    return { width: rect.width, height: rect.height };
  }
}

function setBox(element: HTMLElement, box: Box): void {
  element.style.left = `${box.x}px`;
  element.style.top = `${box.y}px`;
  element.style.width = `${box.width}px`;
  element.style.height = `${box.height}px`;
}

function centre(rect: DOMRect): { x: number; y: number } {
  return { x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 };
}

/** Whether the element, or one that it is in, is in full screen. */
function isInFullScreen(element: Element): boolean {
  if (!document.fullscreenElement) return false;
  for (let at: Element | null = element; at; at = parentAcrossRoots(at)) {
    if (matches(at, ':fullscreen')) return true;
  }
  return false;
}

function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

function sameBox(a: Box, b: Box): boolean {
  return a.x === b.x && a.y === b.y && sameSize(a, b);
}

function sameRect(a: DOMRect, b: DOMRect): boolean {
  return (
    Math.abs(a.x - b.x) + Math.abs(a.y - b.y) < 0.5 &&
    Math.abs(a.width - b.width) + Math.abs(a.height - b.height) < 0.5
  );
}

function outermostSvg(element: SVGElement): SVGElement {
  let outermost = element;
  for (let svg = element.ownerSVGElement; svg; svg = svg.ownerSVGElement) outermost = svg;
  return outermost;
}

/** Nothing but <source> and <img> may stand in a <picture>. */
function outOfPicture(element: Element): Element {
  const parent = parentElementOf(element);
  return parent instanceof HTMLPictureElement ? parent : element;
}
