/**
 * What this page's content script does: restyles pictures, one job a source address, and restores
 * them.
 */
import { EngineClient } from '../engine/client';
import { askBackground } from '../messages/background-client';
import { PasticheError } from '../messages/errors';
import type { PageStatus, PictureStatus } from '../messages/messages';
import { readSettings } from '../storage/settings';
import { strengthOf, type StyleMix } from '../style/mix';
import { t } from '../ui/i18n';
import { hasBridge, openDirectPort } from './bridge';
import { workingSize, type Size } from './fit';
import type { Notices } from './notices';
import { Overlay } from './overlay';
import type { Picture } from './picture';
import { pixelsOf, readContentImage, type ContentImage } from './read';

/** The first version has at most this many pixels, so that it is there within a second. */
const PREVIEW_PIXELS = 512 * 512;

/** One source address being restyled, wherever it is shown on the page. */
interface Job {
  readonly source: string;
  readonly pictures: readonly Picture[];
  readonly mix: StyleMix;
  /** What the mix is called, for a screen reader. */
  readonly title: string;
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
  observer: MutationObserver | null;
}

export class Restyler {
  private readonly jobs = new Map<string, Job>();
  private readonly engine = new EngineClient(hasBridge() ? openDirectPort : undefined);

  constructor(private readonly notices: Notices) {}

  /** Starts painting these pictures, which show the same source, in place of any earlier job. */
  restyle(pictures: readonly Picture[], mix: StyleMix, title: string): void {
    const source = pictures[0]?.source;
    if (source === undefined) return;
    this.cancel(source);
    if (strengthOf(mix) === 0) {
      this.restore(source);
      return;
    }
    const earlier = this.jobs.get(source);
    const job: Job = {
      source,
      pictures,
      mix,
      title,
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
      observer: earlier?.observer ?? null,
    };
    for (const picture of pictures) {
      if (!job.overlays.has(picture)) job.overlays.set(picture, new Overlay(picture));
    }
    this.jobs.set(source, job);
    this.engine.wake();
    void this.run(job);
  }

  /** Brings the originals of one source, or of all, back. Returns how many there were. */
  restore(source?: string): number {
    const sources = source === undefined ? [...this.jobs.keys()] : [source];
    let restored = 0;
    for (const key of sources) {
      const job = this.jobs.get(key);
      if (!job) continue;
      this.cancel(key);
      this.takeDown(job);
      for (const picture of job.pictures) picture.restore();
      if (job.state !== 'restored') restored += 1;
      job.state = 'restored';
    }
    if (restored > 0) this.notices.speak(t('page_restored'));
    return restored;
  }

  /** Paints again what only a capture could read, now that there is access to its site. */
  granted(origins: readonly string[]): void {
    for (const job of this.jobs.values()) {
      const waiting = job.read === 'capture' || job.error?.code === 'pixels-blocked';
      if (waiting && origins.includes(originPattern(job.source))) {
        this.restyle(job.pictures, job.mix, job.title);
      }
    }
  }

  status(): PageStatus {
    const pictures = [...this.jobs.values()].map((job) => ({
      source: job.source,
      state: job.state,
      mode: job.mode,
      read: job.read,
      backend: job.backend,
      error: job.error?.toMessage() ?? null,
      startedAt: performance.timeOrigin + job.started,
      timings: job.timings,
    }));
    return { type: 'page.status', pictures };
  }

  private cancel(source: string): void {
    this.jobs.get(source)?.abort.abort(new PasticheError('cancelled'));
  }

  private async run(job: Job): Promise<void> {
    try {
      const content = await this.read(job);
      await this.paint(job, content);
      if (content.image instanceof ImageBitmap) content.image.close();
      this.notices.speak(t('page_done', job.title));
    } catch (thrown) {
      if (job.abort.signal.aborted) return;
      this.fail(job, PasticheError.from(thrown));
    }
  }

  private async read(job: Job): Promise<ContentImage> {
    const [picture] = job.pictures;
    const overlay = picture && job.overlays.get(picture);
    if (!picture || !overlay) throw new PasticheError('image-gone');
    this.notices.speak(t('page_working'));
    for (const layer of job.overlays.values()) layer.showProgress(0.05);
    const content = await readContentImage(picture, overlay, job.abort.signal);
    job.read = content.way;
    this.mark(job, 'read');
    if (content.animated) this.notices.show(t('page_first_frame'));
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
    const full = workingSize(part, content.natural, budget * 1e6);
    const preview = workingSize(part, content.natural, Math.min(PREVIEW_PIXELS, budget * 1e6));
    const small = full.width * full.height <= PREVIEW_PIXELS;
    job.state = 'queued';
    if (!small) {
      const first = await this.ask(job, content, preview, 'preview', false);
      this.present(job, content, first.image);
      job.state = 'preview';
      this.mark(job, 'preview');
    }
    const urgency = small ? 'preview' : 'refine';
    const last = await this.ask(job, content, full, urgency, content.pageReadable);
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
    urgency: 'preview' | 'refine',
    file: boolean,
  ): Promise<{ image: ImageData; file: Promise<Blob> | null }> {
    const { data, width, height } = pixelsOf(content, size);
    this.mark(job, `${urgency}:grabbed`);
    const share = urgency === 'preview' ? 0.15 : 0.4;
    for (const overlay of job.overlays.values()) overlay.showProgress(share);
    const answer = await this.engine.restyle(
      { width, height, pixels: data, mix: job.mix, urgency, file },
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
    return { image: new ImageData(answer.pixels, width, height), file: answer.file };
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
      await element.decode();
      return element.currentSrc === url;
    }
    const probe = new Image();
    probe.src = url;
    await probe.decode();
    return true;
  } catch {
    return false;
  }
}

function sameSize(a: DOMRect, b: DOMRect): boolean {
  return Math.abs(a.width - b.width) < 0.5 && Math.abs(a.height - b.height) < 0.5;
}
