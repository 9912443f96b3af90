/** Follows the videos of a page that play one after the other, such as the clips of a feed. */

/** Visible fractions of a video at which the choice is made again. */
const STEPS = [0, 0.2, 0.4, 0.6, 0.8, 1];

/** Minimum visible area of another video to replace the present one, as a multiple of its area. */
const CLEARLY_MORE = 1.5;

/** Chooses the playing video with the largest visible area. */
export class Feed {
  /** Visible area of every video that has played, in CSS pixels. */
  private readonly areas = new Map<HTMLVideoElement, number>();
  private readonly sight: IntersectionObserver;
  private readonly ending = new AbortController();

  /**
   * @param current The first one.
   * @param onChange Called with the next one, and the one before.
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
    // These events don't bubble, but can be captured.
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
