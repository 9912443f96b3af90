/** Whether a file of a picture moves: GIF, PNG, WebP, AVIF. Pure, but for the fetching. */

/** How long a file may take that is asked for only to see whether it moves, in milliseconds. */
const TIMEOUT_MS = 1500;

/** Types of files that may move. */
const MAY_MOVE = /^image\/(gif|png|apng|vnd\.mozilla\.apng|webp|avif)/;

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
 * Whether the picture at an address moves. The browser has it, as a rule, and it is not loaded anew.
 * False where that can't be seen in time.
 */
export async function isAnimatedAt(address: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(address, {
      cache: 'force-cache',
      credentials: 'same-origin',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    if (!response.ok || !MAY_MOVE.test(response.headers.get('content-type') ?? '')) {
      await response.body?.cancel();
      return false;
    }
    return isAnimated(await response.arrayBuffer());
  } catch {
    return false;
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
