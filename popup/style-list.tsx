import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';

import type { StyleMix } from '../src/style/mix';
import { t } from '../src/ui/i18n';
import { matchesQuery, stylesOf, type NamedStyle } from '../src/ui/style-names';
import { ShareSlider } from './sliders';
import type { MixControls } from './use-mix';

interface StyleListProps {
  readonly styles: readonly NamedStyle[];
  /** The mix when the palette was opened. */
  readonly initial: StyleMix;
  readonly controls: MixControls;
}

/** One slider for each style, and a field that finds them. */
export function StyleList({ styles, initial, controls }: StyleListProps): JSX.Element {
  const { mix, replace, moveShare, release } = controls;
  const [query, setQuery] = useState('');
  // What is in the mix comes first; not while sliders move, or they would run away from the hand.
  const ordered = useMemo(() => {
    const used = stylesOf(initial, styles);
    return [...used, ...styles.filter((style) => !used.includes(style))];
  }, [styles, initial]);
  const shown = ordered.filter((style) => matchesQuery(style, query));
  return (
    <section class="styles" aria-label={t('popup_styles')}>
      <input
        type="search"
        class="field"
        placeholder={t('popup_search')}
        aria-label={t('popup_search')}
        value={query}
        onInput={(event) => setQuery(event.currentTarget.value)}
      />
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
    </section>
  );
}
