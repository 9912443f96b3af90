/** Time for the browser to start the download, in milliseconds. */
const TIMEOUT_MS = 60_000;

const XHTML = 'http://www.w3.org/1999/xhtml';

/**
 * Saves a file by the browser's own download, in the name of this document. The page doesn't see the
 * link. In a sandboxed document nothing is saved, without an error.
 */
export function download(file: Blob, name: string): void {
  // In an SVG or XML document, `createElement` makes no HTML link.
  const link = document.createElementNS(XHTML, 'a') as HTMLAnchorElement;
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), TIMEOUT_MS);
}
