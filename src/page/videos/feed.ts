/** Follows the videos of a page that play one after the other, as the clips of a feed do. */

/** Shares of a video in view at which it is looked again which one is meant. */
const STEPS = [0, 0.2, 0.4, 0.6, 0.8, 1];

/** Another one takes over where so much of it is in view, as a multiple of the one before. */
const CLEARLY_MORE = 1.5;

/** Chooses one of the videos that play: the one that most is to be seen of. */
export class Feed {
  /** Area in view of every video that has played, in CSS pixels. */
  private readonly areas = new Map<HTMLVideoElement, number>();
  private readonly sight: IntersectionObserver;
  private readonly ending = new AbortController();

  /**
   * @param current The first one.
   * @param onChange Called with the next one, and with the one before.
   */
  constructor(
    private current: HTMLVideoElement,
    private readonly onChange: (next: HTMLVideoElement, before: HTMLVideoElement) => void,
  ) {
    this.sight = new IntersectionObserver(
      (entries) => {
        for (const {
          target,
          intersectionRect: { width, height },
        } of entries) {
          this.areas.set(target as HTMLVideoElement, width * height);
        }
        this.choose();
      },
      { threshold: STEPS },
    );
    this.sight.observe(current);
    const options = { capture: true, passive: true, signal: this.ending.signal };
    const onPlay = (event: Event): void => {
      const [target] = event.composedPath();
      if (!(target instanceof HTMLVideoElement)) return;
      this.sight.observe(target);
      this.choose();
    };
    // These don't bubble, but are seen on their way down.
    for (const root of new Set([document, current.getRootNode()])) {
      root.addEventListener('play', onPlay, options);
      root.addEventListener('pause', () => this.choose(), options);
    }
  }

  get chosen(): HTMLVideoElement {
    return this.current;
  }

  stop(): void {
    this.ending.abort();
    this.sight.disconnect();
  }

  private choose(): void {
    let best: HTMLVideoElement | null = null;
    let most = 0;
    for (const [video, area] of this.areas) {
      if (!video.isConnected) this.forget(video);
      else if (!video.paused && area > most) [best, most] = [video, area];
    }
    if (!best || best === this.current) return;
    const isPlaying = this.current.isConnected && !this.current.paused;
    if (isPlaying && most < CLEARLY_MORE * (this.areas.get(this.current) ?? 0)) return;
    const before = this.current;
    this.current = best;
    this.onChange(best, before);
  }

  private forget(video: HTMLVideoElement): void {
    this.areas.delete(video);
    this.sight.unobserve(video);
  }
}
