/**
 * The site for tests and `npm start`: `test/site/` and generated pictures, on one port under two host
 * names, which browsers treat as two sites.
 *
 * Every address understands these query options:
 * - `cors`: any origin may read the answer
 * - `isolated`: the page is cross-origin isolated (COOP and COEP)
 * - `csp=POLICY`: Content-Security-Policy
 * - `delay=MS`: the answer comes later by this time
 * - `status=CODE`: that status, with a body of HTML
 * - `drop`: the connection breaks in the middle of the answer
 * - `html`: a page of HTML instead of a picture, as sites send that want a sign-in
 * - `hotlink`: a request without a Referer gets a sign instead, of 800×600 pixels
 * - `changing`: the picture itself for the first request, then others
 * - `once`: 403 for every request but the first
 * - `signed-in`: 403 without the cookie that `/sign-in` sets
 *
 * Generated: `/made/squares.png?width=W&height=H`, `/made/squares` (the same without a file
 * extension), `/made/moving.svg`, `/made/flat.svg?width=W&height=H` (one
 * colour that no picture has), `/made/alpha.png`, `/made/dot.png` (1×1),
 * `/made/empty.png` (0 bytes), `/made/broken.png`, `/made/no-size.svg`,
 * `/made/animated.gif?width=W&height=H&frames=N&hundredths=DELAY`,
 * `/made/outside.svg?from=ORIGIN` (names resources of another site), `/made/drawing.svg` (a document
 * with a picture in it), `/made/page.xhtml`, `/made/feed.xml`, `/made/stream.mjpeg` (an endless
 * sequence of pictures).
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { encodeAnimatedGif, encodeHugePng, encodePng } from './picture-files.mjs';

/**
 * @typedef {object} Site
 * @property {string} origin Where the pages are opened.
 * @property {string} otherOrigin The same server as another site.
 * @property {readonly string[]} requests All requested addresses, in order.
 * @property {(body: string, extension?: string) => string} serve Serves this text from now on; returns
 *   its path. Default: a page of HTML.
 * @property {(milliseconds: number) => Promise<void>} idle Waits until there was no request and no
 *   pending answer for this time. Puppeteer's `waitForNetworkIdle` never ends once an address was
 *   revoked while it was read.
 * @property {() => Promise<void>} close
 *
 * @typedef {{ type: string, body: Buffer | string }} Content
 * @typedef {{ files: Readonly<Record<string, string>>, served: ReadonlyMap<string, Content> }} Sources
 */

const SITE = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'site');

/** @type {Readonly<Record<string, string>>} */
const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.html': 'text/html; charset=utf-8',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.onnx': 'application/octet-stream',
  '.avif': 'image/avif',
  '.bmp': 'image/bmp',
  '.ico': 'image/x-icon',
  '.jp2': 'image/jp2',
  '.tiff': 'image/tiff',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webm': 'video/webm',
  '.webp': 'image/webp',
  '.xhtml': 'application/xhtml+xml',
};

const HTML_PAGE = '<!doctype html><title>Not a picture</title><p>Please sign in.</p>';

/** An empty page; viewers rebuild the missing table of contents. */
const PDF = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj
trailer<</Root 1 0 R>>
%%EOF
`;

/**
 * @param {URLSearchParams} options
 * @returns {Content}
 */
function squares(options) {
  const [width, height] = [options.get('width') ?? 256, options.get('height') ?? 256].map(Number);
  return { type: 'image/png', body: encodeHugePng(width ?? 0, height ?? 0) };
}

/** @type {Readonly<Record<string, (options: URLSearchParams) => Content>>} */
const MADE = {
  '/made/squares.png': squares,
  '/made/squares': squares,
  '/made/moving.svg': () => ({
    type: 'image/svg+xml',
    body:
      '<svg xmlns="http://www.w3.org/2000/svg" width="240" height="160">' +
      '<rect width="240" height="160" fill="#9cf"/><circle cx="60" cy="60" r="40" fill="#c62">' +
      '<animate attributeName="cx" from="60" to="180" dur="1s" repeatCount="indefinite"/>' +
      '</circle></svg>',
  }),
  '/made/flat.svg': (options) => ({
    type: 'image/svg+xml',
    body:
      `<svg xmlns="http://www.w3.org/2000/svg" width="${options.get('width')}" ` +
      `height="${options.get('height')}"><rect width="100%" height="100%" fill="#f0f"/></svg>`,
  }),
  '/made/alpha.png': () => ({ type: 'image/png', body: encodePng(240, 160, glowingDisc) }),
  '/made/dot.png': () => ({ type: 'image/png', body: encodePng(1, 1, () => [200, 80, 40, 255]) }),
  '/made/page.pdf': () => ({ type: 'application/pdf', body: PDF }),
  '/made/empty.png': () => ({ type: 'image/png', body: '' }),
  '/made/broken.png': () => {
    const whole = encodePng(64, 64, glowingDisc);
    return { type: 'image/png', body: whole.subarray(0, 60) };
  },
  '/made/animated.gif': (options) => ({
    type: 'image/gif',
    body: encodeAnimatedGif({
      width: Number(options.get('width') ?? 160),
      height: Number(options.get('height') ?? 160),
      frames: Number(options.get('frames') ?? 4),
      delay: Number(options.get('hundredths') ?? 20),
    }),
  }),
  '/made/outside.svg': (options) => ({
    type: 'image/svg+xml',
    body:
      '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="120">' +
      `<style>@import url("${options.get('from')}/outside.css");</style>` +
      '<rect width="200" height="120" fill="#9cf"/><circle cx="60" cy="60" r="40" fill="#c62"/>' +
      `<image href="${options.get('from')}/outside.png" x="110" y="20" width="80" height="80"/></svg>`,
  }),
  '/made/drawing.svg': () => ({
    type: 'image/svg+xml',
    body:
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300"><title>Drawing</title>' +
      '<image id="photo" href="/pictures/harbour.jpg" x="20" y="20" width="240" height="180"/>' +
      '<circle cx="330" cy="110" r="40" fill="#c62"/></svg>',
  }),
  '/made/page.xhtml': () => ({
    type: 'application/xhtml+xml',
    body:
      '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Page</title></head><body>' +
      '<img id="photo" src="/pictures/harbour.jpg" width="300" height="225" alt=""/></body></html>',
  }),
  '/made/feed.xml': () => ({
    type: 'application/xml',
    body:
      '<?xml-stylesheet type="text/css" href="data:text/css,item{display:block}"?>' +
      '<feed><item>One</item><item><img xmlns="http://www.w3.org/1999/xhtml" id="photo" ' +
      'src="/pictures/harbour.jpg" width="300" height="225" alt=""/></item></feed>',
  }),
  '/made/no-size.svg': () => ({
    type: 'image/svg+xml',
    body:
      '<svg xmlns="http://www.w3.org/2000/svg"><rect width="100%" height="100%" fill="#9cf"/>' +
      '<circle cx="50%" cy="50%" r="40%" fill="#c62"/><path d="M0 0 L300 150" stroke="#234"/></svg>',
  }),
};

/**
 * Starts the site on a free port.
 * @param {object} [options]
 * @param {Readonly<Record<string, string>>} [options.files] Further files: path on disk by path
 *   on the site.
 * @returns {Promise<Site>}
 */
export async function startSite({ files = {} } = {}) {
  /** @type {string[]} */
  const requests = [];
  /** @type {Map<string, Content>} */
  const served = new Map();
  let underWay = 0;
  let lastChange = performance.now();
  const server = createServer((request, response) => {
    requests.push(`http://${request.headers.host}${request.url}`);
    underWay += 1;
    response.once('close', () => {
      underWay -= 1;
      lastChange = performance.now();
    });
    answer(request, response, { files, served }).catch((error) => {
      response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(String(error));
    });
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(undefined));
  });
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the server has no port');
  return {
    origin: `http://localhost:${address.port}`,
    otherOrigin: `http://127.0.0.1:${address.port}`,
    requests,
    serve: (body, extension = '.html') => {
      const path = `/served/${served.size}${extension}`;
      served.set(path, { type: TYPES[extension] ?? 'text/plain', body });
      return path;
    },
    idle: async (milliseconds) => {
      const asked = performance.now();
      while (underWay > 0 || performance.now() - Math.max(asked, lastChange) < milliseconds) {
        await pause(25);
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {Sources} sources
 */
async function answer(request, response, sources) {
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
  const options = url.searchParams;
  await pause(Number(options.get('delay') ?? 0));

  if (url.pathname === '/sign-in') {
    // `Secure` lets other sites send it along; browsers trust this machine without TLS.
    response.setHeader('set-cookie', 'signed-in=yes; SameSite=None; Secure; Path=/');
  }
  setHeaders(response, options);
  if (url.pathname === '/made/stream.mjpeg') {
    await stream(response);
    return;
  }
  const signedIn = request.headers.cookie?.includes('signed-in=yes') ?? false;
  const isUsedUp = options.has('once') && timesAsked(url) > 0;
  const forbidden = isUsedUp || (options.has('signed-in') && !signedIn);
  const isHotlink = options.has('hotlink') && !request.headers.referer;
  const status = forbidden ? 403 : Number(options.get('status') ?? 200);
  const content =
    status !== 200 || options.has('html') || url.pathname === '/sign-in'
      ? { type: 'text/html; charset=utf-8', body: HTML_PAGE }
      : isHotlink
        ? { type: 'image/png', body: encodePng(800, 600, sign) }
        : await contentOf(options.has('changing') ? nextPicture(url) : url, sources);
  if (!content) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such file.');
    return;
  }
  // An isolated page may start workers from scripts that agree to be isolated.
  if (content.type.startsWith('text/javascript')) {
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
  }
  const range = rangeIn(request.headers.range, Buffer.byteLength(content.body));
  const body = range ? Buffer.from(content.body).subarray(range.from, range.to + 1) : content.body;
  response.writeHead(range ? 206 : status, {
    'content-type': content.type,
    'content-length': Buffer.byteLength(body),
    'accept-ranges': 'bytes',
    ...(range && {
      'content-range': `bytes ${range.from}-${range.to}/${Buffer.byteLength(content.body)}`,
    }),
  });
  if (options.has('drop')) {
    response.write(body.slice(0, body.length / 2), () => response.destroy());
    return;
  }
  response.end(request.method === 'HEAD' ? undefined : body);
}

/**
 * Sends one picture after the other in one answer, as cameras do, until the client leaves.
 * @param {import('node:http').ServerResponse} response
 */
async function stream(response) {
  response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=next' });
  const pictures = await Promise.all(
    DRAWN.map((name) => readFile(path.join(SITE, 'pictures', `${name}.jpg`))),
  );
  for (let i = 0; !response.destroyed; i++) {
    const picture = pictures[i % pictures.length];
    response.write('--next\r\ncontent-type: image/jpeg\r\n');
    response.write(`content-length: ${picture?.length}\r\n\r\n`);
    response.write(picture);
    response.write('\r\n');
    await pause(200);
  }
}

/**
 * The requested range: without ranges, browsers can't seek in a video.
 * @param {string | undefined} header
 * @param {number} size
 */
function rangeIn(header, size) {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === undefined || Number(from) >= size) return null;
  return { from: Number(from), to: to ? Math.min(Number(to), size - 1) : size - 1 };
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {URLSearchParams} options
 */
function setHeaders(response, options) {
  response.setHeader('cache-control', 'no-store');
  // Isolated pages may embed everything here; `cors` decides whether scripts may read it.
  response.setHeader('cross-origin-resource-policy', 'cross-origin');
  if (options.has('cors')) response.setHeader('access-control-allow-origin', '*');
  const policy = options.get('csp');
  if (policy) response.setHeader('content-security-policy', policy);
  if (options.has('isolated')) {
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
  }
}

/**
 * @param {URL} url
 * @param {Sources} sources
 * @returns {Promise<Content | null>} Null if there is no such file.
 */
async function contentOf(url, { files, served }) {
  const made = MADE[url.pathname.replace(/\/$/, '')];
  if (made) return made(url.searchParams);
  const text = served.get(url.pathname);
  if (text) return text;
  const pathname = decodeURIComponent(url.pathname === '/' ? '/index.html' : url.pathname);
  const file = files[pathname] ?? path.join(SITE, pathname);
  if (!files[pathname] && !file.startsWith(SITE + path.sep)) return null;
  const type = TYPES[path.extname(file).toLowerCase()] ?? 'application/octet-stream';
  const body = await readFile(file).catch(() => null);
  if (!body) return null;
  return type.startsWith('text/html')
    ? { type, body: withOtherOrigin(body.toString(), url) }
    : { type, body };
}

/**
 * Replaces `{{other}}` in pages by the address of the other site.
 * @param {string} html
 * @param {URL} url
 */
function withOtherOrigin(html, url) {
  const other = url.hostname === 'localhost' ? '127.0.0.1' : 'localhost';
  return html.replaceAll('{{other}}', `http://${other}:${url.port}`);
}

/**
 * A red bar on white.
 * @type {import('./picture-files.mjs').PixelFunction}
 */
function sign(x, y) {
  const isBar = Math.abs(x - 400) < 300 && Math.abs(y - 300) < 60;
  return isBar || Math.hypot(x - 400, y - 300) > 320 ? [200, 20, 30, 255] : [255, 255, 255, 255];
}

const DRAWN = ['harbour', 'orchard', 'portrait', 'still-life', 'city-at-night', 'mountain-lake'];
/** @type {Map<string, number>} */
const asked = new Map();

/**
 * How often an address has been asked for before.
 * @param {URL} url
 */
function timesAsked({ href }) {
  const times = asked.get(href) ?? 0;
  asked.set(href, times + 1);
  return times;
}

/**
 * The address itself the first time, later those of other pictures.
 * @param {URL} url
 */
function nextPicture(url) {
  const times = timesAsked(url);
  if (times === 0) return url;
  const others = DRAWN.filter((name) => !url.pathname.includes(name));
  return new URL(`/pictures/${others[times % others.length]}.jpg`, url);
}

/**
 * A disc that fades into transparency, with some detail.
 * @type {import('./picture-files.mjs').PixelFunction}
 */
function glowingDisc(x, y) {
  const distance = Math.hypot(x - 120, y - 80);
  const alpha = Math.max(0, Math.min(255, Math.round(255 * (1.5 - distance / 60))));
  const wave = Math.round(60 * Math.sin(x / 7) * Math.cos(y / 9));
  return [180 + wave, 110 - wave, 60 + Math.round(distance), alpha];
}
