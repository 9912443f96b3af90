/**
 * Restyles all pictures of a page, those in sight first, and those that come later: with scrolling,
 * with more of an endless list, or because the page builds itself anew.
 */
import type { PictureStatus, WholePageStatus } from '../../messages/messages';
import type { Recipe } from '../../style/manner';
import { isRendered, rootsOf } from '../dom';
import type { Pictures } from '../find';
import type { Picture } from '../picture';
import { originPattern, type Restyler } from '../restyler';
import { isWorthPainting, LoopGuard, nextToPaint } from './worth';

const IMAGES = 'img, input[type=image], image';

/** One is read while another is painted. */
const AT_ONCE = 2;

/** Pictures are painted from this far outside of the viewport, in its own heights and widths. */
const MARGIN = '75%';

/** After changes of the page it is looked through again at this interval, in milliseconds. */
const SETTLING = 120;

const UNKNOWN = { width: 0, height: 0 };

export interface Wish extends Recipe {
  /** What the mix is called, for a screen reader. */
  readonly title: string;
  /** Also what is far from sight now; else it has its turn when it comes near. */
  readonly everything: boolean;
}

/** A picture that comes back so often, in so many milliseconds, is left to the page. */
const LOOP = [6, 20_000] as const;

export class WholePage {
  private wish: Wish | null = null;
  private state: WholePageStatus['state'] = 'stopped';
  /** Elements to be painted, by the address of their picture. */
  private readonly waiting = new Map<string, Set<Element>>();
  /** How it went, by address. */
  private readonly results = new Map<string, PictureStatus['state'] | 'painting' | 'blocked'>();
  /** Sources that the person has brought back one by one. */
  private readonly leftAlone = new Set<string>();
  private guard = new LoopGuard(...LOOP);
  private readonly roots = new Map<Document | ShadowRoot, MutationObserver>();
  private sight: IntersectionObserver | null = null;
  private readonly watched = new Set<Element>();
  private painting = 0;
  private lookAgain: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly pictures: Pictures,
    private readonly restyler: Restyler,
  ) {}

  /** Whether pictures that come to the page are painted too. */
  get isOn(): boolean {
    return this.wish !== null;
  }

  start(wish: Wish): void {
    this.stop();
    this.wish = wish;
    this.results.clear();
    this.leftAlone.clear();
    // Whoever asks again and again is no page that puts its own pictures back.
    this.guard = new LoopGuard(...LOOP);
    this.state = 'working';
    this.sight = new IntersectionObserver((entries) => this.onSight(entries), {
      rootMargin: MARGIN,
    });
    this.look();
    if (wish.everything) for (const element of this.watched) this.offer(element);
    this.paintNext();
  }

  /** What is being painted is finished; nothing more is begun. */
  stop(): void {
    this.wish = null;
    this.state = 'stopped';
    this.waiting.clear();
    this.watched.clear();
    this.sight?.disconnect();
    this.sight = null;
    for (const observer of this.roots.values()) observer.disconnect();
    this.roots.clear();
    clearTimeout(this.lookAgain);
    this.lookAgain = undefined;
  }

  /** Takes up the pictures that could not be read before there was access to their sites. */
  granted(origins: readonly string[]): void {
    if (!this.wish) return;
    for (const [source, result] of this.results) {
      if (result !== 'blocked' || !covers(origins, source)) continue;
      this.results.delete(source);
      for (const picture of this.pictures.withSource(source)) this.offer(picture.element);
    }
    this.paintNext();
  }

  /** Null where nobody asked for the whole page. */
  status(): WholePageStatus | null {
    const results = [...this.results];
    if (this.state === 'stopped' && results.length === 0) return null;
    const blocked = results.filter(([, result]) => result === 'blocked');
    return {
      state: this.painting > 0 ? 'working' : this.state,
      total: results.length + this.waiting.size,
      done: results.filter(([, result]) => result === 'done').length,
      failed: results.filter(([, result]) => result === 'failed' || result === 'blocked').length,
      blockedOrigins: [...new Set(blocked.map(([source]) => originPattern(source)))],
    };
  }

  /** The person wants the original of this picture. */
  leaveAlone(source: string): void {
    this.leftAlone.add(source);
    this.waiting.delete(source);
  }

  /** Forgets what was painted: it was restored. */
  forget(): void {
    this.stop();
    this.results.clear();
  }

  /** Watches every part of the document and every picture in it that is not watched yet. */
  private look(): void {
    for (const root of rootsOf(document)) {
      if (!this.roots.has(root)) this.watchRoot(root);
      for (const element of root.querySelectorAll(IMAGES)) {
        if (this.watched.has(element)) continue;
        this.watched.add(element);
        this.sight?.observe(element);
      }
    }
    for (const element of this.watched) {
      if (element.isConnected) continue;
      this.watched.delete(element);
      this.sight?.unobserve(element);
    }
  }

  private watchRoot(root: Document | ShadowRoot): void {
    const observer = new MutationObserver((changes) => {
      for (const { type, target } of changes) {
        if (type === 'attributes' && target instanceof Element) this.judgeAnew(target);
      }
      this.lookAgain ??= setTimeout(() => {
        this.lookAgain = undefined;
        if (this.wish) this.look();
      }, SETTLING);
    });
    const attributeFilter = ['src', 'srcset', 'href', 'loading'];
    observer.observe(root, { subtree: true, childList: true, attributeFilter });
    // An image has a size, and so is in sight, once it has arrived. `load` doesn't bubble.
    root.addEventListener('load', this.onLoad, { capture: true, passive: true });
    this.roots.set(root, observer);
  }

  private readonly onLoad = ({ target }: Event): void => {
    if (target instanceof Element) this.judgeAnew(target);
  };

  /** Asks once more whether an element is in sight; the answer comes to `onSight`. */
  private judgeAnew(element: Element): void {
    if (!this.watched.has(element)) return;
    this.sight?.unobserve(element);
    this.sight?.observe(element);
  }

  private onSight(entries: readonly IntersectionObserverEntry[]): void {
    for (const { isIntersecting, target } of entries) if (isIntersecting) this.offer(target);
    this.paintNext();
  }

  /** Puts an element's picture in the queue, if it is one to be painted. */
  private offer(element: Element): void {
    const picture = this.pictureToPaint(element);
    if (!picture) return;
    const { source } = picture;
    if (this.leftAlone.has(source)) return;
    if (!this.waiting.has(source)) {
      const result = this.results.get(source);
      // What failed once is not tried again and again; what is there is put up again, for nothing.
      if (result === 'failed' || result === 'blocked' || result === 'painting') return;
      if (!this.guard.allows(source, performance.now())) return;
      if (result === 'done' && this.restyler.adopt(picture)) return;
      this.results.delete(source);
      this.waiting.set(source, new Set());
    }
    this.waiting.get(source)?.add(element);
  }

  private pictureToPaint(element: Element): Picture | null {
    if (!element.isConnected || !isRendered(element)) return null;
    // Not there yet; its `load` will tell.
    if (element instanceof HTMLImageElement && !element.complete) return null;
    const picture = this.pictures.at(element);
    if (!picture || picture.isSwapped || !isPaintable(picture.source)) return null;
    if (this.restyler.shows(picture)) return null;
    return isWorthPainting(element.getBoundingClientRect(), picture.naturalSize()) ? picture : null;
  }

  private paintNext(): void {
    const { wish } = this;
    while (wish && this.painting < AT_ONCE && this.waiting.size > 0) {
      const sources = [...this.waiting.keys()];
      const boxes = sources.map((source) => boxOf(this.waiting.get(source)));
      const source = sources[nextToPaint(boxes, { width: innerWidth, height: innerHeight })];
      if (source === undefined) return;
      const pictures = [...(this.waiting.get(source) ?? [])]
        .map((element) => this.pictureToPaint(element))
        .filter((picture) => picture?.source === source)
        .filter((picture) => picture !== null);
      this.waiting.delete(source);
      if (pictures.length > 0) void this.paint(source, pictures, wish);
    }
    if (wish && this.painting === 0 && this.waiting.size === 0) this.state = 'following';
    else if (wish) this.state = 'working';
  }

  private async paint(source: string, pictures: readonly Picture[], wish: Wish): Promise<void> {
    this.painting += 1;
    this.results.set(source, 'painting');
    const { state, error } = await this.restyler.restyle(pictures, wish, wish.title, true);
    const blocked = error?.code === 'pixels-blocked' && /^https?:/.test(source);
    // Restored in the meantime: it was forgotten.
    if (this.results.has(source)) this.results.set(source, blocked ? 'blocked' : state);
    this.painting -= 1;
    // Copies that came while it was painted.
    for (const copy of this.wish ? this.pictures.withSource(source) : []) this.offer(copy.element);
    this.paintNext();
  }
}

/** How many pictures of this frame are worth painting, and the sites that they come from. */
export function surveyPage(pictures: Pictures): { pictures: number; origins: string[] } {
  const found = paintablePictures(pictures);
  const sources = found.map(({ source }) => source).filter((source) => /^https?:/.test(source));
  return { pictures: found.length, origins: [...new Set(sources.map(originPattern))] };
}

/** The pictures of the page, without icons and ornaments. */
export function paintablePictures(pictures: Pictures): Picture[] {
  return (
    [...rootsOf(document)]
      .flatMap((root) => [...root.querySelectorAll(IMAGES)])
      .filter((element) => isRendered(element))
      .map((element) => pictures.at(element))
      .filter((picture) => picture !== null)
      .filter(({ source }) => isPaintable(source))
      // Lazy images have no size of their own yet, but their address says where they will come from.
      .filter(({ element }) => isWorthPainting(element.getBoundingClientRect(), UNKNOWN))
  );
}

/** Drawings in code are mostly interface; pastiches of ours are none of the page's pictures. */
function isPaintable(source: string): boolean {
  return source !== '' && !/^data:image\/svg|\.svg(?:$|[?#])/i.test(source);
}

function boxOf(elements: ReadonlySet<Element> | undefined): DOMRect {
  const boxes = [...(elements ?? [])].map((element) => element.getBoundingClientRect());
  return boxes[0] ?? new DOMRect();
}

function covers(origins: readonly string[], source: string): boolean {
  return (
    /^https?:/.test(source) &&
    origins.some((o) => o === '<all_urls>' || o === originPattern(source))
  );
}
