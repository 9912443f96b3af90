/** Compares pastiches with their originals, one thing on the page at a time. */
import { WHOLE } from '../../core/regions/region-map';
import { detach } from '../../core/detach';
import { PasticheError } from '../../protocol/errors';
import { t } from '../../words/i18n';
import type { Notices } from '../show/notices';
import { isHere } from '../dom/element';
import { borderBoxOf, contentBoxOf, edgesOf } from '../dom/place';
import { Layer } from '../layer/layer';
import type { Picture } from '../show/picture';
import type { Pastiche } from '../show/seal';
import { Wipe } from '../show/wipe';
import type { Job } from './job';
import { naturalOf } from '../show/natural';
import type { Placing } from './placing';

/** The handle that wipes between a layer and the original under it; there is one per page. */
export class WipeHandle {
  private current: { readonly on: object; isUp(): boolean; close(): void } | null = null;

  /** Removes the handle if it is on this thing. Returns whether it was. */
  takeFrom(on: object): boolean {
    // The handle is removed with a layer whose picture has left the page.
    const wasHere = this.current?.on === on && this.current.isUp();
    this.current?.close();
    return wasHere;
  }

  /**
   * Puts the handle on a layer.
   * @param signal Ends it.
   * @param onEnd Called once, when it has ended.
   */
  layOn(on: object, layer: Layer, place: Element, signal: AbortSignal, onEnd?: () => void): void {
    this.takeFrom(on);
    const wipe = new Wipe(layer, place, () => end());
    const end = this.begin(
      on,
      signal,
      () => wipe.isUp,
      () => {
        wipe.close();
        onEnd?.();
      },
    );
  }

  /** Registers another kind of comparison. Returns a function that ends it. */
  begin(on: object, signal: AbortSignal, isUp: () => boolean, onEnd: () => void): () => void {
    const end = (): void => {
      signal.removeEventListener('abort', end);
      if (this.current !== current) return;
      this.current = null;
      onEnd();
    };
    const current = { on, isUp, close: end };
    this.current = current;
    signal.addEventListener('abort', end);
    return end;
  }
}

export class Comparison {
  /** Pictures on which the handle is about to appear. */
  private readonly laying = new WeakSet<Picture>();

  constructor(
    private readonly placing: Placing,
    private readonly notices: Notices,
    private readonly handle: WipeHandle,
  ) {}

  /**
   * Starts or ends the comparison of a restyled picture with its original.
   * @returns Whether it has a pastiche to compare.
   */
  toggle(job: Job, picture: Picture): boolean {
    if (this.laying.has(picture) || this.handle.takeFrom(picture)) return true;
    const layer = job.layers.get(picture);
    if (picture.isShown && job.pastiche) {
      const natural = naturalOf(picture, job.pastiche);
      const content = contentBoxOf(borderBoxOf(picture.element), edgesOf(picture));
      if (picture.isPlacedIn(content, natural)) detach(this.layWipe(job, job.pastiche, picture));
      else this.showOriginal(job, picture);
    } else if (layer) this.handle.layOn(picture, layer, picture.place, job.abort.signal);
    else return false;
    return true;
  }

  /** Moves the pastiche from the page's element, which then shows its original, to a layer over it. */
  private async layWipe(job: Job, pastiche: Pastiche, picture: Picture): Promise<void> {
    const layer = new Layer(picture, { onGone: () => this.handle.takeFrom(picture) });
    this.laying.add(picture);
    try {
      const image = await pastiche.drawn();
      layer.draw(image, naturalOf(picture, pastiche), WHOLE, false, false);
      if (!isHere(picture.element)) throw new PasticheError('image-gone');
    } catch (thrown) {
      layer.remove();
      this.notices.showError(PasticheError.from(thrown).code);
      return;
    } finally {
      this.laying.delete(picture);
    }
    if (job.abort.signal.aborted) {
      layer.remove();
      return;
    }
    this.placing.suspend(picture);
    this.handle.layOn(picture, layer, picture.place, job.abort.signal, () => {
      detach(this.placing.resume(job, picture).finally(() => layer.remove()));
    });
  }

  /** Shows the original of a picture that no layer can cover exactly, until the user closes it. */
  private showOriginal(job: Job, picture: Picture): void {
    this.placing.suspend(picture);
    const end = this.handle.begin(
      picture,
      job.abort.signal,
      () => true,
      () => {
        say(null);
        detach(this.placing.resume(job, picture));
      },
    );
    const action = { label: t('page_show_painting'), run: end, onClose: end };
    const say = this.notices.show(t('page_original'), action);
  }
}
