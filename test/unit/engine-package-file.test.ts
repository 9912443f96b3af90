import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { checkPackaged } from '../../src/engine/worker/package-file';

const URL_OF_IT = 'chrome-extension://pastiche/models/pastiche.onnx';
const FILE = new TextEncoder().encode('abc');
/** From FIPS 180-2. */
const DIGEST = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

describe('a file of the package', () => {
  beforeEach(() => vi.stubGlobal('FILE_DIGESTS', { 'models/pastiche.onnx': DIGEST }));
  afterEach(() => vi.unstubAllGlobals());

  it('passes as it was built', async () => {
    await expect(checkPackaged(URL_OF_IT, FILE)).resolves.toBe(DIGEST);
  });

  it.each([
    ['cut short', FILE.slice(0, 2), URL_OF_IT],
    ['longer', new Uint8Array([...FILE, 0]), URL_OF_IT],
    ['with one other bit', FILE.map((byte, i) => (i === 1 ? byte ^ 1 : byte)), URL_OF_IT],
    ['of no build', FILE, 'chrome-extension://pastiche/models/other.onnx'],
  ])('does not when it is %s', async (_, file, url) => {
    await expect(checkPackaged(url, file)).rejects.toThrow(`${file.length} bytes of SHA-256`);
  });
});
