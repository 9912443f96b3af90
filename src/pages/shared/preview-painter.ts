import { detach } from '../../core/detach';

/** Which look is painted: at once and small, or fine, when the hand rests. */
export type Look = 'draft' | 'fine';

/**
 * Paints one look at what is wanted, such as a mix.
 * @throws anything, `signal`'s abort included.
 */
export type Paint<Wanted, Picture> = (
  look: Look,
  wanted: Wanted,
  signal: AbortSignal,
) => Promise<Picture>;

/** How long the hand must rest before the fine look is painted, in milliseconds. */
const REST = 250;

/**
 * Keeps a preview up with what is wanted, such as a mix, when that changes faster than it can be
 * painted: one draft at a time, always of the latest, and a fine look when it stays as it is.
 */
export class PreviewPainter<Wanted extends object, Picture> {
  private wanted: Wanted | null = null;
  private drafting = false;
  private fine = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param onPicture Told of every look that is newer than the last, with what it shows.
   * @param onFailure Told when a look could not be painted; the next change tries again.
   */
  constructor(
    private readonly paint: Paint<Wanted, Picture>,
    private readonly onPicture: (picture: Picture, wanted: Wanted) => void,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** This is wanted now. */
  show(wanted: Wanted): void {
    this.wanted = wanted;
    clearTimeout(this.timer);
    this.fine.abort();
    if (!this.drafting) detach(this.draft(wanted));
  }

  /** Stops, for good or until the next `show`. */
  stop(): void {
    this.wanted = null;
    clearTimeout(this.timer);
    this.fine.abort();
  }

  private async draft(wanted: Wanted): Promise<void> {
    this.drafting = true;
    // A draft is never aborted: while a slider moves, a picture of a moment ago beats none.
    const done = await this.look('draft', wanted, new AbortController().signal);
    this.drafting = false;
    if (this.wanted === wanted) {
      if (done) this.timer = setTimeout(() => detach(this.refine(wanted)), REST);
    } else if (this.wanted) detach(this.draft(this.wanted));
  }

  private async refine(wanted: Wanted): Promise<void> {
    this.fine = new AbortController();
    await this.look('fine', wanted, this.fine.signal);
  }

  private async look(look: Look, wanted: Wanted, signal: AbortSignal): Promise<boolean> {
    try {
      const picture = await this.paint(look, wanted, signal);
      if (signal.aborted || !this.wanted) return false;
      this.onPicture(picture, wanted);
      return true;
    } catch (thrown) {
      if (!signal.aborted && this.wanted) this.onFailure(thrown);
      return false;
    }
  }
}
