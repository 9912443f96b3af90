import type { JSX } from 'preact';
import { useEffect, useReducer, useRef } from 'preact/hooks';

import type { StyleOrder } from '../../storage/settings';
import type { Uses } from '../../storage/uses';
import { DEFAULT_RENDER_OPTIONS } from '../../core/style/render-options';
import type { StyleMix } from '../../core/style/mix';
import { t } from '../../words/i18n';
import { MixStrip } from '../shared/mix-strip';
import { reduceMix, startMix } from '../shared/mix/mix-state';
import { StyleList } from '../shared/mix/style-list';
import type { NamedStyle } from '../../words/style-names';
import { pasticheVectors } from './pastiche-vectors';
import type { EditedPicture } from './picture';
import { useFavourites } from '../shared/use-favourites';
import { MatchLook } from '../shared/match-look';

interface LayerMixProps {
  readonly picture: EditedPicture;
  readonly mix: StyleMix;
  /** Name of the layer. */
  readonly title: string;
  readonly styles: readonly NamedStyle[];
  readonly uses: Uses;
  readonly order: StyleOrder;
  /** @param gesture Name of the slider's movement; null for a separate step. */
  onMix(mix: StyleMix, gesture: string | null): void;
  onRelease(): void;
}

/** The mix of a layer: favourites to choose from, and a slider for every style. */
export function LayerMix({
  picture,
  mix,
  title,
  styles,
  uses,
  order,
  onMix,
  onRelease,
}: LayerMixProps): JSX.Element {
  const favourites = useFavourites();
  const [state, dispatch] = useReducer(
    reduceMix,
    startMix({ mix, manner: DEFAULT_RENDER_OPTIONS }),
  );
  const gesture = useRef(0);
  const slider = useRef('');
  const initial = useRef(mix);
  // Undo and redo change the mix from outside.
  useEffect(() => {
    if (mix !== state.mix) dispatch({ type: 'replace', mix });
  }, [mix]);
  useEffect(() => {
    if (state.mix !== mix) onMix(state.mix, slider.current || null);
  }, [state.mix]);
  const controls = {
    mix: state.mix,
    replace: (wanted: StyleMix) => {
      slider.current = '';
      dispatch({ type: 'replace', mix: wanted });
    },
    moveShare: (style: string, share: number) => {
      slider.current = `share ${style} ${gesture.current}`;
      dispatch({ type: 'share', style, share, gesture: gesture.current });
    },
    release: () => {
      gesture.current += 1;
      onRelease();
    },
  };
  return (
    <section class="layer-mix" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <MatchLook
          vectorsOf={(named) => pasticheVectors(picture, named)}
          onMatch={controls.replace}
        />
      </header>
      {favourites.list && favourites.list.length > 0 && (
        <div class="shelf" role="group" aria-label={t('favourites')}>
          {favourites.list.map((favourite) => (
            <button
              key={favourite.id}
              type="button"
              title={favourite.name}
              onClick={() => controls.replace(favourite.mix)}
            >
              <MixStrip mix={favourite.mix} styles={styles} />
              <span class="name" dir="auto">
                {favourite.name}
              </span>
            </button>
          ))}
        </div>
      )}
      <StyleList
        styles={styles}
        initial={initial.current}
        controls={controls}
        uses={uses}
        initialOrder={order}
      />
    </section>
  );
}
