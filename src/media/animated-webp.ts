/** Combines WebP stills into an animated WebP file (RFC 9649). Pure. */

/** A frame of an animation. */
export interface WebpFrame {
  /** A WebP file of the still. */
  readonly webp: Uint8Array<ArrayBuffer>;
  /** Display time in milliseconds. */
  readonly duration: number;
}

/** Chunks of a still that hold its pixels: alpha, lossy, lossless. */
const PIXELS = ['ALPH', 'VP8 ', 'VP8L'];

/** Flags of the file: animated; may be transparent. */
const MOVES = 0x02;
const TRANSPARENT = 0x10;

/** Flag of a frame: it replaces the previous one, transparency included. */
const REPLACES = 0x02;

const MAX_FRAME = 2 ** 24 - 1;
const MAX_PLAYS = 2 ** 16 - 1;

/**
 * An animated WebP file.
 * @param frames All of this size, in pixels.
 * @param plays Number of times it is played; 0 for endlessly.
 * @throws {RangeError} if a frame is no WebP file.
 */
export function writeAnimatedWebp(
  frames: readonly WebpFrame[],
  { width, height }: { readonly width: number; readonly height: number },
  plays: number,
): Blob {
  const size = [...little(width - 1, 3), ...little(height - 1, 3)];
  const parts = [
    ...chunk('VP8X', [bytes([MOVES | TRANSPARENT, 0, 0, 0, ...size])]),
    ...chunk('ANIM', [bytes([0, 0, 0, 0, ...little(Math.min(plays, MAX_PLAYS), 2)])]),
    ...frames.flatMap(({ webp, duration }) => {
      const shown = Math.min(Math.max(1, Math.round(duration)), MAX_FRAME);
      const control = [...little(0, 6), ...size, ...little(shown, 3), REPLACES];
      return chunk('ANMF', [bytes(control), ...pixelsIn(webp)]);
    }),
  ];
  return new Blob(chunk('RIFF', [letters('WEBP'), ...parts]), { type: 'image/webp' });
}

/** The chunks of a still that hold its pixels. */
function pixelsIn(webp: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const view = new DataView(webp.buffer, webp.byteOffset, webp.byteLength);
  const name = (at: number): string => String.fromCharCode(...webp.subarray(at, at + 4));
  const found: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 12; name(0) === 'RIFF' && at + 8 <= webp.length;) {
    const length = 8 + view.getUint32(at + 4, true);
    if (PIXELS.includes(name(at))) found.push(...padded([webp.subarray(at, at + length)]));
    at += length + (length % 2);
  }
  if (found.length === 0) throw new RangeError('a frame is no WebP file');
  return found;
}

function chunk(name: string, data: Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer>[] {
  const length = data.reduce((sum, part) => sum + part.length, 0);
  return padded([letters(name), bytes(little(length, 4)), ...data]);
}

/** Padded to an even number of bytes. */
function padded(parts: Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer>[] {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return length % 2 === 0 ? parts : [...parts, bytes([0])];
}

function letters(name: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(name, (letter) => letter.charCodeAt(0));
}

function bytes(values: readonly number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(values);
}

/** A little-endian number. */
function little(value: number, length: number): number[] {
  return Array.from({ length }, (_, i) => Math.floor(value / 256 ** i) % 256);
}
