/** Reads pictures, has them painted, and shows the results. */
import type { EngineClient, Pastiche as Painted } from '../../engine/client/engine-client';
import { imageDataOf } from '../../engine/client/image-data';
import { pngFile } from '../../media/picture-file';
import { detach } from '../../core/detach';
import { isContextGone } from '../../protocol/background-client';
import { PasticheError } from '../../protocol/errors';
import { readSettings } from '../../storage/settings';
import { suitedRenderOptions, type RenderOptions } from '../../core/style/render-options';
import { t } from '../../words/i18n';
import { canPaintFrames, paintFrames } from './animation';
import { isEditable, isRendered } from '../dom/dom';
import { isHere } from '../dom/element';
import { intersection, workingSize } from '../../core/fit';
import type { Box, Size } from '../../core/geometry';
import type { Notices } from '../show/notices';
import { Layer } from '../layer/layer';
import type { Picture } from '../show/picture';
import { isStrip, pixelBudget, suitedSize } from './pixel-budget';
import { pictureRect, shownSize } from '../dom/place';
import { pulse } from '../show/pulse';
import { fileOf, pixelsOf, readContentImage, visibleBox, type ContentImage } from '../read/read';
import { isShownPlain, partsOf, Pastiche, type Part } from '../show/seal';
import { Strip } from './strip';
import { accessAction, isOfSite, offerAccess } from './access';
import { alive, endPulses, isThere, mark, removeLayers, type Job } from './job';
import { largest, naturalIn, naturalOf } from '../show/natural';
import type { Placing } from './placing';

/** Maximum number of pixels of the first version, which takes less than a second. */
const PREVIEW_PIXELS = 512 * 512;

/** A distance at which no slice is painted. */
const NONE_AHEAD = -1;

/** Polling interval of a strip's scroll position, in view and out of view. Milliseconds. */
const POLL_INTERVAL = 150;
const FAR_POLL_INTERVAL = 10_000;

export class Painter {
  private stops = new AbortController();

  constructor(
    private readonly engine: EngineClient,
    private readonly notices: Notices,
    private readonly placing: Placing,
  ) {}

  /** Starts no further slices of pictures that were restyled as one of many. */
  stopSlices(): void {
    this.stops.abort();
    this.stops = new AbortController();
  }

  async run(job: Job): Promise<void> {
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
      await this.fail(job, PasticheError.from(thrown));
    } finally {
      endPulses(job);
    }
  }

  private async read(job: Job): Promise<ContentImage> {
    const picture = alive(job).find(({ element }) => isHere(element));
    if (!picture) throw new PasticheError('image-gone');
    if (!job.quiet) this.notices.speak(t('page_working'));
    for (const one of alive(job)) {
      if (isRendered(one.place)) job.pulses.push(pulse(one.place));
    }
    const content = await readContentImage(picture, job.abort.signal, !job.quiet);
    job.abort.signal.throwIfAborted();
    job.read = content.way;
    mark(job, 'read');
    if (content.animated && !job.quiet) this.offerFrames(job, content);
    return content;
  }

  /** Shows that the first frame is painted, and offers to paint all of them if their file can be shown. */
  private offerFrames(job: Job, content: ContentImage): void {
    const canShow = content.animated === 'frames' && content.way !== 'capture' && canPaintFrames();
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
    const say = this.notices.show(t('page_frames', 0, '…'), cancel);
    try {
      const picture = alive(job).find(({ element }) => isHere(element));
      if (!picture) throw new PasticheError('image-gone');
      const file = await fileOf(picture, signal);
      const shown = shownSize(picture, content.natural);
      const painted = await paintFrames(this.engine, file, shown, job, signal, (done, total) =>
        say(t('page_frames', done, total)),
      );
      if (job.state !== 'done' || job.mode !== 'in-place') throw new PasticheError('image-gone');
      await this.replacePastiche(job, content, partsOf(painted.file, painted.size), painted.size);
      if (!picture.isShown) {
        this.placing.restoreJob(job);
        throw new PasticheError('image-too-large', 'the element does not show it');
      }
      job.timings['frames'] = painted.frames;
      mark(job, 'animated');
    } catch (thrown) {
      if (!signal.aborted) this.notices.showError(PasticheError.from(thrown).code);
    } finally {
      say(null);
    }
  }

  /** Paints a picture from the part that could be read, without reading it again, and shows it. */
  private async paint(job: Job, content: ContentImage): Promise<void> {
    const { budget } = await readSettings();
    const shown = largest(
      alive(job)
        .filter(({ element }) => isHere(element))
        .map((picture) => shownSize(picture, naturalIn(picture, content))),
    );
    job.paintedFor = shown.width;
    const view = { width: innerWidth * devicePixelRatio, height: innerHeight * devicePixelRatio };
    const inSlices = content.way !== 'capture' && isStrip(shown, view);
    if (inSlices) {
      const size = workingSize(shown, content.natural, pixelBudget(budget, shown, view, true));
      if (await this.paintStrip(job, content, size)) return;
    }
    const pixels = pixelBudget(budget, shown, view);
    const { manner, size: full } = suitedSize(job.manner, content, shown, pixels);
    const preview = workingSize(full, content.natural, PREVIEW_PIXELS);
    const small = full.width * full.height <= PREVIEW_PIXELS;
    job.state = 'queued';
    // The present pastiche is at least as good as a preview.
    if (!small && !job.pastiche) {
      const first = await this.ask(job, content, preview, manner, 'preview');
      await this.present(job, content, first);
      job.state = 'preview';
      mark(job, 'preview');
    }
    const last = await this.ask(job, content, full, manner, small ? 'preview' : 'refine');
    mark(job, 'pastiche');
    await this.present(job, content, last);
    if (small) mark(job, 'preview');
    this.finish(job);
    mark(job, 'done');
    if (content.isOther) this.notices.show(t('page_other'));
    else if (content.way === 'capture') await offerAccess(this.notices, job.source);
    closeImage(content);
  }

  /**
   * Paints the visible part of a picture of many screens, and then paints the rest in the background
   * as it is scrolled to.
   * @returns Whether its elements can show it in slices.
   */
  private async paintStrip(job: Job, content: ContentImage, size: Size): Promise<boolean> {
    const { signal } = job.abort;
    job.state = 'queued';
    const manner = suitedRenderOptions(job.manner, size);
    const strip = new Strip(this.engine, { content, size, recipe: { ...job, manner } });
    const present = async (): Promise<Picture[]> => {
      const parts = await strip.compose(this.visiblePartsOf(job));
      const left = await this.replacePastiche(job, content, parts, size);
      job.timings['slices'] = strip.done;
      return left;
    };
    const paintNext = async (ahead?: number): Promise<boolean> => {
      const index = strip.next(this.visiblePartsOf(job), ahead);
      if (index === null && !strip.isCoarse(this.visiblePartsOf(job))) return false;
      if (index !== null) {
        const painting = strip.paint(index, signal);
        while (await isPending(painting)) {
          if (strip.isCoarse(this.visiblePartsOf(job))) await present();
        }
        job.backend = (await painting).backend;
        // A large strip keeps being composed; its original is no longer needed.
        if (strip.isFinished) closeImage(content);
      }
      await present();
      return true;
    };
    const first = strip.next(this.visiblePartsOf(job)) ?? 0;
    if (!job.pastiche) {
      const originals = strip.prepare(this.visiblePartsOf(job));
      // The composer handles the error.
      originals.catch(() => undefined);
      await strip.preview(first, signal);
      if ((await present()).length > 0) return false;
      job.state = 'preview';
      mark(job, 'preview');
    }
    while (await paintNext(0));
    this.finish(job);
    mark(job, 'done');
    detach(this.paintRest(job, strip, paintNext).finally(() => closeImage(content)));
    return true;
  }

  /** Paints more of a strip whenever an unpainted part comes near the view. Never rejects. */
  private async paintRest(
    job: Job,
    strip: Strip,
    paintNext: (ahead?: number) => Promise<boolean>,
  ): Promise<void> {
    const stop = job.quiet ? this.stops.signal : job.abort.signal;
    try {
      // A large one is never complete in full detail.
      while (!strip.isFinished || !strip.isSmall) {
        if (job.abort.signal.aborted) return;
        const isGone = alive(job).every(({ element }) => !isHere(element));
        if (isGone) job.unfinished = 'gone';
        else if (stop.aborted && !strip.isFinished) job.unfinished = 'stopped';
        if (isGone || (stop.aborted && strip.isSmall)) return;
        if (await paintNext(stop.aborted ? NONE_AHEAD : undefined)) continue;
        await comesNear(alive(job), AbortSignal.any([stop, job.abort.signal]));
      }
    } catch (thrown) {
      if (job.abort.signal.aborted || isContextGone()) return;
      // The painted part stays; the rest shows the original, and this is the reason.
      if (!job.quiet) this.notices.showError(PasticheError.from(thrown).code);
    }
  }

  /** The visible parts of a job's pictures, in fractions of the whole. */
  private visiblePartsOf(job: Job): Box[] {
    return alive(job).flatMap((picture) => {
      const { element, place } = picture;
      if (!isHere(element) || !isRendered(place)) return [];
      const natural = job.pastiche ? naturalOf(picture, job.pastiche) : picture.naturalSize();
      const whole = pictureRect(picture, natural);
      const seen = visibleBox(place);
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
    manner: RenderOptions,
    priority: 'preview' | 'refine',
  ): Promise<Painted> {
    const { data, width, height } = pixelsOf(content, size);
    mark(job, `${priority}:grabbed`);
    const answer = await this.engine.restyle(
      {
        width,
        height,
        pixels: data,
        mix: job.mix,
        ...(job.regions && { regions: { ...job.regions, part: content.part } }),
        manner,
        priority,
        file: content.way !== 'capture' && formOf(content, size),
      },
      job.abort.signal,
    );
    job.backend = answer.backend;
    mark(job, `${priority}:answered`);
    for (const [name, milliseconds] of Object.entries({ ...answer.timings })) {
      job.timings[`${priority}:engine:${name}`] = milliseconds;
    }
    return answer;
  }

  /** Shows a pastiche in all of the page's elements that show its source. */
  private async present(job: Job, content: ContentImage, painted: Painted): Promise<void> {
    const { width, height, file } = painted;
    let image = file ? null : imageDataOf(painted.pixels, width, height);
    let left = alive(job);
    if (content.way !== 'capture') {
      const shown = file ?? (image && (await pngFile(image)));
      if (!shown) return;
      const isAddress = file !== null && formOf(content, painted) === 'address';
      const parts = partsOf(shown, painted, isAddress);
      left = await this.replacePastiche(job, content, parts, { width, height });
    }
    left = left.filter((picture) => isThere(job, picture) && !isEditable(picture.element));
    if (left.length === 0) return;
    image ??= (await job.pastiche?.drawn()) ?? null;
    job.abort.signal.throwIfAborted();
    if (!image) return;
    for (const picture of left) {
      const onGone = (): void => this.onLayerGone(job, picture);
      const layer = job.layers.get(picture) ?? new Layer(picture, { onGone });
      job.layers.set(picture, layer);
      const isCaptured = content.way === 'capture';
      layer.draw(image, naturalIn(picture, content), content.part, isCaptured);
    }
  }

  /** Replaces a job's shown files. Returns the pictures that can't show them. */
  private async replacePastiche(
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
    mark(job, 'sealed');
    const left = await this.placing.show(job, alive(job));
    earlier?.dispose();
    job.abort.signal.throwIfAborted();
    return left;
  }

  /** Sets the final state: done if the pastiche can be seen. */
  private finish(job: Job): void {
    const pictures = alive(job).filter((picture) => isThere(job, picture));
    const isSeen = pictures.some((picture) => picture.isShown || job.layers.has(picture));
    if (!isSeen) throw new PasticheError(pictures.length > 0 ? 'page-resists' : 'image-gone');
    job.mode = job.layers.size === 0 ? 'in-place' : 'layer';
    job.state = 'done';
  }

  /** Called when a picture has left the page, and its layer with it. */
  private onLayerGone(job: Job, picture: Picture): void {
    job.layers.delete(picture);
    const isSeen = job.layers.size > 0 || alive(job).some(({ isShown }) => isShown);
    if (!isSeen && job.state === 'done') job.state = 'restored';
  }

  private async fail(job: Job, thrown: PasticheError): Promise<void> {
    const pictures = alive(job);
    // Whatever the error was, there is no picture left to paint.
    const isGone = !pictures.some((picture) => isThere(job, picture));
    const error = isGone ? new PasticheError('image-gone') : thrown;
    job.error = error;
    job.state = 'failed';
    mark(job, 'failed');
    removeLayers(job);
    // An earlier pastiche stays.
    if (!job.pastiche) for (const picture of pictures) this.placing.remove(picture);
    if (job.quiet) return;
    const isAskable = error.code === 'pixels-blocked' && isOfSite(job.source);
    this.notices.showError(
      error.code,
      isAskable ? await accessAction(this.notices, job.source) : undefined,
    );
  }
}

export function closeImage({ image }: ContentImage): void {
  if (image instanceof ImageBitmap) image.close();
}

/** The form in which a file of a pastiche of this size is shown: the file itself, or in an SVG image. */
function formOf({ natural, pageReadable }: ContentImage, size: Size): true | 'address' {
  return isShownPlain(size, natural, pageReadable) || 'address';
}

/** Whether some work takes longer than a moment. */
async function isPending(work: Promise<unknown>): Promise<boolean> {
  const later = new Promise<boolean>((resolve) => setTimeout(resolve, POLL_INTERVAL, true));
  // The caller that awaits the work handles its errors.
  return Promise.race([
    later,
    work.then(
      () => false,
      () => false,
    ),
  ]);
}

/** Waits a moment, and then until one of the pictures comes near the view, or for a long time. */
async function comesNear(pictures: readonly Picture[], signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL));
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
    const timer = setTimeout(end, FAR_POLL_INTERVAL);
    signal.addEventListener('abort', end);
    for (const { element } of pictures) observer.observe(element);
  });
}
