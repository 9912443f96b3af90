import { detach } from '../../core/detach';

/** Version of a preview: small and fast, or fine, once the pointer rests. */
export type Look = 'draft' | 'fine';

/**
 * Paints one version of the wanted state, such as a mix.
 * @throws anything, `signal`'s abort included.
 */
export type Paint<Wanted, Picture> = (
  look: Look,
  wanted: Wanted,
  signal: AbortSignal,
) => Promise<Picture>;

/** How long the pointer must rest before the fine version is painted, in milliseconds. */
const REST_DELAY_MS = 250;

/**
 * Keeps a preview up to date when its state, such as a mix, changes faster than it can be painted: one
 * draft at a time, always of the latest state, and a fine version when it stays unchanged.
 */
export class PreviewPainter<Wanted extends object, Picture> {
  private wanted: Wanted | null = null;
  private drafting = false;
  private fine = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param onPicture Called with every version newer than the last, and its state.
   * @param onFailure Called when a version could not be painted; the next change tries again.
   */
  constructor(
    private readonly paint: Paint<Wanted, Picture>,
    private readonly onPicture: (picture: Picture, wanted: Wanted) => void,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** Sets the state to show. */
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
    // A draft is never aborted: while a slider moves, a slightly outdated picture is better than none.
    const done = await this.look('draft', wanted, new AbortController().signal);
    this.drafting = false;
    if (this.wanted === wanted) {
      if (done) this.timer = setTimeout(() => detach(this.refine(wanted)), REST_DELAY_MS);
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
