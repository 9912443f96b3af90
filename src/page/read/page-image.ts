/** Reads pictures of the page for the style encoder, the palette and the editor. */
import { ownBuffer, packBytes } from '../../core/bytes';
import { PasticheError } from '../../protocol/errors';
import type { EditedImage, PageImage } from '../../protocol/messages';
import { encodedSize, MIN_SIDE } from '../../core/style/own-style';
import { intersection } from '../../core/fit';
import type { Size } from '../../core/geometry';
import type { Pictures } from '../find/find';
import { paintablePictures } from '../whole-page/whole-page';
import type { Picture } from '../show/picture';
import { isWhole, readContentImage } from './read';
import { FrameGrabber } from '../videos/grabber';
import { isAttached, rectOf } from '../dom/element';

/** Timeout for loading the picture, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** Timeout for a preview, in milliseconds. */
const PREVIEW_TIMEOUT_MS = 3_000;

/** Maximum number of pictures that are tried for a preview: those of other sites may not be readable. */
const TRIED = 4;

/** Shorter side of a preview's picture, in pixels: twice its size in the palette. */
const PREVIEW_SIDE = 416;

/**
 * Reads the original of a picture for the style encoder.
 * @throws {PasticheError} as for restyling; `image-empty` if it is hardly a dot.
 */
export function styleImageOf(picture: Picture): Promise<PageImage> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  return imageOf(picture, { size: encodedSize, signal, mayCapture: true, clicked: true });
}

/**
 * Reads the original of the picture that was clicked last or, failing that, of the largest one.
 * Without requesting access or capturing the screen, as the user has only opened the palette.
 * @returns Null if there is none that can be read so.
 */
export async function previewImage(
  pictures: Pictures,
  lastClicked: Element | null,
): Promise<PageImage | null> {
  const clicked = lastClicked && isAttached(lastClicked) ? pictures.at(lastClicked) : null;
  const signal = AbortSignal.timeout(PREVIEW_TIMEOUT_MS);
  for (const picture of candidates(pictures, lastClicked).slice(0, TRIED)) {
    const wanted = {
      size: previewSize,
      signal,
      mayCapture: false,
      clicked: picture === clicked,
    } as const;
    const image = await imageOf(picture, wanted).catch(() => null);
    if (image) return image;
    if (signal.aborted) break;
  }
  return null;
}

/** The picture that was clicked last or, failing that, the largest in sight. */
export function bestPicture(pictures: Pictures, lastClicked: Element | null): Picture | undefined {
  return candidates(pictures, lastClicked)[0];
}

function candidates(pictures: Pictures, lastClicked: Element | null): Picture[] {
  const clicked = lastClicked && isAttached(lastClicked) ? pictures.at(lastClicked) : null;
  const largest = paintablePictures(pictures)
    .filter((picture) => picture !== clicked)
    .sort((a, b) => areaInView(b) - areaInView(a) || areaOf(b) - areaOf(a));
  return [...(clicked ? [clicked] : []), ...largest];
}

/** Maximum number of pixels for a lossless file; more take too long to encode. */
const MAX_LOSSLESS = 4e6;

/**
 * Reads the original of a picture, at its own size, for the editor.
 * @throws {PasticheError} as for restyling.
 */
export async function editedImageOf(picture: Picture): Promise<EditedImage> {
  const content = await readContentImage(picture, AbortSignal.timeout(TIMEOUT_MS), true);
  const { width, height } = content.natural;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context) throw new PasticheError('image-too-large', `no canvas of ${width}×${height}`);
  context.drawImage(content.image, 0, 0, width, height);
  if (content.image instanceof ImageBitmap) content.image.close();
  const about = { source: picture.source, isWhole: isWhole(content), isVideo: false };
  return { ...(await fileOf(canvas)), ...about };
}

/**
 * Reads the present frame of a video, at its own size, for the editor.
 * @throws {PasticheError} as the grabber does.
 */
export async function editedFrameOf(video: HTMLVideoElement): Promise<EditedImage> {
  const { videoWidth: width, videoHeight: height } = video;
  if (width === 0 || height === 0) throw new PasticheError('video-not-found');
  const frame = new FrameGrabber().grab(video, { width, height });
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.putImageData(frame, 0, 0);
  return { ...(await fileOf(canvas)), source: video.currentSrc, isWhole: true, isVideo: true };
}

async function fileOf(
  canvas: OffscreenCanvas,
): Promise<Pick<EditedImage, 'type' | 'data' | 'mime'>> {
  const isLossless = canvas.width * canvas.height <= MAX_LOSSLESS;
  const type = isLossless ? 'image/png' : 'image/webp';
  const file = await canvas.convertToBlob({ type, quality: 0.95 });
  const data = packBytes(await ownBuffer(file), false);
  return { type: 'page.edited', data, mime: file.type };
}

interface Wanted {
  readonly size: (width: number, height: number) => Size;
  readonly signal: AbortSignal;
  readonly mayCapture: boolean;
  readonly clicked: boolean;
}

async function imageOf(
  picture: Picture,
  { size: sizeFor, signal, mayCapture, clicked }: Wanted,
): Promise<PageImage> {
  const content = await readContentImage(picture, signal, mayCapture);
  const { width, height } = content.natural;
  if (Math.min(width, height) < MIN_SIDE) throw new PasticheError('image-empty');
  const size = sizeFor(width, height);
  const canvas = new OffscreenCanvas(size.width, size.height);
  const context = canvas.getContext('2d');
  if (!context) throw new PasticheError('image-broken', 'no canvas for the pixels');
  // Transparent pixels become white.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, size.width, size.height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(content.image, 0, 0, size.width, size.height);
  if (content.image instanceof ImageBitmap) content.image.close();
  const file = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.92 });
  const { element } = picture;
  return {
    type: 'page.image',
    // Replies are serialised as JSON before Chrome 148.
    data: packBytes(await ownBuffer(file), false),
    mime: file.type,
    name: element instanceof HTMLImageElement ? element.alt : '',
    area: areaInView(picture),
    clicked,
  };
}

function previewSize(width: number, height: number): Size {
  const scale = Math.min(
    1,
    PREVIEW_SIDE / Math.min(width, height),
    (4 * PREVIEW_SIDE) / Math.max(width, height),
  );
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

function areaOf({ element }: Picture): number {
  const { width, height } = rectOf(element);
  return width * height;
}

function areaInView({ element }: Picture): number {
  const viewport = { x: 0, y: 0, width: innerWidth, height: innerHeight };
  const { x, y, width, height } = rectOf(element);
  const seen = intersection({ x, y, width, height }, viewport);
  return seen ? seen.width * seen.height : 0;
}
