/**
 * A picture on the page: an element and the way it shows an image. Knows how to show another image
 * in its place and how to bring back exactly what was there.
 *
 * Where CSS can show the image it does, by an animation that has ended and keeps its effect (Web
 * Animations 1, section 4.6). It is no part of the page's tree, of its attributes or of its styles:
 * scripts, selectors, copies and editors go on with the page's own picture, whose address, size
 * and pixels stay what they were, and no script runs while it is set.
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

/** The properties that show pictures, as Web Animations and as style sheets name them. */
const PROPERTIES = {
  backgroundImage: 'background-image',
  content: 'content',
  listStyleImage: 'list-style-image',
  borderImageSource: 'border-image-source',
} as const;

type Property = keyof typeof PROPERTIES;

/** What an address of ours stands for, which a page may copy from one element to another. */
interface Origin {
  readonly source: string;
  /** The attribute as the page wrote it; null where there was none, or no attribute is meant. */
  readonly written: string | null;
}

/** So many of our addresses are known again at most. */
const MAX_ADDRESSES = 4000;

const origins = new Map<string, Origin>();

function noteOrigin(address: string, origin: Origin): void {
  origins.set(address, origin);
  const [oldest] = origins.keys();
  if (origins.size > MAX_ADDRESSES && oldest !== undefined) origins.delete(oldest);
}

/** The page's own address of a picture, where the page has copied one of ours. */
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

/** Whether this browser chooses pictures of a type. */
async function canShow(type: string): Promise<boolean> {
  const [picture, source] = [document.createElement('picture'), document.createElement('source')];
  const image = new Image();
  const dot = 'data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==';
  source.type = type;
  source.srcset = dot;
  picture.append(source, image);
  // It is chosen before the next task.
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
      // A style sheet's picture in place of its own, or under one that lets it through.
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

  /** Absolute address of the page's own image, also while a pastiche stands in its place. */
  abstract readonly source: string;

  /** What a canvas can draw of the element itself; null where its image must be loaded anew. */
  abstract readonly drawable: HTMLImageElement | SVGImageElement | null;

  /** Whether a canvas over the element must lie under the element's own contents. */
  readonly behindContents: boolean = false;

  /**
   * How its size in its box is found, and its place, as computed style says it: `object-fit` or
   * `background-size`, and the position. Null where it is always seen whole.
   */
  get placing(): { readonly size: string; readonly position: string } | null {
    return null;
  }

  /** Pixels of the original per CSS pixel, where the element doesn't know its natural size. */
  readonly density: number = 1;

  /** Whether a canvas of the page's could draw what is shown here. */
  readonly isDrawn: boolean = false;

  /** Whether a style sheet names it, so that it may change though nothing is written anew. */
  readonly isOfStyle: boolean = false;

  /** Whether an animation of the page's decides what is shown here now. */
  get isAnimated(): boolean {
    return false;
  }

  /** Other pictures that have to be shown anew whenever this one is. */
  get mates(): readonly Picture[] {
    return [];
  }

  /** Whether a pastiche stands in the page's own element. */
  abstract readonly isShown: boolean;

  /** Whether a script of the page's runs while a pastiche is put there. */
  readonly isWatched: boolean = false;

  /** Whether this is the picture's address, or that of what stands in its place. */
  isAt(address: string): boolean {
    return this.source === address;
  }

  /** Size of the image in CSS pixels; zeros where the element doesn't know. */
  naturalSize(): Size {
    return NO_SIZE;
  }

  /** Where the whole image lies in the element's content box; see {@link Overlaid.boxIn}. */
  abstract boxIn(content: Size, natural: Size, position?: string): Box;

  /** Whether all that is seen of it is where {@link boxIn} says, and has that shape. */
  isPlacedIn(content: Size, natural: Size): boolean {
    return content.width > 0 && natural.width > 0;
  }

  /** What the page itself shows here now; null if nothing of the kind. */
  abstract pageSource(): string | null;

  /**
   * Shows an image that this document has decoded in place of the page's own. When it returns, the
   * addresses may be revoked.
   * @param addressOf Address of the image for this picture, and for each of its mates.
   * @param onTaken Called when the page takes it away.
   * @returns Whether it is shown: the page may forbid it.
   */
  abstract show(addressOf: (picture: Picture) => string | null, onTaken: () => void): boolean;

  /** Brings the original back, unless the page has put another one there since; mates go with it. */
  abstract restore(): void;
}

/** A property of an element, or of a pseudo-element of its, and the animation that shows ours there. */
class StyleSlot {
  private animation: Animation | null = null;
  /** Cancellations of our own, to look beneath, whose events are still to come. */
  private looks = 0;
  /** Our addresses, by how many images the property names before them. */
  private addresses: ReadonlyMap<number, string> = new Map();

  constructor(
    readonly element: HTMLElement | SVGElement,
    readonly property: Property,
    readonly pseudo: string | null,
  ) {}

  /** What the element's style says, ours included. */
  value(): string {
    return getComputedStyle(this.element, this.pseudo)[this.property];
  }

  shows(at: number): boolean {
    const address = this.addresses.get(at);
    return this.animation !== null && address !== undefined && this.value().includes(address);
  }

  /** Shows these images, and the page's own in all other layers. Tells whether they are shown. */
  show(
    addresses: ReadonlyMap<number, string>,
    sources: ReadonlyMap<number, string>,
    onTaken: () => void,
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
    // Whoever waits until an element's animations have finished need not wait for ours.
    animation.finish();
    animation.persist();
    animation.oncancel = () => {
      if (this.looks > 0) this.looks -= 1;
      else onTaken();
    };
    this.looks = 0;
    this.animation = animation;
    this.addresses = addresses;
    for (const [at, address] of addresses) {
      noteOrigin(address, { source: sources.get(at) ?? '', written: null });
    }
    // Asked for its style, the browser takes the images up; where a page's `!important` wins, it shows.
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

  /** Whether an animation of the page's runs that sets the property. */
  get isAnimated(): boolean {
    return animationsOf(this.element, { subtree: this.pseudo !== null }).some(
      ({ playState, effect }) =>
        playState === 'running' &&
        effect instanceof KeyframeEffect &&
        effect.pseudoElement === this.pseudo &&
        effect.getKeyframes().some((frame) => this.property in frame),
    );
  }

  /** What the page's own styles say, asked in one go. */
  static valuesBeneath(slots: readonly StyleSlot[]): string[] {
    for (const slot of slots) {
      if (slot.animation) slot.looks += 1;
      slot.animation?.cancel();
    }
    const values = slots.map((slot) => slot.value());
    for (const { animation } of slots) animation?.finish();
    return values;
  }

  /** The property's value with our images in it; null where the page's is of another kind by now. */
  private valueWith(addresses: ReadonlyMap<number, string>): string | null {
    const [first] = addresses.values();
    const isReplaced = this.element instanceof HTMLImageElement && this.property === 'content';
    if (isReplaced) return first ? `url("${first}")` : null;
    // What follows the image in `content`, such as words for a screen reader, stays.
    return withImages(this.value(), addresses);
  }
}

/** Shown by CSS. */
abstract class StyledPicture extends Picture {
  /** The pictures of one slot, by how many images come before them. */
  private static readonly shown = new WeakMap<StyleSlot, Map<number, Picture>>();

  protected constructor(
    protected readonly slot: StyleSlot,
    /** How many images the slot names before it. */
    private readonly at: number,
  ) {
    super(slot.element);
  }

  get isShown(): boolean {
    return this.slot.shows(this.at);
  }

  override get mates(): readonly Picture[] {
    return [...this.inSlot()].flatMap(([, mate]) => (mate === this ? [] : mate));
  }

  show(addressOf: (picture: Picture) => string | null, onTaken: () => void): boolean {
    if (addressOf(this) === null) return false;
    const shown = this.inSlot().set(this.at, this);
    const addresses = [...shown].map(([at, mate]) => [at, addressOf(mate)] as const);
    const ready = addresses.filter((one): one is [number, string] => one[1] !== null);
    const sources = new Map([...shown].map(([at, mate]) => [at, mate.source]));
    const isShown = this.slot.show(new Map(ready), sources, onTaken);
    if (!isShown) shown.delete(this.at);
    return isShown;
  }

  restore(): void {
    if (this.inSlot().delete(this.at)) this.slot.clear();
  }

  private inSlot(): Map<number, Picture> {
    const known = StyledPicture.shown.get(this.slot) ?? new Map<number, Picture>();
    StyledPicture.shown.set(this.slot, known);
    return known;
  }
}

export class ImagePicture extends StyledPicture {
  /** What a style sheet shows in its place, under our pastiche. */
  private replacement: string | null = null;

  constructor(private readonly image: HTMLImageElement) {
    super(new StyleSlot(image, 'content', null), 0);
  }

  /** Looks whether style sheets show other pictures in the place of these images by now. */
  static lookBeneath(pictures: readonly ImagePicture[]): void {
    const values = StyleSlot.valuesBeneath(pictures.map(({ slot }) => slot));
    pictures.forEach((picture, i) => {
      picture.replacement = imageIn(values[i] ?? '')?.address ?? null;
    });
  }

  /** Also right while `currentSrc` still names what was shown before; empty where nobody knows yet. */
  get source(): string {
    const { image } = this;
    const { currentSrc, src, parentElement } = image;
    const sources = parentElement instanceof HTMLPictureElement ? sourcesIn(parentElement) : [];
    const isSimple = sources.length === 0 && !image.hasAttribute('srcset');
    if (isSimple || currentSrc === '') return ownAddress(src);
    const candidates = [image, ...sources].flatMap((one) => [
      one.getAttribute('src') ?? '',
      // Addresses, and the descriptors between them, which are none of anything.
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

  boxIn(content: Size, natural: Size, position?: string): Box {
    return fittedBox(this.image, content, natural, position);
  }

  pageSource(): string {
    return this.replacement ?? this.source;
  }

  override restore(): void {
    this.replacement = null;
    super.restore();
  }
}

/** One of the images that an element's style names. */
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

  /** An image's own address means what is seen in its place. */
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
    // The root's is that of the whole window; a line that is broken has several boxes.
    if (matches(element, ':root, body') || element.getClientRects().length > 1) return false;
    const style = getComputedStyle(element);
    if (this.pick(style.backgroundClip) === 'text') return false;
    if (this.pick(style.backgroundRepeat) === 'no-repeat') return true;
    const { x, y, width, height } = this.boxIn(content, natural);
    const fills = x <= 0.5 && y <= 0.5 && x + width >= content.width - 0.5;
    return fills && y + height >= content.height - 0.5;
  }

  /** What a background is placed in (CSS Backgrounds 3, 2.5 and 2.7), from the padding box's corner. */
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

function sourcesIn(picture: HTMLPictureElement): HTMLSourceElement[] {
  return [...picture.querySelectorAll<HTMLSourceElement>(':scope > source')];
}

/** The pseudo-elements of an element that may have pictures which an animation can exchange. */
function pseudosOf(element: Element): string[] {
  const found = ['::before', '::after'].filter((pseudo) => {
    const { content } = getComputedStyle(element, pseudo);
    return content !== 'none' && content !== 'normal';
  });
  if (matches(element, 'dialog:modal, :popover-open, :fullscreen')) found.push('::backdrop');
  if (matches(element, 'input, textarea')) found.push('::placeholder');
  if (matches(element, 'input[type=file]')) found.push('::file-selector-button');
  if (getComputedStyle(element).display === 'list-item') found.push('::marker');
  return found;
}

/** An image without anything of its own to see: pages show another by its background. */
function isPlaceholder({ src, complete, naturalWidth, naturalHeight }: HTMLImageElement): boolean {
  const isDot = complete && Math.min(naturalWidth, naturalHeight) <= MAX_DOT;
  return isDot || src === '' || src.startsWith('data:');
}

/** Side of a picture that only holds a place, in pixels. */
export const MAX_DOT = 4;

/** What an element shows that is neither an `<img>` nor by its style. */
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
      const slot = new StyleSlot(element, property, pseudo);
      const images = imagesIn(value, devicePixelRatio);
      found.push(...images.map((image) => new StylePicture(slot, image)));
    }
  }
  return found;
}

/** Shows images by an attribute that names their address. */
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

  boxIn(content: Size, natural: Size, position?: string): Box {
    if (!isSvgImage(this.element)) return fittedBox(this.element, content, natural, position);
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
    // What is drawn elsewhere, or turned, has another shape.
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
      // A copy of a painted element has our address where the page's was.
      this.saved = this.names.map((name) => {
        const written = element.getAttribute(name);
        return origins.get(written ?? '')?.written ?? written;
      });
    }
    silenceLoad(element, this.name, address);
    for (const name of this.names) write(element, name, address);
    noteOrigin(address, { source: this.original, written: this.saved?.[0] ?? null });
    this.ours = address;
    // What is drawn elsewhere takes the image up when the page is laid out.
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

/** The page hears of the pictures that it loads itself, and not of what is put in their place now. */
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

/** Neither CSS nor an attribute shows another image here in one step: its pastiche lies on a layer. */
class EmbeddedPicture extends Picture {
  readonly drawable = null;
  readonly isShown = false;

  constructor(override readonly element: Embedded) {
    super(element);
  }

  get source(): string {
    return addressOf(this.element);
  }

  boxIn(content: Size, natural: Size, position?: string): Box {
    return fittedBox(this.element, content, natural, position);
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
