import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { MAX_NAME, type Favourite } from '../../core/favourites/favourite';
import { t } from '../../words/i18n';
import { IconButton } from './icon-button';
import { MixStrip } from './mix-strip';
import type { NamedStyle } from '../../words/style-names';
import type { Favourites } from './use-favourites';

interface FavouritesEditorProps {
  readonly favourites: Favourites;
  readonly styles: readonly NamedStyle[];
  /** Picture of a favourite; by default the swatches in its mix. */
  readonly picture?: (favourite: Favourite) => ComponentChildren;
  /** Shares a favourite, if that is possible. */
  readonly onShare?: (favourite: Favourite) => void;
}

/** A list in which favourites are renamed, moved by drag or by buttons, and deleted. */
export function FavouritesEditor({
  favourites,
  styles,
  picture,
  onShare,
}: FavouritesEditorProps): JSX.Element {
  const list = favourites.list ?? [];
  const [dragged, setDragged] = useState<Favourite | null>(null);
  const element = useRef<HTMLUListElement>(null);
  const moved = useRef<{ readonly index: number; readonly button: 'up' | 'down' } | null>(null);

  const move = (favourite: Favourite, index: number, button: 'up' | 'down'): void => {
    moved.current = { index, button };
    favourites.move(favourite, index);
  };
  useEffect(() => {
    if (!moved.current) return;
    // Moving an element takes the focus from it; it returns to the button, which moves with its row.
    const row = element.current?.children[moved.current.index];
    const buttons = [...(row?.querySelectorAll<HTMLButtonElement>('.icon-button') ?? [])];
    const [up, down] = buttons;
    const wanted = moved.current.button === 'up' ? up : down;
    (wanted?.disabled ? buttons.find((button) => !button.disabled) : wanted)?.focus();
    moved.current = null;
  }, [favourites.list]);

  return (
    <ul class="editor" ref={element}>
      {list.map((favourite, i) => (
        <li
          key={favourite.id}
          class={favourite === dragged ? 'dragged' : ''}
          onDragOver={(event) => {
            if (dragged) event.preventDefault();
          }}
          onDrop={(event) => {
            event.preventDefault();
            if (dragged) favourites.move(dragged, i);
            setDragged(null);
          }}
        >
          <span
            class="handle"
            title={t('favourites_drag')}
            draggable
            onDragStart={(event) => {
              // Firefox drags nothing that carries no data.
              event.dataTransfer?.setData('text/plain', favourite.name);
              setDragged(favourite);
            }}
            onDragEnd={() => setDragged(null)}
          >
            {picture ? picture(favourite) : <MixStrip mix={favourite.mix} styles={styles} />}
          </span>
          <NameField favourite={favourite} onRename={favourites.rename} />
          <IconButton
            icon="up"
            label={t('favourites_up', favourite.name)}
            disabled={i === 0}
            onClick={() => move(favourite, i - 1, 'up')}
          />
          <IconButton
            icon="down"
            label={t('favourites_down', favourite.name)}
            disabled={i === list.length - 1}
            onClick={() => move(favourite, i + 1, 'down')}
          />
          {onShare && (
            <IconButton
              icon="share"
              label={t('favourites_share', favourite.name)}
              onClick={() => onShare(favourite)}
            />
          )}
          <IconButton
            icon="remove"
            label={t('favourites_remove', favourite.name)}
            onClick={() => favourites.remove(favourite)}
          />
        </li>
      ))}
    </ul>
  );
}

interface NameFieldProps {
  readonly favourite: Favourite;
  onRename(favourite: Favourite, name: string): void;
}

/** A favourite's name. Text being typed stays, even if the list changes meanwhile. */
function NameField({ favourite, onRename }: NameFieldProps): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  const { name } = favourite;
  useLayoutEffect(() => {
    if (field.current && field.current !== document.activeElement) field.current.value = name;
  }, [name]);
  return (
    <input
      ref={field}
      type="text"
      class="field"
      aria-label={t('favourites_name')}
      maxLength={MAX_NAME}
      onChange={({ currentTarget }) => {
        onRename(favourite, currentTarget.value);
        // An empty name is invalid: the field shows the old one again.
        if (!currentTarget.value.trim()) currentTarget.value = name;
      }}
    />
  );
}

/** Tells which favourite was deleted, and can restore it. */
export function RemovedFavourite({
  favourites: { removed, restore },
}: Pick<FavouritesEditorProps, 'favourites'>): JSX.Element {
  return (
    <div role="status">
      {removed && (
        <p class="message">
          <span>{t('favourites_removed', removed.name)}</span>
          <button type="button" class="button" onClick={restore}>
            {t('favourites_restore')}
          </button>
        </p>
      )}
    </div>
  );
}
