/** Fetches pictures for content scripts, with the access that the user has granted. */
import browser from 'webextension-polyfill';

import { bytesWithin, packBytes } from '../core/bytes';
import { PasticheError } from '../protocol/errors';
import type { BackgroundReplies } from '../protocol/messages';

/** Maximum size of a file, in bytes. */
export const MAX_FILE_BYTES = 100_000_000;

/** Time for a server to answer, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** Signatures of raster files, as a browser sniffs them. */
const SIGNATURES: readonly (readonly [type: string, beginning: RegExp])[] = [
  ['image/png', /^\x89PNG\r\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBPVP/],
  ['image/avif', /^[^]{4}ftypavi[fs]/],
];

/** Maximum number of characters before an SVG file's root element. */
const SVG_PROLOGUE = 65_536;

/**
 * Fetches a picture with the user's cookies: it may be one that only this user is shown.
 * @returns Null if access to the site is not granted.
 * @throws {PasticheError} `fetch-failed`, also for anything but a picture, whatever its server says:
 *   a compromised page process gets pictures this way and nothing else.
 */
export async function fetchImage(
  url: string,
): Promise<BackgroundReplies['background.fetch-image']> {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:') {
    throw new PasticheError('fetch-failed', `not a web address: ${protocol}`);
  }
  const origins = [`${protocol}//${hostname}/*`];
  if (!(await browser.permissions.contains({ origins }))) return null;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { credentials: 'include', signal });
    if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`);
    const data = await bytesWithin(response.body, MAX_FILE_BYTES);
    const said = response.headers.get('content-type') ?? '';
    const mime = signatureOf(data) ?? (await typeByDecoding(new Blob([data], { type: said })));
    // Before Chrome 148, one-off messages are serialised as JSON, and unlike the engine's port they
    // have no probe: base64 works everywhere.
    return { data: packBytes(data, false), mime };
  } catch (thrown) {
    throw PasticheError.from(thrown, 'fetch-failed');
  }
}

function signatureOf(data: ArrayBuffer): string | null {
  const beginning = String.fromCharCode(...new Uint8Array(data.slice(0, 16)));
  return SIGNATURES.find(([, pattern]) => pattern.test(beginning))?.[0] ?? null;
}

/** The type of a file without a known signature; rejects if it is no picture. */
async function typeByDecoding(file: Blob): Promise<string> {
  if (isSvg(await file.slice(0, SVG_PROLOGUE).text())) return 'image/svg+xml';
  (await createImageBitmap(file)).close();
  return file.type;
}

/** Whether the root element of an XML document is an `svg`. */
function isSvg(text: string): boolean {
  let rest = text.trimStart();
  for (;;) {
    const end = rest.startsWith('<?')
      ? rest.indexOf('?>')
      : rest.startsWith('<!--')
        ? rest.indexOf('-->')
        : /^<!doctype/i.test(rest)
          ? (/^[^[>]*(?:\[[^\]]*\]\s*)?(?=>)/.exec(rest)?.[0].length ?? -1)
          : null;
    if (end === null) return /^<(?:[\w-]+:)?svg[\s/>]/.test(rest);
    if (end < 0) return false;
    rest = rest.slice(rest.indexOf('>', end) + 1).trimStart();
  }
}
