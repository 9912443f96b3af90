/**
 * What this page's content script does: restyles pictures, one job a source address, keeps them so
 * while the page changes, and restores them.
 */
import { EngineClient, type ContentRegions, type Pastiche as Painted } from '../engine/client';
import { imageDataOf } from '../engine/image-data';
import { WHOLE } from '../engine/region-map';
import { askBackground, isContextGone } from '../messages/background-client';
import { detach } from '../messages/detach';
import { PasticheError } from '../messages/errors';
import type { PictureStatus } from '../messages/messages';
import { readSettings } from '../storage/settings';
import { fullSizeFile } from '../media/full-size-file';
import { pngFile } from '../media/picture-file';
import { pasticheFileName, typeOfFile } from '../style/file-name';
import { suitedManner, type Manner, type Recipe } from '../style/manner';
import { strengthOf, type StyleMix } from '../style/mix';
import { t } from '../ui/i18n';
import { canPaintFrames, paintFrames } from './animation';
import { hasBridge, openDirectPort } from './bridge';
import { isEditable, isRendered } from './dom';
import type { Pictures } from './find';
import { intersection, workingSize, type Box, type Size } from './fit';
import type { Notices } from './notices';
import { Overlay } from './overlay';
import { LoopGuard } from './page/worth';
import type { Picture } from './picture';
import { isStrip, pixelBudget } from './pixel-budget';
import { pictureRect, shownSize } from './place';
import { pulse } from './pulse';
import { fileOf, isWhole, pixelsOf, readContentImage, visibleBox, type ContentImage } from './read';
import { saveFile } from './save-file';
import { holdsOnCanvas, partsOf, Pastiche, type Part } from './seal';
import { Strip } from './strip';
import { imagesIn, NO_CHANGES, type PageChanges, type PageWatch } from './watch';
import { Wipe } from './wipe';
import { allIn, attributeOf, closestOf, isAttached, rectOf } from './element';

/** The first version has at most this many pixels, so that it is there within a second. */
const PREVIEW_PIXELS = 512 * 512;

/** Pastiches that nothing shows are kept up to this size together, in bytes. */
const MOST_KEPT = 24e6;

/** So many of them are kept decoded, to be shown in the frame in which their picture comes back. */
const MOST_DECODED = 48;

/** So many addresses are remembered at most, of which nothing is shown. */
const MOST_REMEMBERED = 200;

/** A pastiche shown so many times wider than it was painted is painted anew. */
const TOO_COARSE = 1.5;

/** How long a size must last for that, in milliseconds. */
const LASTING = 400;

/** A page that takes a pastiche away so often, in so many milliseconds, has the last word. */
const FIGHTS = [6, 20_000] as const;

/** What goes within this time after it was put up was taken away for that, in milliseconds. */
const AT_ONCE = 250;

/** Nothing of a strip is as near as this. */
const NOTHING = -1;

/**
 * How often it is looked where a strip has been scrolled to, or what style sheets show; and where a strip
 * is out of sight. Milliseconds.
 */
const LOOK = 150;
const FAR_LOOK = 10_000;

/** So often an address is made ready for a picture, of which others may take up each. */
const MOST_ROUNDS = 20;

/** After these, style sheets may show other pictures, though nothing is written anew. */
const STATE_EVENTS = [
  ...['pointerover', 'pointerout', 'pointerdown', 'pointerup', 'focusin', 'focusout'],
  ...['change', 'toggle', 'hashchange', 'fullscreenchange', 'beforeprint', 'afterprint'],
  ...['animationstart', 'animationend', 'transitionend'],
];

/** So many elements are looked at for pictures of style sheets at every change. */
const MOST_STYLED = 300;

/** One source address being restyled, wherever it is shown on the page. */
interface Job {
  readonly source: string;
  readonly mix: StyleMix;
  readonly regions?: ContentRegions;
  readonly manner: Manner;
  /** What the mix is called, for a screen reader. */
  readonly title: string;
  /** One of many: what goes wrong is for its status, not for a sentence on the page. */
  readonly quiet: boolean;
  readonly abort: AbortController;
  readonly started: number;
  readonly timings: Record<string, number>;
  /** The pictures that show this source, as far as they are known and alive. */
  readonly pictures: Set<WeakRef<Picture>>;
  /** The elements of those that style sheets show, also after they have shown others. */
  readonly styled: Set<WeakRef<Element>>;
  /** Layers over pictures that can't show the pastiche themselves. */
  readonly layers: Map<Picture, Overlay>;
  /** Ends the pulses of the pictures that are waited for. */
  readonly pulses: (() => void)[];
  pastiche: Pastiche | null;
  /** Why nothing goes on with a strip of which a part is not painted. */
  unfinished: 'gone' | 'stopped' | null;
  /** When it was shown last. */
  used: number;
  state: PictureStatus['state'];
  mode: PictureStatus['mode'];
  read: PictureStatus['read'];
  backend: PictureStatus['backend'];
  error: PasticheError | null;
}

/** A pastiche on a picture. */
interface Shown {
  /** Of which source it is. */
  readonly source: string;
  readonly natural: Size;
  /** What the page had written when it was put there; null for what style sheets show. */
  readonly written: string | null;
  readonly since: number;
}

export class Restyler {
  private readonly jobs = new Map<string, Job>();
  private readonly shown = new WeakMap<Picture, Shown>();
  private readonly guard = new LoopGuard(...FIGHTS);
  private stopListening: (() => void) | null = null;
  private readonly sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) this.onSize(target);
  });
  private scrolled = -Infinity;
  private growing: ReturnType<typeof setTimeout> | undefined;
  private looking: ReturnType<typeof setTimeout> | undefined;
  private looked = -Infinity;
  /** The handle that compares, if one is laid on a picture. */
  private wipe: { readonly picture: Picture; close(): void } | null = null;
  private stops = new AbortController();
  private readonly engine = new EngineClient(hasBridge() ? openDirectPort : undefined);

  constructor(
    private readonly notices: Notices,
    private readonly pictures: Pictures,
    private readonly watch: PageWatch,
  ) {
    addEventListener('pagehide', () => this.engine.close());
    // What `sizes` and `media` choose depends on the window.
    addEventListener('resize', () => this.onWindow(), { passive: true });
    const scroll = { capture: true, passive: true };
    addEventListener('scroll', () => (this.scrolled = performance.now()), scroll);
    const lookSoon = (): void => this.lookSoon();
    for (const type of STATE_EVENTS) addEventListener(type, lookSoon, scroll);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', lookSoon);
  }

  /** Starts the engine, as a picture is likely to be restyled. */
  prepare(): void {
    this.engine.wake();
  }

  /**
   * Starts painting these pictures, which show the same source, in place of any earlier job.
   * @param quiet One of many: nothing is said on the page, and the screen is not captured.
   * @returns How it ended, once it has; it never rejects.
   */
  async restyle(
    pictures: readonly Picture[],
    { mix, manner, regions }: Recipe & { readonly regions?: ContentRegions },
    title: string,
    quiet = false,
  ): Promise<Pick<PictureStatus, 'state' | 'error'>> {
    const source = pictures[0]?.source;
    if (source === undefined) return { state: 'restored', error: null };
    const earlier = this.jobs.get(source);
    earlier?.abort.abort(new PasticheError('cancelled'));
    if (strengthOf(mix) === 0 && !regions) {
      this.restore(source);
      return { state: 'restored', error: null };
    }
    const job: Job = {
      source,
      mix,
      ...(regions && { regions }),
      manner,
      title,
      quiet,
      abort: new AbortController(),
      started: performance.now(),
      timings: {},
      pictures: earlier?.pictures ?? new Set(),
      styled: earlier?.styled ?? new Set(),
      // The earlier pastiche stays until there is another: with it goes all that belongs to it.
      layers: new Map(earlier?.layers),
      pulses: [],
      pastiche: earlier?.pastiche ?? null,
      unfinished: null,
      used: performance.now(),
      state: 'reading',
      mode: null,
      read: null,
      backend: null,
      error: null,
    };
    if (earlier) {
      earlier.pastiche = null;
      earlier.layers.clear();
      endPulses(earlier);
    }
    for (const picture of pictures) this.include(job, picture);
    this.jobs.delete(source);
    this.jobs.set(source, job);
    this.stopListening ??= this.watch.listen((changes) => this.onChanges(changes));
    this.engine.wake();
    await this.run(job);
    this.tidy();
    return { state: job.state, error: job.error?.toMessage() ?? null };
  }

  /** Whether there is a pastiche on this picture, all of it that can be seen, or will be. */
  shows(picture: Picture): boolean {
    const job = this.jobs.get(picture.source);
    if (!job || job.state === 'restored' || job.state === 'failed' || job.unfinished) return false;
    const isWaited = job.state !== 'done' && has(job, picture);
    return isWaited || picture.isShown || job.layers.has(picture);
  }

  /** Whether the page has not let this source be painted that was begun since then. */
  isRefused(source: string, since: number): boolean {
    const job = this.jobs.get(source);
    return job?.error?.code === 'page-resists' && job.started >= since;
  }

  /**
   * Puts the finished pastiche of a picture's source on one more element that shows it.
   * @returns Whether there is one that can be put there.
   */
  adopt(picture: Picture): boolean {
    const job = this.jobs.get(picture.source);
    if (!job?.pastiche || job.state !== 'done' || job.unfinished) return false;
    detach(this.putUp(job, [picture]));
    return true;
  }

  /** Begins with no more slices of what was restyled as one of many. */
  stopSlices(): void {
    this.stops.abort();
    this.stops = new AbortController();
  }

  /** Brings the originals of one source, or of all, back. Returns how many there were. */
  restore(source?: string): number {
    const sources = source === undefined ? [...this.jobs.keys()] : [source];
    let restored = 0;
    for (const key of sources) {
      const job = this.jobs.get(key);
      if (job && this.putBack(job)) restored += 1;
    }
    this.tidy();
    if (restored > 0) this.notices.speak(t('page_restored'));
    return restored;
  }

  /**
   * Paints a restyled picture once more, at its own full size, and saves it as a file.
   * @returns Whether it is restyled.
   */
  save(picture: Picture): boolean {
    const job = this.jobs.get(picture.source);
    if (!job || job.state === 'restored' || job.state === 'failed') return false;
    detach(this.saveFile(job, picture));
    return true;
  }

  private async saveFile(job: Job, picture: Picture): Promise<void> {
    const abort = new AbortController();
    const cancel = { label: t('page_cancel'), run: () => abort.abort() };
    const say = this.notices.show(t('page_saving', '0'), cancel);
    try {
      const content = await readContentImage(picture, abort.signal, true, true);
      const { image, natural: size } = content;
      const request = { image, size, recipe: job };
      const { saveType } = await readSettings();
      const onProgress = (share: number): void =>
        say(t('page_saving', String(Math.round(100 * share))));
      const { signal } = abort;
      const file = await fullSizeFile(this.engine, request, saveType, signal, onProgress).finally(
        () => closeImage(content),
      );
      signal.throwIfAborted();
      const type = typeOfFile(file);
      const part = isWhole(content) ? '' : t('file_part');
      await saveFile(file, pasticheFileName(job.source, job.title, type, part));
      if (part) this.notices.show(t('page_saved_part'));
      if (type !== saveType) this.notices.show(t('saved_as_png'));
    } catch (thrown) {
      if (!abort.signal.aborted) this.notices.showError(PasticheError.from(thrown).code);
    } finally {
      say(null);
    }
  }

  /**
   * Lays a handle on a restyled picture that wipes between original and pastiche, or takes it away.
   * @returns Whether it is restyled.
   */
  compare(picture: Picture): boolean {
    const job = this.jobs.get(picture.source);
    if (job?.state !== 'done') return false;
    if (this.wipe?.picture === picture) this.wipe.close();
    else if (!picture.isShown && !job.layers.has(picture)) return false;
    else detach(this.layWipe(job, picture));
    return true;
  }

  private async layWipe(job: Job, picture: Picture): Promise<void> {
    this.wipe?.close();
    let lifted: Overlay | null = null;
    if (picture.isShown && job.pastiche) {
      try {
        lifted = await this.lift(job.pastiche, picture);
      } catch (thrown) {
        this.notices.showError(PasticheError.from(thrown).code);
        return;
      }
    }
    const overlay = lifted ?? job.layers.get(picture);
    if (!overlay) return;
    const wipe = new Wipe(overlay, () => this.wipe?.close());
    const end = (): void => {
      job.abort.signal.removeEventListener('abort', end);
      this.wipe = null;
      wipe.close();
      if (!lifted) return;
      const back = job.state === 'done' ? this.putUp(job, [picture]) : Promise.resolve();
      detach(back.finally(() => lifted.remove()));
    };
    this.wipe = { picture, close: end };
    job.abort.signal.addEventListener('abort', end);
  }

  /** Takes the pastiche out of the page's element, which shows its original, onto a layer over it. */
  private async lift(pastiche: Pastiche, picture: Picture): Promise<Overlay> {
    const image = await pastiche.drawn();
    const overlay = new Overlay(picture, undefined, undefined, true);
    overlay.draw(image, naturalOf(picture, pastiche), WHOLE);
    await overlay.faded();
    this.takeOff(picture);
    return overlay;
  }

  /** Leaves the page as it was, because a newer version of the extension takes over. */
  retire(): void {
    for (const job of this.jobs.values()) this.putBack(job);
    this.tidy();
  }

  /** Paints again what only a capture could read, now that there is access to its site. */
  granted(origins: readonly string[]): void {
    for (const job of [...this.jobs.values()]) {
      const waiting = job.read === 'capture' || job.error?.code === 'pixels-blocked';
      if (waiting && !job.quiet && origins.includes(originPattern(job.source))) {
        detach(this.restyle(alive(job), job, job.title));
      }
    }
  }

  status(): PictureStatus[] {
    return [...this.jobs.values()].map((job) => ({
      source: job.source,
      state: job.state,
      mode: job.mode,
      read: job.read,
      backend: job.backend,
      error: job.error?.toMessage() ?? null,
      startedAt: performance.timeOrigin + job.started,
      timings: job.timings,
    }));
  }

  /** Ends a job and brings its originals back; tells whether there was anything to bring back. */
  private putBack(job: Job): boolean {
    job.abort.abort(new PasticheError('cancelled'));
    if (this.wipe && has(job, this.wipe.picture)) this.wipe.close();
    for (const picture of alive(job)) this.takeOff(picture);
    removeLayers(job);
    endPulses(job);
    job.pictures.clear();
    job.styled.clear();
    job.pastiche?.forget();
    job.pastiche = null;
    const wasRestored = job.state === 'restored';
    job.state = 'restored';
    return !wasRestored;
  }

  private async run(job: Job): Promise<void> {
    try {
      const written = alive(job).filter(({ element }) => isEditable(element));
      if (written.length > 0 && written.length === job.pictures.size) {
        throw new PasticheError('picture-edited');
      }
      const content = await this.read(job);
      await this.paint(job, content);
      if (!job.quiet) this.notices.speak(t('page_done', job.title));
    } catch (thrown) {
      if (job.abort.signal.aborted) return;
      this.fail(job, PasticheError.from(thrown));
    } finally {
      endPulses(job);
    }
  }

  private async read(job: Job): Promise<ContentImage> {
    const picture = alive(job).find(({ element }) => isAttached(element));
    if (!picture) throw new PasticheError('image-gone');
    if (!job.quiet) this.notices.speak(t('page_working'));
    for (const one of alive(job)) {
      if (isRendered(one.element)) job.pulses.push(pulse(one.element));
    }
    const content = await readContentImage(picture, job.abort.signal, !job.quiet);
    job.abort.signal.throwIfAborted();
    job.read = content.way;
    this.mark(job, 'read');
    if (content.animated && !job.quiet) this.offerFrames(job, content);
    return content;
  }

  /** Says that the first frame is painted, and offers all of them where a file of them can be shown. */
  private offerFrames(job: Job, content: ContentImage): void {
    const canShow = content.way !== 'capture' && canPaintFrames();
    const action = {
      label: t('page_all_frames'),
      run: () => detach(this.paintAllFrames(job, content)),
    };
    this.notices.show(t('page_first_frame'), canShow ? action : undefined);
  }

  private async paintAllFrames(job: Job, content: ContentImage): Promise<void> {
    const abort = new AbortController();
    const signal = AbortSignal.any([abort.signal, job.abort.signal]);
    const cancel = { label: t('page_first_only'), run: () => abort.abort() };
    const say = this.notices.show(t('page_frames', '0', '…'), cancel);
    try {
      const picture = alive(job).find(({ element }) => isAttached(element));
      if (!picture) throw new PasticheError('image-gone');
      const file = await fileOf(picture, signal);
      const shown = shownSize(picture, content.natural);
      const painted = await paintFrames(this.engine, file, shown, job, signal, (done, total) =>
        say(t('page_frames', String(done), String(total))),
      );
      if (job.state !== 'done' || job.mode !== 'in-place') throw new PasticheError('image-gone');
      await this.exchange(job, content, partsOf(painted.file, painted.size), painted.size);
      if (!picture.isShown) {
        this.putBack(job);
        throw new PasticheError('image-too-large', 'the element does not show it');
      }
      job.timings['frames'] = painted.frames;
      this.mark(job, 'animated');
    } catch (thrown) {
      if (!signal.aborted) this.notices.showError(PasticheError.from(thrown).code);
    } finally {
      say(null);
    }
  }

  /** Paints what can be seen of a picture, which is then read no more, and shows it. */
  private async paint(job: Job, content: ContentImage): Promise<void> {
    const { budget } = await readSettings();
    const shown = largest(
      alive(job)
        .filter(({ element }) => isAttached(element))
        .map((picture) => shownSize(picture, naturalIn(picture, content))),
    );
    const part = {
      width: shown.width * content.part.width,
      height: shown.height * content.part.height,
    };
    const view = { width: innerWidth * devicePixelRatio, height: innerHeight * devicePixelRatio };
    const inSlices = content.way !== 'capture' && isStrip(shown, view);
    if (inSlices) {
      const size = workingSize(shown, content.natural, pixelBudget(budget, shown, view, true));
      if (await this.paintStrip(job, content, size)) return;
    }
    const pixels = pixelBudget(budget, shown, view);
    const manner = suitedManner(job.manner, workingSize(part, content.natural, pixels));
    // Smaller strokes are those of a larger picture, which must not exceed the budget.
    const most = pixels * Math.min(1, manner.strokeSize ** 2);
    const full = workingSize(part, content.natural, most);
    const preview = workingSize(part, content.natural, Math.min(PREVIEW_PIXELS, most));
    const small = full.width * full.height <= PREVIEW_PIXELS;
    job.state = 'queued';
    // What is shown already is no worse than a preview.
    if (!small && !job.pastiche) {
      const first = await this.ask(job, content, preview, manner, 'preview');
      await this.present(job, content, first);
      job.state = 'preview';
      this.mark(job, 'preview');
    }
    const last = await this.ask(job, content, full, manner, small ? 'preview' : 'refine');
    this.mark(job, 'pastiche');
    await this.present(job, content, last);
    if (small) this.mark(job, 'preview');
    this.judge(job);
    this.mark(job, 'done');
    if (content.isOther) this.notices.show(t('page_other'));
    else if (content.way === 'capture') this.offerAccess(job);
    closeImage(content);
  }

  /**
   * Paints what is in sight of a picture of many screens, and goes on with the rest on its own
   * as it is scrolled to.
   * @returns Whether its elements can show it so.
   */
  private async paintStrip(job: Job, content: ContentImage, size: Size): Promise<boolean> {
    const { signal } = job.abort;
    job.state = 'queued';
    const manner = suitedManner(job.manner, size);
    const strip = new Strip(this.engine, { content, size, recipe: { ...job, manner } });
    const present = async (): Promise<Picture[]> => {
      const parts = await strip.compose(this.seenOf(job));
      const left = await this.exchange(job, content, parts, size);
      job.timings['slices'] = strip.done;
      return left;
    };
    const paintNext = async (ahead?: number): Promise<boolean> => {
      const index = strip.next(this.seenOf(job), ahead);
      if (index === null && !strip.isCoarse(this.seenOf(job))) return false;
      if (index !== null) {
        const painting = strip.paint(index, signal);
        while (await isPending(painting)) if (strip.isCoarse(this.seenOf(job))) await present();
        job.backend = (await painting).backend;
        // A large strip goes on being shown; its original is needed no more.
        if (strip.isFinished) closeImage(content);
      }
      await present();
      return true;
    };
    const first = strip.next(this.seenOf(job)) ?? 0;
    if (!job.pastiche) {
      const originals = strip.prepare(this.seenOf(job));
      // Who composes it hears of it.
      originals.catch(() => undefined);
      await strip.preview(first, signal);
      if ((await present()).length > 0) return false;
      job.state = 'preview';
      this.mark(job, 'preview');
    }
    while (await paintNext(0));
    this.judge(job);
    this.mark(job, 'done');
    detach(this.goOn(job, strip, paintNext).finally(() => closeImage(content)));
    return true;
  }

  /** Paints more of a strip whenever something comes near that is not painted yet. Never rejects. */
  private async goOn(
    job: Job,
    strip: Strip,
    paintNext: (ahead?: number) => Promise<boolean>,
  ): Promise<void> {
    const stop = job.quiet ? this.stops.signal : job.abort.signal;
    try {
      // All of a large one is never there in full detail.
      while (!strip.isFinished || !strip.isSmall) {
        if (job.abort.signal.aborted) return;
        const isGone = alive(job).every(({ element }) => !isAttached(element));
        if (isGone) job.unfinished = 'gone';
        else if (stop.aborted && !strip.isFinished) job.unfinished = 'stopped';
        if (isGone || (stop.aborted && strip.isSmall)) return;
        if (await paintNext(stop.aborted ? NOTHING : undefined)) continue;
        await comesNear(alive(job), AbortSignal.any([stop, job.abort.signal]));
      }
    } catch (thrown) {
      if (job.abort.signal.aborted || isContextGone()) return;
      // What is painted stays; what is not shows the original, and this says why.
      if (!job.quiet) this.notices.showError(PasticheError.from(thrown).code);
    }
  }

  /** What can be seen of a job's pictures now, in fractions of the whole. */
  private seenOf(job: Job): Box[] {
    return alive(job).flatMap((picture) => {
      const { element } = picture;
      if (!isAttached(element) || !isRendered(element)) return [];
      const natural = job.pastiche ? naturalOf(picture, job.pastiche) : picture.naturalSize();
      const whole = pictureRect(picture, natural);
      const seen = visibleBox(element);
      if (!whole || !seen) return [];
      const { x, y, width, height } = intersection(whole, seen) ?? seen;
      return {
        x: (x - whole.x) / whole.width,
        y: (y - whole.y) / whole.height,
        width: width / whole.width,
        height: height / whole.height,
      };
    });
  }

  private async ask(
    job: Job,
    content: ContentImage,
    size: Size,
    manner: Manner,
    urgency: 'preview' | 'refine',
  ): Promise<Painted> {
    const { data, width, height } = pixelsOf(content, size);
    this.mark(job, `${urgency}:grabbed`);
    const answer = await this.engine.restyle(
      {
        width,
        height,
        pixels: data,
        mix: job.mix,
        ...(job.regions && { regions: { ...job.regions, part: content.part } }),
        manner,
        urgency,
        file: content.way !== 'capture',
      },
      job.abort.signal,
    );
    job.backend = answer.backend;
    this.mark(job, `${urgency}:answered`);
    for (const [name, milliseconds] of Object.entries({ ...answer.timings })) {
      job.timings[`${urgency}:engine:${name}`] = milliseconds;
    }
    return answer;
  }

  /** Shows a pastiche in all of the page's elements that show its source. */
  private async present(job: Job, content: ContentImage, painted: Painted): Promise<void> {
    const { width, height, file, address } = painted;
    let image = file ? null : imageDataOf(painted.pixels, width, height);
    let left = alive(job);
    if (content.way !== 'capture') {
      const shown = file ?? (image && (await pngFile(image)));
      if (!shown) return;
      const parts = partsOf(shown, painted, address);
      left = await this.exchange(job, content, parts, { width, height });
    }
    left = left.filter(({ element }) => isAttached(element) && !isEditable(element));
    if (left.length === 0) return;
    image ??= (await job.pastiche?.drawn()) ?? null;
    job.abort.signal.throwIfAborted();
    if (!image) return;
    for (const picture of left) {
      const layer = job.layers.get(picture) ?? new Overlay(picture);
      job.layers.set(picture, layer);
      layer.draw(image, naturalIn(picture, content), content.part);
    }
  }

  /** Shows files in place of what is shown of a job. Returns the pictures that can't show them. */
  private async exchange(
    job: Job,
    { natural, pageReadable }: ContentImage,
    parts: readonly Part[],
    size: Size,
  ): Promise<Picture[]> {
    job.abort.signal.throwIfAborted();
    const pastiche = new Pastiche(parts, size, natural, pageReadable);
    const naturals = alive(job).map((picture) => naturalOf(picture, pastiche));
    await Promise.all([natural, ...naturals].map((one) => pastiche.prepare(one)));
    job.abort.signal.throwIfAborted();
    const earlier = job.pastiche;
    job.pastiche = pastiche;
    this.mark(job, 'sealed');
    const left = await this.putUp(job, alive(job));
    earlier?.forget();
    job.abort.signal.throwIfAborted();
    return left;
  }

  /** Says how it ended: done is what can be seen. */
  private judge(job: Job): void {
    const pictures = alive(job).filter(({ element }) => isAttached(element));
    const isSeen = pictures.some((picture) => picture.isShown || job.layers.has(picture));
    if (!isSeen) throw new PasticheError(pictures.length > 0 ? 'page-resists' : 'image-gone');
    job.mode = job.layers.size === 0 ? 'in-place' : 'overlay';
    job.state = 'done';
  }

  /**
   * Puts a job's pastiche on pictures, in one step: what the page could read of it is then gone.
   * @returns Those that can't show it.
   */
  private async putUp(job: Job, pictures: readonly Picture[]): Promise<Picture[]> {
    const { pastiche } = job;
    if (!pastiche) return [...pictures];
    const wanted = pictures.filter(
      ({ element, isWatched }) => isAttached(element) && !isWatched && !isEditable(element),
    );
    const isBlocked = wanted.some(({ isDrawn }) => isDrawn) && !(await this.maySeal(pastiche));
    const able = isBlocked ? wanted.filter(({ isDrawn }) => !isDrawn) : wanted;
    const placed = able.flatMap((picture) => [picture, ...picture.mates]);
    const pasticheOf = (picture: Picture): Pastiche =>
      (able.includes(picture) ? null : this.jobShownOn(picture)?.pastiche) ?? pastiche;
    const isReady = (picture: Picture): boolean =>
      pasticheOf(picture).take(naturalOf(picture, pasticheOf(picture))) !== null;
    // What was prepared may be taken up for another copy meanwhile.
    for (let round = 0; round < MOST_ROUNDS && !placed.every(isReady); round++) {
      const missing = placed.map((picture) =>
        pasticheOf(picture).prepare(naturalOf(picture, pasticheOf(picture))),
      );
      await Promise.allSettled(missing);
      if (job.pastiche !== pastiche) return [];
    }
    return this.putUpNow(job, pastiche, able).concat(
      pictures.filter((picture) => !able.includes(picture)),
    );
  }

  private async maySeal(pastiche: Pastiche): Promise<boolean> {
    return pastiche.isReadable || holdsOnCanvas();
  }

  private putUpNow(job: Job, pastiche: Pastiche, pictures: readonly Picture[]): Picture[] {
    const failed: Picture[] = [];
    const used = new Map<Pastiche, Set<Size>>();
    for (const picture of pictures) {
      // While its address was prepared, the page may have gone on.
      if (!isAttached(picture.element) || picture.pageSource() !== picture.source) continue;
      const before = rectOf(picture.element);
      const addressOf = (one: Picture): string | null => {
        const its = one === picture ? pastiche : this.jobShownOn(one)?.pastiche;
        if (!its) return null;
        const natural = naturalOf(one, its);
        used.set(its, (used.get(its) ?? new Set()).add(natural));
        return its.take(natural);
      };
      const natural = naturalOf(picture, pastiche);
      const isShown = picture.show(addressOf, () => this.onTaken(picture));
      const isLoaded = picture.naturalSize().width > 0;
      if (isShown && (!isLoaded || isSame(before, rectOf(picture.element)))) {
        const written = writtenOn(picture.element);
        this.shown.set(picture, { source: job.source, natural, written, since: performance.now() });
        this.include(job, picture);
        job.used = performance.now();
        // The page had shown another one for a while.
        if (job.state === 'restored') job.state = 'done';
        job.layers.get(picture)?.remove();
        job.layers.delete(picture);
        this.sizes.observe(picture.element);
        if (picture.isAnimated) this.lookSoon();
      } else {
        if (isShown) picture.restore();
        failed.push(picture);
      }
    }
    for (const [its, naturals] of used) for (const natural of naturals) its.taken(natural);
    return failed;
  }

  private jobShownOn(picture: Picture): Job | undefined {
    return this.jobs.get(this.shown.get(picture)?.source ?? '');
  }

  /** Brings a picture's original back. */
  private takeOff(picture: Picture): void {
    const mates = picture.mates;
    this.shown.delete(picture);
    picture.restore();
    this.sizes.unobserve(picture.element);
    for (const mate of mates) this.putUpAgain(mate);
  }

  private putUpAgain(picture: Picture): void {
    const job = this.jobShownOn(picture);
    if (job?.pastiche) detach(this.putUp(job, [picture]));
  }

  /** The page has taken a pastiche off. */
  private onTaken(picture: Picture): void {
    const job = this.jobShownOn(picture);
    if (!job) return;
    if (this.mayInsist(job)) this.putUpAgain(picture);
  }

  private async insist(job: Job, picture: Picture): Promise<void> {
    const failed = await this.putUp(job, [picture]);
    const isSeen = alive(job).some((one) => one.isShown || job.layers.has(one));
    if (failed.length > 0 && !isSeen && job.pastiche) this.giveUp(job);
  }

  /** Whether a pastiche may be put up once more that the page has taken away; else the page wins. */
  private mayInsist(job: Job): boolean {
    if (this.guard.allows(job.source, performance.now())) return true;
    this.giveUp(job);
    return false;
  }

  private giveUp(job: Job): void {
    this.putBack(job);
    job.state = 'failed';
    job.error = new PasticheError('page-resists');
    this.notices.showError('page-resists');
  }

  private onChanges({ added, changed, restyled, isTreeChanged }: PageChanges): void {
    if (isTreeChanged) this.lookSoon();
    const copies = new Map<Job, Picture[]>();
    const look = (element: Element): void => {
      for (const picture of this.pictures.rememberedAt(element)) this.check(picture);
      if (!isAttached(element) || isEditable(element)) return;
      for (const picture of this.pictures.allAt(element)) {
        const job = this.jobs.get(picture.pageSource() ?? '');
        // A copy that was made while its original was painted.
        if (!job?.pastiche && !this.shown.has(picture)) picture.restore();
        if (!job || (!job.pastiche && (job.state === 'restored' || job.state === 'failed'))) {
          continue;
        }
        if (picture.isShown && this.jobShownOn(picture) === job) continue;
        this.include(job, picture);
        if (job.pastiche && this.isPatient(job)) {
          copies.set(job, [...(copies.get(job) ?? []), picture]);
        }
      }
    };
    for (const element of new Set([...imagesIn(added), ...changed])) look(element);
    for (const element of restyled) {
      for (const picture of this.pictures.rememberedAt(element)) this.check(picture);
    }
    if (this.hasStyled()) {
      for (const element of styledIn(added, restyled)) look(element);
    }
    for (const [job, pictures] of copies) {
      detach(this.putUp(job, pictures));
      if (job.unfinished === 'gone') detach(this.restyle(pictures, job, job.title, true));
    }
    if (added.length > 0) this.tidy();
  }

  /** Whether any of the pictures is one of a style sheet. */
  private hasStyled(): boolean {
    return [...this.jobs.values()].some(({ styled }) => styled.size > 0);
  }

  /** Unless what was put up last was taken away at once, again and again. */
  private isPatient(job: Job): boolean {
    const now = performance.now();
    // Virtual lists make their rows anew as they are scrolled, and mean nobody by it.
    if (now - this.scrolled < AT_ONCE) return true;
    const isTaken = alive(job).some((picture) => {
      const since = this.shown.get(picture)?.since ?? -Infinity;
      return !isAttached(picture.element) && now - since < AT_ONCE;
    });
    return !isTaken || this.mayInsist(job);
  }

  /** Takes a pastiche off where the page shows another picture by now. */
  private check(picture: Picture): void {
    const shown = this.shown.get(picture);
    if (!shown) return;
    const { source, written, natural } = shown;
    const now = picture.pageSource();
    const job = this.jobs.get(source);
    if (!job?.pastiche) {
      this.takeOff(picture);
      return;
    }
    if (now === source) {
      if (!picture.isShown) {
        if (isAttached(picture.element) && this.mayInsist(job)) detach(this.insist(job, picture));
      } else if (!sameSize(natural, naturalOf(picture, job.pastiche))) {
        detach(this.putUp(job, [picture]));
      }
      return;
    }
    const isResponsive = now !== null && written !== null && written === writtenOn(picture.element);
    this.takeOff(picture);
    exclude(job, picture);
    job.layers.get(picture)?.remove();
    job.layers.delete(picture);
    if (isResponsive && !this.jobs.get(now)?.pastiche) {
      detach(this.restyle([picture], job, job.title, true));
    }
    const isLeft = alive(job).some((one) => one.isShown || job.layers.has(one));
    if (!isLeft && job.state === 'done') job.state = 'restored';
  }

  /** Looks at what style sheets show; again and again while an animation of the page's decides it. */
  private lookSoon(): void {
    if (!this.hasStyled()) return;
    const wait = Math.max(0, this.looked + LOOK - performance.now());
    this.looking ??= setTimeout(() => {
      this.looking = undefined;
      this.looked = performance.now();
      const styled = [...this.jobs.values()].flatMap((job) => [...job.styled]);
      const changed = new Set(styled.map((ref) => ref.deref()).filter((one) => one !== undefined));
      this.onChanges({ ...NO_CHANGES, changed });
      const pictures = [...changed].flatMap((element) => this.pictures.rememberedAt(element));
      if (pictures.some(({ isAnimated }) => isAnimated)) this.lookSoon();
    }, wait);
  }

  private onWindow(): void {
    for (const job of this.jobs.values()) for (const picture of alive(job)) this.check(picture);
  }

  private onSize(element: Element): void {
    for (const picture of this.pictures.rememberedAt(element)) this.check(picture);
    // Once they have the size that they grow to.
    clearTimeout(this.growing);
    this.growing = setTimeout(() => this.refine(), LASTING);
  }

  /** Paints anew what is shown much larger than it was painted. */
  private refine(): void {
    for (const job of [...this.jobs.values()]) {
      const { pastiche } = job;
      if (!pastiche || job.state !== 'done') continue;
      const { width, height } = pastiche.natural;
      const seen = alive(job).filter((picture) => picture.isShown);
      const shown = largest(
        seen.map((picture) => shownSize(picture, naturalOf(picture, pastiche))),
      );
      const useful = Math.min(shown.width, Math.max(width, height));
      if (useful > TOO_COARSE * pastiche.size.width && !job.timings['coarse']) {
        job.timings['coarse'] = 1;
        detach(this.restyle(seen, job, job.title, true));
      }
    }
  }

  private fail(job: Job, error: PasticheError): void {
    job.error = error;
    job.state = 'failed';
    this.mark(job, 'failed');
    removeLayers(job);
    const pictures = alive(job);
    // A pastiche that was there before stays; nobody has to do without it.
    if (!job.pastiche) for (const picture of pictures) this.takeOff(picture);
    if (pictures.every(({ element }) => !isAttached(element)) || job.quiet) return;
    const askable = error.code === 'pixels-blocked' && /^https?:/.test(job.source);
    this.notices.showError(error.code, askable ? this.accessAction(job.source) : undefined);
  }

  private include(job: Job, picture: Picture): void {
    if (has(job, picture)) return;
    job.pictures.add(new WeakRef(picture));
    const { element, isOfStyle } = picture;
    const isKnown = [...job.styled].some((ref) => ref.deref() === element);
    if (isOfStyle && !isKnown) job.styled.add(new WeakRef(element));
  }

  /** Bounds what is kept of pictures that have gone. */
  private tidy(): void {
    let kept = 0;
    let remembered = 0;
    for (const job of [...this.jobs.values()].sort((a, b) => b.used - a.used)) {
      for (const ref of job.pictures) if (!ref.deref()) job.pictures.delete(ref);
      for (const ref of job.styled) if (!ref.deref()) job.styled.delete(ref);
      if (job.state !== 'done' && job.state !== 'restored' && job.state !== 'failed') continue;
      if (alive(job).some(({ element }) => isAttached(element))) continue;
      kept += job.pastiche?.bytes ?? 0;
      remembered += 1;
      if (kept <= MOST_KEPT && remembered <= MOST_REMEMBERED) {
        if (remembered > MOST_DECODED) job.pastiche?.rest();
        continue;
      }
      job.abort.abort(new PasticheError('cancelled'));
      for (const picture of alive(job)) this.takeOff(picture);
      job.pastiche?.forget();
      this.jobs.delete(job.source);
    }
    const isNeeded = [...this.jobs.values()].some(
      ({ state, pastiche }) => pastiche !== null || !['restored', 'failed'].includes(state),
    );
    if (isNeeded) return;
    this.stopListening?.();
    this.stopListening = null;
  }

  private offerAccess(job: Job): void {
    if (!/^https?:/.test(job.source)) return;
    const { host } = new URL(job.source);
    this.notices.show(t('page_partial', host), this.accessAction(job.source));
  }

  private accessAction(source: string): { label: string; run: () => void } {
    return {
      label: t('page_allow', new URL(source).host),
      run: () => {
        askBackground({
          type: 'background.ask-grant',
          origins: [originPattern(source)],
          reason: 'cross-origin-image',
        }).catch((thrown: unknown) => this.notices.showError(PasticheError.from(thrown).code));
      },
    };
  }

  private mark(job: Job, moment: string): void {
    job.timings[moment] = Math.round((performance.now() - job.started) * 10) / 10;
  }
}

function closeImage({ image }: ContentImage): void {
  if (image instanceof ImageBitmap) image.close();
}

/** Whether something has not ended within a moment. */
async function isPending(work: Promise<unknown>): Promise<boolean> {
  const later = new Promise<boolean>((resolve) => setTimeout(resolve, LOOK, true));
  // Who waits for it hears of it.
  return Promise.race([
    later,
    work.then(
      () => false,
      () => false,
    ),
  ]);
}

/** Waits a moment, and then until one of these comes near to what is in sight, or for long. */
async function comesNear(pictures: readonly Picture[], signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, LOOK));
  await new Promise<void>((resolve) => {
    const end = (): void => {
      observer.disconnect();
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const onSight = (entries: readonly IntersectionObserverEntry[]): void => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) end();
    };
    const observer = new IntersectionObserver(onSight, { rootMargin: '100%' });
    const timer = setTimeout(end, FAR_LOOK);
    signal.addEventListener('abort', end);
    for (const { element } of pictures) observer.observe(element);
  });
}

/** The match pattern of an address's site. */
export function originPattern(address: string): string {
  const { protocol, hostname } = new URL(address);
  return `${protocol}//${hostname}/*`;
}

function alive(job: Job): Picture[] {
  return [...job.pictures].map((ref) => ref.deref()).filter((picture) => picture !== undefined);
}

function has(job: Job, picture: Picture): boolean {
  return alive(job).includes(picture);
}

function exclude(job: Job, picture: Picture): void {
  for (const ref of job.pictures) if (ref.deref() === picture) job.pictures.delete(ref);
}

function endPulses(job: Job): void {
  for (const end of job.pulses.splice(0)) end();
}

function removeLayers(job: Job): void {
  for (const layer of job.layers.values()) layer.remove();
  job.layers.clear();
}

/** Elements that style sheets may give another picture: what was added, and what changed its style. */
function styledIn(added: readonly Element[], restyled: ReadonlySet<Element>): Element[] {
  return [...added, ...restyled]
    .flatMap((element) => [element, ...allIn(element, '*')])
    .slice(0, MOST_STYLED);
}

/** What the page has written that decides which picture an image shows. */
function writtenOn(element: Element): string | null {
  if (!(element instanceof HTMLImageElement)) return null;
  const sources = [element, ...(closestOf(element, 'picture')?.querySelectorAll('source') ?? [])];
  return JSON.stringify(
    sources.map((source) =>
      ['src', 'srcset', 'sizes', 'media', 'type'].map((name) => attributeOf(source, name)),
    ),
  );
}

/** The natural size in CSS pixels, which an element knows better than the file it came from. */
function naturalIn(picture: Picture, content: ContentImage): Size {
  const known = picture.naturalSize();
  if (known.width > 0 && known.height > 0) return known;
  return {
    width: content.natural.width / content.part.width,
    height: content.natural.height / content.part.height,
  };
}

/** The natural size that a pastiche must have on a picture, in CSS pixels. */
function naturalOf(picture: Picture, { natural }: Pastiche): Size {
  const known = picture.naturalSize();
  if (known.width === 0 || known.height === 0) {
    return { width: natural.width / picture.density, height: natural.height / picture.density };
  }
  // Whole numbers are told; the file's sides say the ratio exactly.
  const height = (known.width * natural.height) / natural.width;
  return Math.abs(height - known.height) < 1 ? { width: known.width, height } : known;
}

function largest(sizes: readonly Size[]): Size {
  return sizes.reduce((a, b) => (b.width * b.height > a.width * a.height ? b : a), {
    width: 1,
    height: 1,
  });
}

function sameSize(a: Size, b: Size): boolean {
  return Math.abs(a.width - b.width) < 0.5 && Math.abs(a.height - b.height) < 0.5;
}

function isSame(a: DOMRect, b: DOMRect): boolean {
  return sameSize(a, b) && Math.abs(a.x - b.x) < 0.5 && Math.abs(a.y - b.y) < 0.5;
}
