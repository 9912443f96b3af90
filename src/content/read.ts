/**
 * Reading the pixels of a picture on the page. Four ways, the best first:
 * the page's own element where it is not tainted; the same address fetched with CORS; fetched by
 * the extension where the person granted access to the site; a capture of the visible part.
 */
import { unpackBytes } from '../messages/bytes';
import { PasticheError } from '../messages/errors';
import { askBackground } from '../messages/background-client';
import { isAnimatedGif } from './animated-gif';
import { intersection, type Box, type Size } from './fit';
import type { Overlay } from './overlay';
import type { Picture } from './picture';

export type Way = 'page' | 'cors' | 'extension' | 'capture';

/** A content image whose pixels can be read. */
export interface ContentImage {
  readonly image: CanvasImageSource;
  /** Size of the image in pixels; of the part, where only a part is known. */
  readonly natural: Size;
  readonly way: Way;
  /** Whether the page could read these pixels too, so that a pastiche of them is no secret. */
  readonly pageReadable: boolean;
  /** The part of the picture that it shows, in fractions of the whole. */
  readonly part: Box;
  readonly animated: boolean;
}

const WHOLE: Box = { x: 0, y: 0, width: 1, height: 1 };

/**
 * Larger images, in pixels, are not drawn from the element, which decodes them on the page's thread
 * at full size, but decoded and reduced to this from their file.
 */
const LARGEST_DRAWN = 30e6;

/** How long an image may take to arrive, in milliseconds. */
const PATIENCE = 20_000;

/**
 * Finds the best way to read a picture.
 * @param overlay Knows where the picture is on the screen; hidden while the screen is captured.
 * @param mayCapture Whether the screen may be captured where there is no other way.
 * @throws {PasticheError} `image-broken`, `image-empty`, `image-gone` or `pixels-blocked`.
 */
export async function readContentImage(
  picture: Picture,
  overlay: Overlay,
  signal: AbortSignal,
  mayCapture: boolean,
): Promise<ContentImage> {
  const inPage = await readFromPage(picture, signal);
  if (inPage) return inPage;
  const fetched = (await fetchWithCors(picture, signal)) ?? (await fetchByExtension(picture));
  if (fetched) return fetched;
  signal.throwIfAborted();
  if (!mayCapture) throw new PasticheError('pixels-blocked');
  return capture(picture, overlay);
}

/**
 * Pixels of a content image at a size.
 * @throws {PasticheError} `image-broken` if they can't be drawn.
 */
export function pixelsOf(content: ContentImage, size: Size): ImageData {
  const canvas = new OffscreenCanvas(size.width, size.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new PasticheError('image-broken', 'no canvas for the pixels');
  context.imageSmoothingQuality = 'high';
  context.drawImage(content.image, 0, 0, size.width, size.height);
  return context.getImageData(0, 0, size.width, size.height);
}

async function readFromPage(picture: Picture, signal: AbortSignal): Promise<ContentImage | null> {
  // Canvas may draw any frame of an animated image; its file tells which is the first.
  if (/^data:image\/gif|\.gif(?:$|[?#])/i.test(picture.source)) return null;
  const image = picture.drawable ?? (await loadImage(picture.source));
  if (!image) return null;
  if (image instanceof HTMLImageElement) {
    await arrived(image, signal);
    if (image.naturalWidth * image.naturalHeight > LARGEST_DRAWN) return null;
  }
  if (isTainted(image)) return null;
  const natural = image instanceof HTMLImageElement ? sizeOf(image) : await sizeOfSvg(image);
  return { image, natural, way: 'page', pageReadable: true, part: WHOLE, animated: false };
}

/** The image at an address as the page would load it, without CORS; null if it can't be loaded. */
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
    const waiting = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
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
    // An SVG without a size has none of its own, but is drawn at the size of its box.
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

async function fetchWithCors(picture: Picture, signal: AbortSignal): Promise<ContentImage | null> {
  let blob: Blob;
  try {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
    // Without cookies across origins: a page could always do this much itself.
    const response = await fetch(picture.source, {
      mode: 'cors',
      credentials: 'same-origin',
      signal: patience,
    });
    if (!response.ok) return null;
    blob = await response.blob();
  } catch {
    signal.throwIfAborted();
    return null;
  }
  return decode(blob, 'cors', picture.naturalSize());
}

async function fetchByExtension(picture: Picture): Promise<ContentImage | null> {
  if (!/^https?:/.test(picture.source)) return null;
  try {
    const reply = await askBackground({
      type: 'background.fetch-image',
      url: picture.source,
    });
    if (!reply) return null;
    const blob = new Blob([unpackBytes(reply.data)], { type: reply.mime });
    return await decode(blob, 'extension', picture.naturalSize());
  } catch (thrown) {
    // The screen still shows the image, whatever the server says now.
    if (PasticheError.from(thrown).code === 'extension-updated') throw thrown;
    return null;
  }
}

async function decode(
  blob: Blob,
  way: 'cors' | 'extension',
  known: Size,
): Promise<ContentImage | null> {
  if (blob.size === 0) throw new PasticheError('image-empty');
  const animated = blob.type === 'image/gif' && isAnimatedGif(await blob.arrayBuffer());
  const about = { way, pageReadable: way === 'cors', part: WHOLE, animated };
  try {
    const image = await createImageBitmap(blob, reductionOf(known));
    return { image, natural: { width: image.width, height: image.height }, ...about };
  } catch {
    // createImageBitmap takes no SVG files; an image element does.
    const url = URL.createObjectURL(blob);
    try {
      const image = await loadImage(url);
      return image && { image, natural: sizeOf(image), ...about };
    } finally {
      URL.revokeObjectURL(url);
    }
  }
}

/** How an image of this size is reduced while it is decoded; not at all where it is small enough. */
function reductionOf({ width, height }: Size): ImageBitmapOptions {
  const scale = Math.sqrt(LARGEST_DRAWN / 4 / (width * height));
  if (width * height <= LARGEST_DRAWN) return {};
  return {
    resizeWidth: Math.max(1, Math.round(width * scale)),
    resizeHeight: Math.max(1, Math.round(height * scale)),
    resizeQuality: 'high',
  };
}

async function capture(picture: Picture, overlay: Overlay): Promise<ContentImage> {
  const offset = offsetInTab();
  const shown = overlay.pictureRect(picture.naturalSize());
  const viewport = { x: 0, y: 0, width: innerWidth, height: innerHeight };
  const visible = shown && intersection(shown, viewport);
  if (!visible || !shown) throw new PasticheError('image-gone', 'nothing of it is on the screen');
  if (!offset) throw new PasticheError('pixels-blocked', 'a frame whose place is not known');
  const dataUrl = await overlay.hiddenWhile(() =>
    askBackground({ type: 'background.capture-tab' }),
  );
  const screen = await createImageBitmap(await (await fetch(dataUrl)).blob());
  const scale = screen.width / offset.tabWidth;
  const image = await createImageBitmap(
    screen,
    Math.round((visible.x + offset.x) * scale),
    Math.round((visible.y + offset.y) * scale),
    Math.max(1, Math.round(visible.width * scale)),
    Math.max(1, Math.round(visible.height * scale)),
  );
  screen.close();
  return {
    image,
    natural: { width: image.width, height: image.height },
    way: 'capture',
    pageReadable: false,
    part: {
      x: (visible.x - shown.x) / shown.width,
      y: (visible.y - shown.y) / shown.height,
      width: visible.width / shown.width,
      height: visible.height / shown.height,
    },
    animated: false,
  };
}

/** Where this frame's viewport lies in the tab's; null if a frame between is of another origin. */
function offsetInTab(): { x: number; y: number; tabWidth: number } | null {
  let x = 0;
  let y = 0;
  let frame: Window = window;
  try {
    while (frame !== frame.top) {
      const element = frame.frameElement;
      if (!element) return null;
      const box = element.getBoundingClientRect();
      x += box.x + element.clientLeft;
      y += box.y + element.clientTop;
      frame = frame.parent;
    }
  } catch {
    return null;
  }
  return { x, y, tabWidth: frame.innerWidth };
}
