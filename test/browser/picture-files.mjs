/** Generates picture files of odd sizes, rare formats, or with damage. */
import { crc32 as nodeCrc32, deflateSync } from 'node:zlib';

/**
 * @typedef {(x: number, y: number) => readonly [number, number, number, number]} PixelFunction
 *   Red, green, blue, alpha, 0..255.
 */

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * A PNG file with alpha.
 * @param {number} width Pixels.
 * @param {number} height Pixels.
 * @param {PixelFunction} pixel
 * @returns {Buffer}
 */
export function encodePng(width, height, pixel) {
  const rows = Buffer.alloc(height * (1 + 4 * width));
  for (let y = 0, at = 0; y < height; y++) {
    at += 1; // Filter type 0: none.
    for (let x = 0; x < width; x++, at += 4) rows.set(pixel(x, y), at);
  }
  return pngOf(width, height, { bitDepth: 8, colourType: 6 }, rows);
}

/**
 * A PNG file of any size with black and white squares, one bit a pixel, so that even 20 000 ×
 * 20 000 pixels are a small file.
 * @param {number} width Pixels.
 * @param {number} height Pixels.
 * @returns {Buffer}
 */
export function encodeHugePng(width, height) {
  const stride = 1 + Math.ceil(width / 8);
  const rows = Buffer.alloc(height * stride);
  const square = 64;
  for (let y = 0; y < height; y++) {
    const shift = Math.floor(y / square) % 2;
    for (let byte = 1; byte < stride; byte++) {
      const column = Math.floor((8 * (byte - 1)) / square);
      rows[y * stride + byte] = (column + shift) % 2 === 0 ? 0xff : 0;
    }
  }
  return pngOf(width, height, { bitDepth: 1, colourType: 0 }, rows);
}

/**
 * @param {number} width
 * @param {number} height
 * @param {{ bitDepth: number, colourType: number }} format
 * @param {Buffer} rows Each with its filter type in front.
 */
function pngOf(width, height, { bitDepth, colourType }, rows) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = bitDepth;
  header[9] = colourType;
  return Buffer.concat([
    PNG_SIGNATURE,
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/**
 * @param {string} type
 * @param {Buffer} data
 */
function pngChunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/**
 * @param {Buffer} data
 * @returns {number}
 */
function crc32(data) {
  // Node has it from 20.15 on.
  if (typeof nodeCrc32 === 'function') return nodeCrc32(data);
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** The palette of the animated GIF: red, green, blue, white. */
const GIF_PALETTE = [0xd0, 0x30, 0x28, 0x30, 0xa0, 0x50, 0x28, 0x48, 0xc0, 0xf0, 0xf0, 0xe8];

/**
 * An animated GIF: diagonal stripes that move, without end.
 * @param {object} options
 * @param {number} options.width In pixels.
 * @param {number} [options.height] Default: as much as the width.
 * @param {number} options.frames
 * @param {number} [options.delay] Hundredths of a second for each frame.
 * @returns {Buffer}
 */
export function encodeAnimatedGif({ width, height = width, frames, delay = 20 }) {
  const size = [width & 0xff, width >> 8, height & 0xff, height >> 8];
  const parts = [
    Buffer.from('GIF89a', 'latin1'),
    Buffer.from([...size, 0x91, 0, 0, ...GIF_PALETTE]),
    Buffer.from([0x21, 0xff, 11, ...Buffer.from('NETSCAPE2.0', 'latin1'), 3, 1, 0, 0, 0]),
  ];
  for (let frame = 0; frame < frames; frame++) {
    parts.push(Buffer.from([0x21, 0xf9, 4, 0, delay, 0, 0, 0]));
    parts.push(Buffer.from([0x2c, 0, 0, 0, 0, ...size, 0]));
    /** @type {number[]} */
    const indices = [];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) indices.push((((x + y) >> 4) + frame) % 4);
    }
    parts.push(gifImageData(indices));
  }
  parts.push(Buffer.from([0x3b]));
  return Buffer.concat(parts);
}

/**
 * Two-bit indices in GIF's form, without compression: a clear code comes before the table of
 * strings would make codes longer than three bits.
 * @param {readonly number[]} indices
 */
function gifImageData(indices) {
  const [clear, end, codeBits, run] = [4, 5, 3, 2];
  /** @type {number[]} */
  const bytes = [];
  let pending = 0;
  let bits = 0;
  /** @param {number} code */
  const put = (code) => {
    pending |= code << bits;
    bits += codeBits;
    while (bits >= 8) {
      bytes.push(pending & 0xff);
      pending >>= 8;
      bits -= 8;
    }
  };
  indices.forEach((index, position) => {
    if (position % run === 0) put(clear);
    put(index);
  });
  put(end);
  if (bits > 0) bytes.push(pending & 0xff);
  const blocks = [Buffer.from([2])];
  for (let at = 0; at < bytes.length; at += 255) {
    const block = bytes.slice(at, at + 255);
    blocks.push(Buffer.from([block.length, ...block]));
  }
  blocks.push(Buffer.from([0]));
  return Buffer.concat(blocks);
}
