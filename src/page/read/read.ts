/**
 * Reads the pixels of a picture on the page. Four ways, the best first: the page's own element if it
 * is not tainted; the same address fetched with CORS; fetched by the extension if the user granted
 * access to the site; a capture of the visible part.
 */
import { ownBuffer, unpackBytes } from '../../core/bytes';
import { PasticheError } from '../../protocol/errors';
import { askBackground } from '../../protocol/background-client';
import { motionAt, motionOf, type Motion } from './animated';
import { isUniform } from '../canvases/sample';
import { splitLayers } from '../find/css-images';
import { elementsAt, flatParentOf, seenWithin } from '../dom/dom';
import { intersection } from '../../core/fit';
import type { Box, Size } from '../../core/geometry';
import { isOurs } from '../dom/host';
import { contentRect, pictureRect } from '../dom/place';
import type { Picture } from '../show/picture';
import { COMPARED_SIDE, hasSameShape, isAlike } from './same-picture';
import { offsetSizeOf, rectOf } from '../dom/element';

export type Way = 'page' | 'cors' | 'extension' | 'capture';

/** A content image whose pixels can be read. */
export interface ContentImage {
  readonly image: CanvasImageSource;
  /** Size of the image in pixels, or of the part if only a part is known. */
  readonly natural: Size;
  readonly way: Way;
  /** Whether the page could read these pixels too, so that a pastiche of them is no secret. */
  readonly pageReadable: boolean;
  /** The part of the picture that it contains, in fractions of the whole. */
  readonly part: Box;
  /** How its file is animated; the image is a single moment of it. */
  readonly animated: Motion | null;
  /** Whether its address returned another picture than the visible one, so that the screen was captured. */
  readonly isOther?: boolean;
}

const NO_SIZE: Size = { width: 0, height: 0 };

const NO_BOX: Box = { x: 0, y: 0, ...NO_SIZE };

const WHOLE: Box = { x: 0, y: 0, width: 1, height: 1 };

/**
 * Maximum number of pixels of images that are drawn from the element, which decodes them on the page's
 * thread at full size. Larger ones are decoded from their file, reduced to this.
 */
const MAX_DRAWN_PIXELS = 30e6;

/** Maximum number of pixels of images that are decoded at their own size: half a gigabyte of memory. */
const MAX_DECODED_PIXELS = 120e6;

/** Timeout for drawing an image that has arrived, in milliseconds. */
const DRAWING = 3000;

/** Maximum number of captures of a picture that moves, as it does while the user scrolls. */
const MAX_CAPTURES = 4;

/** Timeout for loading an image, in milliseconds. */
const TIMEOUT_MS = 20_000;

/**
 * Finds the best way to read a picture.
 * @param mayCapture Whether the screen may be captured if there is no other way.
 * @param atFullSize Whether it must not be reduced, however large it is.
 * @throws {PasticheError} `image-broken`, `image-empty`, `image-gone`, `pixels-blocked` or
 *   `picture-differs`; `image-too-large` at full size.
 */
export async function readContentImage(
  picture: Picture,
  signal: AbortSignal,
  mayCapture: boolean,
  atFullSize = false,
): Promise<ContentImage> {
  const { width, height } = picture.naturalSize();
  if (atFullSize && width * height > MAX_DECODED_PIXELS) {
    throw new PasticheError('image-too-large', `${width}×${height}`);
  }
  const inPage = await readFromPage(picture, signal);
  if (inPage) {
    // No message is shown for one of many.
    const animated = mayCapture ? await motionAt(picture.source, signal) : null;
    return { ...inPage, animated };
  }
  // If the page's own element shows a pastiche, the screen doesn't show the original.
  const screen = mayCapture && !picture.isShown ? captureScreen(picture.element) : null;
  // The error is handled where the capture is used.
  screen?.catch(() => undefined);
  const known = atFullSize ? NO_SIZE : picture.naturalSize();
  // Fetched by the extension, a picture of a granted site is neither loaded twice nor refused.
  const fetched =
    (await fetchByExtension(picture, known)) ?? (await fetchWithCors(picture, signal, known));
  signal.throwIfAborted();
  if (fetched) return asSeen(picture, fetched, screen);
  if (!screen) throw new PasticheError('pixels-blocked');
  return capturedPart(await stillScreen(picture.element, screen), picture, picture.naturalSize());
}

/**
 * The fetched picture, if it is the one that the element shows; otherwise a capture. A server may send
 * another picture each time, or a warning sign.
 * @throws {PasticheError} `picture-differs` if it is another one, and the screen can't be used.
 */
async function asSeen(
  picture: Picture,
  fetched: ContentImage,
  capturing: Promise<Screen> | null,
): Promise<ContentImage> {
  const isShaped = hasSameShape(picture.naturalSize(), fetched.natural);
  // Painting doesn't wait for a picture to come to rest that has nothing wrong with it so far.
  const still = capturing && (isShaped ? capturing : stillScreen(picture.element, capturing));
  const screen = await still?.catch(() => null);
  const captured = screen?.isStill
    ? await capturedPart(screen, picture, fetched.natural).catch(() => null)
    : null;
  if (isShaped) {
    // Pictures that are animated, transformed or covered can't be compared with the screen, nor those
    // whose position in their box is unknown.
    const isPlaced = picture.drawable !== null || picture.behindContents;
    const canTell = captured && isPlaced && !fetched.animated && isPlain(picture.element);
    const samples = canTell ? samplesOf(fetched, captured) : null;
    // A box of a single colour may not have been drawn yet.
    const isSeen = samples !== null && !isUniform(samples[1]);
    if (!isSeen || isAlike(samples) || isCovered(picture.element)) return fetched;
  }
  if (!captured) throw new PasticheError('picture-differs');
  return { ...captured, isOther: true };
}

/** Samples of the visible part of the fetched picture, and of the screen. */
function samplesOf(
  { image, natural }: ContentImage,
  captured: ContentImage,
): readonly [Uint8ClampedArray, Uint8ClampedArray] {
  const { x, y, width, height } = captured.part;
  const part = [
    x * natural.width,
    y * natural.height,
    width * natural.width,
    height * natural.height,
  ];
  const whole = [0, 0, captured.natural.width, captured.natural.height];
  return [sampleOf(image, part), sampleOf(captured.image, whole)];
}

function sampleOf(image: CanvasImageSource, part: readonly number[]): Uint8ClampedArray {
  const context = new OffscreenCanvas(COMPARED_SIDE, COMPARED_SIDE).getContext('2d');
  if (!context) throw new PasticheError('image-broken', 'no canvas for the pixels');
  // Transparent pixels show the page, whatever that is.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, COMPARED_SIDE, COMPARED_SIDE);
  context.imageSmoothingQuality = 'high';
  const [x = 0, y = 0, width = 0, height = 0] = part;
  context.drawImage(image, x, y, width, height, 0, 0, COMPARED_SIDE, COMPARED_SIDE);
  return context.getImageData(0, 0, COMPARED_SIDE, COMPARED_SIDE).data;
}

/**
 * Whether the screen shows an element's picture as in its file, apart from scaling: neither rotated,
 * mirrored, cut to a shape, blurred nor blended, by the element itself or an ancestor.
 */
function isPlain(element: Element): boolean {
  const { backgroundImage, backgroundClip, backgroundRepeat } = getComputedStyle(element);
  if (splitLayers(backgroundImage).length > 1 || backgroundClip.includes('text')) return false;
  if (/round|space/.test(backgroundRepeat)) return false;
  for (let at: Element | null = element; at; at = flatParentOf(at)) {
    const style = getComputedStyle(at);
    const { transform, rotate, scale, clipPath, maskImage, mixBlendMode } = style;
    if (rotate !== 'none' || scale.includes('-') || clipPath !== 'none') return false;
    if (maskImage !== 'none' || mixBlendMode !== 'normal') return false;
    // Sites blur what is to be shown on request; of a filter of their own making nothing is known.
    if (/blur|url/.test(style.filter)) return false;
    if (transform === 'none') continue;
    const { a, b, c, d, is2D } = new DOMMatrix(transform);
    if (!is2D || b !== 0 || c !== 0 || a < 0 || d < 0) return false;
  }
  return true;
}

/**
 * The part of an element's box that can be on the screen: in the viewport, and in every ancestor that
 * clips. Null if there is none. In the viewport, in CSS pixels.
 */
export function visibleBox(element: Element): Box | null {
  let seen: Box | null = { x: 0, y: 0, width: innerWidth, height: innerHeight };
  for (let at: Element | null = element; at && seen; at = flatParentOf(at)) {
    const isRoot = at === document.documentElement || at === document.body;
    const clips = at === element || (!isRoot && getComputedStyle(at).overflow !== 'visible');
    // An image's border and padding cover the part of it that would overflow.
    const box = at === element && at instanceof HTMLImageElement ? contentRect(at) : rectOf(at);
    if (clips) seen = intersection(seen, box);
  }
  return seen;
}

/** Number of probe points on each side of an element, for finding out whether it is covered. */
const PROBES = 5;

/** Whether more than a third of an element is under others, which may be transparent. */
function isCovered(element: Element): boolean {
  const seen = visibleBox(element);
  if (!seen) return true;
  let clear = 0;
  for (let i = 0; i < PROBES * PROBES; i++) {
    const x = seen.x + (seen.width * ((i % PROBES) + 0.5)) / PROBES;
    const y = seen.y + (seen.height * (Math.floor(i / PROBES) + 0.5)) / PROBES;
    const top = elementsAt(x, y).find((other) => !isOurs(other));
    if (top === element) clear += 1;
  }
  return clear < (2 * PROBES * PROBES) / 3;
}

/** Whether an image contains all of its picture, not only the part that was on the screen. */
export function isWhole({ part }: ContentImage): boolean {
  return part.width === 1 && part.height === 1;
}

/**
 * Pixels of a content image at a size.
 * @param part A box of the image at that size, and the size of its pixels. Default: all of it.
 * @throws {PasticheError} `image-broken` if they can't be drawn.
 */
export function pixelsOf(
  content: ContentImage,
  whole: Size,
  { box, size }: { readonly box: Box; readonly size: Size } = {
    box: { x: 0, y: 0, ...whole },
    size: whole,
  },
): ImageData {
  const canvas = new OffscreenCanvas(size.width, size.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new PasticheError('image-broken', 'no canvas for the pixels');
  context.imageSmoothingQuality = 'high';
  context.scale(size.width / box.width, size.height / box.height);
  context.drawImage(content.image, -box.x, -box.y, whole.width, whole.height);
  return context.getImageData(0, 0, size.width, size.height);
}

async function readFromPage(picture: Picture, signal: AbortSignal): Promise<ContentImage | null> {
  // Canvas may draw any frame of an animated image; the first one is read from the file.
  if (/^data:image\/gif|\.gif(?:$|[?#])/i.test(picture.source)) return null;
  const image = picture.drawable ?? (await loadImage(picture.source));
  if (!image) return null;
  if (image instanceof HTMLImageElement) {
    await arrived(image, signal);
    if (image.naturalWidth * image.naturalHeight > MAX_DRAWN_PIXELS) return null;
  }
  if (isTainted(image)) return null;
  const natural = image instanceof HTMLImageElement ? sizeOf(image) : await sizeOfSvg(image);
  return { image, natural, way: 'page', pageReadable: true, part: WHOLE, animated: null };
}

/** The image at an address, loaded like the page's, without CORS; null if it can't be loaded. */
async function loadImage(url: string): Promise<HTMLImageElement | null> {
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
    return image;
  } catch {
    return null;
  }
}

async function arrived(image: HTMLImageElement, signal: AbortSignal): Promise<void> {
  if (!image.complete) {
    const waiting = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    await new Promise<void>((resolve, reject) => {
      for (const event of ['load', 'error']) {
        image.addEventListener(event, () => resolve(), { once: true, signal: waiting });
      }
      waiting.addEventListener('abort', () => {
        reject(
          signal.aborted
            ? new PasticheError('cancelled')
            : new PasticheError('image-broken', 'the image did not arrive'),
        );
      });
    });
  }
  if (image.naturalWidth === 0) {
    // An SVG without a size has no natural size, but is drawn at the size of its box.
    if (
      image.complete &&
      (await image.decode().then(
        () => true,
        () => false,
      ))
    ) {
      return;
    }
    throw new PasticheError('image-broken', 'the image could not be decoded');
  }
}

function isTainted(image: CanvasImageSource): boolean {
  const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  if (!context) throw new PasticheError('image-broken', 'no canvas for the pixels');
  try {
    context.drawImage(image, 0, 0, 1, 1);
  } catch (thrown) {
    throw PasticheError.from(thrown, 'image-broken');
  }
  try {
    context.getImageData(0, 0, 1, 1);
    return false;
  } catch {
    return true;
  }
}

function sizeOf(image: HTMLImageElement): Size {
  return {
    width: image.naturalWidth || image.width || 300,
    height: image.naturalHeight || image.height || 150,
  };
}

async function sizeOfSvg(image: SVGImageElement): Promise<Size> {
  const bitmap = await createImageBitmap(image);
  const { width, height } = bitmap;
  bitmap.close();
  return { width, height };
}

async function fetchWithCors(
  picture: Picture,
  signal: AbortSignal,
  known: Size,
): Promise<ContentImage | null> {
  const blob = await fileWithCors(picture, signal);
  return blob && decode(blob, 'cors', known);
}

async function fetchByExtension(picture: Picture, known: Size): Promise<ContentImage | null> {
  try {
    const blob = await fileByExtension(picture);
    return blob && (await decode(blob, 'extension', known));
  } catch (thrown) {
    // The screen still shows the image, whatever the server replies now.
    if (PasticheError.from(thrown).code === 'extension-updated') throw thrown;
    return null;
  }
}

/**
 * The file of a picture, as it was read.
 * @throws {PasticheError} `fetch-failed`; `cancelled` by the signal.
 */
export async function fileOf(picture: Picture, signal: AbortSignal): Promise<Blob> {
  const file = (await fileWithCors(picture, signal)) ?? (await fileByExtension(picture));
  if (!file) throw new PasticheError('fetch-failed');
  return file;
}

async function fileWithCors(picture: Picture, signal: AbortSignal): Promise<Blob | null> {
  try {
    const either = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    // No cookies for other origins: a page could always do this much itself.
    const response = await fetch(picture.source, {
      mode: 'cors',
      credentials: 'same-origin',
      signal: either,
    });
    return response.ok ? await response.blob() : null;
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

async function fileByExtension(picture: Picture): Promise<Blob | null> {
  if (!/^https?:/.test(picture.source)) return null;
  const reply = await askBackground({
    type: 'background.fetch-image',
    url: picture.source,
  });
  return reply && new Blob([unpackBytes(reply.data)], { type: reply.mime });
}

async function decode(
  blob: Blob,
  way: 'cors' | 'extension',
  known: Size,
): Promise<ContentImage | null> {
  if (blob.size === 0) throw new PasticheError('image-empty');
  const animated = motionOf(await ownBuffer(blob));
  const about = { way, pageReadable: way === 'cors', part: WHOLE, animated };
  try {
    const image = await createImageBitmap(blob, reductionOf(known));
    return { image, natural: { width: image.width, height: image.height }, ...about };
  } catch {
    // createImageBitmap doesn't accept SVG files; an image element does.
    const url = URL.createObjectURL(blob);
    try {
      const image = await loadImage(url);
      return image && { image, natural: sizeOf(image), ...about };
    } finally {
      URL.revokeObjectURL(url);
    }
  }
}

/** Options for decoding an image of this size at a reduced size; empty if it is small enough. */
function reductionOf({ width, height }: Size): ImageBitmapOptions {
  const scale = Math.sqrt(MAX_DRAWN_PIXELS / 4 / (width * height));
  if (width * height <= MAX_DRAWN_PIXELS) return {};
  return {
    resizeWidth: Math.max(1, Math.round(width * scale)),
    resizeHeight: Math.max(1, Math.round(height * scale)),
    resizeQuality: 'high',
  };
}

/**
 * Captures a box of the screen, without anything of ours.
 * @param shown In the viewport, in CSS pixels.
 * @throws {PasticheError} `image-gone` if no part of it is in the viewport, `pixels-blocked`.
 */
export async function captureBox(element: Element, shown: Box): Promise<ContentImage> {
  const before = rectOf(element);
  return shownOn(await stillScreen(element, captureScreen(element)), shown, before);
}

/** The capture of a tab, without anything of ours. */
interface Screen {
  readonly image: ImageBitmap;
  /** Device pixels per CSS pixel of this frame. */
  readonly scale: number;
  /** The captured area, in this frame's viewport, in CSS pixels: smaller than that, or larger. */
  readonly view: Box;
  /** Where the element was, and the part of it that could be seen, in this frame's viewport. */
  readonly rect: Box;
  readonly clip: Box;
  /** Whether the element kept its place in the window. */
  readonly isInPlace: boolean;
  /** Whether it also kept its opacity: pages fade pictures in over others. */
  readonly isStill: boolean;
}

/** @throws {PasticheError} `pixels-blocked`; `image-gone` if the element is not in the viewport. */
async function captureScreen(element: Element): Promise<Screen> {
  const tab = tabFromHere();
  if (!tab) throw new PasticheError('pixels-blocked', 'a frame whose place is not known');
  if (element instanceof HTMLImageElement) {
    // A large image is drawn some time after it has arrived.
    await seenWithin(
      DRAWING,
      element.decode().catch(() => undefined),
    );
  }
  const [rect, clip, opacity] = [rectOf(element), visibleBox(element), opacityOf(element)];
  if (!clip) throw new PasticheError('image-gone', 'nothing of it is on the screen');
  const dataUrl = await askBackground({ type: 'background.capture-tab' });
  const image = await createImageBitmap(await (await fetch(dataUrl)).blob());
  const isInPlace = isSameBox(rect, rectOf(element)) && isSameBox(tab, tabFromHere() ?? NO_BOX);
  // While full screen begins or ends, the tab may have another shape than its window.
  const isStill = isInPlace && opacityOf(element) === opacity && hasSameShape(tab, image);
  return { image, scale: image.width / tab.width, view: tab, rect, clip, isInPlace, isStill };
}

/**
 * A capture in which an element is at rest: the given one, or a later one.
 * @throws {PasticheError} `pixels-blocked` if it keeps moving, and as {@link captureScreen} does.
 */
async function stillScreen(element: Element, first: Promise<Screen>): Promise<Screen> {
  let screen = await first;
  for (let taken = 1; !screen.isStill && taken < MAX_CAPTURES; taken++) {
    screen = await captureScreen(element);
  }
  if (!screen.isInPlace) throw new PasticheError('pixels-blocked', 'it moves');
  return screen;
}

function isSameBox(a: Box, b: Box): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}

function opacityOf(element: Element): number {
  let opacity = 1;
  for (let at: Element | null = element; at; at = flatParentOf(at)) {
    opacity *= Number(getComputedStyle(at).opacity);
  }
  return opacity;
}

/**
 * The part of a picture that was on a screen, in device pixels.
 * @throws {PasticheError} `image-gone` if no part of it was.
 */
async function capturedPart(
  screen: Screen,
  picture: Picture,
  natural: Size,
): Promise<ContentImage> {
  const shown = pictureRect(picture, natural);
  if (!shown) throw new PasticheError('image-gone', 'it is not on the screen');
  return shownOn(screen, shown, rectOf(picture.element));
}

/**
 * The part of a box that was on a screen, in device pixels.
 * @param shown In this frame's viewport, in CSS pixels.
 * @param rect Where the captured element was when the box was measured: it may have moved since.
 * @throws {PasticheError} `image-gone` if no part of it was in the viewport.
 */
async function shownOn(
  { image, scale, view, rect: captured, clip }: Screen,
  shown: Box,
  rect: Box,
): Promise<ContentImage> {
  const then = { ...shown, x: shown.x + captured.x - rect.x, y: shown.y + captured.y - rect.y };
  const inFrame = intersection(then, clip);
  const visible = inFrame && intersection(inFrame, view);
  if (!visible) throw new PasticheError('image-gone', 'nothing of it is on the screen');
  const cut = await createImageBitmap(
    image,
    Math.round((visible.x - view.x) * scale),
    Math.round((visible.y - view.y) * scale),
    Math.max(1, Math.round(visible.width * scale)),
    Math.max(1, Math.round(visible.height * scale)),
  );
  return {
    image: cut,
    natural: { width: cut.width, height: cut.height },
    way: 'capture',
    pageReadable: false,
    part: {
      x: (visible.x - then.x) / then.width,
      y: (visible.y - then.y) / then.height,
      width: visible.width / then.width,
      height: visible.height / then.height,
    },
    animated: null,
  };
}

/**
 * The visible part of a tab, in this frame's viewport, in CSS pixels: pages are zoomed by pinching,
 * and frames by their pages. Null if a frame in between is of another origin, or rotated.
 */
function tabFromHere(): Box | null {
  let [x, y, scale] = [0, 0, 1];
  let frame: Window = window;
  try {
    while (frame !== frame.top) {
      const element = frame.frameElement as HTMLElement | null;
      if (!element) return null;
      const box = rectOf(element);
      const { width, height } = offsetSizeOf(element);
      const own = box.width / width;
      if (Math.abs(box.height / height - own) > 0.01) return null;
      const { paddingLeft, paddingTop } = getComputedStyle(element);
      x = box.x + own * (element.clientLeft + Number.parseFloat(paddingLeft) + x);
      y = box.y + own * (element.clientTop + Number.parseFloat(paddingTop) + y);
      scale *= own;
      frame = frame.parent;
    }
  } catch {
    return null;
  }
  const { offsetLeft = 0, offsetTop = 0, scale: zoom = 1 } = frame.visualViewport ?? {};
  return {
    x: (offsetLeft - x) / scale,
    y: (offsetTop - y) / scale,
    width: frame.innerWidth / zoom / scale,
    height: frame.innerHeight / zoom / scale,
  };
}
