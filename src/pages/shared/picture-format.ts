/** Recognises the format of a picture by its first bytes. Pure. */

/** Brands of formats that some or all browsers can't read. */
const BRANDS: Readonly<Record<string, string>> = {
  heic: 'HEIC',
  heix: 'HEIC',
  hevc: 'HEIC',
  mif1: 'HEIC',
  msf1: 'HEIC',
  avif: 'AVIF',
  avis: 'AVIF',
  'crx ': 'Canon CR3',
  'qt  ': 'QuickTime',
  isom: 'MP4',
  iso2: 'MP4',
  mp41: 'MP4',
  mp42: 'MP4',
};

const BEGINNINGS: readonly (readonly [string, string])[] = [
  ['\xff\x0a', 'JPEG XL'],
  ['\0\0\0\x0cJXL ', 'JPEG XL'],
  ['\0\0\0\x0cjP  ', 'JPEG 2000'],
  ['II*\0', 'TIFF'],
  ['MM\0*', 'TIFF'],
  ['8BPS', 'Photoshop'],
  ['gimp xcf', 'GIMP'],
  ['%PDF', 'PDF'],
  ['%!PS', 'PostScript'],
  ['\xff\xd8\xff', 'JPEG'],
  ['\x89PNG', 'PNG'],
  ['GIF8', 'GIF'],
  ['BM', 'BMP'],
];

/** Number of bytes to examine: drawing programs begin with long comments and declarations. */
export const FORMAT_BYTES = 65_536;

/**
 * The name of a format, or of one that is often mistaken for a picture; null for any other.
 * @param bytes The first {@link FORMAT_BYTES} of the file, or all of it.
 */
export function pictureFormat(bytes: Uint8Array): string | null {
  const text = String.fromCharCode(...bytes.subarray(0, 32));
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'WebP';
  if (text.slice(4, 8) === 'ftyp') return BRANDS[text.slice(8, 12)] ?? 'MP4';
  const known = BEGINNINGS.find(([beginning]) => text.startsWith(beginning));
  if (known) return known[1];
  const encoding = ENCODINGS.find(([mark]) => text.startsWith(mark))?.[1] ?? 'utf-8';
  return isSvg(new TextDecoder(encoding).decode(bytes.subarray(0, FORMAT_BYTES))) ? 'SVG' : null;
}

/** Byte order marks of texts that are not in UTF-8. */
const ENCODINGS = [
  ['\xff\xfe', 'utf-16le'],
  ['\xfe\xff', 'utf-16be'],
] as const;

/** Prologue of a drawing: instructions, comments, declarations of entities. */
const PROLOGUE = /^(?:<\?[^]*?\?>|<!--[^]*?-->|<!DOCTYPE[^[>]*(?:\[[^\]]*\]\s*)?>)/i;

function isSvg(text: string): boolean {
  let rest = text.trimStart();
  for (let found = PROLOGUE.exec(rest); found; found = PROLOGUE.exec(rest)) {
    rest = rest.slice(found[0].length).trimStart();
  }
  return /^<(?:\w+:)?svg[\s>]/i.test(rest);
}
