/** Detects animation in picture files: GIF, PNG, WebP, AVIF, SVG. Pure, except for the fetching. */

import { ownBuffer } from '../../core/bytes';

/** Timeout for a file that is requested only for this check, in milliseconds. */
const TIMEOUT_MS = 1500;

/** Types of files that may be animated. */
const MAY_MOVE = /^image\/(gif|png|apng|vnd\.mozilla\.apng|webp|avif|svg\+xml)/;

/** Frames can be decoded one by one; a drawing is animated by the browser. */
export type Motion = 'frames' | 'drawing';

/** Maximum length of a drawing that is searched, in bytes. */
const LONGEST_LOOK = 2e6;

/** White space, and the byte order mark. */
const BEFORE_TEXT = [0x09, 0x0a, 0x0d, 0x20, 0xef, 0xbb, 0xbf];

/** Elements of SMIL (SVG Animations 2), and the rule for animations in style sheets. */
const MOVES = /<(?:\w+:)?(?:animate(?:Transform|Motion)?|set)[\s/>]|@keyframes\s/;

/** How a picture's file is animated; null if it is not, is damaged, or is of another kind. */
export function motionOf(data: ArrayBuffer): Motion | null {
  if (isAnimated(data)) return 'frames';
  const bytes = new Uint8Array(data);
  const first = bytes.find((byte) => !BEFORE_TEXT.includes(byte));
  if (first !== '<'.charCodeAt(0)) return null;
  let text = '';
  // String.fromCharCode takes its characters as arguments, whose number is limited.
  for (let at = 0; at < Math.min(bytes.length, LONGEST_LOOK); at += 0x4000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x4000));
  }
  return /<(?:\w+:)?svg[\s>]/.test(text) && MOVES.test(text) ? 'drawing' : null;
}

/**
 * Whether a picture's file has more than one frame. False for anything damaged, or of another kind.
 * - GIF89a: more than one image block
 * - APNG (PNG third edition, 4.10): an animation control chunk before the first data
 * - WebP (RFC 9649, 2.7): the animation flag
 * - AVIF (AV1 Image File Format, 6): the brand of an image sequence
 */
export function isAnimated(data: ArrayBuffer): boolean {
  const bytes = new Uint8Array(data);
  const name = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (name(0) === 'GIF8') return isAnimatedGif(bytes);
  if (name(0) === '\x89PNG') return isAnimatedPng(bytes);
  if (name(0) === 'RIFF' && name(8) === 'WEBP') {
    return name(12) === 'VP8X' && ((bytes[20] ?? 0) & 0x02) !== 0;
  }
  if (name(4) !== 'ftyp') return false;
  const size = Math.min(numberAt(bytes, 0), bytes.length);
  for (let at = 8; at < size; at += 4) if (name(at) === 'avis') return true;
  return false;
}

/**
 * How the picture at an address is animated. The browser usually has it cached, so that it is not
 * loaded again. Null if that can't be determined in time.
 */
export async function motionAt(address: string, signal: AbortSignal): Promise<Motion | null> {
  try {
    const response = await fetch(address, {
      cache: 'force-cache',
      credentials: 'same-origin',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    if (!response.ok || !MAY_MOVE.test(response.headers.get('content-type') ?? '')) {
      await response.body?.cancel();
      return null;
    }
    return motionOf(await ownBuffer(await response.blob()));
  } catch {
    return null;
  }
}

function isAnimatedPng(bytes: Uint8Array): boolean {
  for (let at = 8; at + 8 <= bytes.length; at += 12 + numberAt(bytes, at)) {
    const chunk = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (chunk === 'acTL') return numberAt(bytes, at + 8) > 1;
    if (chunk === 'IDAT') return false;
  }
  return false;
}

function isAnimatedGif(bytes: Uint8Array): boolean {
  const at = (index: number): number => bytes[index] ?? 0;
  let position = 13 + colourTableSize(at(10));
  let frames = 0;
  while (position < bytes.length) {
    const block = at(position);
    if (block === 0x2c) {
      frames += 1;
      if (frames > 1) return true;
      position += 10 + colourTableSize(at(position + 9)) + 1;
    } else if (block === 0x21) {
      position += 2;
    } else {
      return false;
    }
    while (at(position) !== 0 && position < bytes.length) position += at(position) + 1;
    position += 1;
  }
  return false;
}

/** Bytes of the colour table announced by a packed field. */
function colourTableSize(packed: number): number {
  return packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0;
}

/** The four bytes of a big-endian number. */
function numberAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).byteLength >= at + 4
    ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(at)
    : 0;
}
