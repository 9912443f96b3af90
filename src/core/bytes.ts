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

/** Encodes data for the port: the buffer itself where `binary`, base64 otherwise. */
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

/** `Uint8Array.prototype.toBase64`, which takes less than a millisecond: Chrome 140 and later. */
interface Base64Bytes {
  toBase64?(): string;
}

/** A `data:` address that holds a file. */
export function dataAddress(data: ArrayBuffer, mime: string): string {
  const text = (new Uint8Array(data) as Base64Bytes).toBase64?.() ?? packBytes(data, false);
  return `data:${mime};base64,${text}`;
}

/**
 * The file in a `data:` address.
 * @throws {TypeError} if it is not a base64 `data:` address.
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
 * Reads a stream to its end.
 * @param most Maximum length in bytes; the stream is cancelled as soon as it gives more.
 * @throws {RangeError} if the stream gives more.
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
 * The data of a blob, as a buffer of the script's own. In Firefox a content script gets the page's,
 * which allows reading through views and nothing else: even `subarray` is denied.
 */
export async function ownBuffer(blob: Blob): Promise<ArrayBuffer> {
  const theirs = new Uint8Array(await blob.arrayBuffer());
  const own = new Uint8Array(theirs.length);
  own.set(theirs);
  return own.buffer;
}

/** Firefox lets content scripts clone a value into the page's realm. */
interface FirefoxGlobals {
  cloneInto?<T>(value: T, scope: object): T;
  /** The page's window, from which the script's global object only inherits. */
  readonly window?: object;
}

/**
 * Bytes in a form that a canvas or a stream accepts. In a content script of Firefox those belong to the
 * page, behind a wrapper, and refuse an array of the script's own.
 */
export function forPlatform<T extends ArrayBufferView>(bytes: T): T {
  const { cloneInto, window } = globalThis as FirefoxGlobals;
  return cloneInto && window ? cloneInto(bytes, window) : bytes;
}
