import type { Recipe } from '../../../core/style/manner';
import { sameRecipe } from './mix-state';

/** While the mix changes it is saved this often, in milliseconds. */
const INTERVAL = 150;

/** Saves the mix and its manner soon after a change; knows its own writing from other windows'. */
export class MixSaver {
  private pending: Recipe | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** What the storage told last. */
  private heard: Recipe;
  /** What was saved and has not come back from the storage. */
  private unheard: Recipe[] = [];

  /**
   * @param saved The mix as it is in the storage.
   * @param write Stores a mix.
   * @param onResult Told after every write whether it failed.
   */
  constructor(
    private saved: Recipe,
    private readonly write: (recipe: Recipe) => Promise<void>,
    private readonly onResult: (failed: boolean) => void,
  ) {
    this.heard = saved;
  }

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
   * Whether the mix that is now in the storage comes from another window; if so, it counts as
   * saved. While a change of our own waits, the other's is about to be replaced and is no news.
   */
  isNews(recipe: Recipe): boolean {
    // It was another setting that has changed.
    if (sameRecipe(recipe, this.heard)) return false;
    this.heard = recipe;
    const own = this.unheard.findIndex((written) => sameRecipe(written, recipe));
    if (own >= 0) {
      // What was saved here, perhaps a while ago: it comes back in the order in which it was saved.
      this.unheard.splice(0, own + 1);
      return false;
    }
    if (this.pending || sameRecipe(recipe, this.saved)) return false;
    this.saved = recipe;
    return true;
  }
}
