/** Writes PNG files (PNG, third edition, W3C 2025) row by row, of any size. */
import { forPlatform, ownBuffer } from '../core/bytes';
import type { Size } from '../core/geometry';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Header: eight bits each of red, green, blue and alpha. */
const RGBA = [8, 6, 0, 0, 0];

/** Every byte of a row is its difference from the pixel to the left. */
const FILTER_LEFT = 1;

/** Maximum number of bytes compressed at once, some milliseconds of the document's time. */
const MAX_AT_ONCE = 500e3;

/** Holds the compressed data, and only those rows of the picture that it is given. */
export class PngWriter {
  private readonly compression = new CompressionStream('deflate');
  private readonly writer = this.compression.writable.getWriter();
  private readonly compressed: Promise<Blob[]>;

  /** @param size Of the picture, in pixels. */
  constructor(private readonly size: Size) {
    this.compressed = this.collect();
    // Errors reach the caller through the file.
    this.compressed.catch(() => undefined);
  }

  /**
   * Writes the next rows.
   * @param rows RGBA, 4·width bytes for each row, not premultiplied.
   */
  async write(rows: Uint8ClampedArray): Promise<void> {
    const line = 4 * this.size.width;
    const piece = line * Math.max(1, Math.floor(MAX_AT_ONCE / line));
    for (let from = 0; from < rows.length; from += piece) {
      await this.writer.write(forPlatform(this.filtered(rows.subarray(from, from + piece))));
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  private filtered(rows: Uint8ClampedArray): Uint8Array<ArrayBuffer> {
    const line = 4 * this.size.width;
    const count = rows.length / line;
    const filtered = new Uint8Array(rows.length + count);
    for (let row = 0, from = 0, to = 0; row < count; row++) {
      filtered[to++] = FILTER_LEFT;
      for (const end = from + line, start = from + 4; from < end; from++) {
        filtered[to++] = rows[from]! - (from < start ? 0 : rows[from - 4]!);
      }
    }
    return filtered;
  }

  /** Ends the file after the last row. */
  async end(): Promise<Blob> {
    await this.writer.close();
    const { width, height } = this.size;
    const header = Uint8Array.from([...bytesOf(width), ...bytesOf(height), ...RGBA]);
    const parts = [chunk('IHDR', header), ...(await this.compressed), chunk('IEND')];
    return new Blob([Uint8Array.from(SIGNATURE), ...parts], { type: 'image/png' });
  }

  /** Discards everything that was written. */
  async drop(): Promise<void> {
    await this.writer.abort().catch(() => undefined);
  }

  private async collect(): Promise<Blob[]> {
    const parts: Blob[] = [];
    const reader = this.compression.readable.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return parts;
      // A browser may keep a blob outside this document's memory.
      parts.push(chunk('IDAT', new Uint8Array(await ownBuffer(new Blob([value])))));
    }
  }
}

function chunk(type: string, data = new Uint8Array()): Blob {
  const name = Uint8Array.from(type, (letter) => letter.charCodeAt(0));
  const sum = crc32(data, crc32(name));
  return new Blob([bytesOf(data.length), name, data, bytesOf(sum)]);
}

/** A big-endian number in four bytes. */
function bytesOf(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** @param before Checksum of the preceding bytes. */
function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
