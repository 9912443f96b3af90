/**
 * One favourite as a short text to send to somebody: the favourites file, compressed, in an alphabet
 * that survives mail, chat and autocorrection. Douglas Crockford's Base32 ignores case, has no
 * punctuation, and avoids letters that look alike. The text begins with its length and ends with a
 * checksum, so that anything inserted before, into or after it can be ignored.
 */
import { bytesWithin } from '../bytes';
import { FavouritesFileError, writeFavouritesFile, type FavouritesBundle } from './favourites-file';

const MARK = 'pastiche:';

/** Follows the mark. The first format, in Base64, had no such digit. */
const FORM = '2';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const LETTER_BITS = 5;

/** Number of letters of the length, and of the checksum. */
const NUMBER_LETTERS = 4;

/** The largest prime that fits into this many letters. */
const MODULUS = 1_048_573;

/** Maximum length of a favourite, uncompressed, in bytes. */
const MAX_BYTES = 200_000;

export async function writeShareText(bundle: FavouritesBundle): Promise<string> {
  const json = new Blob([writeFavouritesFile(bundle, 0).trim()]);
  const packed = json.stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  const parts = [numberIn(bytes.length), lettersOf(bytes), numberIn(checkOf(bytes))];
  return MARK + FORM + parts.join('');
}

/**
 * The file in a text; anything before, after or between its letters is ignored.
 * @throws {FavouritesFileError} `no_share` or `damaged_share`.
 */
export async function readShareText(text: string): Promise<string> {
  const candidates = [...bytesIn(text), ...olderBytesIn(text)];
  const isMarked = /pastiche\s*[:：]/i.test(text);
  if (candidates.length === 0 && !isMarked) throw new FavouritesFileError('no_share');
  for (const bytes of candidates) {
    const file = await unpack(new Blob([bytes])).catch(() => null);
    if (file !== null) return file;
  }
  throw new FavouritesFileError('damaged_share');
}

/**
 * What stands in a text in the present form. What of it is a letter and what an escape is not always
 * certain: the letters at its end tell which reading is right.
 */
function* bytesIn(text: string): Generator<Uint8Array<ArrayBuffer>> {
  yield* bytesInPlain(withoutMarkup(text));
  yield* bytesInPlain(withoutMarkup(withoutAnything(text)));
}

function* bytesInPlain(text: string): Generator<Uint8Array<ArrayBuffer>> {
  // Signs of quotations, spaces, line breaks, what can't be seen, and letters of full width. An I that
  // was made small in Turkish has no dot.
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll('ı', 'i')
    .replace(/[^a-z0-9:]/g, '');
  for (const { index } of plain.matchAll(/pastiche:2/g)) {
    const letters = plain
      .slice(index + MARK.length + FORM.length)
      .replace(/[il]/g, '1')
      .replaceAll('o', '0')
      .replace(/[^0-9a-z]|u/g, '');
    const size = numberOf(letters.slice(0, NUMBER_LETTERS));
    const end = NUMBER_LETTERS + Math.ceil((8 * size) / LETTER_BITS);
    if (letters.length < end + NUMBER_LETTERS) continue;
    const bytes = bytesOf(letters.slice(NUMBER_LETTERS, end), size);
    if (checkOf(bytes) === numberOf(letters.slice(end, end + NUMBER_LETTERS))) yield bytes;
  }
}

/** Elements with which mail and chat programs break, quote or emphasise a text. */
const MARKUP =
  /<\/?(?:a|b|blockquote|br|code|div|em|font|i|li|p|pre|span|strong|td|tt|u|wbr)\b[^>]*>/gi;

/** Who is quoted by name; escapes of mails (quoted-printable) and of strings in programs; any element. */
const QUOTED = /^[ \t]*(?:[\w.-]+ ?){1,3}>/gm;
const ESCAPES = /(?:=[0-9a-f]{2})+|\\(?:u[0-9a-f]{4}|x[0-9a-f]{2}|[a-z])/gi;
const ELEMENT = /<[!/?]?[a-z][^<>]*>/gi;

/** A text without all that might not belong to it, where less was not enough. */
function withoutAnything(text: string): string {
  return text
    .replace(/=\r?\n/g, '')
    .replace(ESCAPES, '')
    .replace(ELEMENT, '')
    .replace(QUOTED, '');
}

/** How often escapes are themselves escaped, at most. */
const MAX_ESCAPED = 3;

/** What an address's escapes stand for, as far as that can be a sign or a letter of ours. */
function withoutPercent(text: string): string {
  let plain = text;
  for (let i = 0; i < MAX_ESCAPED && plain.includes('%'); i++) {
    plain = plain
      .replace(/%[0-7][0-9a-f]/gi, (escape) => decodeURIComponent(escape))
      // One byte of a letter or a sign that is none of ours.
      .replace(/%[89a-f][0-9a-f]/gi, '');
  }
  return plain;
}

/** A text without what has letters of its own: addresses' escapes, markup, and who is quoted. */
function withoutMarkup(text: string): string {
  return withoutPercent(text)
    .replace(MARKUP, '')
    .replace(/^[ \t]*(?:\w{0,3}(?:>|&(?:amp;)*gt;)[ \t]*)+/gm, '')
    .replace(/&(?:amp;)*#?\w{1,8};/gi, '');
}

/** Candidates in the first format: as many whole lines as fit. */
function olderBytesIn(text: string): Uint8Array<ArrayBuffer>[] {
  const [, rest = ''] = /pastiche:\s*([^]*)/i.exec(text) ?? [];
  const lines = rest.split(/\r?\n/).map((line) => line.replace(/^[>|\s]+/, '').trimEnd());
  const [first = ''] = /^[\w-]*/.exec(lines[0] ?? '') ?? [];
  const texts = [first];
  if (first === lines[0]) {
    for (const line of lines.slice(1)) {
      if (!/^[\w-]+$/.test(line)) break;
      texts.push(texts.at(-1)! + line);
    }
  }
  return texts.toReversed().flatMap((letters) => {
    try {
      const binary = atob(letters.replaceAll('-', '+').replaceAll('_', '/'));
      return binary ? [Uint8Array.from(binary, (letter) => letter.charCodeAt(0))] : [];
    } catch {
      return [];
    }
  });
}

function lettersOf(bytes: Uint8Array): string {
  let letters = '';
  let pending = 0;
  let bits = 0;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    bits += 8;
    for (; bits >= LETTER_BITS; bits -= LETTER_BITS) {
      letters += ALPHABET.charAt((pending >> (bits - LETTER_BITS)) & 31);
    }
    pending &= 31;
  }
  return bits > 0 ? letters + ALPHABET.charAt((pending << (LETTER_BITS - bits)) & 31) : letters;
}

/** @param size Number of bytes that the letters encode. */
function bytesOf(letters: string, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let pending = 0;
  let bits = 0;
  let at = 0;
  for (const letter of letters) {
    pending = ((pending << LETTER_BITS) | ALPHABET.indexOf(letter)) & 0xfff;
    bits += LETTER_BITS;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = pending >> bits;
  }
  return bytes;
}

function numberIn(value: number): string {
  const shifts = Array.from({ length: NUMBER_LETTERS }, (_, i) => NUMBER_LETTERS - 1 - i);
  return shifts.map((shift) => ALPHABET.charAt((value >> (LETTER_BITS * shift)) & 31)).join('');
}

function numberOf(letters: string): number {
  return Array.from(letters).reduce((value, letter) => value * 32 + ALPHABET.indexOf(letter), 0);
}

function checkOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => (sum * 257 + byte + 1) % MODULUS, 0);
}

async function unpack(packed: Blob): Promise<string> {
  // A few letters can unpack to gigabytes.
  const file = packed.stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new TextDecoder().decode(await bytesWithin(file, MAX_BYTES));
}
