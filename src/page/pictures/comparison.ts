/** The handle that wipes between a pastiche and its original, on one picture at a time. */
import { WHOLE } from '../../core/regions/region-map';
import { detach } from '../../core/detach';
import { PasticheError } from '../../protocol/errors';
import type { Notices } from '../show/notices';
import { isAttached } from '../dom/element';
import { Layer } from '../layer/layer';
import type { Picture } from '../show/picture';
import type { Pastiche } from '../show/seal';
import { Wipe } from '../show/wipe';
import type { Job } from './job';
import { naturalOf } from '../show/natural';
import type { Placing } from './placing';

export class Comparison {
  /** The handle, if one is laid on a picture. */
  private wipe: { readonly picture: Picture; isUp(): boolean; close(): void } | null = null;

  constructor(
    private readonly placing: Placing,
    private readonly notices: Notices,
  ) {}

  /**
   * Lays a handle on a restyled picture, or takes it away.
   * @returns Whether there is a pastiche on it to be compared.
   */
  toggle(job: Job, picture: Picture): boolean {
    // It goes with a layer whose picture has left the page.
    if (this.wipe && !this.wipe.isUp()) this.wipe.close();
    if (this.wipe?.picture === picture) this.wipe.close();
    else if (!picture.isShown && !job.layers.has(picture)) return false;
    else detach(this.layWipe(job, picture));
    return true;
  }

  private async layWipe(job: Job, picture: Picture): Promise<void> {
    this.wipe?.close();
    let lifted: Layer | null = null;
    if (picture.isShown && job.pastiche) {
      try {
        lifted = await this.lift(job.pastiche, picture);
      } catch (thrown) {
        this.notices.showError(PasticheError.from(thrown).code);
        return;
      }
    }
    const layer = lifted ?? job.layers.get(picture);
    if (!layer || !isAttached(picture.element)) {
      lifted?.remove();
      this.notices.showError('image-gone');
      return;
    }
    const wipe = new Wipe(layer, picture.place, () => this.wipe?.close());
    const end = (): void => {
      job.abort.signal.removeEventListener('abort', end);
      this.wipe = null;
      wipe.close();
      if (!lifted) return;
      const back = job.state === 'done' ? this.placing.putUp(job, [picture]) : Promise.resolve();
      detach(back.finally(() => lifted.remove()));
    };
    this.wipe = { picture, isUp: () => wipe.isUp, close: end };
    job.abort.signal.addEventListener('abort', end);
  }

  /** Takes the pastiche out of the page's element, which shows its original, onto a layer over it, at once. */
  private async lift(pastiche: Pastiche, picture: Picture): Promise<Layer> {
    const image = await pastiche.drawn();
    const layer = new Layer(picture, { onGone: () => this.wipe?.close() });
    layer.draw(image, naturalOf(picture, pastiche), WHOLE, false, false);
    this.placing.takeOff(picture);
    return layer;
  }
}
