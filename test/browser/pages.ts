/**
 * Pages made for one test, and the effect of a pastiche on the screen: it must change exactly the
 * pixels that any other picture in the same place would change, into something like the original.
 */
import { PNG } from 'pngjs';
import type { Page, Viewport } from 'puppeteer';
import { expect } from 'vitest';

import type { ExtensionBrowser } from '../../scripts/extension.mjs';
import type { PictureStatus, WholePageStatus } from '../../src/protocol/messages';
import { eventually } from './faults';
import { meanAbsoluteDifference, paintSmall, restyleSource, type Pixels } from './harness';
import type { Site } from './server.mjs';

/** A style that changes every part of a picture but keeps light and dark. */
export const STYLE = 'restyle:style:the-scream';

const PHOTO = '/pictures/harbour.jpg';
const OTHER_PHOTO = '/pictures/portrait.jpg';
const SIZE = { width: 800, height: 600 };
export const VIEWPORT = { width: 720, height: 520 };

/** Timeout of a page on a busy machine, in milliseconds; shorter where failures are expected. */
export const TIMEOUT_MS = Number(process.env['TIMEOUT_MS'] ?? 30_000);

export interface OpenOptions {
  /** One colour instead of the picture X, of the same size. */
  readonly flat?: boolean;
  /** X is a picture of the page's own site. */
  readonly own?: boolean;
  /** Path of the picture X. */
  readonly picture?: string;
  /** Its natural size in pixels. */
  readonly size?: Viewport;
  readonly viewport?: Viewport;
  /** Query options of the page's address; see `server.mjs`. */
  readonly query?: string;
}

/** A page that shows X, and its later changes. */
export interface Case extends OpenOptions {
  readonly html: string;
  /** Changes the page once X is painted. */
  readonly then?: (page: Page) => Promise<unknown>;
  /** X is in the first frame of the page. */
  readonly framed?: boolean;
}

/**
 * A tab in which the tests' pages are opened one after the other. Subclasses have the extension in it,
 * or its content script alone.
 */
export abstract class PictureStage {
  private tab: Page | null = null;
  /** Address of the picture X on the open page. */
  x = '';
  /** Address of the picture Y, which is never the flat one. */
  readonly y: string;

  constructor(readonly site: Site) {
    this.y = site.otherOrigin + OTHER_PHOTO;
  }

  get page(): Page {
    if (!this.tab) throw new Error('no page is open');
    return this.tab;
  }

  /**
   * Opens a page and waits until its pictures are there. In its text `{X}` stands for a
   * picture of another site without CORS, `{S}` for the same one of its own site, `{Y}` for another
   * picture of the other site, `{other}` for the other site, `{frame}` for a page there that shows X.
   */
  async open(html: string, options: OpenOptions = {}): Promise<Page> {
    const { flat = false, own = false, size = SIZE, viewport = VIEWPORT } = options;
    const shown = flat ? `/made/flat.svg?width=${size.width}&height=${size.height}` : PHOTO;
    const picture = flat ? shown : (options.picture ?? shown);
    const { origin, otherOrigin } = this.site;
    this.x = (own ? origin : otherOrigin) + picture;
    const text = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">${html}`
      .replaceAll('{X}', this.x)
      .replaceAll('{S}', origin + picture)
      .replaceAll('{Y}', this.y)
      .replaceAll('{other}', otherOrigin)
      .replaceAll('{frame}', otherOrigin + this.site.serve(`<img src="${this.x}" width="400">`));
    this.tab ??= await this.firstPage();
    const page = this.tab;
    await page.setViewport(viewport);
    await page.goto(origin + this.site.serve(text) + (options.query ?? ''), { waitUntil: 'load' });
    await this.settled();
    return page;
  }

  /** Opens the tab, in which pictures are painted small. */
  protected abstract firstPage(): Promise<Page>;

  /** Waits until all pictures of the page have been loaded and drawn. */
  async settled(): Promise<void> {
    const all = this.page.frames().map((frame) =>
      frame.evaluate(async () => {
        const images = [...document.images].filter((image) => image.getClientRects().length > 0);
        await Promise.all(images.map((image) => image.decode().catch(() => undefined)));
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      }),
    );
    await Promise.all(all);
  }

  /**
   * Has a picture painted and waits for a final state.
   * @param source Its address. Default: X.
   */
  abstract paint(source?: string, frame?: { frameId?: number }): Promise<PictureStatus>;

  /** Restores a picture. Default: X. */
  abstract restore(source?: string, frame?: { frameId?: number }): Promise<void>;

  /**
   * Paints X and then changes the page. The window must show a pastiche exactly where it would show
   * another picture, and after Restore the original; the page's HTML must stay the same but for
   * attributes, and after Restore exactly.
   */
  async follows({ html, then, framed, ...options }: Case): Promise<void> {
    const go = async (): Promise<void> => {
      await then?.(this.page);
      await this.settled();
    };
    await this.open(html, { ...options, flat: true });
    await go();
    const flat = await this.shot();
    await this.open(html, options);
    await go();
    const [original, written] = [await this.shot(), await this.html()];
    // Starts over, if the page has changed.
    if (then) await this.open(html, options);
    await watchPage(this.page);
    const frame = framed ? await this.firstFrame() : {};
    expect(await this.paint(this.x, frame)).toMatchObject({ state: 'done', error: null });
    expect.soft(await intruders(this.page)).toEqual([]);
    await go();
    await this.isPainted(original, flat);
    expect.soft(elementsIn(await this.html())).toEqual(elementsIn(written));
    await this.restore(this.x, frame);
    await this.isWritten(written);
    await this.isShown(original);
  }

  /** The id of the page's first frame. */
  protected abstract firstFrame(): Promise<{ frameId: number }>;

  /**
   * Has the whole page painted, and waits until everything is.
   * @throws {Error} if that takes too long, or a picture could not be painted.
   */
  async paintPage(timeout = TIMEOUT_MS): Promise<void> {
    await this.startPage();
    await this.isPaintedWhole(timeout);
  }

  /** Starts to paint the whole page. */
  abstract startPage(): Promise<void>;

  /** Restores the whole page. */
  abstract restorePage(): Promise<void>;

  /** Progress of the whole page in all frames that are restyled. */
  protected abstract wholePageStatus(): Promise<readonly WholePageStatus[]>;

  /** Waits until the whole page is painted. @throws {Error} with its progress. */
  async isPaintedWhole(timeout = TIMEOUT_MS): Promise<void> {
    let said: unknown;
    await eventually(async () => {
      const all = (said = await this.wholePageStatus());
      const done = all.reduce((sum, status) => sum + status.done, 0);
      return done > 0 && all.every(({ state, total }) => state === 'following' && total === done);
    }, timeout).catch(() => {
      throw new Error(`the page is not painted: ${JSON.stringify(said)}`);
    });
  }

  /** A screenshot of the window, unnoticed by the page. */
  async shot(): Promise<Pixels> {
    const options = { type: 'png', captureBeyondViewport: false, optimizeForSpeed: true } as const;
    const png = await this.page.screenshot(options);
    return PNG.sync.read(Buffer.from(png));
  }

  /** A screenshot of the window once nothing fades any more. */
  async stillShot(): Promise<Pixels> {
    let last = await this.shot();
    return eventually(async () => {
      const [before, now] = [last, (last = await this.shot())];
      return meanAbsoluteDifference(before, now) === 0 ? now : null;
    }, TIMEOUT_MS);
  }

  /**
   * The page's HTML with its frames and serialisable shadow roots, but without the nodes after the
   * body, where notices come and go.
   */
  async html(): Promise<string> {
    const frames = this.page.frames().map((frame) =>
      frame.evaluate(() => {
        const root = document.documentElement;
        const written = root.cloneNode(false) as Element;
        const inner = root.getHTML({ serializableShadowRoots: true });
        return written.outerHTML + inner.replace(/<\/body>[^]*$/, '');
      }),
    );
    return (await Promise.all(frames)).join('\n');
  }

  /** Waits until the page's HTML is exactly this. @throws {Error} that shows both. */
  async isWritten(html: string): Promise<void> {
    let now = '';
    await eventually(async () => (now = await this.html()) === html, TIMEOUT_MS).catch(() => {
      throw new Error(`the page was\n${html}\nand is\n${now}`);
    });
  }

  /** Waits until the window shows exactly these pixels. @throws {Error} with the difference. */
  async isShown(pixels: Pixels): Promise<void> {
    let difference = Infinity;
    await eventually(async () => {
      difference = meanAbsoluteDifference(pixels, await this.shot());
      return difference === 0;
    }, TIMEOUT_MS).catch(() => {
      throw new Error(`the window differs by ${difference} from what it was`);
    });
  }

  /**
   * Waits until X is replaced by a pastiche.
   * @param original The window with the original.
   * @param flat The window with the flat picture.
   * @returns The window with the pastiche.
   * @throws {Error} that says what is wrong with it.
   */
  async isPainted(original: Pixels, flat: Pixels): Promise<Pixels> {
    let verdict: Verdict | undefined;
    return eventually(async () => {
      const now = await this.shot();
      verdict = judge(original, flat, now);
      return isPastiche(verdict) ? now : null;
    }, TIMEOUT_MS).catch(() => {
      throw new Error(`this is no pastiche in its place: ${JSON.stringify(verdict)}`);
    });
  }

  /** Waits until a screenshot of the window passes. @throws {Error} that says what was waited for. */
  async shows(what: string, passes: (now: Pixels) => boolean): Promise<void> {
    await expect
      .poll(async () => passes(await this.shot()), { timeout: TIMEOUT_MS, message: what })
      .toBe(true);
  }

  /** Waits until the window shows only a pastiche of the original. */
  async showsPasticheOf(original: Pixels): Promise<void> {
    await this.shows('a pastiche', (now) => {
      const difference = meanAbsoluteDifference(original, now);
      return difference > 1.5 && likeness(original, now) > 0.5;
    });
  }

  async close(): Promise<void> {
    await this.tab?.close();
    this.tab = null;
  }
}

/** A stage with the extension, used through its context menu and its palette. */
export class Stage extends PictureStage {
  constructor(
    readonly browser: ExtensionBrowser,
    site: Site,
  ) {
    super(site);
  }

  protected override async firstPage(): Promise<Page> {
    await paintSmall(this.browser);
    return this.browser.openPage('about:blank');
  }

  override async paint(source = this.x, frame: { frameId?: number } = {}): Promise<PictureStatus> {
    const click = { menuItemId: STYLE, srcUrl: source, ...frame };
    return restyleSource(this.browser, this.page, click, { timeout: TIMEOUT_MS });
  }

  override async restore(source = this.x, frame: { frameId?: number } = {}): Promise<void> {
    const click = { menuItemId: 'restore', srcUrl: source, ...frame };
    await this.browser.clickMenu(this.page, click);
  }

  protected override async firstFrame(): Promise<{ frameId: number }> {
    const frames = await this.browser.inServiceWorker(
      async (tabId) => {
        const target = { tabId, allFrames: true };
        const found = await chrome.scripting.executeScript({ target, func: () => null });
        return found.map(({ frameId }) => frameId);
      },
      await this.browser.tabId(this.page),
    );
    return { frameId: frames.find((id) => id !== 0) ?? 0 };
  }

  protected override wholePageStatus(): Promise<readonly WholePageStatus[]> {
    return this.browser.wholePageStatus(this.page);
  }

  override async startPage(): Promise<void> {
    await this.press(0);
  }

  override async restorePage(): Promise<void> {
    await this.press(1);
  }

  /** Presses a button for the whole page in the palette, and closes it. */
  private async press(nth: number): Promise<void> {
    const popup = await this.browser.openPopup(this.page);
    // It can't be pressed if there is nothing to restore.
    await popup
      .waitForFunction(
        (index) =>
          document.querySelectorAll<HTMLButtonElement>('.page .button')[index]?.disabled === false,
        { timeout: TIMEOUT_MS / 15 },
        nth,
      )
      .catch(() => undefined);
    const buttons = await popup.$$('.page .button');
    await buttons[nth]?.click();
    await popup.close();
    await this.page.bringToFront();
  }
}

/** Names of the elements in HTML. */
function elementsIn(html: string): string[] {
  return html.match(/<[a-z][\w-]*/g) ?? [];
}

/** Comparison of a window with a pastiche, with the original, and with a flat picture. */
export interface Verdict {
  /** Number of changed pixels outside the picture. */
  readonly strays: number;
  /** Share of the picture's cells that have changed, 0..1. */
  readonly painted: number;
  /** Correlation of lightness with the original, -1..1. */
  readonly likeness: number;
  /** Share of the window that the picture takes, 0..1. */
  readonly visible: number;
}

export function isPastiche({ strays, painted, likeness, visible }: Verdict): boolean {
  return strays === 0 && (visible === 0 || (painted > 0.9 && likeness > 0.25));
}

/** Side of the compared squares, in pixels. */
const CELL = 10;

/** Pixels that differ by no more than this, 0..255, are the same: filters may round differently. */
const ROUNDING = 3;

/** A cell that differs by more than this on average, 0..255, was painted. */
const PAINTED = 3;

export function judge(original: Pixels, flat: Pixels, now: Pixels): Verdict {
  const { width, height } = original;
  const shows = new Uint8Array(width * height);
  let visible = 0;
  for (let i = 0; i < shows.length; i++) {
    if (distance(original, flat, i) > 0) visible += shows[i] = 1;
  }
  let strays = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      if (distance(original, now, i) <= ROUNDING) continue;
      const near = [i, i - 1, i + 1, i - width, i + width].some((j) => shows[j] === 1);
      if (!near) strays += 1;
    }
  }
  const before: number[] = [];
  const after: number[] = [];
  let painted = 0;
  for (let top = 0; top + CELL <= height; top += CELL) {
    for (let left = 0; left + CELL <= width; left += CELL) {
      const sums = [0, 0, 0, 0];
      for (let y = top; y < top + CELL; y++) {
        for (let x = left; x < left + CELL; x++) {
          const i = y * width + x;
          sums[0]! += shows[i]!;
          sums[1]! += light(original, i);
          sums[2]! += light(now, i);
          sums[3]! += distance(original, now, i);
        }
      }
      const [filled, was, is, change] = sums.map((sum) => sum / CELL ** 2);
      if (filled! < 1) continue;
      before.push(was!);
      after.push(is!);
      if (change! > PAINTED) painted += 1;
    }
  }
  return {
    strays,
    painted: before.length > 0 ? painted / before.length : 1,
    likeness: correlation(before, after),
    visible: visible / shows.length,
  };
}

/** The largest difference of a pixel's red, green and blue, 0..255. */
function distance(a: Pixels, b: Pixels, pixel: number): number {
  let most = 0;
  for (let i = 4 * pixel; i < 4 * pixel + 3; i++) {
    most = Math.max(most, Math.abs(a.data[i]! - b.data[i]!));
  }
  return most;
}

function light({ data }: Pixels, pixel: number): number {
  return 0.3 * data[4 * pixel]! + 0.59 * data[4 * pixel + 1]! + 0.11 * data[4 * pixel + 2]!;
}

/** Pearson's correlation; 1 if there is too little to compare. */
function correlation(a: readonly number[], b: readonly number[]): number {
  if (a.length < 8) return 1;
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const covariance = (one: readonly number[], its: number, two: readonly number[], other: number) =>
    one.reduce((sum, value, i) => sum + (value - its) * (two[i]! - other), 0);
  const spread = covariance(a, meanA, a, meanA) * covariance(b, meanB, b, meanB);
  return spread === 0 ? 0 : covariance(a, meanA, b, meanB) / Math.sqrt(spread);
}

/** Likeness of a window to another where that isn't white: -1..1, 1 for the same. */
export function likeness(reference: Pixels, now: Pixels): number {
  const here: number[] = [];
  const there: number[] = [];
  for (let y = 0; y < reference.height; y += 4) {
    for (let x = 0; x < reference.width; x += 4) {
      const i = y * reference.width + x;
      if (light(reference, i) > 250) continue;
      here.push(light(reference, i));
      there.push(light(now, i));
    }
  }
  return correlation(here, there);
}

/**
 * Watches the page's tree and where its elements are; {@link intruders} reports changes. Children of
 * the root element after its body may come and go: notices need them.
 */
export async function watchPage(page: Page): Promise<void> {
  await page.evaluate(() => {
    const found = new Set<string>();
    const name = (node: Node): string => (node instanceof Element ? node.localName : node.nodeName);
    new MutationObserver((records) => {
      for (const { addedNodes, removedNodes, target, previousSibling } of records) {
        if (target === document.documentElement && previousSibling) continue;
        for (const node of addedNodes) found.add(`${name(node)} into ${name(target)}`);
        for (const node of removedNodes) found.add(`${name(node)} out of ${name(target)}`);
      }
    }).observe(document, { childList: true, subtree: true });
    const box = (element: Element): string => {
      // A form's field may have this name.
      const { x, y, width, height } = Element.prototype.getBoundingClientRect.call(element);
      return [x, y, width, height].map((value) => Math.round(value * 10) / 10).join(' ');
    };
    const boxes = [...document.body.querySelectorAll('*')].map((element) => ({
      element,
      was: box(element),
    }));
    const look = (): void => {
      for (const { element, was } of boxes) {
        if (box(element) !== was) found.add(`${name(element)}: ${was} → ${box(element)}`);
      }
      requestAnimationFrame(look);
    };
    look();
    Object.assign(globalThis, { intruders: found });
  });
}

/** Elements that were added to the page's tree or moved since {@link watchPage}. */
export function intruders(page: Page): Promise<string[]> {
  return page.evaluate(() => [...(globalThis as unknown as { intruders: Set<string> }).intruders]);
}
