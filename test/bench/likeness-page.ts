/** The part of likeness.mjs in a page: files of photographs compared with what a screen shows. */
import { COMPARED_SIDE, likeness } from '../../src/page/read/same-picture';

/** Width at which a photograph is shown, in pixels. */
const SHOWN = 300;

/** Likenesses by the name of what was done to a file; null where nothing can be told. */
type Found = Record<string, (number | null)[]>;

type Sample = Uint8ClampedArray;
type Draw = (context: OffscreenCanvasRenderingContext2D, photo: ImageBitmap) => void;
type Change = (pixels: Uint8ClampedArray) => void;

interface File {
  /** Draws it into a canvas of the photograph's size. Default: the photograph. */
  readonly draw?: Draw;
  /** Changes its pixels. */
  readonly change?: Change;
  /** Width, as a share of the photograph's. */
  readonly scale?: number;
  readonly type?: string;
  readonly quality?: number;
}

/** Files of the same picture. */
const SAME: Readonly<Record<string, File>> = {
  'JPEG 60': { quality: 0.6 },
  'JPEG 30': { quality: 0.3 },
  'JPEG 15': { quality: 0.15 },
  'WebP 30': { type: 'image/webp', quality: 0.3 },
  'a quarter, JPEG 60': { scale: 1 / 4, quality: 0.6 },
  'a tenth, JPEG 60': { scale: 1 / 10, quality: 0.6 },
  'gamma 0.7': { change: curve((value) => value ** 0.7) },
  'gamma 1.4': { change: curve((value) => value ** 1.4) },
  'another colour profile': { change: fromDisplayP3 },
  '256 colours': { change: posterise },
  grey: { change: grey },
  'a negative': { change: curve((value) => 1 - value) },
  'caption over a quarter': { draw: caption },
  'button over the middle': { draw: button },
  'watermark, tiled': { draw: (context, photo) => watermark(context, photo, 'tiled') },
  'watermark, one large': { draw: (context, photo) => watermark(context, photo, 'large') },
  'watermark, in a corner': { draw: (context, photo) => watermark(context, photo, 'corner') },
  'cut by 1 %': { draw: cut(0.01, 0.01) },
  'cut by 2 % on one side': { draw: cut(0.02, 0) },
  'cut by 5 %': { draw: cut(0.05, 0.05) },
};

/** Files of something else. */
const OTHER: Readonly<Record<string, File>> = {
  'its mirror image': { draw: mirror },
  'another crop of it (80 %)': { draw: cut(0, 0.2) },
  'a sign on white': { draw: (context) => sign(context, '#fff', '#c8141e') },
  'a sign on black': { draw: (context) => sign(context, '#000', '#ddd') },
  'a sign on grey, small': { draw: (context) => sign(context, '#ccc', '#888', 0.25) },
  'one colour': { draw: (context) => sign(context, '#789', '#789') },
  'a gradient': { draw: gradient },
};

/**
 * Compares photographs with files of themselves and of others.
 * @param addresses Of the photographs.
 * @param lightness Factor of the photographs' lightness, on the screen and in the files.
 */
async function compare(
  addresses: readonly string[],
  lightness: number,
): Promise<{ same: Found; other: Found }> {
  const [same, other]: [Found, Found] = [{}, {}];
  const files: Sample[] = [];
  const screens: Sample[] = [];
  for (const address of addresses) {
    const photo = await dimmed(await (await fetch(address)).blob(), lightness);
    const height = Math.max(1, Math.round((SHOWN * photo.height) / photo.width));
    const screen = sampleOf(scaled(photo, SHOWN, height));
    for (const [names, found] of [
      [SAME, same],
      [OTHER, other],
    ] as const) {
      for (const [name, file] of Object.entries(names)) {
        (found[name] ??= []).push(likeness(sampleOf(await made(photo, file)), screen));
      }
    }
    files.push(sampleOf(photo));
    screens.push(screen);
    photo.close();
  }
  other['another photograph'] = screens.flatMap((screen, i) =>
    files.filter((_, j) => j !== i).map((file) => likeness(file, screen)),
  );
  return { same, other };
}

async function dimmed(file: Blob, lightness: number): Promise<ImageBitmap> {
  const photo = await createImageBitmap(file);
  if (lightness === 1) return photo;
  const canvas = new OffscreenCanvas(photo.width, photo.height);
  const context = contextOf(canvas);
  context.filter = `brightness(${lightness})`;
  context.drawImage(photo, 0, 0);
  photo.close();
  return createImageBitmap(await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.85 }));
}

async function made(photo: ImageBitmap, file: File): Promise<ImageBitmap> {
  const { draw, change, scale = 1, type = 'image/jpeg', quality = 0.85 } = file;
  const { width, height } = photo;
  let canvas = new OffscreenCanvas(width, height);
  const context = contextOf(canvas);
  if (draw) draw(context, photo);
  else context.drawImage(photo, 0, 0);
  if (change) {
    const pixels = context.getImageData(0, 0, width, height);
    change(pixels.data);
    context.putImageData(pixels, 0, 0);
  }
  if (scale !== 1) canvas = scaled(canvas, Math.round(width * scale), Math.round(height * scale));
  return createImageBitmap(await canvas.convertToBlob({ type, quality }));
}

function scaled(image: CanvasImageSource, width: number, height: number): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const context = contextOf(canvas);
  context.drawImage(image, 0, 0, width, height);
  return canvas;
}

/** As the page's script reduces pictures (src/page/read/read.ts). */
function sampleOf(image: CanvasImageSource): Sample {
  const context = contextOf(new OffscreenCanvas(COMPARED_SIDE, COMPARED_SIDE));
  context.drawImage(image, 0, 0, COMPARED_SIDE, COMPARED_SIDE);
  return context.getImageData(0, 0, COMPARED_SIDE, COMPARED_SIDE).data;
}

function contextOf(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.imageSmoothingQuality = 'high';
  return context;
}

/** Changes each channel by a function of 0..1. */
function curve(of: (value: number) => number): Change {
  return (pixels) => {
    for (let i = 0; i < pixels.length; i++) {
      if (i % 4 !== 3) pixels[i] = 255 * of(pixels[i]! / 255);
    }
  };
}

/** Takes the colours for those of Display P3, as a program without colour management does. */
function fromDisplayP3(pixels: Uint8ClampedArray): void {
  for (let i = 0; i < pixels.length; i += 4) {
    const [r, g, b] = [0, 1, 2].map((c) => (pixels[i + c]! / 255) ** 2.2) as [
      number,
      number,
      number,
    ];
    const linear = [
      1.2249 * r - 0.2247 * g,
      -0.042 * r + 1.0419 * g,
      -0.0197 * r - 0.0786 * g + 1.0979 * b,
    ];
    linear.forEach((value, c) => (pixels[i + c] = 255 * Math.max(0, value) ** (1 / 2.2)));
  }
}

/** Three bits for red and green, two for blue. */
function posterise(pixels: Uint8ClampedArray): void {
  for (let i = 0; i < pixels.length; i += 4) {
    for (const [c, steps] of [7, 7, 3].entries()) {
      pixels[i + c] = (Math.round((pixels[i + c]! / 255) * steps) / steps) * 255;
    }
  }
}

function grey(pixels: Uint8ClampedArray): void {
  for (let i = 0; i < pixels.length; i += 4) {
    pixels.fill((pixels[i]! + 2 * pixels[i + 1]! + pixels[i + 2]!) / 4, i, i + 3);
  }
}

/** Cuts these shares off the left and top, and off the right and bottom. */
function cut(before: number, after: number): Draw {
  return (context, photo) => {
    const { width, height } = photo;
    const share = 1 - before - after;
    const from = [before * width, before * height, share * width, share * height] as const;
    context.drawImage(photo, ...from, 0, 0, width, height);
  };
}

function mirror(context: OffscreenCanvasRenderingContext2D, photo: ImageBitmap): void {
  context.translate(photo.width, 0);
  context.scale(-1, 1);
  context.drawImage(photo, 0, 0);
}

function caption(context: OffscreenCanvasRenderingContext2D, photo: ImageBitmap): void {
  const { width, height } = photo;
  context.drawImage(photo, 0, 0);
  context.fillStyle = '#000';
  context.fillRect(0, 0.75 * height, width, height);
  write(context, 'A caption of one line', 0.5 * width, 0.88 * height, 0.8 * width, '#fff');
}

function button(context: OffscreenCanvasRenderingContext2D, photo: ImageBitmap): void {
  const { width, height } = photo;
  context.drawImage(photo, 0, 0);
  context.fillStyle = '#fff';
  context.beginPath();
  context.arc(width / 2, height / 2, Math.min(width, height) / 6, 0, 7);
  context.fill();
}

function watermark(
  context: OffscreenCanvasRenderingContext2D,
  photo: ImageBitmap,
  kind: 'tiled' | 'large' | 'corner',
): void {
  const { width, height } = photo;
  context.drawImage(photo, 0, 0);
  context.globalAlpha = kind === 'tiled' ? 0.35 : 0.5;
  if (kind === 'corner') {
    write(context, 'Example', 0.85 * width, 0.93 * height, 0.25 * width, '#fff');
    return;
  }
  context.translate(width / 2, height / 2);
  context.rotate(-0.5);
  if (kind === 'large') write(context, 'EXAMPLE', 0, 0, 0.8 * width, '#fff');
  else {
    for (let y = -5; y <= 5; y++) {
      for (let x = -3; x <= 3; x++) {
        write(context, 'example.org', 0.3 * x * width, 0.15 * y * height, 0.24 * width, '#fff');
      }
    }
  }
}

/** A circle with a bar, and words, at a share of the height. */
function sign(
  context: OffscreenCanvasRenderingContext2D,
  back: string,
  front: string,
  size = 0.8,
): void {
  const { width, height } = context.canvas;
  context.fillStyle = back;
  context.fillRect(0, 0, width, height);
  const radius = (size * height) / 3;
  context.strokeStyle = front;
  context.lineWidth = radius / 4;
  context.beginPath();
  context.arc(width / 2, height * 0.42, radius, 0, 7);
  context.moveTo(width / 2 - 0.7 * radius, height * 0.42 - 0.7 * radius);
  context.lineTo(width / 2 + 0.7 * radius, height * 0.42 + 0.7 * radius);
  context.stroke();
  const [y, wide] = [height * 0.42 + 1.5 * radius, size * width];
  write(context, 'Hotlinking is not allowed', width / 2, y, wide, front);
}

function gradient(context: OffscreenCanvasRenderingContext2D): void {
  const { width, height } = context.canvas;
  const filling = context.createLinearGradient(0, 0, width, height);
  filling.addColorStop(0, '#246');
  filling.addColorStop(1, '#fc9');
  context.fillStyle = filling;
  context.fillRect(0, 0, width, height);
}

/** Writes a line of this width around a point. */
function write(
  context: OffscreenCanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  width: number,
  colour: string,
): void {
  context.font = 'bold 20px sans-serif';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.font = `bold ${(20 * width) / context.measureText(text).width}px sans-serif`;
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

Object.assign(globalThis, { compare });
