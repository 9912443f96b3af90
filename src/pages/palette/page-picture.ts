/** The page's picture for the preview, cropped to the preview's shape. */
import browser from 'webextension-polyfill';

import { askBackground } from '../../protocol/background-client';
import { unpackBytes } from '../../core/bytes';

/** The picture that was clicked last on the active tab, or the largest; null if none can be read. */
export async function readPagePicture(): Promise<ImageBitmap | null> {
  try {
    const [tab] = await browser.tabs.query({ active: true, currentWindow: true });
    if (tab?.id === undefined) return null;
    const image = await askBackground({ type: 'background.preview-picture', tabId: tab.id });
    if (!image) return null;
    return await createImageBitmap(new Blob([unpackBytes(image.data)], { type: image.mime }));
  } catch {
    // On a page or picture that can't be reached, the sample picture stays.
    return null;
  }
}

/**
 * The picture at exactly this size, cropped to fill it. Portraits keep more of the part above the
 * centre, where faces are.
 */
export function filling(picture: ImageBitmap, width: number, height: number): ImageData {
  const context = new OffscreenCanvas(width, height).getContext('2d', {
    willReadFrequently: true,
  });
  if (!context) throw new Error('no 2d canvas');
  const scale = Math.max(width / picture.width, height / picture.height);
  const drawn = { width: picture.width * scale, height: picture.height * scale };
  context.imageSmoothingQuality = 'high';
  context.drawImage(
    picture,
    (width - drawn.width) / 2,
    (height - drawn.height) * 0.35,
    drawn.width,
    drawn.height,
  );
  return context.getImageData(0, 0, width, height);
}
