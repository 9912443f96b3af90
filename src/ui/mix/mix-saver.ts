import type { Recipe } from '../../style/manner';
import { sameRecipe } from './mix-state';

/** While the mix changes it is saved this often, in milliseconds. */
const INTERVAL = 150;

/** Saves the mix and its manner soon after a change; knows its own writing from other windows'. */
export class MixSaver {
  private pending: Recipe | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param saved The mix as it is in the storage.
   * @param write Stores a mix.
   * @param onResult Told after every write whether it failed.
   */
  constructor(
    private saved: Recipe,
    private readonly write: (recipe: Recipe) => Promise<void>,
    private readonly onResult: (failed: boolean) => void,
  ) {}

  /** The mix is now this one. */
  change(recipe: Recipe): void {
    if (sameRecipe(recipe, this.pending ?? this.saved)) return;
    this.pending = recipe;
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
  isNews(recipe: Recipe): boolean {
    if (this.pending || sameRecipe(recipe, this.saved)) return false;
    this.saved = recipe;
    return true;
  }
}
