/** Whether a file of a picture moves: GIF, PNG, WebP, AVIF, SVG. Pure, but for the fetching. */

import { ownBuffer } from '../../core/bytes';

/** How long a file may take that is asked for only to see whether it moves, in milliseconds. */
const TIMEOUT_MS = 1500;

/** Types of files that may move. */
const MAY_MOVE = /^image\/(gif|png|apng|vnd\.mozilla\.apng|webp|avif|svg\+xml)/;

/** What moves by frames can be taken apart; a drawing is moved by the browser. */
export type Motion = 'frames' | 'drawing';

/** So much of a drawing is looked through, in bytes. */
const LONGEST_LOOK = 2e6;

/** Blanks, and the mark of an encoding. */
const BEFORE_TEXT = [0x09, 0x0a, 0x0d, 0x20, 0xef, 0xbb, 0xbf];

/** Elements of SMIL (SVG Animations 2), and what style sheets move by. */
const MOVES = /<(?:\w+:)?(?:animate(?:Transform|Motion)?|set)[\s/>]|@keyframes\s/;

/** How a picture's file moves; null where it stands, is damaged, or is of another kind. */
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
 * How the picture at an address moves. The browser has it, as a rule, and it is not loaded anew.
 * Null where that can't be seen in time.
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

/** Bytes of the colour table that a packed field announces. */
function colourTableSize(packed: number): number {
  return packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0;
}

/** Four bytes, the highest first. */
function numberAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).byteLength >= at + 4
    ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(at)
    : 0;
}
