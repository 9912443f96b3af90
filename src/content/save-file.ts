/** How long the browser may take to begin, in milliseconds. */
const PATIENCE = 60_000;

/** Hands a file to the person, by the browser's own download. The page doesn't see the link. */
export function saveFile(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), PATIENCE);
}
