/** What kind of picture a file is, by its first bytes. Pure. */

/** Kinds that not every browser reads, or none, by what their files begin with. */
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

/** So much of a file is looked at: drawing programs begin with long comments and declarations. */
export const FORMAT_BYTES = 65_536;

/**
 * The name of a kind of picture, or of what people take for one; null where it is none of them.
 * @param bytes The first of the file, {@link FORMAT_BYTES} or all of them.
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

/** The marks with which texts begin that are not in UTF-8. */
const ENCODINGS = [
  ['\xff\xfe', 'utf-16le'],
  ['\xfe\xff', 'utf-16be'],
] as const;

/** What may stand before the element of a drawing: instructions, comments, declarations of entities. */
const PROLOGUE = /^(?:<\?[^]*?\?>|<!--[^]*?-->|<!DOCTYPE[^[>]*(?:\[[^\]]*\]\s*)?>)/i;

function isSvg(text: string): boolean {
  let rest = text.trimStart();
  for (let found = PROLOGUE.exec(rest); found; found = PROLOGUE.exec(rest)) {
    rest = rest.slice(found[0].length).trimStart();
  }
  return /^<(?:\w+:)?svg[\s>]/i.test(rest);
}
