/** Fetching pictures with the access that the person granted, for content scripts. */
import browser from 'webextension-polyfill';

import { bytesWithin, packBytes } from '../core/bytes';
import { PasticheError } from '../protocol/errors';
import type { BackgroundReplies } from '../protocol/messages';

/** Larger files than this are not fetched, in bytes. */
export const MAX_FILE_BYTES = 100_000_000;

/** How long a server may take, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** How raster files begin, as a browser reads it that does not believe their servers. */
const SIGNATURES: readonly (readonly [type: string, beginning: RegExp])[] = [
  ['image/png', /^\x89PNG\r\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBPVP/],
  ['image/avif', /^[^]{4}ftypavi[fs]/],
];

/** Within so many characters an SVG file's root element begins. */
const SVG_PROLOGUE = 65_536;

/**
 * Fetches a picture with the person's cookies: it may be one that only this person is shown.
 * @returns Null where access to the site is not granted.
 * @throws {PasticheError} `fetch-failed`, also for what is no picture, whatever its server says: a
 *   page's process may be in strange hands, and gets pictures this way and nothing else.
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
    // One-off messages to the sender are written as JSON before Chrome 148, unlike the engine's
    // port there is no probe: base64 is right everywhere.
    return { data: packBytes(data, false), mime };
  } catch (thrown) {
    throw PasticheError.from(thrown, 'fetch-failed');
  }
}

function signatureOf(data: ArrayBuffer): string | null {
  const beginning = String.fromCharCode(...new Uint8Array(data.slice(0, 16)));
  return SIGNATURES.find(([, pattern]) => pattern.test(beginning))?.[0] ?? null;
}

/** The type of a file whose beginning doesn't tell it; rejects where it is no picture. */
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
