/**
 * Paints a canvas of the page, and repaints it when it changes. The page's canvas is only read: the
 * pastiche is on a layer over it, and removing the layer restores the page.
 */
import type { EngineClient } from '../../engine/client/engine-client';
import { imageDataOf } from '../../engine/client/image-data';
import { WHOLE } from '../../core/regions/region-map';
import { isContextGone } from '../../protocol/background-client';
import { detach } from '../../core/detach';
import { PasticheError, type ErrorCode } from '../../protocol/errors';
import type { PictureStatus } from '../../protocol/messages';
import { readSettings } from '../../storage/settings';
import type { Recipe } from '../../core/style/render-options';
import type { Size } from '../../core/geometry';
import { contentsOf } from '../dom/place';
import { Layer } from '../layer/layer';
import { suitedSize } from '../pictures/pixel-budget';
import type { WipeHandle } from '../pictures/comparison';
import type { Saved } from '../pictures/save-full-size';
import { pulse } from '../show/pulse';
import { captureBox, pixelsOf, type ContentImage } from '../read/read';
import { isBlank, isUniform, sampleOf, sameSample, type Sample } from './sample';

/** Polling interval of a canvas, in milliseconds: soon after a change or user input, and later. */
const INTERVAL = 200;
const IDLE_INTERVAL = 1000;

/** Time after a change or user input from which on a canvas is idle, in milliseconds. */
const IDLE_AFTER = 3000;

/** Events of user input, by which pages change their canvases. */
const INPUT = ['pointerdown', 'pointermove', 'pointerup', 'keydown', 'wheel', 'resize'] as const;

/** Time after which a changing canvas counts as moving, and is painted while it moves. Milliseconds. */
const MOVING_AFTER = 1000;

/** Pause after painting a moving canvas, as a multiple of the painting time. */
const PAUSE_FACTOR = 2;

/**
 * User input may change a canvas that can't be read; time after input until it is painted again.
 * Milliseconds.
 */
const SETTLING = 500;

/**
 * Errors that are waited out once there has been a pastiche: the canvas is off the screen, or empty
 * for now.
 */
const TRANSIENT_ERRORS: readonly ErrorCode[] = ['image-empty', 'image-gone', 'pixels-blocked'];

export class PaintedCanvas {
  private readonly layer: Layer;
  private readonly abort = new AbortController();
  private readonly sight: IntersectionObserver;
  private isInSight = true;
  private isPainting = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Sample of the painted contents; null before there is a pastiche. */
  private painted: Sample | null = null;
  /** Sample of the contents at the last check. */
  private seen: Sample | null = null;
  private changedAt = 0;
  private stillSince = 0;
  private restUntil = 0;
  /** Time of the last user input, if pixels can't be read. */
  private touchedAt = 0;
  /** Time of the last change or user input. */
  private activeAt = performance.now();
  private state: PictureStatus['state'] = 'reading';
  private read: PictureStatus['read'] = null;
  private backend: PictureStatus['backend'] = null;
  private readonly timings: Record<string, number> = {};
  private started = performance.now();

  /**
   * @param title Title of the mix.
   * @param onFirst Called once, when the first pastiche is shown.
   * @param onEnd Called when it has ended by itself, with the error if the user should see one.
   */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly engine: EngineClient,
    private recipe: Recipe,
    private title: string,
    private onFirst: () => void,
    private readonly onEnd: (error: PasticheError | null) => void,
  ) {
    // The user is told only if no pastiche was shown yet.
    const onGone = (): void => this.end(this.painted ? null : new PasticheError('image-gone'));
    this.layer = new Layer(contentsOf(canvas), { onGone });
    this.sight = new IntersectionObserver((entries) => {
      this.isInSight = entries.at(-1)?.isIntersecting ?? true;
    });
    this.sight.observe(canvas);
    const touched = (): void => this.touch();
    const { signal } = this.abort;
    for (const type of INPUT) {
      addEventListener(type, () => this.awake(), { capture: true, passive: true, signal });
    }
    for (const type of ['pointerdown', 'keydown', 'wheel'] as const) {
      addEventListener(type, touched, { capture: true, passive: true, signal });
    }
    this.look();
  }

  /** Paints with another recipe from now on. */
  configure(recipe: Recipe, title: string, onFirst: () => void): void {
    this.recipe = recipe;
    this.title = title;
    this.onFirst = onFirst;
    this.painted = null;
    this.state = 'reading';
    this.started = performance.now();
    this.awake();
  }

  /** Everything that saving it needs. */
  get saved(): Saved {
    return { ...this.recipe, source: '', title: this.title };
  }

  /**
   * Shows a handle on the layer, or removes it.
   * @returns Whether there is a pastiche.
   */
  compare(handle: WipeHandle): boolean {
    if (handle.takeFrom(this)) return true;
    if (!this.painted) return false;
    handle.layOn(this, this.layer, this.canvas, this.abort.signal);
    return true;
  }

  /** Removes the pastiche; the page's canvas was never changed. */
  stop(): void {
    this.abort.abort(new PasticheError('cancelled'));
    clearTimeout(this.timer);
    this.sight.disconnect();
    this.layer.remove();
    this.state = 'restored';
  }

  /** @param source Takes the place of an address, which a canvas doesn't have. */
  status(source: string): PictureStatus {
    return {
      source,
      state: this.state,
      mode: this.painted ? 'layer' : null,
      read: this.read,
      backend: this.backend,
      error: null,
      startedAt: performance.timeOrigin + this.started,
      timings: this.timings,
    };
  }

  private end(error: PasticheError | null = null): void {
    this.stop();
    this.onEnd(error);
  }

  /** A canvas that can't be read is assumed to have changed: no pastiche is better than a wrong one. */
  private touch(): void {
    if (this.read !== 'capture') return;
    this.touchedAt = performance.now();
    if (this.painted) this.layer.conceal();
  }

  /** Polls at short intervals for a while. */
  private awake(): void {
    const wasIdle = this.isIdle();
    this.activeAt = performance.now();
    if (!wasIdle) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), INTERVAL);
  }

  private isIdle(): boolean {
    return performance.now() - this.activeAt > IDLE_AFTER;
  }

  private look(): void {
    clearTimeout(this.timer);
    if (this.abort.signal.aborted) return;
    this.timer = setTimeout(() => this.look(), this.isIdle() ? IDLE_INTERVAL : INTERVAL);
    if (isContextGone()) {
      this.end();
      return;
    }
    const isSeen = this.isInSight && document.visibilityState === 'visible';
    if (this.isPainting || !isSeen) return;
    const due = this.due(performance.now());
    if (due) detach(this.paint(due === 'moving'));
  }

  /** Whether it has to be painted now, and whether it is moving. */
  private due(now: number): 'still' | 'moving' | null {
    const sample = sampleOf(this.canvas);
    const isReadable = sample !== null && !isBlank(sample);
    if (!isReadable) {
      if (!this.painted) return 'still';
      // It was readable when it was painted, and the page has cleared it since: there is nothing to
      // paint.
      if (this.read === 'page') {
        this.layer.conceal();
        return null;
      }
      return this.touchedAt > 0 && now - this.touchedAt > SETTLING ? 'still' : null;
    }
    const isStill = sameSample(sample, this.seen);
    this.seen = sample;
    if (!isStill) {
      this.awake();
      if (this.stillSince > 0) this.changedAt = now;
      this.stillSince = 0;
    } else if (this.stillSince === 0) this.stillSince = now;
    if (sameSample(sample, this.painted)) {
      this.layer.reveal(this.natural());
      return null;
    }
    const isMoving = !isStill && now - this.changedAt > MOVING_AFTER;
    // A changed canvas is shown as it is until it is painted.
    if (!isMoving && this.painted) this.layer.conceal();
    if (this.painted === null || isStill) return 'still';
    return isMoving && now > this.restUntil ? 'moving' : null;
  }

  private natural(): Size {
    return { width: this.canvas.width, height: this.canvas.height };
  }

  private async paint(isMoving: boolean): Promise<void> {
    this.isPainting = true;
    const began = performance.now();
    const { recipe } = this;
    const endPulse = pulse(this.canvas);
    try {
      const content = await this.content();
      const sample = sampleOf(content.image);
      this.touchedAt = 0;
      if (content.way === 'capture' && sameSample(sample, this.painted)) {
        this.layer.lay(content.part);
        this.layer.reveal(this.natural());
        return;
      }
      const { budget } = await readSettings();
      const shown = this.layer.shownSize(this.natural());
      const { manner, size } = suitedSize(recipe.manner, content, shown, budget * 1e6);
      const { data, width, height } = pixelsOf(content, size);
      this.state = 'queued';
      const { signal } = this.abort;
      const answer = await this.engine.restyle(
        { width, height, pixels: data, ...recipe, manner, priority: 'refine' },
        signal,
      );
      this.backend = answer.backend;
      this.restUntil = performance.now() + PAUSE_FACTOR * (performance.now() - began);
      // The canvas may have changed by now; then it is painted again.
      const isLate =
        content.way === 'capture'
          ? this.touchedAt > 0
          : !isMoving && !sameSample(sampleOf(this.canvas), sample);
      if (recipe !== this.recipe || isLate) return;
      this.painted = sample;
      const image = imageDataOf(answer.pixels, width, height);
      this.layer.draw(image, this.natural(), content.part, content.way === 'capture');
      this.state = 'done';
      this.timings['done'] = performance.now() - this.started;
      this.tellFirst();
    } catch (thrown) {
      if (this.abort.signal.aborted) return;
      const error = PasticheError.from(thrown);
      if (this.painted && TRANSIENT_ERRORS.includes(error.code)) this.layer.conceal();
      else this.end(error);
    } finally {
      this.isPainting = false;
      endPulse();
    }
  }

  private tellFirst(): void {
    const tell = this.onFirst;
    this.onFirst = () => undefined;
    tell();
  }

  /**
   * Reads the present contents.
   * @throws {PasticheError} as a capture does, or `image-empty` if there is nothing to see.
   */
  async content(): Promise<ContentImage> {
    const sample = sampleOf(this.canvas);
    if (sample && !isBlank(sample)) {
      this.read = 'page';
      // The copy excludes anything that the page draws during painting.
      const image = await createImageBitmap(this.canvas);
      const natural = { width: image.width, height: image.height };
      const about = { way: 'page', pageReadable: true, part: WHOLE, animated: null } as const;
      return { image, natural, ...about };
    }
    // Pixels of other sites, or of a WebGL canvas that has discarded them.
    this.read = 'capture';
    const shown = this.layer.pictureRect(this.natural());
    if (!shown) throw new PasticheError('image-gone', 'it is not on the screen');
    const content = await captureBox(this.canvas, shown);
    const captured = sampleOf(content.image);
    if (captured && isUniform(captured)) throw new PasticheError('image-empty');
    return content;
  }
}
