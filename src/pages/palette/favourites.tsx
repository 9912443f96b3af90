import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { detach } from '../../core/detach';
import type { RenderOptions, Recipe } from '../../core/style/render-options';
import type { StyleMix } from '../../core/style/mix';
import { FavouritesEditor, RemovedFavourite } from '../shared/favourites-editor';
import { t } from '../../words/i18n';
import { IconButton } from '../shared/icon-button';
import { mixName } from '../../words/mix-name';
import { MixStrip } from '../shared/mix-strip';
import type { NamedStyle } from '../../words/style-names';
import type { Favourites } from '../shared/use-favourites';
import { Message } from './message';
import { sameRecipe } from '../shared/mix/mix-state';

/** Number of favourites with a number key. */
const NUMBERED = 9;

interface FavouriteShelfProps {
  readonly favourites: Favourites;
  readonly styles: readonly NamedStyle[];
  readonly recipe: Recipe;
  onApply(mix: StyleMix, manner: RenderOptions): void;
}

/** The favourites: apply them, add the current mix, sort them. */
export function FavouriteShelf({
  favourites,
  styles,
  recipe,
  onApply,
}: FavouriteShelfProps): JSX.Element {
  const [editing, setEditing] = useState(false);
  const list = favourites.list ?? [];
  const kept = list.some((favourite) => sameRecipe(favourite, recipe));
  const keep = (): void =>
    detach(favourites.add([{ name: mixName(recipe.mix, styles), ...recipe }]));
  return (
    <section class="favourites" aria-labelledby="favourites">
      <header>
        <h2 id="favourites">{t('favourites')}</h2>
        <button
          type="button"
          class="button"
          disabled={kept || Object.keys(recipe.mix).length === 0}
          onClick={keep}
        >
          {t('favourites_keep')}
        </button>
        <IconButton
          icon={editing ? 'done' : 'edit'}
          label={t('favourites_edit')}
          pressed={editing}
          disabled={list.length === 0 && !editing}
          onClick={() => setEditing(!editing)}
        />
      </header>
      {favourites.failed && <Message text={t('popup_save_failed')} />}
      {editing ? (
        <FavouritesEditor favourites={favourites} styles={styles} />
      ) : (
        <ol class="shelf">
          {list.map((favourite, i) => (
            <li key={favourite.id}>
              <button
                type="button"
                aria-pressed={sameRecipe(favourite, recipe)}
                aria-keyshortcuts={i < NUMBERED ? String(i + 1) : undefined}
                title={favourite.name}
                onClick={() => onApply(favourite.mix, favourite.manner)}
              >
                <MixStrip mix={favourite.mix} styles={styles} />
                <span class="name" dir="auto">
                  {favourite.name}
                </span>
                {i < NUMBERED && (
                  <span class="number" aria-hidden="true">
                    {i + 1}
                  </span>
                )}
              </button>
            </li>
          ))}
        </ol>
      )}
      {favourites.list?.length === 0 && !favourites.removed && (
        <p class="hint">{t('favourites_none')}</p>
      )}
      <RemovedFavourite favourites={favourites} />
    </section>
  );
}
