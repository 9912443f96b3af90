/** How long the browser may take to begin, in milliseconds. */
const TIMEOUT_MS = 60_000;

const XHTML = 'http://www.w3.org/1999/xhtml';

/**
 * Hands a file to the person, by the browser's own download, in the name of this document. A page
 * doesn't see the link. A sandboxed document may not do it, and isn't told.
 */
export function download(file: Blob, name: string): void {
  // In an SVG or XML document, `createElement` makes no link.
  const link = document.createElementNS(XHTML, 'a') as HTMLAnchorElement;
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), TIMEOUT_MS);
}
