import type { StyleMix } from '../src/style/mix';
import { sameMix } from './mix-state';

/** While the mix changes it is saved this often, in milliseconds. */
const INTERVAL = 150;

/** Saves the mix soon after it changes, and knows its own writing from another window's. */
export class MixSaver {
  private pending: StyleMix | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param saved The mix as it is in the storage.
   * @param write Stores a mix.
   * @param onResult Told after every write whether it failed.
   */
  constructor(
    private saved: StyleMix,
    private readonly write: (mix: StyleMix) => Promise<void>,
    private readonly onResult: (failed: boolean) => void,
  ) {}

  /** The mix is now this one. */
  change(mix: StyleMix): void {
    if (sameMix(mix, this.pending ?? this.saved)) return;
    this.pending = mix;
    this.timer ??= setTimeout(() => this.flush(), INTERVAL);
  }

  /** Saves what is not saved yet. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.pending) return;
    this.saved = this.pending;
    this.pending = null;
    this.write(this.saved).then(
      () => this.onResult(false),
      () => this.onResult(true),
    );
  }

  /**
   * Whether the mix that is now in the storage comes from another window; if so, it counts as
   * saved. While a change of our own waits, the other's is about to be replaced and is no news.
   */
  isNews(mix: StyleMix): boolean {
    if (this.pending || sameMix(mix, this.saved)) return false;
    this.saved = mix;
    return true;
  }
}
