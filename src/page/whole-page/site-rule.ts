/** Applies the rule of the page's site, also when the rule changes. */
import { askBackground } from '../../protocol/background-client';
import { detach } from '../../core/detach';
import type { SiteWish } from '../../protocol/messages';
import { observeFavourites } from '../../storage/favourites';
import { observeSiteRules } from '../../storage/site-rules';
import { rootsOf } from '../dom/dom';
import type { Restyler } from '../pictures/restyler';
import type { Videos } from '../videos/videos';
import type { WholePage } from './whole-page';

export class SiteRuleKeeper {
  private wish: SiteWish | null = null;
  private end: () => void = () => undefined;

  constructor(
    private readonly page: WholePage,
    private readonly restyler: Restyler,
    private readonly videos: Videos,
  ) {}

  /** Starts, and continues until the page is closed. */
  start(): void {
    const follow = (): void => detach(this.follow());
    const stopRules = observeSiteRules(follow);
    const stopFavourites = observeFavourites(() => {
      if (this.wish) follow();
    });
    // `play` doesn't bubble, but can be captured.
    const onPlay = ({ target }: Event): void => this.onPlay(target);
    document.addEventListener('play', onPlay, { capture: true });
    this.end = () => {
      document.removeEventListener('play', onPlay, { capture: true });
      stopRules();
      stopFavourites();
    };
    follow();
  }

  /** Stops following the rule; painted pictures stay. */
  stop(): void {
    this.wish = null;
    this.end();
  }

  /** Applies the present rule. */
  async follow(): Promise<void> {
    // The extension may have been updated or removed: painted pictures stay.
    const wish = await askBackground({ type: 'background.site-wish' }).catch(() => this.wish);
    if (JSON.stringify(wish) === JSON.stringify(this.wish)) return;
    const before = this.wish;
    this.wish = wish;
    if (before?.images && !wish?.images) {
      this.page.forget();
      this.restyler.restore();
    }
    if (before?.videos) this.videos.stop();
    if (wish?.images) this.page.start({ ...wish, everything: false });
    if (!wish?.videos) return;
    const videos = [...rootsOf(document)].flatMap((root) => [...root.querySelectorAll('video')]);
    for (const video of videos) if (!video.paused) this.onPlay(video);
  }

  private onPlay(target: EventTarget | null): void {
    if (this.wish?.videos && target instanceof HTMLVideoElement) {
      detach(this.videos.start(target, this.wish));
    }
  }
}
