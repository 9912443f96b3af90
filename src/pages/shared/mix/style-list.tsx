import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';

import { STYLE_ORDERS, writeSettings, type StyleOrder } from '../../../storage/settings';
import type { Uses } from '../../../storage/uses';
import type { StyleMix } from '../../../core/style/mix';
import { t } from '../../../words/i18n';
import { inListOrder, matchesQuery, type NamedStyle } from '../../../words/style-names';
import { attempt } from '../attempt';
import { ShareSlider } from './sliders';
import type { MixControls } from './use-mix';

interface StyleListProps {
  readonly styles: readonly NamedStyle[];
  /** The mix when the palette was opened. */
  readonly initial: StyleMix;
  readonly controls: Pick<MixControls, 'mix' | 'replace' | 'moveShare' | 'release'>;
  readonly uses: Uses;
  readonly initialOrder: StyleOrder;
}

/** One slider for each style, and a search field. */
export function StyleList({
  styles,
  initial,
  controls,
  uses,
  initialOrder,
}: StyleListProps): JSX.Element {
  const { mix, replace, moveShare, release } = controls;
  const [query, setQuery] = useState('');
  const [order, setOrder] = useState(initialOrder);
  const [problem, setProblem] = useState('');
  // Not while sliders move, or they would run away from the hand.
  const ordered = useMemo(
    () => inListOrder(styles, initial, order, uses, t('language')),
    [styles, initial, order, uses],
  );
  const shown = ordered.filter((style) => matchesQuery(style, query));
  return (
    <section class="styles" aria-label={t('popup_styles')}>
      <div class="find">
        <input
          type="search"
          class="field"
          placeholder={t('popup_search')}
          aria-label={t('popup_search')}
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
        <select
          class="field"
          aria-label={t('popup_order')}
          value={order}
          onChange={({ currentTarget }) => {
            const chosen = currentTarget.value as StyleOrder;
            setOrder(chosen);
            // Where it can't be kept, the list is sorted all the same.
            setProblem('');
            attempt(() => writeSettings({ order: chosen }), setProblem);
          }}
        >
          {STYLE_ORDERS.map((name) => (
            <option key={name} value={name}>
              {t(`popup_order_${name}`)}
            </option>
          ))}
        </select>
      </div>
      <ul>
        {shown.map((style) => (
          <ShareSlider
            key={style.id}
            style={style}
            share={mix[style.id] ?? 0}
            onMove={(share) => moveShare(style.id, share)}
            onRelease={release}
            onOnly={() => replace({ [style.id]: 1 })}
          />
        ))}
      </ul>
      <p class="none" role="status">
        {shown.length === 0 && t('popup_search_none', query)}
      </p>
      {problem && (
        <p class="message" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}
