/** The page's painted canvases. */
import { EngineClient } from '../../engine/client/engine-client';
import { detach } from '../../core/detach';
import type { PasticheError } from '../../protocol/errors';
import type { PictureStatus } from '../../protocol/messages';
import type { Recipe } from '../../core/style/render-options';
import { strengthOf } from '../../core/style/mix';
import { t } from '../../words/i18n';
import { hasBridge, openDirectPort } from '../engine-port';
import type { Notices } from '../show/notices';
import type { WipeHandle } from '../pictures/comparison';
import { saveFullSize } from '../pictures/save-full-size';
import { PaintedCanvas } from './painted-canvas';

export class Canvases {
  private readonly painted = new Map<HTMLCanvasElement, PaintedCanvas>();
  private readonly engine = new EngineClient(hasBridge() ? openDirectPort : undefined);

  /** @param onChange Called when a canvas is painted, or no longer. */
  constructor(
    private readonly notices: Notices,
    private readonly handle: WipeHandle,
    private readonly onChange: () => void,
  ) {
    addEventListener('pagehide', () => this.engine.close());
  }

  /**
   * Paints a canvas from now on; an empty mix restores the original.
   * @param title Title of the mix, for a screen reader.
   */
  paint(canvas: HTMLCanvasElement, recipe: Recipe, title: string): void {
    if (strengthOf(recipe.mix) === 0) {
      this.restore(canvas);
      return;
    }
    this.engine.wake();
    this.notices.speak(t('page_working'));
    const onFirst = (): void => {
      this.notices.speak(t('page_done', title));
      const action = { label: t('menu_restore'), run: () => void this.restore(canvas) };
      this.notices.show(t('page_canvas'), action);
    };
    const known = this.painted.get(canvas);
    if (known) known.configure(recipe, title, onFirst);
    else {
      const onEnd = (error: PasticheError | null): void => {
        this.painted.delete(canvas);
        this.onChange();
        if (error) this.notices.showError(error.code);
      };
      const { engine } = this;
      const painted = new PaintedCanvas(canvas, engine, recipe, title, onFirst, onEnd);
      this.painted.set(canvas, painted);
    }
    this.onChange();
  }

  /** Whether a canvas is painted, or will be. */
  has(canvas: HTMLCanvasElement): boolean {
    return this.painted.has(canvas);
  }

  /** Whether any canvas is painted. */
  get isAny(): boolean {
    return this.painted.size > 0;
  }

  /**
   * Paints the present contents of a painted canvas again, at its own size, and saves them as a file.
   * @returns Whether it is painted.
   */
  save(canvas: HTMLCanvasElement): boolean {
    const painted = this.painted.get(canvas);
    if (!painted) return false;
    detach(saveFullSize(this.engine, this.notices, painted.saved, () => painted.content()));
    return true;
  }

  /**
   * Shows a handle on a painted canvas that wipes between original and pastiche, or removes it.
   * @returns Whether it is painted.
   */
  compare(canvas: HTMLCanvasElement): boolean {
    return this.painted.get(canvas)?.compare(this.handle) ?? false;
  }

  /** Restores one canvas, or all. Returns their number. */
  restore(canvas?: HTMLCanvasElement): number {
    const all = canvas
      ? [canvas].filter((each) => this.painted.has(each))
      : [...this.painted.keys()];
    for (const each of all) this.end(each);
    if (all.length > 0) this.notices.speak(t('page_restored'));
    return all.length;
  }

  status(): PictureStatus[] {
    return [...this.painted.values()].map((painted, i) => painted.status(`canvas:${i + 1}`));
  }

  private end(canvas: HTMLCanvasElement): void {
    this.painted.get(canvas)?.stop();
    this.painted.delete(canvas);
    this.onChange();
  }
}
