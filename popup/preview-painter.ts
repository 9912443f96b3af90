import type { StyleMix } from '../src/style/mix';

/** Which look at the mix is painted: at once and small, or fine, when the hand rests. */
export type Look = 'draft' | 'fine';

/**
 * Paints one look at a mix.
 * @throws anything, `signal`'s abort included.
 */
export type Paint<Picture> = (look: Look, mix: StyleMix, signal: AbortSignal) => Promise<Picture>;

/** How long the hand must rest before the fine look is painted, in milliseconds. */
const REST = 250;

/**
 * Keeps a preview up with a mix that changes faster than it can be painted: one draft at a time,
 * always of the latest mix, and a fine look when it stays as it is.
 */
export class PreviewPainter<Picture> {
  private wanted: StyleMix | null = null;
  private drafting = false;
  private fine = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param onPicture Told of every look that is newer than the last, with the mix it shows.
   * @param onFailure Told when a look could not be painted; the next change tries again.
   */
  constructor(
    private readonly paint: Paint<Picture>,
    private readonly onPicture: (picture: Picture, mix: StyleMix) => void,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** The mix is now this one. */
  show(mix: StyleMix): void {
    this.wanted = mix;
    clearTimeout(this.timer);
    this.fine.abort();
    if (!this.drafting) void this.draft(mix);
  }

  /** Stops, for good or until the next `show`. */
  stop(): void {
    this.wanted = null;
    clearTimeout(this.timer);
    this.fine.abort();
  }

  private async draft(mix: StyleMix): Promise<void> {
    this.drafting = true;
    // A draft is never aborted: while a slider moves, a picture of a moment ago beats none.
    const done = await this.look('draft', mix, new AbortController().signal);
    this.drafting = false;
    if (this.wanted === mix) {
      if (done) this.timer = setTimeout(() => void this.refine(mix), REST);
    } else if (this.wanted) void this.draft(this.wanted);
  }

  private async refine(mix: StyleMix): Promise<void> {
    this.fine = new AbortController();
    await this.look('fine', mix, this.fine.signal);
  }

  private async look(look: Look, mix: StyleMix, signal: AbortSignal): Promise<boolean> {
    try {
      const picture = await this.paint(look, mix, signal);
      if (signal.aborted || !this.wanted) return false;
      this.onPicture(picture, mix);
      return true;
    } catch (thrown) {
      if (!signal.aborted && this.wanted) this.onFailure(thrown);
      return false;
    }
  }
}
