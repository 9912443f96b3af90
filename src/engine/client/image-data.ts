/** Firefox gives content scripts a way to put a copy of a value within the page's reach. */
interface FirefoxGlobals {
  cloneInto?<T>(value: T, scope: object): T;
}

/**
 * Pixels as a canvas takes them.
 *
 * In Firefox canvas and ImageData are the page's, seen through a wrapper, and refuse an array of
 * the content script's own.
 * @param pixels RGBA, 4·width·height bytes, not premultiplied.
 */
export function imageDataOf(
  pixels: Uint8ClampedArray<ArrayBuffer>,
  width: number,
  height: number,
): ImageData {
  const { cloneInto } = globalThis as FirefoxGlobals;
  return new ImageData(cloneInto ? cloneInto(pixels, window) : pixels, width, height);
}
