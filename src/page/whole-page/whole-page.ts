/**
 * Restyles all pictures of a page, visible ones first, and new ones: loaded on scrolling, added to an
 * endless list, or inserted when the page rebuilds itself.
 */
import { isContextGone } from '../../protocol/background-client';
import { detach } from '../../core/detach';
import type { PictureStatus, WholePageStatus } from '../../protocol/messages';
import { covers } from '../../core/match-pattern';
import type { Recipe } from '../../core/style/render-options';
import { isEditable, isRendered, rootsOf } from '../dom/dom';
import { tryEmbedded } from '../find/embedded';
import { everyElement, type Pictures } from '../find/find';
import type { Picture } from '../show/picture';
import type { Restyler } from '../pictures/restyler';
import { originPattern } from '../pictures/access';
import { whenIdle } from '../show/seal';
import { IMAGES, imagesIn, type PageChanges, type PageWatch } from '../watch';
import { SpriteSheets } from './sprites';
import { isWorthPainting, RateLimiter, nextToPaint } from './worth';
import { allIn, isAttached, matches, rectOf } from '../dom/element';

/** Maximum number of pictures in progress: one is read while another is painted. */
const AT_ONCE = 2;

/** Distance from the viewport at which pictures are painted, in its own heights and widths. */
const MARGIN = '75%';

/** Delay after changes of the page until its style sheets' pictures are searched again, in milliseconds. */
const SETTLING = 300;

/** Interval between checks of elements in view that will show another picture, in milliseconds. */
const REVEALING = 400;

/** Number of elements that are searched for pictures of style sheets in one go, and in a survey. */
const SLICE = 100;
const MAX_SURVEYED = 4000;

/** Maximum number of pictures whose results are kept; earlier ones are only counted. */
const MAX_RESULTS = 500;

const UNKNOWN = { width: 0, height: 0 };

export interface WholePageRequest extends Recipe {
  /** Title of the mix, for a screen reader. */
  readonly title: string;
  /** Whether distant pictures are painted now; otherwise they are painted when they come near. */
  readonly everything: boolean;
}

/** Number of returns of a picture, within a time in milliseconds, after which it is left alone. */
const MAX_RETURNS = [6, 20_000] as const;

export class WholePage {
  private request: WholePageRequest | null = null;
  private state: WholePageStatus['state'] = 'stopped';
  /** Pictures waiting to be painted, by address. */
  private readonly waiting = new Map<string, Set<Picture>>();
  /** Results by address. */
  private readonly results = new Map<string, PictureStatus['state'] | 'painting' | 'blocked'>();
  /** Number of further results that are not kept. */
  private readonly earlier = { done: 0, failed: 0 };
  /** Sources that the user has restored one by one. */
  private readonly leftAlone = new Set<string>();
  private guard = new RateLimiter(...MAX_RETURNS);
  private stopListening: (() => void) | null = null;
  private sight: IntersectionObserver | null = null;
  private watched = new WeakSet<Element>();
  /**
   * Elements in view that are hidden or tiny so far, as pages reveal pictures with animations, and
   * those with pictures that an animation exchanges.
   */
  private readonly unready = new Set<Element>();
  /** Elements that are still to be searched for pictures of style sheets. */
  private readonly unseen = new Set<Element>();
  /** Set until the initial pictures of style sheets have been found. */
  private isBeginning = false;
  private began = 0;
  private painting = 0;
  private readonly sheets = new SpriteSheets();
  private looking: ReturnType<typeof setTimeout> | undefined;
  private revealing: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly pictures: Pictures,
    private readonly restyler: Restyler,
    private readonly watch: PageWatch,
  ) {}

  start(request: WholePageRequest): void {
    this.stop();
    this.request = request;
    this.forgetResults();
    this.leftAlone.clear();
    // A user who asks repeatedly must not count as a page that restores its own pictures.
    this.guard = new RateLimiter(...MAX_RETURNS);
    this.state = 'working';
    this.isBeginning = true;
    this.began = performance.now();
    this.sight = new IntersectionObserver((entries) => this.onSight(entries), {
      rootMargin: MARGIN,
    });
    const images = everyElement(IMAGES);
    for (const element of images) this.observe(element);
    if (request.everything) for (const element of images) this.consider(element);
    this.lookThrough([document.documentElement]);
    this.stopListening = this.watch.listen((changes) => this.onChanges(changes));
    this.paintNext();
  }

  /** Starts nothing more; pictures in progress are finished. */
  stop(): void {
    this.restyler.stopSlices();
    this.request = null;
    this.state = 'stopped';
    this.waiting.clear();
    this.watched = new WeakSet();
    this.unready.clear();
    this.unseen.clear();
    this.sight?.disconnect();
    this.sight = null;
    this.stopListening?.();
    this.stopListening = null;
    clearTimeout(this.looking);
    clearTimeout(this.revealing);
    this.looking = this.revealing = undefined;
  }

  /** Adds the pictures that could not be read before their sites could be accessed. */
  granted(origins: readonly string[]): void {
    if (!this.request) return;
    for (const [source, result] of this.results) {
      if (result !== 'blocked' || !covers(origins, source)) continue;
      this.results.delete(source);
      for (const picture of this.pictures.withSource(source)) this.considerPicture(picture);
    }
    this.paintNext();
  }

  /** Null if the whole page was not requested. */
  status(): WholePageStatus | null {
    const results = [...this.results];
    if (this.state === 'stopped' && results.length === 0) return null;
    const count = (...states: string[]): number =>
      results.filter(([, result]) => states.includes(result)).length;
    const blocked = results.filter(([, result]) => result === 'blocked');
    const { done, failed } = this.earlier;
    return {
      state: this.painting > 0 ? 'working' : this.state,
      total: results.length + done + failed + this.waiting.size,
      done: count('done') + done,
      failed: count('failed', 'blocked') + failed,
      blockedOrigins: [...new Set(blocked.map(([source]) => originPattern(source)))],
    };
  }

  /** Leaves a picture alone, whose original the user wants. */
  leaveAlone(source: string): void {
    this.leftAlone.add(source);
    this.waiting.delete(source);
  }

  /** Forgets the painted pictures, which were restored. */
  forget(): void {
    this.stop();
    this.forgetResults();
  }

  private forgetResults(): void {
    this.results.clear();
    this.earlier.done = this.earlier.failed = 0;
  }

  /** Has an element's pictures painted when it comes near. */
  private observe(element: Element): void {
    if (this.watched.has(element)) return;
    this.watched.add(element);
    this.sight?.observe(element);
  }

  private onChanges({ added, changed, restyled }: PageChanges): void {
    if (this.isAlone()) return;
    for (const element of imagesIn(added)) this.observe(element);
    for (const element of changed) {
      if (matches(element, IMAGES)) this.observe(element);
      this.judgeAnew(element);
    }
    this.lookThrough([...added, ...restyled]);
    if (restyled.size > 0) this.reveal();
  }

  /** Searches these elements for pictures of style sheets, when the page is idle. */
  private lookThrough(elements: readonly Element[]): void {
    for (const element of elements) this.unseen.add(element);
    if (this.unseen.size === 0) return;
    this.looking ??= setTimeout(() => {
      const parts = [...this.unseen];
      this.unseen.clear();
      const inside = parts.flatMap((part) => [part, ...[...rootsOf(part)]]);
      const all = new Set(
        inside.flatMap((part) => [...(part instanceof Element ? [part] : []), ...allIn(part, '*')]),
      );
      const elements = [...all].filter((element) => !matches(element, IMAGES));
      whenIdle(() => this.lookAt(elements, 0));
    }, SETTLING);
  }

  private lookAt(elements: readonly Element[], from: number): void {
    for (const element of elements.slice(from, from + SLICE)) {
      if (!this.sight || !isAttached(element)) continue;
      const trying = tryEmbedded(element);
      if (trying) detach(trying.then(() => this.lookThrough([element])));
      else if (this.watched.has(element)) this.judgeAnew(element);
      else if (this.pictures.allAt(element).length > 0) {
        this.observe(element);
        if (this.isBeginning && this.request?.everything) this.consider(element);
      }
    }
    if (from + SLICE < elements.length && this.sight) {
      whenIdle(() => this.lookAt(elements, from + SLICE));
      return;
    }
    this.looking = undefined;
    if (!this.sight) return;
    this.isBeginning = false;
    this.paintNext();
    this.lookThrough([]);
  }

  /** Requests the visibility of an element again; it is reported to `onSight`. */
  private judgeAnew(element: Element): void {
    if (!this.watched.has(element)) return;
    this.sight?.unobserve(element);
    this.sight?.observe(element);
  }

  /** Whether the extension is gone, which no event reports; then nothing more is started. */
  private isAlone(): boolean {
    if (!isContextGone()) return false;
    this.stop();
    return true;
  }

  private onSight(entries: readonly IntersectionObserverEntry[]): void {
    if (this.isAlone()) return;
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) this.unready.delete(target);
      else this.consider(target);
    }
    this.paintNext();
  }

  /** Checks the unready elements, repeatedly until they are ready or gone. */
  private reveal(): void {
    if (this.unready.size === 0) return;
    this.revealing ??= setTimeout(() => {
      this.revealing = undefined;
      for (const element of [...this.unready]) {
        this.unready.delete(element);
        if (isAttached(element)) this.consider(element);
      }
      this.paintNext();
    }, REVEALING);
  }

  /** Adds an element's pictures to the queue, if they should be painted. */
  private consider(element: Element): void {
    if (!isAttached(element)) return;
    // Not loaded yet; its `load` event will follow.
    if (element instanceof HTMLImageElement && !element.complete) return;
    const pictures = this.pictures
      .allAt(element)
      .filter((picture) => isPaintable(picture.source) && !this.sheets.has(picture));
    if (pictures.length === 0) return;
    const isReady = isRendered(element) && mayBeWorth(element, pictures);
    // Nothing reports that an animation shows the next picture.
    if (!isReady || pictures.some(({ isAnimated }) => isAnimated)) {
      this.unready.add(element);
      this.reveal();
    }
    if (!isReady) return;
    for (const picture of pictures) this.considerPicture(picture);
  }

  private considerPicture(picture: Picture): void {
    if (!this.isToPaint(picture)) return;
    const { source } = picture;
    if (this.leftAlone.has(source)) return;
    if (!this.waiting.has(source)) {
      const result = this.results.get(source);
      // Failed pictures are not tried again; present pastiches are shown again at no cost.
      if (result === 'failed' || result === 'blocked' || result === 'painting') return;
      if (this.restyler.adopt(picture)) {
        if (result !== 'done') this.note(source, 'done');
        return;
      }
      if (this.restyler.isRefused(source, this.began)) {
        this.note(source, 'failed');
        return;
      }
      if (!this.guard.allows(source, performance.now())) return;
      this.results.delete(source);
      this.waiting.set(source, new Set());
    }
    this.waiting.get(source)?.add(picture);
  }

  private isToPaint(picture: Picture): boolean {
    const { element, place } = picture;
    if (!isRendered(place) || isEditable(element) || this.restyler.shows(picture)) return false;
    // Another picture may have shown that it is one.
    if (this.sheets.has(picture)) return false;
    return isWorthPainting(rectOf(place), picture.naturalSize());
  }

  private paintNext(): void {
    const { request } = this;
    while (request && this.painting < AT_ONCE && this.waiting.size > 0) {
      const sources = [...this.waiting.keys()];
      const boxes = sources.map((source) => boxOf(this.waiting.get(source)));
      const source = sources[nextToPaint(boxes, { width: innerWidth, height: innerHeight })];
      if (source === undefined) return;
      const pictures = [...(this.waiting.get(source) ?? [])].filter(
        (picture) => picture.pageSource() === source && this.isToPaint(picture),
      );
      this.waiting.delete(source);
      if (pictures.length > 0) detach(this.paint(source, pictures, request));
    }
    if (!request) return;
    const isBusy = this.painting > 0 || this.waiting.size > 0 || this.isBeginning;
    this.state = isBusy ? 'working' : 'following';
  }

  private async paint(
    source: string,
    pictures: readonly Picture[],
    request: WholePageRequest,
  ): Promise<void> {
    this.painting += 1;
    this.note(source, 'painting');
    const isSheet = await this.sheets.isSeenIn(pictures);
    // If it is restored in the meantime, here or below, its result is removed.
    if (isSheet || this.leftAlone.has(source)) this.results.delete(source);
    if (this.results.has(source)) {
      const { state, error } = await this.restyler.restyle(pictures, request, request.title, true);
      const blocked = error?.code === 'pixels-blocked' && /^https?:/.test(source);
      // A picture that has gone during painting may return.
      if (error?.code === 'image-gone') this.results.delete(source);
      else if (this.results.has(source)) this.note(source, blocked ? 'blocked' : state);
    }
    this.painting -= 1;
    this.paintNext();
  }

  private note(source: string, result: PictureStatus['state'] | 'painting' | 'blocked'): void {
    this.results.delete(source);
    this.results.set(source, result);
    for (const [old, its] of this.results) {
      if (this.results.size <= MAX_RESULTS) return;
      if (its === 'painting') continue;
      this.results.delete(old);
      if (its === 'done') this.earlier.done += 1;
      else if (its !== 'restored') this.earlier.failed += 1;
    }
  }
}

/** The number of pictures of this frame that are worth painting, and their sites. */
export function surveyPage(pictures: Pictures): { pictures: number; origins: string[] } {
  const found = paintablePictures(pictures);
  const sources = found.map(({ source }) => source).filter((source) => /^https?:/.test(source));
  return { pictures: found.length, origins: [...new Set(sources.map(originPattern))] };
}

/** The pictures of the page, without icons and ornaments. */
export function paintablePictures(pictures: Pictures): Picture[] {
  const sheets = new SpriteSheets();
  const found = [...everyElement(IMAGES), ...everyElement(`:not(${IMAGES})`).slice(0, MAX_SURVEYED)]
    // Lazy images have no natural size yet, but their address has a site.
    .filter((element) => isRendered(element))
    .flatMap((element) => {
      const its = pictures.allAt(element);
      return mayBeWorth(element, its) ? its : [];
    })
    .filter((picture) => isPaintable(picture.source));
  for (const picture of found) sheets.has(picture);
  // Drawings show the same image in several places.
  return [...new Set(found)].filter((picture) => !sheets.has(picture));
}

/** Whether an element is worth painting, by its box alone or with one of its pictures. */
function mayBeWorth(element: Element, pictures: readonly Picture[]): boolean {
  const box = rectOf(element);
  const naturals = [UNKNOWN, ...pictures.map((picture) => picture.naturalSize())];
  return naturals.some((natural) => isWorthPainting(box, natural));
}

/**
 * Whether a source may be painted: SVG drawings are mostly interface, and our pastiches are not the
 * page's pictures.
 */
function isPaintable(source: string): boolean {
  return source !== '' && !/^data:image\/svg|\.svg(?:$|[?#])/i.test(source);
}

function boxOf(pictures: ReadonlySet<Picture> | undefined): DOMRect {
  const [first] = pictures ?? [];
  return first ? rectOf(first.place) : new DOMRect();
}
