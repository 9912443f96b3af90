/**
 * A picture on the page: an element and the way it shows an image. Knows how to put another image
 * in its place and how to bring back exactly what was there.
 */
import { addressIn, splitLayers } from './css-images';
import { backgroundSize, pictureBox, type Box, type Fit, type Size } from './fit';
import { InlineStyle } from './inline-style';

type PictureElement = HTMLImageElement | HTMLInputElement | SVGImageElement | HTMLElement;

/** Attributes as they were; null where there was none. */
type Attributes = ReadonlyMap<Element, ReadonlyMap<string, string | null>>;

const XLINK = 'http://www.w3.org/1999/xlink';

export abstract class Picture {
  private saved: Attributes | null = null;
  /** The attributes as the last swap left them. */
  private left: Attributes | null = null;
  private style: InlineStyle | null = null;

  protected constructor(readonly element: PictureElement) {}

  /** The picture that an element shows, if it shows one. */
  static of(element: Element): Picture | null {
    if (element instanceof HTMLImageElement) return new ImagePicture(element);
    if (element instanceof HTMLInputElement && element.type === 'image') {
      return new InputPicture(element);
    }
    if (element instanceof SVGImageElement) return new SvgPicture(element);
    if (element instanceof HTMLElement) return BackgroundPicture.of(element);
    return null;
  }

  /** Absolute address of the page's own image, also while a pastiche stands in its place. */
  abstract readonly source: string;

  /** What a canvas can draw of the element itself; null where its image must be loaded anew. */
  abstract readonly drawable: HTMLImageElement | SVGImageElement | null;

  /** Whether a canvas over the element must lie under the element's own contents. */
  readonly behindContents: boolean = false;

  /** Size of the image in CSS pixels; zeros where the element doesn't know. */
  abstract naturalSize(): Size;

  /** Where the whole image lies in the element's content box of the given size. */
  abstract boxIn(content: Size, natural: Size): Box;

  /** The attributes that a swap changes. */
  protected abstract changes(): ReadonlyMap<Element, readonly string[]>;

  protected abstract show(url: string, density: number): void;

  /** Whether the pastiche stands in the page's own element. */
  get isSwapped(): boolean {
    return this.saved !== null;
  }

  /** Whether the element is as the swap left it, so that it shows nothing newer of the page's. */
  get isAsLeft(): boolean {
    return this.left !== null && sameAttributes(this.left, remember(this.changes()));
  }

  /**
   * Shows the image at `url` in place of the page's own.
   * @param density Image pixels per CSS pixel of the original, so that its natural size stays.
   */
  swap(url: string, density: number): void {
    this.saved ??= this.keepOriginal();
    this.show(url, density);
    this.left = remember(this.changes());
  }

  /**
   * Brings back every attribute as it was before the first swap, but for those that the page has
   * changed since.
   */
  restore(): void {
    this.style?.restore();
    this.style = null;
    if (this.saved && this.left) bringBack(this.saved, this.left);
    this.saved = null;
    this.left = null;
  }

  protected keepOriginal(): Attributes {
    return remember(this.changes());
  }

  /** Sets an inline declaration until the picture is restored. */
  protected declare(element: HTMLElement, name: string, value: string): void {
    this.style ??= new InlineStyle(element);
    this.style.set(name, value);
  }

  protected savedAttribute(name: string): string | null | undefined {
    return this.saved?.get(this.element)?.get(name);
  }
}

class ImagePicture extends Picture {
  private original: { source: string; natural: Size } | null = null;

  constructor(private readonly image: HTMLImageElement) {
    super(image);
  }

  get source(): string {
    return this.isSwapped && this.original ? this.original.source : this.shownSource();
  }

  get drawable(): HTMLImageElement | null {
    return this.isSwapped ? null : this.image;
  }

  naturalSize(): Size {
    if (this.isSwapped && this.original) return this.original.natural;
    return { width: this.image.naturalWidth, height: this.image.naturalHeight };
  }

  boxIn(content: Size, natural: Size): Box {
    const style = getComputedStyle(this.image);
    return pictureBox(style.objectFit as Fit, style.objectPosition, content, natural);
  }

  private shownSource(): string {
    return this.image.currentSrc || this.image.src;
  }

  protected override keepOriginal(): Attributes {
    this.original = { source: this.shownSource(), natural: this.naturalSize() };
    return super.keepOriginal();
  }

  protected changes(): ReadonlyMap<Element, readonly string[]> {
    const changed = new Map<Element, readonly string[]>([[this.image, ['src', 'srcset']]]);
    for (const source of this.candidates()) changed.set(source, ['srcset']);
    return changed;
  }

  protected show(url: string, density: number): void {
    const { width, height } = this.naturalSize();
    // A density keeps the natural size, which layout may depend on, to within rounding; the
    // aspect ratio keeps the rest. `sizes` may stay: it means nothing beside a density.
    const candidate = `${url} ${density}x`;
    for (const source of this.candidates()) source.srcset = candidate;
    if (density !== 1 || this.image.hasAttribute('srcset')) this.image.srcset = candidate;
    this.image.src = url;
    if (density !== 1 && getComputedStyle(this.image).aspectRatio.startsWith('auto')) {
      this.declare(this.image, 'aspect-ratio', `${width} / ${height}`);
    }
  }

  private candidates(): HTMLSourceElement[] {
    const parent = this.image.parentElement;
    return parent instanceof HTMLPictureElement
      ? [...parent.querySelectorAll<HTMLSourceElement>(':scope > source')]
      : [];
  }
}

class InputPicture extends Picture {
  constructor(private readonly input: HTMLInputElement) {
    super(input);
  }

  readonly drawable = null;

  get source(): string {
    const original = this.savedAttribute('src');
    return typeof original === 'string'
      ? new URL(original, this.input.baseURI).href
      : this.input.src;
  }

  naturalSize(): Size {
    return { width: 0, height: 0 };
  }

  boxIn(content: Size, natural: Size): Box {
    const style = getComputedStyle(this.input);
    return pictureBox(style.objectFit as Fit, style.objectPosition, content, natural);
  }

  protected changes(): ReadonlyMap<Element, readonly string[]> {
    return new Map([[this.input, ['src']]]);
  }

  protected show(url: string): void {
    this.input.src = url;
  }
}

class SvgPicture extends Picture {
  constructor(private readonly image: SVGImageElement) {
    super(image);
  }

  get drawable(): SVGImageElement | null {
    return this.isSwapped ? null : this.image;
  }

  get source(): string {
    const original = this.savedAttribute('href') ?? this.savedAttribute('xlink:href');
    return new URL(original ?? this.reference(), this.image.baseURI).href;
  }

  naturalSize(): Size {
    return { width: 0, height: 0 };
  }

  boxIn(content: Size, natural: Size): Box {
    const { align, meetOrSlice } = this.image.preserveAspectRatio.baseVal;
    if (align === SVGPreserveAspectRatio.SVG_PRESERVEASPECTRATIO_NONE) {
      return pictureBox('fill', '0 0', content, natural);
    }
    // The alignments count up from xMinYMin (2) through x first.
    const step = align - SVGPreserveAspectRatio.SVG_PRESERVEASPECTRATIO_XMINYMIN;
    const position = `${(step % 3) * 50}% ${Math.floor(step / 3) * 50}%`;
    const slice = meetOrSlice === SVGPreserveAspectRatio.SVG_MEETORSLICE_SLICE;
    return pictureBox(slice ? 'cover' : 'contain', position, content, natural);
  }

  protected changes(): ReadonlyMap<Element, readonly string[]> {
    return new Map([[this.image, ['href', 'xlink:href']]]);
  }

  protected show(url: string): void {
    if (this.image.hasAttributeNS(XLINK, 'href')) this.image.setAttributeNS(XLINK, 'href', url);
    this.image.setAttribute('href', url);
  }

  private reference(): string {
    return this.image.href.baseVal;
  }
}

/** The topmost background image of an element that has an address. */
class BackgroundPicture extends Picture {
  override readonly behindContents = true;
  readonly drawable = null;

  private constructor(
    private readonly styled: HTMLElement,
    private readonly layer: number,
    readonly source: string,
  ) {
    super(styled);
  }

  static override of(element: HTMLElement): BackgroundPicture | null {
    const layers = splitLayers(getComputedStyle(element).backgroundImage);
    const layer = layers.findIndex((image) => addressIn(image) !== null);
    const source = layer < 0 ? null : addressIn(layers[layer]!);
    return source === null ? null : new BackgroundPicture(element, layer, source);
  }

  naturalSize(): Size {
    return { width: 0, height: 0 };
  }

  boxIn(content: Size, natural: Size): Box {
    const style = getComputedStyle(this.styled);
    const size = backgroundSize(this.pick(style.backgroundSize), content, natural);
    return pictureBox('none', this.pick(style.backgroundPosition), content, size);
  }

  protected changes(): ReadonlyMap<Element, readonly string[]> {
    return new Map([[this.styled, ['style']]]);
  }

  protected show(url: string, density: number): void {
    const layers = splitLayers(getComputedStyle(this.styled).backgroundImage);
    layers[this.layer] = `image-set(url("${url}") ${density}x)`;
    this.declare(this.styled, 'background-image', layers.join(', '));
  }

  private pick(list: string): string {
    const values = splitLayers(list);
    return values[this.layer % values.length] ?? '';
  }
}

function remember(names: ReadonlyMap<Element, readonly string[]>): Attributes {
  return new Map(
    [...names].map(([element, attributes]) => [
      element,
      new Map(attributes.map((name) => [name, element.getAttribute(name)])),
    ]),
  );
}

function bringBack(saved: Attributes, left: Attributes): void {
  for (const [element, attributes] of saved) {
    for (const [name, value] of attributes) {
      const untouched = element.getAttribute(name) === left.get(element)?.get(name);
      // Declarations are taken back one by one.
      if (name === 'style' || !untouched) continue;
      if (value === null) element.removeAttribute(name);
      else if (name === 'xlink:href') element.setAttributeNS(XLINK, name, value);
      else element.setAttribute(name, value);
    }
  }
}

function sameAttributes(a: Attributes, b: Attributes): boolean {
  return [...a].every(([element, attributes]) =>
    [...attributes].every(([name, value]) => b.get(element)?.get(name) === value),
  );
}
