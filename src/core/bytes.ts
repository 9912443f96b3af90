/**
 * Binary data on a message port. Chrome 148+ (with the manifest's `message_serialization`) and
 * Firefox clone an ArrayBuffer; older Chromes write messages as JSON, where it must travel as a
 * base64 string.
 *
 * The engine host's first message holds a Uint8Array as a probe. A client that receives it as one
 * may send buffers; the host answers a request in the form that the request had.
 */
export type Bytes = ArrayBuffer | string;

/** Whether a received probe came through as binary data. */
export function carriesBinary(probe: unknown): boolean {
  return ArrayBuffer.isView(probe) || probe instanceof ArrayBuffer;
}

/** Data as the port can carry it. The buffer itself where `binary`, base64 otherwise. */
export function packBytes(data: ArrayBuffer, binary: true): ArrayBuffer;
export function packBytes(data: ArrayBuffer, binary: false): string;
export function packBytes(data: ArrayBuffer, binary: boolean): Bytes;
export function packBytes(data: ArrayBuffer, binary: boolean): Bytes {
  if (binary) return data;
  const bytes = new Uint8Array(data);
  let text = '';
  // String.fromCharCode takes its characters as arguments, whose number is limited.
  const step = 0x8000;
  for (let i = 0; i < bytes.length; i += step) {
    text += String.fromCharCode(...bytes.subarray(i, i + step));
  }
  return btoa(text);
}

/** Bytes that write themselves as base64, in less than a millisecond: Chrome 140 and later. */
interface Base64Bytes {
  toBase64?(): string;
}

/** A `data:` address that holds a file. */
export function dataAddress(data: ArrayBuffer, mime: string): string {
  const text = (new Uint8Array(data) as Base64Bytes).toBase64?.() ?? packBytes(data, false);
  return `data:${mime};base64,${text}`;
}

/**
 * The file that such an address holds.
 * @throws {TypeError} if it is none.
 */
export function fileIn(address: string): Blob {
  const [, type, text] = /^data:([^;,]*);base64,([^]*)$/.exec(address) ?? [];
  return new Blob([unpackBytes(text)], { type: type ?? '' });
}

/**
 * The data of a received message.
 * @throws {TypeError} if it is neither a buffer nor base64.
 */
export function unpackBytes(bytes: unknown): ArrayBuffer {
  if (bytes instanceof ArrayBuffer) return bytes;
  if (typeof bytes !== 'string') throw new TypeError('expected binary data');
  let text: string;
  try {
    text = atob(bytes);
  } catch (cause) {
    throw new TypeError('expected base64', { cause });
  }
  const data = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) data[i] = text.charCodeAt(i);
  return data.buffer;
}

/**
 * All that a stream gives.
 * @param most In bytes; the stream is cancelled as soon as there are more.
 * @throws {RangeError} if there are.
 */
export async function bytesWithin(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  most: number,
): Promise<ArrayBuffer> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  // Leaving the loop cancels the stream.
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > most) throw new RangeError(`more than ${most} bytes`);
    chunks.push(chunk);
  }
  return new Blob(chunks).arrayBuffer();
}

/**
 * The data of a blob, as the script's own. To a content script Firefox gives it as the page's, of
 * which views can be made and read, and nothing else: even `subarray` is denied.
 */
export async function ownBuffer(blob: Blob): Promise<ArrayBuffer> {
  const theirs = new Uint8Array(await blob.arrayBuffer());
  const own = new Uint8Array(theirs.length);
  own.set(theirs);
  return own.buffer;
}

/** Firefox gives content scripts a way to put a copy of a value within the page's reach. */
interface FirefoxGlobals {
  cloneInto?<T>(value: T, scope: object): T;
  /** The page's own, which the script's global object only inherits from. */
  readonly window?: object;
}

/**
 * Bytes as a canvas or a stream takes them. In a content script of Firefox those are the page's, seen
 * through a wrapper, and refuse an array of the script's own.
 */
export function forPlatform<T extends ArrayBufferView>(bytes: T): T {
  const { cloneInto, window } = globalThis as FirefoxGlobals;
  return cloneInto && window ? cloneInto(bytes, window) : bytes;
}
