/** Keeps pastiches on their pictures while the page changes, and removes them from others. */
import { detach } from '../../core/detach';
import { isEditable } from '../dom/dom';
import { allIn, containsOf, isHere } from '../dom/element';
import type { Pictures } from '../find/find';
import { ImagePicture, type Picture } from '../show/picture';
import { shownSize } from '../dom/place';
import { imagesIn, NO_CHANGES, type PageChanges } from '../watch';
import { alive, exclude, include, includeStyled, isOver, type Job, type Jobs } from './job';
import { largest, naturalOf, sameSize } from '../show/natural';
import type { Placing } from './placing';
import { writtenOn } from '../find/written';

/** Ratio of shown to painted width above which a picture is painted again. */
const TOO_COARSE = 1.5;

/** Time for which a size must last for that, in milliseconds. */
const STABLE_TIME = 400;

/** A pastiche removed within this time after it was shown was removed deliberately. Milliseconds. */
const AT_ONCE = 250;

/** Events of user input after which pages rebuild what they show. */
const TOUCHES = ['scroll', 'resize', 'keydown', 'input', 'pointerdown'];

/** Interval between checks of the pictures that style sheets show, in milliseconds. */
const CHECK_INTERVAL = 150;

/** Events after which style sheets may show other pictures, without any change of the document. */
const STATE_EVENTS = [
  ...['pointerover', 'pointerout', 'pointerdown', 'pointerup', 'focusin', 'focusout'],
  ...['change', 'toggle', 'hashchange', 'fullscreenchange', 'beforeprint', 'afterprint'],
  ...['animationstart', 'animationend', 'transitionend'],
];

/** Maximum number of elements that are searched for pictures of style sheets after each change. */
const MAX_STYLED = 300;

interface FollowerEvents {
  /** The elements show another picture by now, or the same one much larger: paint it as in that job. */
  paintAnew(pictures: readonly Picture[], job: Job): void;
  /** Pictures were added, and others may have gone. */
  tidy(): void;
}

export class Follower {
  private readonly sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) this.onSize(target);
  });
  /** Time of the last user input. */
  private touched = -Infinity;
  private growing: ReturnType<typeof setTimeout> | undefined;
  private looking: ReturnType<typeof setTimeout> | undefined;
  private looked = -Infinity;
  /** Elements whose style may have replaced images inside them. */
  private readonly unlooked = new Set<Element>();
  private lookingBeneath: ReturnType<typeof setTimeout> | undefined;
  private lookedBeneath = -Infinity;

  constructor(
    private readonly jobs: Jobs,
    private readonly pictures: Pictures,
    private readonly placing: Placing,
    private readonly events: FollowerEvents,
  ) {
    // `sizes` and `media` select by the window's size.
    addEventListener('resize', () => this.onWindow(), { passive: true });
    const options = { capture: true, passive: true };
    const touch = ({ isTrusted }: Event): void => {
      if (isTrusted) this.touched = performance.now();
    };
    for (const type of TOUCHES) addEventListener(type, touch, options);
    const lookSoon = (): void => this.lookSoon();
    for (const type of STATE_EVENTS) addEventListener(type, lookSoon, options);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', lookSoon);
  }

  /** Follows a picture that shows a pastiche. */
  follow(picture: Picture): void {
    this.pictures.remember(picture);
    this.sizes.observe(picture.element);
    if (picture.isAnimated) this.lookSoon();
  }

  /** Stops following a picture whose pastiche was removed. */
  leave(picture: Picture): void {
    this.sizes.unobserve(picture.element);
  }

  onChanges({ added, changed, restyled, isTreeChanged }: PageChanges): void {
    if (isTreeChanged) this.lookSoon();
    const copies = new Map<Job, Picture[]>();
    const look = (element: Element): void => {
      for (const picture of this.pictures.rememberedAt(element)) this.check(picture);
      if (!isHere(element) || isEditable(element)) return;
      for (const picture of this.pictures.allAt(element)) {
        const job = this.jobs.get(picture.pageSource() ?? '');
        // The copy was made while its original was painted.
        if (!job?.pastiche && !this.placing.shownOn(picture)) picture.restore();
        if (!job || (!job.pastiche && (job.state === 'restored' || job.state === 'failed'))) {
          continue;
        }
        if (picture.isShown && this.placing.jobShownOn(picture) === job) continue;
        include(job, picture);
        if (job.pastiche && this.isPatient(job)) {
          copies.set(job, [...(copies.get(job) ?? []), picture]);
        }
      }
    };
    for (const element of new Set([...imagesIn(added), ...changed])) look(element);
    for (const element of restyled) {
      for (const picture of this.pictures.rememberedAt(element)) this.check(picture);
    }
    this.lookBeneathSoon(restyled);
    if (this.hasStyled()) {
      for (const element of styledIn(added, restyled)) look(element);
    }
    for (const [job, pictures] of copies) {
      detach(this.placing.show(job, pictures));
      if (job.unfinished === 'gone') this.events.paintAnew(pictures, job);
    }
    if (added.length > 0) this.events.tidy();
  }

  /** Whether any of the pictures comes from a style sheet. */
  private hasStyled(): boolean {
    return [...this.jobs.values()].some(({ styled }) => styled.size > 0);
  }

  /** Whether the page keeps pastiches, rather than removing them at once again and again. */
  private isPatient(job: Job): boolean {
    const now = performance.now();
    // Lists rebuild their rows as the user scrolls or types; that is not deliberate.
    if (now - this.touched < AT_ONCE) return true;
    const isTaken = alive(job).some((picture) => {
      const since = this.placing.shownOn(picture)?.since ?? -Infinity;
      return !isHere(picture.element) && now - since < AT_ONCE;
    });
    return !isTaken || this.placing.mayShowAgain(job);
  }

  /** Removes a pastiche if the page shows another picture by now. */
  private check(picture: Picture): void {
    const shown = this.placing.shownOn(picture);
    if (!shown) return;
    const { source, written, natural } = shown;
    const now = picture.pageSource();
    const job = this.jobs.get(source);
    if (!job?.pastiche) {
      this.placing.remove(picture);
      return;
    }
    if (now === source) {
      if (!picture.isShown) {
        if (isHere(picture.element) && this.placing.mayShowAgain(job)) {
          detach(this.placing.reapply(job, picture));
        }
      } else if (!sameSize(natural, naturalOf(picture, job.pastiche))) {
        detach(this.placing.show(job, [picture]));
      }
      return;
    }
    const isReplaced = now !== picture.source;
    const isResponsive =
      now !== null && !isReplaced && written !== null && written === writtenOn(picture.element);
    this.placing.remove(picture);
    exclude(job, picture);
    // Style sheets may show it again.
    if (isReplaced) includeStyled(job, picture.element);
    job.layers.get(picture)?.remove();
    job.layers.delete(picture);
    if (isResponsive && !this.jobs.get(now)?.pastiche) {
      this.events.paintAnew([picture], job);
    }
    const isLeft = alive(job).some((one) => one.isShown || job.layers.has(one));
    if (!isLeft && job.state === 'done') job.state = 'restored';
    // Only the picture painted instead can be seen.
    if (isResponsive && alive(job).length === 0 && !isOver(job)) this.placing.restoreJob(job);
  }

  /** Checks whether style sheets have replaced images in these elements. */
  private lookBeneathSoon(restyled: ReadonlySet<Element>): void {
    for (const element of restyled) this.unlooked.add(element);
    if (this.unlooked.size === 0) return;
    const wait = Math.max(0, this.lookedBeneath + CHECK_INTERVAL - performance.now());
    this.lookingBeneath ??= setTimeout(() => {
      this.lookingBeneath = undefined;
      this.lookedBeneath = performance.now();
      const within = [...this.unlooked];
      this.unlooked.clear();
      const images = [...this.jobs.values()]
        .flatMap((job) => alive(job))
        .filter((picture) => picture instanceof ImagePicture)
        .filter(({ element }) => within.some((one) => containsOf(one, element)))
        .filter(({ isShown }) => isShown);
      ImagePicture.lookBeneath(images);
      for (const picture of images) this.check(picture);
    }, wait);
  }

  /**
   * Checks the pictures that style sheets show, repeatedly while an animation of the page determines
   * them.
   */
  lookSoon(): void {
    if (!this.hasStyled()) return;
    const wait = Math.max(0, this.looked + CHECK_INTERVAL - performance.now());
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
    // Waits until they have grown to their final size.
    clearTimeout(this.growing);
    this.growing = setTimeout(() => this.refine(), STABLE_TIME);
  }

  /** Paints pictures again that are shown much larger than they were painted. */
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
      const painted = Math.max(pastiche.size.width, job.paintedFor);
      if (useful > TOO_COARSE * painted && !job.timings['coarse']) {
        job.timings['coarse'] = 1;
        this.events.paintAnew(seen, job);
      }
    }
  }
}

/** Elements whose picture may be changed by style sheets: added ones, and those with a changed style. */
function styledIn(added: readonly Element[], restyled: ReadonlySet<Element>): Element[] {
  return [...added, ...restyled]
    .flatMap((element) => [element, ...allIn(element, '*')])
    .slice(0, MAX_STYLED);
}
