/** Shows pastiches on pictures and removes them; gives up on a page that removes them repeatedly. */
import { detach } from '../../core/detach';
import { PasticheError } from '../../protocol/errors';
import { isEditable } from '../dom/dom';
import { isHere, rectOf } from '../dom/element';
import type { Size } from '../../core/geometry';
import type { Notices } from '../show/notices';
import { RateLimiter } from '../whole-page/worth';
import type { Picture } from '../show/picture';
import { holdsOnCanvas, type Pastiche } from '../show/seal';
import { alive, endPulses, include, isThere, removeLayers, type Job, type Jobs } from './job';
import { naturalOf, sameSize } from '../show/natural';
import { writtenOn } from '../find/written';

/**
 * Number of removals by the page, within a time in milliseconds, after which a pastiche is not shown
 * again.
 */
const MAX_REMOVALS = [6, 20_000] as const;

/** Maximum number of times that an address is prepared for a picture, as copies may use each one up. */
const MAX_ROUNDS = 20;

/** A pastiche on a picture. */
export interface Shown {
  /** Source of the pastiche. */
  readonly source: string;
  readonly natural: Size;
  /** The page's attributes when it was shown; null for a picture of a style sheet. */
  readonly written: string | null;
  readonly since: number;
}

export class Placing {
  private readonly shown = new WeakMap<Picture, Shown>();
  private readonly guard = new RateLimiter(...MAX_REMOVALS);
  /** Pictures that show their originals for a while, whatever the page does. */
  private readonly suspended = new WeakSet<Picture>();

  /** @param events Called when a pastiche was put on a picture, and when it was removed. */
  constructor(
    private readonly jobs: Jobs,
    private readonly notices: Notices,
    private readonly events: {
      onShown(picture: Picture): void;
      onRemoved(picture: Picture): void;
    },
  ) {}

  /** The pastiche shown on a picture; undefined if there is none. */
  shownOn(picture: Picture): Shown | undefined {
    return this.shown.get(picture);
  }

  /**
   * Shows a job's pastiche on pictures in one step, after which the page has nothing of it to read.
   * @returns The pictures that can't show it.
   */
  async show(job: Job, pictures: readonly Picture[]): Promise<Picture[]> {
    const { pastiche } = job;
    if (!pastiche) return [...pictures];
    pictures = pictures.filter((picture) => !this.suspended.has(picture));
    const wanted = pictures.filter(
      ({ element, isWatched }) => isHere(element) && !isWatched && !isEditable(element),
    );
    const isBlocked = wanted.some(({ isDrawn }) => isDrawn) && !(await maySeal(pastiche));
    // The original may have been restored in the meantime.
    if (job.pastiche !== pastiche) return [];
    const able = isBlocked ? wanted.filter(({ isDrawn }) => !isDrawn) : wanted;
    const placed = able.flatMap((picture) => [picture, ...picture.mates]);
    const pasticheOf = (picture: Picture): Pastiche =>
      (able.includes(picture) ? null : this.jobShownOn(picture)?.pastiche) ?? pastiche;
    const isReady = (picture: Picture): boolean =>
      pasticheOf(picture).addressFor(naturalOf(picture, pasticheOf(picture))) !== null;
    // A prepared address may be used up for another copy in the meantime.
    for (let round = 0; round < MAX_ROUNDS && !placed.every(isReady); round++) {
      const missing = placed.map((picture) =>
        pasticheOf(picture).prepare(naturalOf(picture, pasticheOf(picture))),
      );
      await Promise.allSettled(missing);
      if (job.pastiche !== pastiche) return [];
    }
    return this.showNow(job, pastiche, able).concat(
      pictures.filter((picture) => !able.includes(picture)),
    );
  }

  private showNow(job: Job, pastiche: Pastiche, pictures: readonly Picture[]): Picture[] {
    const failed: Picture[] = [];
    const used = new Map<Pastiche, Set<Size>>();
    for (const picture of pictures) {
      // The page may have changed while the address was prepared.
      if (!isThere(job, picture)) continue;
      const before = rectOf(picture.element);
      const addressOf = (one: Picture): string | null => {
        const its = one === picture ? pastiche : this.jobShownOn(one)?.pastiche;
        if (!its) return null;
        const natural = naturalOf(one, its);
        used.set(its, (used.get(its) ?? new Set()).add(natural));
        return its.addressFor(natural);
      };
      const natural = naturalOf(picture, pastiche);
      const isShown = picture.show(addressOf, () => this.onRemovedByPage(picture));
      const isLoaded = picture.naturalSize().width > 0;
      if (isShown && (!isLoaded || isSame(before, rectOf(picture.element)))) {
        const written = writtenOn(picture.element);
        this.shown.set(picture, { source: job.source, natural, written, since: performance.now() });
        include(job, picture);
        job.used = performance.now();
        // The page had shown another picture for a while, or none when painting ended.
        if (job.state === 'restored' || job.error?.code === 'image-gone') {
          job.state = 'done';
          job.error = null;
          job.mode = 'in-place';
        }
        job.layers.get(picture)?.remove();
        job.layers.delete(picture);
        this.events.onShown(picture);
      } else {
        if (isShown) picture.restore();
        failed.push(picture);
      }
    }
    for (const [its, naturals] of used) for (const natural of naturals) its.markUsed(natural);
    return failed;
  }

  jobShownOn(picture: Picture): Job | undefined {
    return this.jobs.get(this.shown.get(picture)?.source ?? '');
  }

  /** Restores a picture's original. */
  remove(picture: Picture): void {
    const mates = picture.mates;
    this.shown.delete(picture);
    picture.restore();
    this.events.onRemoved(picture);
    for (const mate of mates) this.showAgain(mate);
  }

  /** Shows a picture's original until {@link resume}. */
  suspend(picture: Picture): void {
    this.suspended.add(picture);
    this.remove(picture);
  }

  /** Ends a {@link suspend}: the job's pastiche is shown again, unless the original was restored. */
  async resume(job: Job, picture: Picture): Promise<void> {
    this.suspended.delete(picture);
    if (job.state === 'done') await this.show(job, [picture]);
  }

  private showAgain(picture: Picture): void {
    const job = this.jobShownOn(picture);
    if (job?.pastiche) detach(this.show(job, [picture]));
  }

  /** Called when the page has removed a pastiche. */
  private onRemovedByPage(picture: Picture): void {
    const job = this.jobShownOn(picture);
    if (!job || !isHere(picture.element)) return;
    if (this.mayShowAgain(job)) this.showAgain(picture);
  }

  async reapply(job: Job, picture: Picture): Promise<void> {
    const failed = await this.show(job, [picture]);
    const isSeen = alive(job).some((one) => one.isShown || job.layers.has(one));
    if (failed.length > 0 && !isSeen && job.pastiche) this.giveUp(job);
  }

  /** Whether to show a pastiche again that the page has removed; otherwise gives up. */
  mayShowAgain(job: Job): boolean {
    if (this.guard.allows(job.source, performance.now())) return true;
    this.giveUp(job);
    return false;
  }

  private giveUp(job: Job): void {
    this.restoreJob(job);
    job.state = 'failed';
    job.error = new PasticheError('page-resists');
    this.notices.showError('page-resists');
  }

  /** Ends a job and restores its originals; returns whether there was a pastiche. */
  restoreJob(job: Job): boolean {
    job.abort.abort(new PasticheError('cancelled'));
    for (const picture of alive(job)) this.remove(picture);
    removeLayers(job);
    endPulses(job);
    job.pictures.clear();
    job.styled.clear();
    job.pastiche?.dispose();
    job.pastiche = null;
    const wasRestored = job.state === 'restored';
    job.state = 'restored';
    return !wasRestored;
  }
}

async function maySeal(pastiche: Pastiche): Promise<boolean> {
  return pastiche.isReadable || holdsOnCanvas();
}

function isSame(a: DOMRect, b: DOMRect): boolean {
  return sameSize(a, b) && Math.abs(a.x - b.x) < 0.5 && Math.abs(a.y - b.y) < 0.5;
}
