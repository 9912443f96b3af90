/** SHA-256 digests of the package's networks in hex, by path; inserted by scripts/build.mjs. */
declare const FILE_DIGESTS: Readonly<Record<string, string>>;

/**
 * Verifies that a file is the one in the build: a disk may have lost a part of it, or flipped a bit
 * that would show only in the pictures.
 * @param url Its address in the package.
 * @returns Its SHA-256 in hex digits.
 * @throws {Error} if it differs.
 */
export async function checkPackaged(url: string, file: Uint8Array<ArrayBuffer>): Promise<string> {
  const wanted = FILE_DIGESTS[new URL(url).pathname.slice(1)];
  const found = hex(await crypto.subtle.digest('SHA-256', file));
  if (found !== wanted) throw new Error(`it has ${file.length} bytes of SHA-256 ${found}`);
  return found;
}

function hex(digest: ArrayBuffer): string {
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
