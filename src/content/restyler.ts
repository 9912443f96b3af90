/**
 * What this page's content script does: restyles pictures, one job a source address, and restores
 * them.
 */
import { EngineClient, type ContentRegions } from '../engine/client';
import { paintFullSize } from '../engine/full-size';
import { askBackground } from '../messages/background-client';
import { PasticheError } from '../messages/errors';
import type { PictureStatus } from '../messages/messages';
import { readSettings } from '../storage/settings';
import { pasticheFileName, QUALITY } from '../style/file-name';
import { suitedManner, type Manner, type Recipe } from '../style/manner';
import { strengthOf, type StyleMix } from '../style/mix';
import { t } from '../ui/i18n';
import { hasBridge, openDirectPort } from './bridge';
import { seenWithin } from './dom';
import { workingSize, type Size } from './fit';
import { imageDataOf } from '../engine/image-data';
import { WHOLE } from '../engine/region-map';
import type { Notices } from './notices';
import { Overlay } from './overlay';
import { Wipe } from './wipe';
import type { Picture } from './picture';
import { pixelsOf, readContentImage, type ContentImage } from './read';
import { saveFile } from './save-file';

/** The first version has at most this many pixels, so that it is there within a second. */
const PREVIEW_PIXELS = 512 * 512;

/** How long an element may take to show a pastiche that is in memory, in milliseconds. */
const SWAP_PATIENCE = 3000;

/** One source address being restyled, wherever it is shown on the page. */
interface Job {
  readonly source: string;
  readonly pictures: Picture[];
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
  overlays: Map<Picture, Overlay>;
  state: PictureStatus['state'];
  mode: PictureStatus['mode'];
  read: PictureStatus['read'];
  backend: PictureStatus['backend'];
  error: PasticheError | null;
  fileUrl: string | null;
  /** Pixels of the pastiche in the file per CSS pixel of the original's width. */
  fileWidth: number;
  observer: MutationObserver | null;
}

export class Restyler {
  private readonly jobs = new Map<string, Job>();
  /** The handle that compares, if one is laid on a picture. */
  private wipe: { readonly picture: Picture; close(): void } | null = null;
  private readonly engine = new EngineClient(hasBridge() ? openDirectPort : undefined);

  constructor(private readonly notices: Notices) {
    addEventListener('pagehide', () => this.engine.close());
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
    this.cancel(source);
    if (strengthOf(mix) === 0 && !regions) {
      this.restore(source);
      return { state: 'restored', error: null };
    }
    const earlier = this.jobs.get(source);
    const job: Job = {
      source,
      pictures: [...pictures],
      mix,
      ...(regions && { regions }),
      manner,
      title,
      quiet,
      abort: new AbortController(),
      started: performance.now(),
      timings: {},
      overlays: earlier?.overlays ?? new Map<Picture, Overlay>(),
      state: 'reading',
      mode: null,
      read: null,
      backend: null,
      error: null,
      fileUrl: earlier?.fileUrl ?? null,
      fileWidth: earlier?.fileWidth ?? 0,
      observer: earlier?.observer ?? null,
    };
    for (const picture of pictures) {
      if (!job.overlays.has(picture)) job.overlays.set(picture, new Overlay(picture));
    }
    this.jobs.set(source, job);
    this.engine.wake();
    await this.run(job);
    return { state: job.state, error: job.error?.toMessage() ?? null };
  }

  /** Whether there is a pastiche on this picture, or will be. */
  shows(picture: Picture): boolean {
    const job = this.jobs.get(picture.source);
    if (!job || job.state === 'restored' || job.state === 'failed') return false;
    return job.pictures.includes(picture) && (picture.isSwapped || job.overlays.has(picture));
  }

  /**
   * Puts the finished pastiche of a picture's source on one more element that shows it.
   * @returns Whether there was one that can be put there.
   */
  adopt(picture: Picture): boolean {
    const job = this.jobs.get(picture.source);
    const { width } = picture.naturalSize();
    if (!job?.fileUrl || job.mode !== 'in-place' || width === 0) return false;
    const gone = job.pictures.filter(({ element }) => !element.isConnected);
    for (const old of gone) job.pictures.splice(job.pictures.indexOf(old), 1);
    if (!job.pictures.includes(picture)) job.pictures.push(picture);
    picture.restore();
    picture.swap(job.fileUrl, job.fileWidth / width);
    job.state = 'done';
    this.watch(job);
    return true;
  }

  /** Brings the originals of one source, or of all, back. Returns how many there were. */
  restore(source?: string): number {
    const sources = source === undefined ? [...this.jobs.keys()] : [source];
    let restored = 0;
    for (const key of sources) {
      const job = this.jobs.get(key);
      if (job && this.putBack(job)) restored += 1;
    }
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
    void this.saveFile(job, picture);
    return true;
  }

  private async saveFile(job: Job, picture: Picture): Promise<void> {
    const abort = new AbortController();
    const cancel = { label: t('page_cancel'), run: () => abort.abort() };
    const say = this.notices.show(t('page_saving', '0'), cancel);
    const overlay = job.overlays.get(picture) ?? new Overlay(picture);
    try {
      const content = await readContentImage(picture, overlay, abort.signal, true);
      const { image, natural: size } = content;
      const request = { image, size, recipe: job };
      const canvas = await paintFullSize(this.engine, request, abort.signal, (share) => {
        say(t('page_saving', String(Math.round(100 * share))));
      });
      if (image instanceof ImageBitmap) image.close();
      const { saveType } = await readSettings();
      const file = await canvas.convertToBlob({ type: `image/${saveType}`, quality: QUALITY });
      abort.signal.throwIfAborted();
      saveFile(file, pasticheFileName(job.source, job.title, saveType));
    } catch (thrown) {
      if (!abort.signal.aborted) this.notices.showError(PasticheError.from(thrown).code);
    } finally {
      if (overlay !== job.overlays.get(picture)) overlay.remove();
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
    else void this.layWipe(job, picture);
    return true;
  }

  private async layWipe(job: Job, picture: Picture): Promise<void> {
    this.wipe?.close();
    const isInPlace = picture.isSwapped && job.fileUrl !== null;
    const overlay = isInPlace ? new Overlay(picture) : job.overlays.get(picture);
    if (!overlay) return;
    if (isInPlace) {
      try {
        await this.lift(job, picture, overlay);
      } catch (thrown) {
        overlay.remove();
        this.notices.showError(PasticheError.from(thrown).code);
        return;
      }
    }
    const wipe = new Wipe(overlay, () => this.wipe?.close());
    const end = (): void => {
      job.abort.signal.removeEventListener('abort', end);
      this.wipe = null;
      wipe.close();
      if (!isInPlace || job.state !== 'done' || job.fileUrl === null) return;
      // What the element shows next is of our own doing.
      job.observer?.disconnect();
      picture.swap(job.fileUrl, job.fileWidth / picture.naturalSize().width);
      void showsImage(picture, job.fileUrl).then(() => {
        overlay.remove();
        job.overlays.delete(picture);
        this.watch(job);
      });
    };
    this.wipe = { picture, close: end };
    job.abort.signal.addEventListener('abort', end);
  }

  /** Takes the pastiche out of the page's element, which shows its original, onto a layer over it. */
  private async lift(job: Job, picture: Picture, overlay: Overlay): Promise<void> {
    const image = new Image();
    image.src = job.fileUrl!;
    await image.decode();
    const { naturalWidth: width, naturalHeight: height } = image;
    const context = new OffscreenCanvas(width, height).getContext('2d');
    if (!context) throw new PasticheError('image-too-large');
    context.drawImage(image, 0, 0);
    const natural = picture.naturalSize();
    overlay.draw(context.getImageData(0, 0, width, height), natural, WHOLE);
    job.overlays.set(picture, overlay);
    await overlay.faded();
    // What the element shows next is of our own doing.
    job.observer?.disconnect();
    picture.restore();
    await showsImage(picture, job.source);
    this.watch(job);
  }

  /** Leaves the page as it was, because a newer version of the extension takes over. */
  retire(): void {
    for (const job of this.jobs.values()) this.putBack(job);
  }

  /** Paints again what only a capture could read, now that there is access to its site. */
  granted(origins: readonly string[]): void {
    for (const job of this.jobs.values()) {
      const waiting = job.read === 'capture' || job.error?.code === 'pixels-blocked';
      if (waiting && !job.quiet && origins.includes(originPattern(job.source))) {
        void this.restyle(job.pictures, job, job.title);
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
    this.cancel(job.source);
    if (this.wipe && job.pictures.includes(this.wipe.picture)) this.wipe.close();
    this.takeDown(job);
    for (const picture of job.pictures) picture.restore();
    const wasRestored = job.state === 'restored';
    job.state = 'restored';
    return !wasRestored;
  }

  private cancel(source: string): void {
    this.jobs.get(source)?.abort.abort(new PasticheError('cancelled'));
  }

  private async run(job: Job): Promise<void> {
    try {
      const content = await this.read(job);
      await this.paint(job, content);
      if (content.image instanceof ImageBitmap) content.image.close();
      if (!job.quiet) this.notices.speak(t('page_done', job.title));
    } catch (thrown) {
      if (job.abort.signal.aborted) return;
      this.fail(job, PasticheError.from(thrown));
    }
  }

  private async read(job: Job): Promise<ContentImage> {
    const [picture] = job.pictures;
    const overlay = picture && job.overlays.get(picture);
    if (!picture || !overlay) throw new PasticheError('image-gone');
    if (!job.quiet) this.notices.speak(t('page_working'));
    for (const layer of job.overlays.values()) layer.showProgress(0.05);
    const content = await readContentImage(picture, overlay, job.abort.signal, !job.quiet);
    job.read = content.way;
    this.mark(job, 'read');
    if (content.animated && !job.quiet) this.notices.show(t('page_first_frame'));
    return content;
  }

  private async paint(job: Job, content: ContentImage): Promise<void> {
    const { budget } = await readSettings();
    const shown = largest(
      [...job.overlays.values()].map((overlay) => overlay.shownSize(content.natural)),
    );
    const part = {
      width: shown.width * content.part.width,
      height: shown.height * content.part.height,
    };
    const manner = suitedManner(job.manner, workingSize(part, content.natural, budget * 1e6));
    // Smaller strokes are those of a larger picture, which must not exceed the budget.
    const most = budget * 1e6 * Math.min(1, manner.strokeSize ** 2);
    const full = workingSize(part, content.natural, most);
    const preview = workingSize(part, content.natural, Math.min(PREVIEW_PIXELS, most));
    const small = full.width * full.height <= PREVIEW_PIXELS;
    job.state = 'queued';
    if (!small) {
      const first = await this.ask(job, content, preview, manner, 'preview', false);
      this.present(job, content, first.image);
      job.state = 'preview';
      this.mark(job, 'preview');
    }
    const urgency = small ? 'preview' : 'refine';
    const last = await this.ask(job, content, full, manner, urgency, content.pageReadable);
    this.present(job, content, last.image);
    if (small) this.mark(job, 'preview');
    this.mark(job, 'pastiche');
    const file = await last.file;
    job.abort.signal.throwIfAborted();
    if (file) await this.putInPlace(job, content, full, file);
    else job.mode = 'overlay';
    for (const overlay of job.overlays.values()) overlay.hideProgress();
    job.state = 'done';
    this.mark(job, 'done');
    this.watch(job);
    if (content.way === 'capture') this.offerAccess(job);
  }

  private async ask(
    job: Job,
    content: ContentImage,
    size: Size,
    manner: Manner,
    urgency: 'preview' | 'refine',
    file: boolean,
  ): Promise<{ image: ImageData; file: Promise<Blob> | null }> {
    const { data, width, height } = pixelsOf(content, size);
    this.mark(job, `${urgency}:grabbed`);
    const share = urgency === 'preview' ? 0.15 : 0.4;
    for (const overlay of job.overlays.values()) overlay.showProgress(share);
    const answer = await this.engine.restyle(
      {
        width,
        height,
        pixels: data,
        mix: job.mix,
        ...(job.regions && { regions: { ...job.regions, part: content.part } }),
        manner,
        urgency,
        file,
      },
      job.abort.signal,
      () => {
        for (const overlay of job.overlays.values()) overlay.showProgress(share + 0.3);
      },
    );
    job.backend = answer.backend;
    this.mark(job, `${urgency}:answered`);
    for (const [name, milliseconds] of Object.entries(answer.timings)) {
      job.timings[`${urgency}:engine:${name}`] = milliseconds;
    }
    return { image: imageDataOf(answer.pixels, width, height), file: answer.file };
  }

  private present(job: Job, content: ContentImage, pastiche: ImageData): void {
    for (const [picture, overlay] of job.overlays) {
      overlay.draw(pastiche, naturalOf(picture, content), content.part);
    }
  }

  /** Hands the pastiche over from the canvas to the page's own elements, where that is seamless. */
  private async putInPlace(job: Job, content: ContentImage, size: Size, file: Blob): Promise<void> {
    const url = URL.createObjectURL(file);
    const earlier = job.fileUrl;
    await Promise.all([...job.overlays.values()].map((overlay) => overlay.faded()));
    job.abort.signal.throwIfAborted();
    job.fileUrl = url;
    job.fileWidth = size.width;
    job.observer?.disconnect();
    const layouts = job.pictures.map((picture) => picture.element.getBoundingClientRect());
    for (const picture of job.pictures) {
      picture.swap(url, size.width / naturalOf(picture, content).width);
    }
    const arrived = await Promise.all(job.pictures.map((picture) => showsImage(picture, url)));
    if (earlier) URL.revokeObjectURL(earlier);
    for (const [index, picture] of job.pictures.entries()) {
      const moved = !sameSize(layouts[index]!, picture.element.getBoundingClientRect());
      if (arrived[index] && !moved) {
        job.overlays.get(picture)?.remove();
        job.overlays.delete(picture);
      } else {
        // A content security policy may forbid blob images; the canvas stays in its place.
        picture.restore();
      }
    }
    job.mode = job.overlays.size === 0 ? 'in-place' : 'overlay';
  }

  /** A page that gives one of the elements another image has the last word. */
  private watch(job: Job): void {
    job.observer?.disconnect();
    job.observer = new MutationObserver(() => {
      for (const picture of job.pictures) {
        const replaced = picture.isSwapped ? !picture.isAsLeft : picture.source !== job.source;
        if (!replaced) continue;
        job.overlays.get(picture)?.remove();
        job.overlays.delete(picture);
        picture.restore();
        job.state = 'restored';
      }
    });
    for (const picture of job.pictures) {
      job.observer.observe(picture.element, {
        attributeFilter: ['src', 'srcset', 'href', 'xlink:href', 'style'],
      });
    }
  }

  private fail(job: Job, error: PasticheError): void {
    job.error = error;
    job.state = 'failed';
    this.mark(job, 'failed');
    const wasShown = job.pictures.some((picture) => picture.isSwapped);
    for (const [picture, overlay] of job.overlays) {
      overlay.remove();
      job.overlays.delete(picture);
    }
    if (job.pictures.every((picture) => !picture.element.isConnected)) return;
    if (!wasShown) for (const picture of job.pictures) picture.restore();
    if (job.quiet) return;
    const askable = error.code === 'pixels-blocked' && /^https?:/.test(job.source);
    this.notices.showError(error.code, askable ? this.accessAction(job.source) : undefined);
  }

  private takeDown(job: Job): void {
    job.observer?.disconnect();
    for (const overlay of job.overlays.values()) overlay.remove();
    job.overlays.clear();
    if (job.fileUrl) URL.revokeObjectURL(job.fileUrl);
    job.fileUrl = null;
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

/** The match pattern of an address's site. */
export function originPattern(address: string): string {
  const { protocol, hostname } = new URL(address);
  return `${protocol}//${hostname}/*`;
}

/** The natural size in CSS pixels, which an element knows better than the file it came from. */
function naturalOf(picture: Picture, content: ContentImage): Size {
  const known = picture.naturalSize();
  if (known.width > 0 && known.height > 0) return known;
  return {
    width: content.natural.width / content.part.width,
    height: content.natural.height / content.part.height,
  };
}

function largest(sizes: readonly Size[]): Size {
  return sizes.reduce((a, b) => (b.width * b.height > a.width * a.height ? b : a), {
    width: 1,
    height: 1,
  });
}

async function showsImage(picture: Picture, url: string): Promise<boolean> {
  const element = picture.element;
  try {
    if (element instanceof HTMLImageElement) {
      // Firefox takes up a new address only later, and till then decodes the earlier image.
      if (element.currentSrc !== url || !element.complete) await settled(element);
      await seenWithin(SWAP_PATIENCE, element.decode());
      return element.currentSrc === url;
    }
    const probe = new Image();
    probe.src = url;
    await seenWithin(SWAP_PATIENCE, probe.decode());
    return true;
  } catch {
    return false;
  }
}

/** Resolves when the image has loaded or failed; rejects if neither happens for a while. */
function settled(image: HTMLImageElement): Promise<void> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(SWAP_PATIENCE);
    for (const event of ['load', 'error']) {
      image.addEventListener(event, () => resolve(), { once: true, signal });
    }
    signal.addEventListener('abort', () => reject(new Error('the image neither loads nor fails')));
  });
}

function sameSize(a: DOMRect, b: DOMRect): boolean {
  return Math.abs(a.width - b.width) < 0.5 && Math.abs(a.height - b.height) < 0.5;
}
