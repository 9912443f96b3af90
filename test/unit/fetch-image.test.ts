import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const permissions = vi.hoisted(() => ({ contains: vi.fn() }));
vi.mock('webextension-polyfill', () => ({ default: { permissions } }));

const { fetchImage, MAX_FILE_BYTES } = await import('../../src/background/fetch-image');
const { unpackBytes } = await import('../../src/core/bytes');

const ADDRESS = 'https://example.org/a';
const PNG = '\x89PNG\r\n\x1a\n\0\0\0\rIHDR';

/** Has the server send a body, and the browser decode anything but `undecodable`. */
function serve(body: BodyInit, type: string): void {
  vi.stubGlobal('fetch', () =>
    Promise.resolve(new Response(body, { headers: { 'content-type': type } })),
  );
}

const bytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(text, (letter) => letter.charCodeAt(0));

describe('a picture that the extension fetches', () => {
  const decode = vi.fn();

  beforeEach(() => {
    permissions.contains.mockResolvedValue(true);
    decode.mockReset().mockRejectedValue(new Error('not a picture'));
    vi.stubGlobal('createImageBitmap', decode);
  });
  afterEach(() => vi.unstubAllGlobals());

  it('is not fetched where access was not granted', async () => {
    permissions.contains.mockResolvedValue(false);
    vi.stubGlobal('fetch', () => expect.unreachable());
    expect(await fetchImage(ADDRESS)).toBe(null);
  });

  it.each([
    [PNG, 'image/jpeg', 'image/png'],
    ['\xff\xd8\xff\xe0', 'application/octet-stream', 'image/jpeg'],
    ['GIF89a', 'text/html', 'image/gif'],
    ['RIFF\0\0\0\0WEBPVP8 ', 'image/png', 'image/webp'],
    ['\0\0\0\x20ftypavif', '', 'image/avif'],
    ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'text/plain', 'image/svg+xml'],
    ['\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a -->\n<svg:svg>', 'image/svg+xml', 'image/svg+xml'],
    ['<!DOCTYPE svg PUBLIC "x" "y" [ <!ENTITY a "b"> ]>\n<svg>', 'image/svg+xml', 'image/svg+xml'],
  ])('comes with the type that its bytes have: %j, said to be "%s"', async (body, said, type) => {
    serve(bytes(body), said);
    const image = await fetchImage(ADDRESS);
    expect(image?.mime).toBe(type);
    expect(new Uint8Array(unpackBytes(image?.data))).toEqual(bytes(body));
    expect(decode).not.toHaveBeenCalled();
  });

  it('of another kind is one if it can be decoded', async () => {
    decode.mockResolvedValue({ close: vi.fn() });
    serve(bytes('BM....'), 'image/bmp');
    expect((await fetchImage(ADDRESS))?.mime).toBe('image/bmp');
  });

  it.each([
    ['{"mail": "secret"}', 'image/png'],
    ['BMW,Audi,Fiat', 'image/bmp'],
    ['<html><svg></svg></html>', 'image/svg+xml'],
    ['<!-- <svg> -->', 'image/svg+xml'],
    ['<!---->'.repeat(9000), 'image/svg+xml'],
    ['<!DOCTYPE svg [', 'image/svg+xml'],
    ['', 'image/png'],
  ])('is refused where it is none, whatever the server says: %.20j as %s', async (body, said) => {
    serve(bytes(body), said);
    await expect(fetchImage(ADDRESS)).rejects.toMatchObject({ code: 'fetch-failed' });
  });

  it('is not read on once it is too large', async () => {
    let given = 0;
    const cancelled = vi.fn();
    const part = new Uint8Array(1e7);
    const endless = new ReadableStream({
      pull: (controller) => {
        given += part.length;
        controller.enqueue(part);
      },
      cancel: cancelled,
    });
    serve(endless, 'image/png');
    await expect(fetchImage(ADDRESS)).rejects.toMatchObject({ code: 'fetch-failed' });
    expect(cancelled).toHaveBeenCalledOnce();
    expect(given).toBeLessThan(MAX_FILE_BYTES + 3 * part.length);
  });
});
