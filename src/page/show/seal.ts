/** Seals pastiches: images that a page can show but can't read. docs/security.md describes the threats. */
import browser from 'webextension-polyfill';

import { askBackground } from '../../protocol/background-client';
import { dataAddress, fileIn, ownBuffer, packBytes } from '../../core/bytes';
import { PasticheError } from '../../protocol/errors';
import type { Box, Size } from '../../core/geometry';

/** An address whose image this document has decoded. */
interface Ready {
  readonly address: string;
  /** Keeps the browser from discarding the decoded image. */
  readonly image: HTMLImageElement;
}

/** A file of pixels, and its box in the pastiche, in the pastiche's pixels. */
export interface Part {
  /** The file, or the text of a `data:` address with its contents. */
  readonly file: Blob;
  readonly isAddress?: boolean;
  readonly box: Box;
}

/** An SVG image of exactly a natural size, in CSS pixels, however small the picture in it is. */
async function svgOf({ parts, size, isReadable }: Pastiche, natural: Size): Promise<Blob> {
  const images = await Promise.all(
    parts.map(async ({ file, isAddress, box: { x, y, width, height } }) => [
      `<image preserveAspectRatio="none" x="${x}" y="${y}" width="${width}" height="${height}" href="`,
      isAddress ? file : await addressOf(file),
      '"/>',
    ]),
  );
  const head =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${natural.width}" height="${natural.height}" ` +
    `viewBox="0 0 ${size.width} ${size.height}" preserveAspectRatio="none">`;
  // Chromium taints a canvas on which an image with such an element is drawn.
  const seal = isReadable ? '' : '<foreignObject width="0" height="0"/>';
  return new Blob([head, ...images.flat(), seal, '</svg>'], { type: 'image/svg+xml' });
}

/**
 * Maximum number of bytes of a pastiche for which spare addresses are prepared, as there may never be
 * a copy: an animation of five megabytes blocks the document for half a second.
 */
const MAX_SPARE = 2e6;

/** A finished pastiche, and its addresses. */
export class Pastiche {
  /** By natural size: copies of one picture may have several. */
  private readonly ready = new Map<string, Ready>();
  private readonly coming = new Map<string, Promise<void>>();
  private readonly lent = new Set<string>();
  private isDisposed = false;
  /**
   * Whether the page may read it. Never in Firefox, where the access of a content script shows nothing
   * about the page's.
   */
  readonly isReadable: boolean;

  /**
   * @param parts Later ones are over earlier ones; together they cover it.
   * @param size Its size in pixels.
   * @param natural The original's natural size in CSS pixels.
   * @param isReadable Whether the page could read the original.
   */
  constructor(
    readonly parts: readonly Part[],
    readonly size: Size,
    readonly natural: Size,
    isReadable: boolean,
  ) {
    this.isReadable = isReadable && !hasOwnBlobs();
  }

  /** An address that an element loads at once; null if it has to be prepared first. */
  addressFor(natural: Size): string | null {
    return this.ready.get(keyOf(natural))?.address ?? null;
  }

  /**
   * Prepares an address for this natural size.
   * @throws {PasticheError} `image-broken` if the browser can't show it.
   */
  async prepare(natural: Size): Promise<void> {
    const key = keyOf(natural);
    if (this.ready.has(key)) return;
    let coming = this.coming.get(key);
    if (!coming) {
      coming = this.make(natural).finally(() => this.coming.delete(key));
      this.coming.set(key, coming);
    }
    await coming;
  }

  /**
   * Called when elements have loaded an address: a sealed one is revoked, and another is prepared when
   * the page is idle.
   */
  markUsed(natural: Size): void {
    const key = keyOf(natural);
    const used = this.ready.get(key);
    if (!used || this.isReadable || isLent(used.address)) return;
    this.ready.delete(key);
    URL.revokeObjectURL(used.address);
    // A strip will have a new one soon.
    if (this.bytes > MAX_SPARE || this.parts.length > 1) return;
    whenIdle(() => {
      if (!this.isDisposed) this.prepare(natural).catch(() => undefined);
    });
  }

  /** Releases the decoded images while nothing shows them; they are prepared again when needed. */
  releaseImages(): void {
    // An address that the page may have read stays valid until the page is closed.
    for (const { address } of this.ready.values()) {
      if (!this.isReadable && !isLent(address)) URL.revokeObjectURL(address);
    }
    this.ready.clear();
  }

  /** Releases everything. */
  dispose(): void {
    this.isDisposed = true;
    this.releaseImages();
    if (this.lent.size > 0) {
      askBackground({ type: 'background.take-back', addresses: [...this.lent] }).catch(
        () => undefined,
      );
    }
    this.lent.clear();
  }

  private async make(natural: Size): Promise<void> {
    const file = await this.wrapped(natural);
    const address = hasOwnBlobs() ? await lend(file) : URL.createObjectURL(file);
    if (isLent(address)) this.lent.add(address);
    const image = new Image();
    image.src = address;
    try {
      await image.decode();
    } catch (thrown) {
      throw PasticheError.from(thrown, 'image-broken');
    }
    if (!this.isDisposed) this.ready.set(keyOf(natural), { address, image });
  }

  /** Size of its files in bytes. */
  get bytes(): number {
    return this.parts.reduce((sum, { file }) => sum + file.size, 0);
  }

  /**
   * Its pixels, at a size that a canvas can have, for a layer.
   * @throws {PasticheError} `image-too-large` if there is no such canvas.
   */
  async drawn(): Promise<ImageData> {
    const { width, height } = this.size;
    const context = new OffscreenCanvas(width, height).getContext('2d');
    if (!context) throw new PasticheError('image-too-large', `no canvas of ${width}×${height}`);
    for (const { box, ...part } of this.parts) {
      const image = await createImageBitmap(await fileOf(part));
      context.drawImage(image, box.x, box.y, box.width, box.height);
      image.close();
    }
    return context.getImageData(0, 0, width, height);
  }

  private async wrapped(natural: Size): Promise<Blob> {
    const [first, second] = this.parts;
    const isPlain = first && !second && isShownPlain(this.size, natural, this.isReadable);
    return isPlain ? fileOf(first) : svgOf(this, natural);
  }
}

/**
 * Whether a page is shown the file itself, without an SVG image around it.
 * @param size Of the file, in pixels.
 * @param natural The natural size that it must have, in CSS pixels.
 * @param isReadable Whether the page could read the original.
 */
export function isShownPlain(size: Size, natural: Size, isReadable: boolean): boolean {
  const isSame = natural.width === size.width && natural.height === size.height;
  return isSame && (isReadable || hasOwnBlobs());
}

/** A pastiche in one piece: a file, or the text of a `data:` address with its contents. */
export function partsOf(file: Blob, { width, height }: Size, isAddress = false): readonly Part[] {
  return [{ file, isAddress, box: { x: 0, y: 0, width, height } }];
}

let tainting: Promise<boolean> | null = null;

/**
 * Whether this browser keeps a page from reading an image of ours, shown by one of its attributes,
 * through a canvas. Tried once, with an image without secrets.
 */
export function holdsOnCanvas(): Promise<boolean> {
  tainting ??= tryCanvas();
  return tainting;
}

async function tryCanvas(): Promise<boolean> {
  // A content script's canvas may have more access than a page's; the address's origin decides.
  if (hasOwnBlobs()) return true;
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext('2d');
  if (!context) return false;
  const dot = new Pastiche(partsOf(await canvas.convertToBlob(), ONE), ONE, ONE, false);
  try {
    await dot.prepare(ONE);
    const image = new Image();
    image.src = dot.addressFor(ONE) ?? '';
    await image.decode();
    context.drawImage(image, 0, 0);
    context.getImageData(0, 0, 1, 1);
    return false;
  } catch {
    return true;
  } finally {
    dot.dispose();
  }
}

const ONE: Size = { width: 1, height: 1 };

/**
 * Firefox shows pages the `blob:` addresses of the extension's own origin, and lets none of them read
 * these; its image cache would still have a page's own address after it was revoked. Its content
 * scripts can read on a canvas what their page can't, so their access doesn't show that of the page.
 */
function hasOwnBlobs(): boolean {
  return browser.runtime.getURL('').startsWith('moz-extension:');
}

function isLent(address: string): boolean {
  return address.startsWith('blob:moz-extension:');
}

async function lend(file: Blob): Promise<string> {
  const data = packBytes(await ownBuffer(file), true);
  return askBackground({ type: 'background.lend-address', data, mime: file.type });
}

/** By file: those of a strip's slices are requested for every newly painted one. */
const addresses = new WeakMap<Blob, Promise<Blob>>();

/** The text of a `data:` address with a file's contents. */
function addressOf(file: Blob): Promise<Blob> {
  const known =
    addresses.get(file) ?? ownBuffer(file).then((data) => new Blob([dataAddress(data, file.type)]));
  addresses.set(file, known);
  return known;
}

async function fileOf({ file, isAddress }: Pick<Part, 'file' | 'isAddress'>): Promise<Blob> {
  return isAddress ? fileIn(await file.text()) : file;
}

function keyOf({ width, height }: Size): string {
  return `${width}×${height}`;
}

/** Runs when the page is idle, within a second. */
export function whenIdle(action: () => void): void {
  // Safari doesn't report that.
  if ('requestIdleCallback' in globalThis) requestIdleCallback(action, { timeout: 1000 });
  else setTimeout(action, 200);
}
