/** The page's painted canvases. */
import { EngineClient } from '../../engine/client/engine-client';
import type { PasticheError } from '../../protocol/errors';
import type { PictureStatus } from '../../protocol/messages';
import type { Recipe } from '../../core/style/manner';
import { strengthOf } from '../../core/style/mix';
import { t } from '../../words/i18n';
import { hasBridge, openDirectPort } from '../engine-port';
import type { Notices } from '../show/notices';
import { PaintedCanvas } from './painted-canvas';

export class Canvases {
  private readonly painted = new Map<HTMLCanvasElement, PaintedCanvas>();
  private readonly engine = new EngineClient(hasBridge() ? openDirectPort : undefined);

  constructor(private readonly notices: Notices) {
    addEventListener('pagehide', () => this.engine.close());
  }

  /**
   * Paints a canvas from now on; an empty mix brings the original back.
   * @param title What the mix is called, for a screen reader.
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
    if (known) known.configure(recipe, onFirst);
    else {
      const onEnd = (error: PasticheError | null): void => {
        this.painted.delete(canvas);
        if (error) this.notices.showError(error.code);
      };
      this.painted.set(canvas, new PaintedCanvas(canvas, this.engine, recipe, onFirst, onEnd));
    }
  }

  /** Brings one canvas back, or all. Returns how many there were. */
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
  }
}
