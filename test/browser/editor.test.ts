/** The region editor: opened from a page and by a file; by mouse, keys and fingers. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { PNG } from 'pngjs';
import type { ElementHandle, Page } from 'puppeteer';
import { describe, expect } from 'vitest';

import { browser, opened as closeAfterwards, openPage, site, withBrowser } from './fixtures';
import {
  axeViolations,
  downloadFolder,
  meanAbsoluteDifference,
  pixelsOf,
  sourceOf,
} from './harness';
import type { Pixels } from './harness';
import { encodeHugePng, encodePng } from './picture-files.mjs';

const SHOTS = '/tmp/pastiche-shots';
const CANVAS = '.stage canvas';

let folder: string;

const it = withBrowser();

it.beforeAll(async () => {
  await browser.inServiceWorker(() =>
    chrome.storage.local.set({ mix: { 'the-scream': 1 }, budget: 0.25 }),
  );
  folder = await downloadFolder(browser);
  await mkdir(SHOTS, { recursive: true });
});

async function opened(page: Page): Promise<Page> {
  closeAfterwards(page);
  await page.waitForSelector(CANVAS);
  return page;
}

/** Opens the editor with a picture from a file. */
async function withFile(name: string, data: Buffer): Promise<Page> {
  const file = path.join(folder, name);
  await writeFile(file, data);
  const page = await openPage(browser.urlOf('editor.html'));
  const chooser = await page.waitForSelector('input[type=file]');
  await chooser!.uploadFile(file);
  return page;
}

async function withHarbour(): Promise<Page> {
  const response = await fetch(`${site.origin}/pictures/harbour.jpg`);
  return opened(await withFile('harbour.jpg', Buffer.from(await response.arrayBuffer())));
}

/** A screenshot of the picture on the stage, without its surroundings. */
async function shown(page: Page): Promise<Pixels> {
  // Moves the pointer's ring off the picture.
  await page.mouse.move(2, 2);
  return pixelsOf(page, CANVAS);
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

async function stageBox(page: Page): Promise<Box> {
  return page.$eval(CANVAS, (canvas) => {
    const { x, y, width, height } = canvas.getBoundingClientRect();
    return { x, y, width, height };
  });
}

/** A part of a screenshot, by shares of the stage. */
function part(
  pixels: Pixels,
  [left, top, right, bottom]: readonly [number, number, number, number],
): Pixels {
  const from = { x: Math.round(left * pixels.width), y: Math.round(top * pixels.height) };
  const width = Math.round(right * pixels.width) - from.x;
  const height = Math.round(bottom * pixels.height) - from.y;
  const data = new Uint8Array(4 * width * height);
  for (let y = 0; y < height; y++) {
    const start = 4 * ((from.y + y) * pixels.width + from.x);
    data.set(pixels.data.subarray(start, start + 4 * width), 4 * y * width);
  }
  return { width, height, data };
}

const MIDDLE_LEFT = [0.3, 0.4, 0.4, 0.6] as const;
const MIDDLE_RIGHT = [0.6, 0.4, 0.7, 0.6] as const;

/** Waits until a part differs from its earlier state by more than `least`, or by less than `most`. */
async function becomes(
  page: Page,
  before: Pixels,
  where: readonly [number, number, number, number],
  { least = -1, most = Infinity }: { least?: number; most?: number },
): Promise<Pixels> {
  let now = before;
  const difference = async (): Promise<boolean> => {
    const said = await page.$eval('.hint', (hint) => hint.textContent);
    // A draft is shown before the fine version, and a search may still be running.
    if (said?.endsWith('…')) return false;
    now = await shown(page);
    const changed = meanAbsoluteDifference(part(now, where), part(before, where));
    return changed > least && changed < most;
  };
  await expect.poll(difference, { timeout: 20_000, interval: 100 }).toBe(true);
  return now;
}

/** Drags the mouse over the stage; positions are shares of it. */
async function drag(page: Page, ...places: (readonly [number, number])[]): Promise<void> {
  const box = await stageBox(page);
  const at = ([x, y]: readonly [number, number]): [number, number] => [
    box.x + x * box.width,
    box.y + y * box.height,
  ];
  await page.mouse.move(...at(places[0]!));
  await page.mouse.down();
  for (const place of places.slice(1)) await page.mouse.move(...at(place), { steps: 6 });
  await page.mouse.up();
}

async function press(page: Page, label: string): Promise<void> {
  const button = await page.waitForFunction(
    (text) =>
      [...document.querySelectorAll('button')].find(
        (each) => (each.ariaLabel ?? each.textContent) === text && !each.disabled,
      ),
    {},
    label,
  );
  await (button as ElementHandle<HTMLButtonElement>).click();
}

async function undo(page: Page): Promise<void> {
  await page.keyboard.down('Control');
  await page.keyboard.press('z');
  await page.keyboard.up('Control');
}

describe('the editor', () => {
  it('paints a region of a picture of a page, and puts it there', async () => {
    // At the size at which the page shows it.
    await browser.inServiceWorker(() => chrome.storage.local.set({ budget: 1.5 }));
    const page = await openPage('/one-image.html');
    await browser.grantActiveTab(page);
    const target = browser.browser.waitForTarget((each) => each.url().includes('/editor.html?'));
    await browser.clickMenu(page, { menuItemId: 'edit', srcUrl: await sourceOf(page, '#photo') });
    const editor = await opened((await (await target).page())!);
    const before = await shown(editor);
    await press(editor, 'Rectangle');
    await drag(editor, [0.02, 0.02], [0.5, 0.98]);
    await becomes(editor, before, MIDDLE_LEFT, { least: 12 });
    await becomes(editor, before, MIDDLE_RIGHT, { most: 1 });
    await editor.screenshot({ path: `${SHOTS}/editor.png` });

    await page.bringToFront();
    const photo = await pixelsOf(page, '#photo');
    await editor.bringToFront();
    await press(editor, 'Put on the page');
    const source = await sourceOf(page, '#photo');
    const picture = await browser.waitForPicture(page, source, { states: ['done', 'failed'] });
    expect(picture).toMatchObject({ state: 'done', error: null });
    const painted = await pixelsOf(page, '#photo');
    const [left, right] = [
      [0.05, 0.1, 0.42, 0.9],
      [0.58, 0.1, 0.95, 0.9],
    ] as const;
    expect(meanAbsoluteDifference(part(painted, left), part(photo, left))).toBeGreaterThan(12);
    expect(meanAbsoluteDifference(part(painted, right), part(photo, right))).toBeLessThan(3);
    await browser.inServiceWorker(() => chrome.storage.local.set({ budget: 0.25 }));
  });

  it.each([
    [
      'Brush',
      [
        [0.35, 0.42],
        [0.35, 0.58],
      ],
    ],
    [
      'Rectangle',
      [
        [0.28, 0.35],
        [0.42, 0.65],
      ],
    ],
    [
      'Ellipse',
      [
        [0.2, 0.2],
        [0.5, 0.8],
      ],
    ],
    [
      'Lasso',
      [
        [0.25, 0.3],
        [0.45, 0.3],
        [0.45, 0.7],
        [0.25, 0.7],
      ],
    ],
    [
      'Gradient',
      [
        [0.45, 0.5],
        [0.55, 0.5],
      ],
    ],
    [
      'Object',
      [
        [0.2, 0.2],
        [0.5, 0.8],
      ],
    ],
  ] as const)('%s marks by mouse; undo and redo', async (tool, places) => {
    const page = await withHarbour();
    const before = await shown(page);
    await press(page, tool);
    await drag(page, ...places);
    // The search finds some object anywhere.
    const where = tool === 'Object' ? ([0.2, 0.2, 0.5, 0.8] as const) : MIDDLE_LEFT;
    await becomes(page, before, where, { least: 4 });
    await undo(page);
    await becomes(page, before, [0, 0, 1, 1], { most: 0.2 });
    await press(page, 'Redo');
    await becomes(page, before, where, { least: 4 });
  });

  it('erases, takes away, inverts, hides and deletes', async () => {
    const page = await withHarbour();
    const before = await shown(page);
    const isOriginal = { most: 1 };
    await press(page, 'Invert');
    await becomes(page, before, MIDDLE_LEFT, { least: 8 });
    await press(page, 'Eraser');
    await drag(page, [0.35, 0.3], [0.35, 0.7], [0.3, 0.3], [0.38, 0.7]);
    await becomes(page, before, [0.34, 0.45, 0.36, 0.55], isOriginal);
    await press(page, 'Rectangle');
    await page.locator('.tools input[type=checkbox]').click();
    await drag(page, [0.55, 0.02], [0.98, 0.98]);
    await becomes(page, before, MIDDLE_RIGHT, isOriginal);
    await press(page, 'Show layer 1');
    await becomes(page, before, [0, 0, 1, 1], { most: 0.2 });
    await press(page, 'Show layer 1');
    await becomes(page, before, [0.42, 0.4, 0.5, 0.6], { least: 8 });
    await press(page, 'Delete the layer');
    await becomes(page, before, [0, 0, 1, 1], { most: 0.2 });
  });

  it('has layers with a mix each, the upper over the lower', async () => {
    const page = await withHarbour();
    const before = await shown(page);
    await press(page, 'Invert');
    const scream = await becomes(page, before, MIDDLE_LEFT, { least: 8 });
    await press(page, 'Add a layer');
    await press(page, 'Only Mont Sainte-Victoire');
    await press(page, 'Rectangle');
    await drag(page, [0.02, 0.02], [0.5, 0.98]);
    const both = await becomes(page, scream, MIDDLE_LEFT, { least: 12 });
    const changed = (where: typeof MIDDLE_LEFT | typeof MIDDLE_RIGHT): number =>
      meanAbsoluteDifference(part(both, where), part(scream, where));
    // Some change is expected: the network normalises over the whole picture.
    expect(changed(MIDDLE_RIGHT)).toBeLessThan(changed(MIDDLE_LEFT) / 2);
    await press(page, 'Move the layer down');
    await becomes(page, scream, MIDDLE_LEFT, { most: 2 });
  });

  it('is worked by keys alone', async () => {
    const page = await withHarbour();
    const before = await shown(page);
    await page.focus(CANVAS);
    await page.keyboard.press('r');
    for (let i = 0; i < 18; i++) await page.keyboard.press('ArrowLeft');
    for (let i = 0; i < 12; i++) await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Space');
    for (let i = 0; i < 16; i++) await page.keyboard.press('ArrowRight');
    for (let i = 0; i < 24; i++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const marked = [0.32, 0.45, 0.38, 0.55] as const;
    await becomes(page, before, marked, { least: 8 });
    await undo(page);
    await becomes(page, before, marked, { most: 1 });
  });

  it('is worked by a finger; two move the picture', async () => {
    const page = await withHarbour();
    const before = await shown(page);
    const box = await stageBox(page);
    const at = (x: number, y: number): [number, number] => [
      box.x + x * box.width,
      box.y + y * box.height,
    ];
    await press(page, 'Ellipse');
    const finger = await page.touchscreen.touchStart(...at(0.2, 0.2));
    await finger.move(...at(0.4, 0.6));
    await finger.move(...at(0.5, 0.8));
    await finger.end();
    await becomes(page, before, MIDDLE_LEFT, { least: 8 });
    await undo(page);
    await becomes(page, before, [0, 0, 1, 1], { most: 0.2 });

    const first = await page.touchscreen.touchStart(...at(0.4, 0.5));
    const second = await page.touchscreen.touchStart(...at(0.6, 0.5));
    await second.move(...at(0.9, 0.5));
    await first.end();
    await second.end();
    await becomes(page, before, [0.3, 0.3, 0.7, 0.7], { least: 4 });
    await press(page, 'Fit');
    await becomes(page, before, [0, 0, 1, 1], { most: 0.2 });
  });
});

it('paints regions of a video while it plays', async () => {
  await browser.inServiceWorker(() => chrome.storage.local.set({ budget: 0.25 }));
  const page = await openPage('/video.html');
  await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 2);
  await browser.grantActiveTab(page);
  const plain = await pixelsOf(page, 'video');
  const target = browser.browser.waitForTarget((each) => each.url().includes('/editor.html?'));
  await browser.clickMenu(page, { menuItemId: 'video-edit' });
  const editor = await opened((await (await target).page())!);
  await press(editor, 'Rectangle');
  await drag(editor, [0.02, 0.02], [0.5, 0.98]);
  await press(editor, 'Put on the video');
  const [left, right] = [
    [0.05, 0.1, 0.42, 0.6],
    [0.58, 0.1, 0.95, 0.6],
  ] as const;
  const changed = async (where: typeof left | typeof right): Promise<number> => {
    const now = await pixelsOf(page, 'video');
    return meanAbsoluteDifference(part(now, where), part(plain, where));
  };
  await expect.poll(() => changed(left), { timeout: 20_000 }).toBeGreaterThan(12);
  expect(await changed(right)).toBeLessThan(6);
  const [status] = await browser.videoStatus(page);
  expect(status).toMatchObject({ error: null });
});

it('the editor: axe finds nothing, light and dark; nothing is cut off at 200 %', async () => {
  const page = await withHarbour();
  expect(await axeViolations(page)).toEqual([]);
  await page.setViewport({ width: 320, height: 400, deviceScaleFactor: 2 });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
});

describe('a picture from a file', () => {
  it('is saved at its own size, in the type that is chosen', async () => {
    const page = await withHarbour();
    await press(page, 'Invert');
    await press(page, 'Save');
    const name = 'harbour.Scream.png';
    await expect.poll(() => readdirSync(folder), { timeout: 60_000 }).toContain(name);
    const { width, height } = PNG.sync.read(readFileSync(path.join(folder, name)));
    const alone = await openPage('/one-image.html');
    const natural = await alone.$eval('#photo', (image) => {
      const { naturalWidth, naturalHeight } = image as HTMLImageElement;
      return [naturalWidth, naturalHeight];
    });
    await page.bringToFront();
    expect([width, height]).toEqual(natural);
    await page.select('.keep select', 'webp');
    await press(page, 'Save');
    const other = 'harbour.Scream.webp';
    await expect.poll(() => readdirSync(folder), { timeout: 60_000 }).toContain(other);
    expect(readFileSync(path.join(folder, other)).toString('latin1', 8, 12)).toBe('WEBP');
  });

  it('is matched to a look: the style that a pastiche of it was made in', async () => {
    const page = await withHarbour();
    await press(page, 'Invert');
    await press(page, 'Only Mont Sainte-Victoire');
    const saved = (): string | undefined =>
      readdirSync(folder).find((name) => /Victoire.*\.png$/.test(name));
    await page.select('.keep select', 'png');
    await press(page, 'Save');
    await expect.poll(saved, { timeout: 60_000 }).toBeDefined();
    await press(page, 'Only Udnie');
    const chooser = await page.$('.layer-mix input[type=file]');
    await chooser!.uploadFile(path.join(folder, saved()!));
    const name = (): Promise<string> =>
      page.$eval('.layer .name', (element) => element.textContent ?? '');
    await expect.poll(name, { timeout: 60_000 }).toContain('Victoire');
    expect(await name()).not.toContain('Udnie');
  });

  it('of one pixel is opened, and painted', async () => {
    const page = await opened(
      await withFile(
        'dot.png',
        encodePng(1, 1, () => [200, 30, 30, 255]),
      ),
    );
    const before = await shown(page);
    await press(page, 'Subject');
    await press(page, 'Invert');
    await press(page, 'Save');
    await expect
      .poll(() => readdirSync(folder).some((name) => name.startsWith('dot.')), { timeout: 30_000 })
      .toBe(true);
    expect(before.width).toBeGreaterThan(0);
  });

  it('of 100 megapixels is opened', async () => {
    const page = await opened(await withFile('huge.png', encodeHugePng(10_000, 10_000)));
    const before = await shown(page);
    await press(page, 'Invert');
    await becomes(page, before, MIDDLE_LEFT, { least: 8 });
  });

  it('keeps its transparency', async () => {
    const clear = encodePng(320, 240, (x) => [90, 140, 200, x < 160 ? 255 : 0]);
    const page = await opened(await withFile('clear.png', clear));
    const before = await shown(page);
    await press(page, 'Invert');
    await becomes(page, before, MIDDLE_LEFT, { least: 4 });
    await becomes(page, before, MIDDLE_RIGHT, { most: 1 });
  });

  it('is white where it was transparent, in a file that has no transparency', async () => {
    const clear = encodePng(320, 240, (x) => [90, 140, 200, x < 160 ? 255 : 0]);
    const page = await opened(await withFile('half.png', clear));
    await press(page, 'Invert');
    await page.select('.keep select', 'jpeg');
    await press(page, 'Save');
    const name = 'half.Scream.jpg';
    await expect.poll(() => readdirSync(folder), { timeout: 60_000 }).toContain(name);
    const darkest = await page.evaluate(
      async (data) => {
        const image = Object.assign(new Image(), { src: `data:image/jpeg;base64,${data}` });
        await image.decode();
        const context = new OffscreenCanvas(320, 240).getContext('2d')!;
        context.drawImage(image, 0, 0);
        const { data: pixels } = context.getImageData(180, 0, 140, 240);
        return pixels.reduce((least, value) => Math.min(least, value));
      },
      readFileSync(path.join(folder, name)).toString('base64'),
    );
    expect(darkest).toBeGreaterThan(250);
  });

  it('is turned as its file says', async () => {
    const page = await opened(await withFile('turned.jpg', await turnedJpeg()));
    const [left, top] = [part(await shown(page), [0.46, 0.2, 0.48, 0.3]), 0];
    // Red above and blue below, though the file has them side by side.
    expect(left.data[0]! - left.data[2]!).toBeGreaterThan(100);
    const below = part(await shown(page), [0.46, 0.7, 0.48, 0.8]);
    expect(below.data[2]! - below.data[top]!).toBeGreaterThan(100);
  });

  it('has the colours of its profile', async () => {
    const page = await opened(await withFile('wide.png', await wideGamutPng()));
    const middle = part(await shown(page), [0.45, 0.45, 0.55, 0.55]);
    // Display P3's (0.6, 0.4, 0.4) is (163, 99, 100) in sRGB; without the profile, (153, 102, 102).
    expect(middle.data[0]).toBeGreaterThan(158);
    expect(middle.data[1]).toBeLessThan(101);
  });

  it('that is none gets a sentence, and the next one is opened', async () => {
    const page = await withFile('broken.png', Buffer.from('no picture'));
    await page.waitForFunction(() =>
      document.querySelector('[role=status]')?.textContent?.includes('damaged'),
    );
    const chooser = await page.$('input[type=file]');
    await writeFile(
      path.join(folder, 'good.png'),
      encodePng(64, 64, () => [1, 2, 3, 255]),
    );
    await chooser!.uploadFile(path.join(folder, 'good.png'));
    await page.waitForSelector(CANVAS);
  });
});

/** Encodes a picture in a page. */
async function encoded(
  draw: (context: OffscreenCanvasRenderingContext2D) => void,
  options: { width: number; height: number; type: string; colorSpace: PredefinedColorSpace },
): Promise<Buffer> {
  const page = await openPage();
  const bytes = await page.evaluate(
    async (source, { width, height, type, colorSpace }) => {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d', { colorSpace })!;
      const paint = new Function(`return ${source}`)() as typeof draw;
      paint(context);
      const blob = await canvas.convertToBlob({ type, quality: 0.95 });
      return [...new Uint8Array(await blob.arrayBuffer())];
    },
    draw.toString(),
    options,
  );
  await page.close();
  return Buffer.from(bytes);
}

/** Red on the left and blue on the right, to be turned by a quarter: red comes above. */
async function turnedJpeg(): Promise<Buffer> {
  const plain = await encoded(
    (context) => {
      context.fillStyle = '#f00';
      context.fillRect(0, 0, 120, 160);
      context.fillStyle = '#00f';
      context.fillRect(120, 0, 120, 160);
    },
    { width: 240, height: 160, type: 'image/jpeg', colorSpace: 'srgb' },
  );
  // Exif 2.3: one entry, orientation 6, the 0th row is at the right-hand side.
  const exif = Buffer.from(
    'ffe1002245786966000049492a00080000000100120103000100000006000000000000 00'.replace(' ', ''),
    'hex',
  );
  return Buffer.concat([plain.subarray(0, 2), exif, plain.subarray(2)]);
}

function wideGamutPng(): Promise<Buffer> {
  return encoded(
    (context) => {
      context.fillStyle = 'color(display-p3 0.6 0.4 0.4)';
      context.fillRect(0, 0, 200, 200);
    },
    { width: 200, height: 200, type: 'image/png', colorSpace: 'display-p3' },
  );
}
