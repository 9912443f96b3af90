/**
 * A picture on the page: an element and the way it shows an image. Can show another image in its
 * place, and restore exactly the previous state.
 *
 * If CSS can show the image, it is shown by an animation that has ended and keeps its effect (Web
 * Animations 1, section 4.6). That is no part of the page's tree, of its attributes or of its styles:
 * scripts, selectors, copies and editors go on with the page's own picture, whose address, size and
 * pixels stay the same, and no script runs while it is set.
 */
import {
  imageIn,
  imagesIn,
  noteShownType,
  splitLayers,
  withImages,
  type ListedImage,
} from '../find/css-images';
import { isCustom } from '../dom/dom';
import { backgroundSize, pictureBox } from '../../core/fit';
import type { Box, Size } from '../../core/geometry';
import { animate, animationsOf, attributeOf, matches, rectOf, rootOf } from '../dom/element';
import { detach } from '../../core/detach';
import { fittedBox, type Overlaid } from '../dom/place';
import { addressOf, isEmbeddedPicture, type Embedded } from '../find/embedded';
import { isSvgImage, placeOf, type SvgImage } from '../find/svg-images';

const XLINK = 'http://www.w3.org/1999/xlink';

const NO_SIZE: Size = { width: 0, height: 0 };

/** The properties that show pictures, under their names in Web Animations and in style sheets. */
const PROPERTIES = {
  backgroundImage: 'background-image',
  content: 'content',
  listStyleImage: 'list-style-image',
  borderImageSource: 'border-image-source',
} as const;

type Property = keyof typeof PROPERTIES;

/** The original behind an address of ours, which a page may copy to another element. */
interface Origin {
  readonly source: string;
  /** The page's value of the attribute; null if there was none, or the address is not in an attribute. */
  readonly written: string | null;
}

/** Maximum number of our addresses that are remembered. */
const MAX_ADDRESSES = 4000;

const origins = new Map<string, Origin>();

function noteOrigin(address: string, origin: Origin): void {
  origins.set(address, origin);
  const [oldest] = origins.keys();
  if (origins.size > MAX_ADDRESSES && oldest !== undefined) origins.delete(oldest);
}

/** The page's own address of a picture, if the page has copied one of ours. */
function ownAddress(address: string): string {
  return origins.get(address)?.source ?? address;
}

// Not every version of a browser shows these.
for (const type of ['image/jxl']) {
  detach(
    canShow(type).then((can) => {
      if (can) noteShownType(type);
    }),
  );
}

/** Whether this browser selects pictures of a type. */
async function canShow(type: string): Promise<boolean> {
  const [picture, source] = [document.createElement('picture'), document.createElement('source')];
  const image = new Image();
  const dot = 'data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==';
  source.type = type;
  source.srcset = dot;
  picture.append(source, image);
  // It is selected before the next task.
  await new Promise((resolve) => setTimeout(resolve));
  return image.currentSrc === dot;
}

export abstract class Picture implements Overlaid {
  protected constructor(readonly element: Element) {}

  /** Every picture that an element shows, the topmost first. */
  static allOf(element: Element): Picture[] {
    if (isSvgImage(element)) return [new AttributePicture(element, 'href')];
    const hasStyle = element instanceof HTMLElement || element instanceof SVGSVGElement;
    const styled = hasStyle ? stylePicturesOf(element) : [];
    if (element instanceof HTMLImageElement) {
      // A style sheet's picture replaces the element's own, or is behind one that is transparent.
      const isOther = styled.some(({ slot }) => slot.property === 'content');
      return isOther || (styled.length > 0 && isPlaceholder(element))
        ? styled
        : [new ImagePicture(element)];
    }
    const own = ownPictureOf(element);
    return own ? [own, ...styled] : styled;
  }

  /** The element in whose box it is seen. */
  get place(): Element {
    return this.element;
  }

  /** Absolute address of the page's own image, even while a pastiche is in its place. */
  abstract readonly source: string;

  /** Source for drawing the element on a canvas; null if its image must be loaded again. */
  abstract readonly drawable: HTMLImageElement | SVGImageElement | null;

  /** Whether a canvas over the element must be under the element's own contents. */
  readonly behindContents: boolean = false;

  /**
   * The computed style that determines its size and position in its box: `object-fit` or
   * `background-size`, and the position. Null if it is always shown whole.
   */
  get placing(): { readonly size: string; readonly position: string } | null {
    return null;
  }

  /** Pixels of the original per CSS pixel, if the element doesn't know its natural size. */
  readonly density: number = 1;

  /** Whether a canvas of the page could draw the shown image. */
  readonly isDrawn: boolean = false;

  /** Whether it comes from a style sheet, so that it may change without any change of the document. */
  readonly isOfStyle: boolean = false;

  /** Whether an animation of the page determines the image shown now. */
  get isAnimated(): boolean {
    return false;
  }

  /** Other pictures that have to be shown again whenever this one is. */
  get mates(): readonly Picture[] {
    return [];
  }

  /** Whether a pastiche is in the page's own element. */
  abstract readonly isShown: boolean;

  /** Whether a script of the page runs when a pastiche is put there. */
  readonly isWatched: boolean = false;

  /** Whether a pastiche of one would replace that of the other, as the element showed them in turn. */
  isInPlaceOf(other: Picture): boolean {
    return other.element === this.element && other.constructor === this.constructor;
  }

  /** Whether this is the picture's address, or that of a pastiche in its place. */
  isAt(address: string): boolean {
    return this.source === address;
  }

  /** Size of the image in CSS pixels; zeros if the element doesn't know. */
  naturalSize(): Size {
    return NO_SIZE;
  }

  /** The box of the whole image in the element's content box; see {@link Overlaid.boxIn}. */
  abstract boxIn(content: Size, natural: Size): Box;

  /** Whether all visible parts of it are in the box of {@link boxIn}, and have its shape. */
  isPlacedIn(content: Size, natural: Size): boolean {
    return content.width > 0 && natural.width > 0;
  }

  /** The address that the page itself shows here now; null if there is no such picture. */
  abstract pageSource(): string | null;

  /**
   * Shows an image that this document has decoded in place of the page's own. When it returns, the
   * addresses may be revoked.
   * @param addressOf Address of the image for this picture, and for each of its mates.
   * @param onRemoved Called when the page removes it.
   * @returns Whether it is shown: the page may forbid it.
   */
  abstract show(addressOf: (picture: Picture) => string | null, onRemoved: () => void): boolean;

  /** Restores the original of this picture and its mates, unless the page has put another one there since. */
  abstract restore(): void;
}

/**
 * A property of an element, or of one of its pseudo-elements, and the animation that shows our image
 * there.
 */
class StyleSlot {
  private static readonly known = new WeakMap<Element, StyleSlot[]>();

  private animation: Animation | null = null;
  /**
   * Number of pending events for animations that we have cancelled ourselves, to read the page's own
   * values.
   */
  private looks = 0;
  /** Our addresses, by the number of images that the property has before each. */
  private addresses: ReadonlyMap<number, string> = new Map();

  private constructor(
    readonly element: HTMLElement | SVGElement,
    readonly property: Property,
    readonly pseudo: string | null,
  ) {}

  /** The same object every time, so that no pastiche is taken for what the page shows beneath another. */
  static of(
    element: HTMLElement | SVGElement,
    property: Property,
    pseudo: string | null,
  ): StyleSlot {
    const known = StyleSlot.known.get(element) ?? [];
    let slot = known.find((one) => one.property === property && one.pseudo === pseudo);
    if (!slot) {
      slot = new StyleSlot(element, property, pseudo);
      StyleSlot.known.set(element, [...known, slot]);
    }
    return slot;
  }

  /** The computed value, including our images. */
  value(): string {
    return getComputedStyle(this.element, this.pseudo)[this.property];
  }

  shows(at: number): boolean {
    const address = this.addresses.get(at);
    return this.animation !== null && address !== undefined && this.value().includes(address);
  }

  /** Shows these images, and the page's own in all other layers. Returns whether they are shown. */
  show(
    addresses: ReadonlyMap<number, string>,
    sources: ReadonlyMap<number, string>,
    onRemoved: () => void,
  ): boolean {
    this.clear();
    const value = this.valueWith(addresses);
    if (value === null) return false;
    const { element, pseudo } = this;
    const animation = animate(
      element,
      { [this.property]: [value, value] },
      { duration: 1, fill: 'both', ...(pseudo && { pseudoElement: pseudo }) },
    );
    // Code that waits for an element's animations to finish must not wait for ours.
    animation.finish();
    animation.persist();
    animation.oncancel = () => {
      if (this.looks > 0) this.looks -= 1;
      else onRemoved();
    };
    this.looks = 0;
    this.animation = animation;
    this.addresses = addresses;
    for (const [at, address] of addresses) {
      noteOrigin(address, { source: sources.get(at) ?? '', written: null });
    }
    // Reading the style makes the browser load the images; if an `!important` rule of the page wins,
    // the value shows it.
    const shown = this.value();
    if ([...addresses.values()].every((address) => shown.includes(address))) return true;
    this.clear();
    return false;
  }

  clear(): void {
    this.addresses = new Map();
    if (!this.animation) return;
    this.animation.oncancel = null;
    this.animation.cancel();
    this.animation = null;
  }

  /**
   * Whether a running animation of the page sets the property, perhaps through custom properties,
   * which the keyframes of a style sheet's animation don't list.
   */
  get isAnimated(): boolean {
    return animationsOf(this.element, { subtree: this.pseudo !== null }).some(
      ({ playState, effect }) =>
        playState === 'running' &&
        effect instanceof KeyframeEffect &&
        effect.pseudoElement === this.pseudo &&
        effect
          .getKeyframes()
          .some((frame) => this.property in frame || Object.keys(frame).every(isTiming)),
    );
  }

  /** The values in the page's own styles, read in one go. */
  static valuesBeneath(slots: readonly StyleSlot[]): string[] {
    for (const slot of slots) {
      if (slot.animation) slot.looks += 1;
      slot.animation?.cancel();
    }
    const values = slots.map((slot) => slot.value());
    for (const { animation } of slots) animation?.finish();
    return values;
  }

  /** The property's value with our images in it; null if the page's has another structure by now. */
  private valueWith(addresses: ReadonlyMap<number, string>): string | null {
    const [first] = addresses.values();
    const isReplaced = this.element instanceof HTMLImageElement && this.property === 'content';
    if (isReplaced) return first ? `url("${first}")` : null;
    // The rest of `content`, such as words for a screen reader, stays.
    return withImages(this.value(), addresses);
  }
}

/** A picture shown by CSS. */
abstract class StyledPicture extends Picture {
  /** The pictures of a slot, by the number of images before each. */
  private static readonly shown = new WeakMap<StyleSlot, Map<number, Picture>>();

  protected constructor(
    protected readonly slot: StyleSlot,
    /** Number of images before it in the slot. */
    private readonly at: number,
  ) {
    super(slot.element);
  }

  get isShown(): boolean {
    return this.inSlot().get(this.at) === this && this.slot.shows(this.at);
  }

  override isInPlaceOf(other: Picture): boolean {
    return other instanceof StyledPicture && other.slot === this.slot && other.at === this.at;
  }

  override get mates(): readonly Picture[] {
    return [...this.inSlot()].flatMap(([, mate]) => (mate === this ? [] : mate));
  }

  show(addressOf: (picture: Picture) => string | null, onRemoved: () => void): boolean {
    if (addressOf(this) === null) return false;
    const shown = this.inSlot().set(this.at, this);
    const addresses = [...shown].map(([at, mate]) => [at, addressOf(mate)] as const);
    const ready = addresses.filter((one): one is [number, string] => one[1] !== null);
    const sources = new Map([...shown].map(([at, mate]) => [at, mate.source]));
    const isShown = this.slot.show(new Map(ready), sources, onRemoved);
    if (!isShown) shown.delete(this.at);
    return isShown;
  }

  restore(): void {
    if (this.inSlot().get(this.at) !== this) return;
    this.inSlot().delete(this.at);
    this.slot.clear();
  }

  private inSlot(): Map<number, Picture> {
    const known = StyledPicture.shown.get(this.slot) ?? new Map<number, Picture>();
    StyledPicture.shown.set(this.slot, known);
    return known;
  }
}

export class ImagePicture extends StyledPicture {
  /** A style sheet's replacement for it, under our pastiche. */
  private replacement: string | null = null;

  constructor(private readonly image: HTMLImageElement) {
    super(StyleSlot.of(image, 'content', null), 0);
  }

  /** Checks whether style sheets show other pictures in place of these images by now. */
  static lookBeneath(pictures: readonly ImagePicture[]): void {
    const values = StyleSlot.valuesBeneath(pictures.map(({ slot }) => slot));
    pictures.forEach((picture, i) => {
      picture.replacement = imageIn(values[i] ?? '')?.address ?? null;
    });
  }

  /** Correct even while `currentSrc` still has the previous address; empty while it is unknown. */
  get source(): string {
    const { image } = this;
    const { currentSrc, src, parentElement } = image;
    const sources = parentElement instanceof HTMLPictureElement ? sourcesIn(parentElement) : [];
    const isSimple = sources.length === 0 && !image.hasAttribute('srcset');
    if (isSimple || currentSrc === '') return ownAddress(src);
    const candidates = [image, ...sources].flatMap((one) => [
      one.getAttribute('src') ?? '',
      // Addresses, and the descriptors between them, which match no address.
      ...one.srcset.split(/,?\s+/),
    ]);
    const isCandidate = candidates.some(
      (address) => URL.parse(address.trim(), image.baseURI)?.href === currentSrc,
    );
    return isCandidate ? ownAddress(currentSrc) : '';
  }

  get drawable(): HTMLImageElement {
    return this.image;
  }

  override naturalSize(): Size {
    const { complete, naturalWidth: width, naturalHeight: height } = this.image;
    return complete ? { width, height } : NO_SIZE;
  }

  override get placing(): Picture['placing'] {
    const { objectFit, objectPosition } = getComputedStyle(this.image);
    return { size: objectFit, position: objectPosition };
  }

  boxIn(content: Size, natural: Size): Box {
    return fittedBox(this.image, content, natural);
  }

  pageSource(): string {
    return this.replacement ?? this.source;
  }

  override restore(): void {
    this.replacement = null;
    super.restore();
  }
}

/** One of the images in an element's style. */
class StylePicture extends StyledPicture {
  override readonly behindContents: boolean;
  override readonly isOfStyle = true;
  readonly drawable = null;
  readonly source: string;
  override readonly density: number;

  constructor(
    override readonly slot: StyleSlot,
    private readonly image: ListedImage,
  ) {
    super(slot, image.at);
    this.source = ownAddress(image.address);
    this.density = image.density;
    this.behindContents = slot.property === 'backgroundImage' && slot.pseudo === null;
  }

  override get placing(): Picture['placing'] {
    if (this.slot.property !== 'backgroundImage') return null;
    const { backgroundSize: size, backgroundPosition } = getComputedStyle(
      this.element,
      this.slot.pseudo,
    );
    return { size: this.pick(size), position: this.pick(backgroundPosition) };
  }

  override get isAnimated(): boolean {
    return this.slot.isAnimated;
  }

  /** An image's own address means its visible replacement. */
  override isAt(address: string): boolean {
    const { element } = this;
    return super.isAt(address) || (element instanceof HTMLImageElement && element.src === address);
  }

  boxIn(content: Size, natural: Size): Box {
    if (!this.behindContents) return { x: 0, y: 0, ...content };
    const style = getComputedStyle(this.element);
    const area = this.areaIn(content, style);
    const size = backgroundSize(this.pick(style.backgroundSize), area, natural);
    const box = pictureBox('none', this.pick(style.backgroundPosition), area, size);
    return { ...box, x: box.x + area.x, y: box.y + area.y };
  }

  override isPlacedIn(content: Size, natural: Size): boolean {
    const { element } = this;
    const { property, pseudo } = this.slot;
    if (pseudo !== null || (property !== 'content' && property !== 'backgroundImage')) return false;
    if (property === 'content') return true;
    // The root's background covers the whole window; a line that is broken has several boxes.
    if (matches(element, ':root, body') || element.getClientRects().length > 1) return false;
    const style = getComputedStyle(element);
    if (this.pick(style.backgroundClip) === 'text') return false;
    if (this.pick(style.backgroundRepeat) === 'no-repeat') return true;
    const { x, y, width, height } = this.boxIn(content, natural);
    const fills = x <= 0.5 && y <= 0.5 && x + width >= content.width - 0.5;
    return fills && y + height >= content.height - 0.5;
  }

  /**
   * The positioning area of a background (CSS Backgrounds 3, 2.5 and 2.7), relative to the padding
   * box's corner.
   */
  private areaIn({ width, height }: Size, style: CSSStyleDeclaration): Box {
    const edge = (name: string): number => Number.parseFloat(style.getPropertyValue(name));
    if (this.pick(style.backgroundAttachment) === 'fixed') {
      const { x, y } = rectOf(this.element);
      const { clientWidth, clientHeight } = document.documentElement;
      const [left, top] = [edge('border-left-width'), edge('border-top-width')];
      return { x: -x - left, y: -y - top, width: clientWidth, height: clientHeight };
    }
    const origin = this.pick(style.backgroundOrigin);
    if (origin === 'padding-box') return { x: 0, y: 0, width, height };
    const out = (side: string): number =>
      origin === 'content-box' ? -edge(`padding-${side}`) : edge(`border-${side}-width`);
    const [left, top] = [out('left'), out('top')];
    return {
      x: -left,
      y: -top,
      width: width + left + out('right'),
      height: height + top + out('bottom'),
    };
  }

  pageSource(): string | null {
    const [value = ''] = StyleSlot.valuesBeneath([this.slot]);
    const image = imagesIn(value, devicePixelRatio).find(({ at }) => at === this.image.at);
    return image ? ownAddress(image.address) : null;
  }

  private pick(list: string): string {
    const values = splitLayers(list);
    return values[this.image.layer % values.length] ?? '';
  }
}

/** Whether a key of a keyframe is no property. */
function isTiming(key: string): boolean {
  return ['offset', 'computedOffset', 'easing', 'composite'].includes(key);
}

function sourcesIn(picture: HTMLPictureElement): HTMLSourceElement[] {
  return [...picture.querySelectorAll<HTMLSourceElement>(':scope > source')];
}

/** Elements whose first letter may be an ornament; asking every element for its style takes too long. */
const TEXT_BLOCKS = 'p, h1, h2, h3, h4, h5, h6, blockquote, li';

/** The pseudo-elements of an element whose pictures an animation may be able to replace. */
function pseudosOf(element: Element): string[] {
  const found = ['::before', '::after'].filter((pseudo) => {
    const { content } = getComputedStyle(element, pseudo);
    return content !== 'none' && content !== 'normal';
  });
  if (matches(element, 'dialog:modal, :popover-open, :fullscreen')) found.push('::backdrop');
  if (matches(element, 'input, textarea')) found.push('::placeholder');
  if (matches(element, 'input[type=file]')) found.push('::file-selector-button');
  if (matches(element, 'details')) found.push('::details-content');
  if (matches(element, TEXT_BLOCKS)) found.push('::first-letter');
  if (getComputedStyle(element).display === 'list-item') found.push('::marker');
  return found;
}

/** An image that is blank itself: pages show another one by its background. */
function isPlaceholder({ src, complete, naturalWidth, naturalHeight }: HTMLImageElement): boolean {
  const isDot = complete && Math.min(naturalWidth, naturalHeight) <= MAX_DOT;
  return isDot || src === '' || src.startsWith('data:');
}

/** Maximum side of a placeholder picture, in pixels. */
export const MAX_DOT = 4;

/** The picture of an element that is neither an `<img>` nor shown by its style. */
function ownPictureOf(element: Element): Picture | null {
  if (element instanceof HTMLInputElement && element.type === 'image') {
    return new AttributePicture(element, 'src');
  }
  if (element instanceof HTMLVideoElement && element.poster !== '') {
    return new AttributePicture(element, 'poster');
  }
  return isEmbeddedPicture(element) ? new EmbeddedPicture(element) : null;
}

function stylePicturesOf(element: HTMLElement | SVGElement): StylePicture[] {
  const found: StylePicture[] = [];
  for (const pseudo of [null, ...pseudosOf(element)]) {
    const style = getComputedStyle(element, pseudo);
    for (const property of Object.keys(PROPERTIES) as Property[]) {
      const value = style[property];
      if (!value.includes('url(')) continue;
      // Markers inherit theirs from the list.
      if (property === 'listStyleImage' && style.display !== 'list-item') continue;
      const slot = StyleSlot.of(element, property, pseudo);
      const images = imagesIn(value, devicePixelRatio);
      found.push(...images.map((image) => new StylePicture(slot, image)));
    }
  }
  return found;
}

/** Shows images through an attribute with their address. */
class AttributePicture extends Picture {
  override readonly isDrawn: boolean;
  override readonly isWatched: boolean;
  private names: readonly string[] = [];
  private saved: readonly (string | null)[] | null = null;
  private ours = '';
  private original = '';

  constructor(
    override readonly element: HTMLInputElement | SvgImage | HTMLVideoElement,
    private readonly name: 'src' | 'href' | 'poster',
  ) {
    super(element);
    this.isDrawn = isSvgImage(element);
    this.isWatched = isCustom(element);
  }

  override get place(): Element {
    return isSvgImage(this.element) ? placeOf(this.element) : this.element;
  }

  get source(): string {
    return this.saved ? this.original : (this.pageSource() ?? '');
  }

  override isAt(address: string): boolean {
    return super.isAt(address) || (this.isShown && this.ours === address);
  }

  get drawable(): SVGImageElement | null {
    return this.element instanceof SVGImageElement && !this.saved ? this.element : null;
  }

  get isShown(): boolean {
    return this.saved !== null && this.element.getAttribute(this.name) === this.ours;
  }

  boxIn(content: Size, natural: Size): Box {
    if (!isSvgImage(this.element)) return fittedBox(this.element, content, natural);
    const { align, meetOrSlice } = this.element.preserveAspectRatio.baseVal;
    if (align === SVGPreserveAspectRatio.SVG_PRESERVEASPECTRATIO_NONE) {
      return pictureBox('fill', '0 0', content, natural);
    }
    // The alignments count up from xMinYMin (2) through x first.
    const step = align - SVGPreserveAspectRatio.SVG_PRESERVEASPECTRATIO_XMINYMIN;
    const alignment = `${(step % 3) * 50}% ${Math.floor(step / 3) * 50}%`;
    const slice = meetOrSlice === SVGPreserveAspectRatio.SVG_MEETORSLICE_SLICE;
    return pictureBox(slice ? 'cover' : 'contain', alignment, content, natural);
  }

  override isPlacedIn(): boolean {
    const { element, place } = this;
    if (!(element instanceof SVGImageElement)) return !isSvgImage(element);
    // A picture that is drawn elsewhere, or rotated, has another shape.
    const { b = 0, c = 0 } = element.getScreenCTM() ?? {};
    return place === element && b === 0 && c === 0;
  }

  pageSource(): string | null {
    if (this.isShown) return this.original;
    const { element } = this;
    const written = isSvgImage(element) ? element.href.baseVal : element.getAttribute(this.name);
    return written ? ownAddress(new URL(written, element.baseURI).href) : null;
  }

  show(addressOf: (picture: Picture) => string | null): boolean {
    const { element } = this;
    const address = addressOf(this);
    if (address === null) return false;
    if (!this.isShown) {
      this.original = this.pageSource() ?? '';
      this.names = element.hasAttributeNS(XLINK, 'href') ? ['xlink:href', this.name] : [this.name];
      // A copy of a painted element has our address in place of the page's.
      this.saved = this.names.map((name) => {
        const written = element.getAttribute(name);
        return origins.get(written ?? '')?.written ?? written;
      });
    }
    silenceLoad(element, this.name, address);
    for (const name of this.names) write(element, name, address);
    noteOrigin(address, { source: this.original, written: this.saved?.[0] ?? null });
    this.ours = address;
    // A picture that is drawn elsewhere loads the image when the page is laid out.
    if (this.isDrawn) rectOf(this.place);
    return true;
  }

  restore(): void {
    const { saved, names, element } = this;
    if (saved && this.isShown) {
      silenceLoad(element, this.name, saved.at(-1) ?? null);
      names.forEach((name, i) => write(element, name, saved[i] ?? null));
    }
    this.saved = null;
    const copied = origins.get(element.getAttribute(this.name) ?? '');
    if (copied) write(element, this.name, copied.written);
  }
}

/**
 * Keeps the `load` event of the image that is set now from the page, which expects only those of its
 * own images.
 */
function silenceLoad(element: Element, name: string, value: string | null): void {
  const root = rootOf(element);
  const stop = (event: Event): void => {
    if (event.target !== element) return;
    root.removeEventListener('load', stop, { capture: true });
    if (attributeOf(element, name) === value) event.stopImmediatePropagation();
  };
  // It doesn't bubble.
  root.addEventListener('load', stop, { capture: true });
}

function write(element: Element, name: string, value: string | null): void {
  if (value === null) element.removeAttribute(name);
  else if (name === 'xlink:href') element.setAttributeNS(XLINK, name, value);
  else element.setAttribute(name, value);
}

/** Neither CSS nor an attribute can replace this image in one step: its pastiche is on a layer. */
class EmbeddedPicture extends Picture {
  readonly drawable = null;
  readonly isShown = false;

  constructor(override readonly element: Embedded) {
    super(element);
  }

  get source(): string {
    return addressOf(this.element);
  }

  boxIn(content: Size, natural: Size): Box {
    return fittedBox(this.element, content, natural);
  }

  pageSource(): string {
    return this.source;
  }

  show(): boolean {
    return false;
  }

  restore(): void {
    // Nothing was changed.
  }
}
