/**
 * Restyles the page's pictures, one job per source address, keeps them restyled while the page
 * changes, and restores them.
 */
import { EngineClient } from '../../engine/client/engine-client';
import { detach } from '../../core/detach';
import { covers } from '../../core/match-pattern';
import { PasticheError } from '../../protocol/errors';
import type { PictureStatus } from '../../protocol/messages';
import type { Recipe } from '../../core/style/render-options';
import { strengthOf } from '../../core/style/mix';
import { t } from '../../words/i18n';
import { hasBridge, openDirectPort } from '../engine-port';
import { isHere } from '../dom/element';
import type { Pictures } from '../find/find';
import type { Notices } from '../show/notices';
import type { Picture } from '../show/picture';
import { Comparison, type WipeHandle } from './comparison';
import { Follower } from './follower';
import { alive, endPulses, has, include, isOver, statusOf, type Job } from './job';
import { Painter } from './painter';
import { Placing } from './placing';
import { readContentImage, type ContentImage } from '../read/read';
import { sorted } from './retention';
import { saveFullSize } from './save-full-size';
import type { PageWatch } from '../watch';

export class Restyler {
  private readonly jobs = new Map<string, Job>();
  private stopListening: (() => void) | null = null;
  private readonly engine = new EngineClient(hasBridge() ? openDirectPort : undefined);
  private readonly placing: Placing;
  private readonly painter: Painter;
  private readonly follower: Follower;
  private readonly comparison: Comparison;

  /** @param onChange Called when painted pictures may have been added, or removed. */
  constructor(
    private readonly notices: Notices,
    pictures: Pictures,
    private readonly watch: PageWatch,
    handle: WipeHandle,
    private readonly onChange: () => void,
  ) {
    addEventListener('pagehide', () => this.engine.close());
    this.placing = new Placing(this.jobs, notices, {
      onShown: (picture) => this.follower.follow(picture),
      onRemoved: (picture) => this.follower.leave(picture),
    });
    this.painter = new Painter(this.engine, notices, this.placing);
    this.follower = new Follower(this.jobs, pictures, this.placing, {
      paintAnew: (shown, job) => detach(this.restyle(shown, job, job.title, true)),
      tidy: () => this.tidy(),
    });
    this.comparison = new Comparison(this.placing, notices, handle);
  }

  /** Starts the engine, as a picture is likely to be restyled. */
  prepare(): void {
    this.engine.wake();
  }

  /**
   * Starts painting these pictures, which show the same source, in place of any earlier job.
   * @param quiet One of many: no message is shown on the page, and the screen is not captured.
   * @returns The outcome; never rejects.
   */
  async restyle(
    pictures: readonly Picture[],
    { mix, manner, regions }: Recipe,
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
      paintedFor: 0,
      timings: {},
      pictures: earlier?.pictures ?? new Set(),
      styled: earlier?.styled ?? new Set(),
      // The earlier pastiche stays until there is another one, and its layers with it.
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
    for (const picture of pictures) include(job, picture);
    this.jobs.delete(source);
    this.jobs.set(source, job);
    this.onChange();
    this.stopListening ??= this.watch.listen((changes) => this.follower.onChanges(changes));
    this.engine.wake();
    await this.painter.run(job);
    // An animation may show another picture by now, and this one later.
    if (alive(job).some(({ isAnimated }) => isAnimated)) this.follower.lookSoon();
    this.tidy();
    return { state: job.state, error: job.error?.toMessage() ?? null };
  }

  /** Whether this picture shows its complete pastiche, or will. */
  shows(picture: Picture): boolean {
    const job = this.jobs.get(picture.source);
    if (!job || job.state === 'restored' || job.state === 'failed' || job.unfinished) return false;
    const isWaited = job.state !== 'done' && has(job, picture);
    return isWaited || picture.isShown || job.layers.has(picture);
  }

  /** Whether this picture's source is painted, or will be. */
  isPainted({ source }: Picture): boolean {
    const job = this.jobs.get(source);
    return job !== undefined && isPaintedJob(job);
  }

  /** Every painted picture. */
  painted(): Picture[] {
    return [...this.jobs.values()].filter(isPaintedJob).flatMap(alive);
  }

  /** Whether any picture is painted. */
  hasPainted(): boolean {
    return [...this.jobs.values()].some(isPaintedJob);
  }

  /** Whether the page has prevented the painting of this source that started after the given time. */
  isRefused(source: string, since: number): boolean {
    const job = this.jobs.get(source);
    return job?.error?.code === 'page-resists' && job.started >= since;
  }

  /**
   * Shows the finished pastiche of a picture's source on another element with this source.
   * @returns Whether there is such a pastiche.
   */
  adopt(picture: Picture): boolean {
    const job = this.jobs.get(picture.source);
    if (!job?.pastiche || job.state !== 'done' || job.unfinished) return false;
    detach(this.placing.show(job, [picture]));
    return true;
  }

  /** Starts no further slices of pictures that were restyled as one of many. */
  stopSlices(): void {
    this.painter.stopSlices();
  }

  /** Restores the originals of one source, or of all. Returns their number. */
  restore(source?: string): number {
    const sources = source === undefined ? [...this.jobs.keys()] : [source];
    let restored = 0;
    for (const key of sources) {
      const job = this.jobs.get(key);
      if (job && this.placing.restoreJob(job)) restored += 1;
    }
    this.tidy();
    if (restored > 0) this.notices.speak(t('page_restored'));
    return restored;
  }

  /**
   * Paints a restyled picture again, at its own full size, and saves it as a file.
   * @returns Whether it is restyled.
   */
  save(picture: Picture): boolean {
    const job = this.jobs.get(picture.source);
    if (!job || job.state === 'restored' || job.state === 'failed') return false;
    const read = (signal: AbortSignal): Promise<ContentImage> =>
      readContentImage(picture, signal, true, true);
    detach(saveFullSize(this.engine, this.notices, job, read));
    return true;
  }

  /**
   * Shows a handle on a restyled picture that wipes between original and pastiche, or removes it.
   * @returns Whether it is restyled.
   */
  compare(picture: Picture): boolean {
    const job = this.jobs.get(picture.source);
    if (job?.state !== 'done') return false;
    return this.comparison.toggle(job, picture);
  }

  /** Restores the page, because a newer version of the extension takes over. */
  retire(): void {
    for (const job of this.jobs.values()) this.placing.restoreJob(job);
    this.tidy();
  }

  /** Paints pictures again that could only be captured, now that their site can be accessed. */
  granted(origins: readonly string[]): void {
    for (const job of [...this.jobs.values()]) {
      const waiting = job.read === 'capture' || job.error?.code === 'pixels-blocked';
      if (waiting && !job.quiet && covers(origins, job.source)) {
        detach(this.restyle(alive(job), job, job.title));
      }
    }
  }

  status(): PictureStatus[] {
    return [...this.jobs.values()].map(statusOf);
  }

  /** Limits the memory for pictures that have gone. */
  private tidy(): void {
    const unshown = [...this.jobs.values()].filter((job) => {
      for (const ref of job.pictures) if (!ref.deref()) job.pictures.delete(ref);
      for (const ref of job.styled) if (!ref.deref()) job.styled.delete(ref);
      return isOver(job) && !alive(job).some(({ element }) => isHere(element));
    });
    const { rested, forgotten } = sorted(
      unshown.map((job) => ({ job, used: job.used, bytes: job.pastiche?.bytes ?? 0 })),
    );
    for (const { job } of rested) job.pastiche?.releaseImages();
    for (const { job } of forgotten) {
      job.abort.abort(new PasticheError('cancelled'));
      for (const picture of alive(job)) this.placing.remove(picture);
      job.pastiche?.dispose();
      this.jobs.delete(job.source);
    }
    this.onChange();
    const isNeeded = [...this.jobs.values()].some(
      ({ state, pastiche }) => pastiche !== null || !['restored', 'failed'].includes(state),
    );
    if (isNeeded) return;
    this.stopListening?.();
    this.stopListening = null;
  }
}

/** A failed job may still show an earlier pastiche. */
function isPaintedJob({ state, pastiche }: Job): boolean {
  return state === 'failed' ? pastiche !== null : state !== 'restored';
}
