/**
 * EBML (RFC 8794), the notation of WebM files: elements with an id, a size and contents. Pure.
 */

/** Ids of the WebM elements (RFC 9559) that are read or written here. */
export const ID = {
  ebml: 0x1a45dfa3,
  ebmlVersion: 0x4286,
  ebmlReadVersion: 0x42f7,
  ebmlMaxIdLength: 0x42f2,
  ebmlMaxSizeLength: 0x42f3,
  docType: 0x4282,
  docTypeVersion: 0x4287,
  docTypeReadVersion: 0x4285,
  segment: 0x18538067,
  seekHead: 0x114d9b74,
  seek: 0x4dbb,
  seekId: 0x53ab,
  seekPosition: 0x53ac,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  duration: 0x4489,
  muxingApp: 0x4d80,
  writingApp: 0x5741,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackUid: 0x73c5,
  trackType: 0x83,
  codecId: 0x86,
  codecPrivate: 0x63a2,
  video: 0xe0,
  pixelWidth: 0xb0,
  pixelHeight: 0xba,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  simpleBlock: 0xa3,
  blockGroup: 0xa0,
  block: 0xa1,
  cues: 0x1c53bb6b,
  cuePoint: 0xbb,
  cueTime: 0xb3,
  cueTrackPositions: 0xb7,
  cueTrack: 0xf7,
  cueClusterPosition: 0xf1,
  voidElement: 0xec,
} as const;

export type Bytes = Uint8Array<ArrayBuffer>;

/** An element with its contents. Its size always takes eight bytes, so lengths are known beforehand. */
export function element(id: number, ...contents: readonly Bytes[]): Bytes {
  const head = idBytes(id);
  const size = contents.reduce((sum, { length }) => sum + length, 0);
  return concat([head, sizeBytes(size), ...contents]);
}

/** An unsigned integer of eight bytes. */
export function unsigned(value: number): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(Math.round(value)));
  return bytes;
}

export function float(value: number): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes;
}

export function text(value: string): Bytes {
  return new TextEncoder().encode(value);
}

/** The bytes of an id, including its length marker. */
export function idBytes(id: number): Bytes {
  const length = id > 0xffffff ? 4 : id > 0xffff ? 3 : id > 0xff ? 2 : 1;
  return Uint8Array.from({ length }, (_, i) => (id >>> (8 * (length - 1 - i))) & 255);
}

/** A size in eight bytes. */
export function sizeBytes(size: number): Bytes {
  const bytes = unsigned(size);
  bytes[0] = 1;
  return bytes;
}

export function concat(parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** An element found in a file. */
export interface Found {
  readonly id: number;
  /** Offsets of the beginning and end of its contents. */
  readonly start: number;
  readonly end: number;
  /** Whether its size is unknown, as live recorders leave it: it ends with the file or its parent. */
  readonly isOpen: boolean;
}

/**
 * The element at `at`; null if there is none, or only its beginning.
 * @param limit End of its parent.
 */
export function elementAt(bytes: Uint8Array, at: number, limit: number): Found | null {
  const idLength = lengthOf(bytes[at]);
  if (idLength === 0 || at + idLength >= limit) return null;
  let id = 0;
  for (let i = 0; i < idLength; i++) id = id * 256 + bytes[at + i]!;
  const sizeAt = at + idLength;
  const sizeLength = lengthOf(bytes[sizeAt]);
  if (sizeLength === 0 || sizeAt + sizeLength > limit) return null;
  let size = bytes[sizeAt]! & (0xff >> sizeLength);
  let isOpen = size === 0xff >> sizeLength;
  for (let i = 1; i < sizeLength; i++) {
    const byte = bytes[sizeAt + i]!;
    isOpen &&= byte === 255;
    size = size * 256 + byte;
  }
  const start = sizeAt + sizeLength;
  if (isOpen) return { id, start, end: limit, isOpen };
  return start + size <= limit ? { id, start, end: start + size, isOpen } : null;
}

/** Successive elements between two offsets. Stops where the file breaks off. */
export function* elementsIn(bytes: Uint8Array, from: number, to: number): Generator<Found> {
  for (let at = from; at < to;) {
    const found = elementAt(bytes, at, to);
    if (!found) return;
    yield found;
    at = found.end;
  }
}

/** An unsigned integer of up to eight bytes. */
export function unsignedIn(bytes: Uint8Array, { start, end }: Found): number {
  let value = 0;
  for (let i = start; i < end; i++) value = value * 256 + bytes[i]!;
  return value;
}

/** Length of a variable-length number, from its first byte; 0 if there is none. */
function lengthOf(first: number | undefined): number {
  return first === undefined || first === 0 ? 0 : Math.clz32(first) - 23;
}
