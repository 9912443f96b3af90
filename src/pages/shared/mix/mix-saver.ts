import type { Recipe } from '../../../core/style/render-options';
import { sameRecipe } from './mix-state';

/** Interval at which a changing mix is saved, in milliseconds. */
const INTERVAL = 150;

/** Saves the mix and its render options soon after a change; tells its own writes from other windows'. */
export class MixSaver {
  private pending: Recipe | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** The last value reported by the storage. */
  private heard: Recipe;
  /** Saved values that the storage has not reported yet. */
  private unheard: Recipe[] = [];

  /**
   * @param saved The mix in the storage.
   * @param write Stores a mix.
   * @param onResult Called after every write with whether it failed.
   */
  constructor(
    private saved: Recipe,
    private readonly write: (recipe: Recipe) => Promise<void>,
    private readonly onResult: (failed: boolean) => void,
  ) {
    this.heard = saved;
  }

  /** Sets the mix. */
  change(recipe: Recipe): void {
    if (sameRecipe(recipe, this.pending ?? this.saved)) return;
    this.pending = recipe;
    this.timer ??= setTimeout(() => this.flush(), INTERVAL);
  }

  /** Saves an unsaved change. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.pending) return;
    const recipe = this.pending;
    this.saved = recipe;
    this.pending = null;
    this.unheard.push(recipe);
    this.write(recipe).then(
      () => this.onResult(false),
      () => {
        this.unheard = this.unheard.filter((other) => other !== recipe);
        this.onResult(true);
      },
    );
  }

  /**
   * Whether the mix in the storage comes from another window; if so, it counts as saved. While an own
   * change is pending, the other's is about to be overwritten, and is ignored.
   */
  isNews(recipe: Recipe): boolean {
    // Another setting has changed.
    if (sameRecipe(recipe, this.heard)) return false;
    this.heard = recipe;
    const own = this.unheard.findIndex((written) => sameRecipe(written, recipe));
    if (own >= 0) {
      // An own write, perhaps a while ago: they are reported in the order in which they were made.
      this.unheard.splice(0, own + 1);
      return false;
    }
    if (this.pending || sameRecipe(recipe, this.saved)) return false;
    this.saved = recipe;
    return true;
  }
}
