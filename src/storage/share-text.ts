/**
 * One favourite as a short text that a person sends to another: the file of favourites, compressed,
 * in letters that survive every messenger.
 */
import { FavouritesFileError, writeFavouritesFile, type FavouritesBundle } from './favourites-file';

const MARK = 'pastiche:';

/** A text of more than this, in bytes once it is unpacked, is no favourite. */
const LARGEST = 200_000;

export async function writeShareText(bundle: FavouritesBundle): Promise<string> {
  const json = new Blob([writeFavouritesFile(bundle, 0).trim()]);
  const packed = json.stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  const letters = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return MARK + letters.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/**
 * The file that is in a text; what stands before and behind it is passed over.
 * @throws {FavouritesFileError} `no_share` or `damaged_share`.
 */
export async function readShareText(text: string): Promise<string> {
  const [, letters] = /pastiche:([\w-]+)/.exec(text) ?? [];
  if (letters === undefined) throw new FavouritesFileError('no_share');
  try {
    const binary = atob(letters.replaceAll('-', '+').replaceAll('_', '/'));
    const packed = new Blob([Uint8Array.from(binary, (letter) => letter.charCodeAt(0))]);
    return await unpack(packed);
  } catch {
    throw new FavouritesFileError('damaged_share');
  }
}

async function unpack(packed: Blob): Promise<string> {
  const reader = packed.stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    // A few letters can unpack to gigabytes.
    if (size > LARGEST) {
      await reader.cancel();
      throw new RangeError('too large for a favourite');
    }
    chunks.push(value);
  }
  return new Blob(chunks).text();
}
