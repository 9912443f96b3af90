/**
 * Whether a GIF file (GIF89a specification) has more than one frame. False for anything that is
 * not a GIF or ends early.
 */
export function isAnimatedGif(data: ArrayBuffer): boolean {
  const bytes = new Uint8Array(data);
  const at = (index: number): number => bytes[index] ?? 0;
  if (String.fromCharCode(...bytes.subarray(0, 4)) !== 'GIF8') return false;
  let position = 13 + colourTableSize(at(10));
  let frames = 0;
  while (position < bytes.length) {
    const block = at(position);
    if (block === 0x2c) {
      frames += 1;
      if (frames > 1) return true;
      position += 10 + colourTableSize(at(position + 9)) + 1;
    } else if (block === 0x21) {
      position += 2;
    } else {
      return false;
    }
    while (at(position) !== 0 && position < bytes.length) position += at(position) + 1;
    position += 1;
  }
  return false;
}

/** Bytes of the colour table that a packed field announces. */
function colourTableSize(packed: number): number {
  return packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0;
}
