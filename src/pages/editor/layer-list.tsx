import type { JSX } from 'preact';
import { useId } from 'preact/hooks';

import type { Layer, Layers } from '../../core/regions/layers';
import { percent, t } from '../../words/i18n';
import { IconButton } from '../shared/icon-button';
import { mixName } from '../../words/mix-name';
import { MixStrip } from '../shared/mix-strip';
import { Range } from '../shared/mix/sliders';
import type { NamedStyle } from '../../words/style-names';

interface LayerListProps {
  readonly layers: Layers;
  readonly selected: Layer | null;
  readonly styles: readonly NamedStyle[];
  readonly canAdd: boolean;
  onSelect(id: number): void;
  onAdd(): void;
  onChange(layer: Layer, gesture?: string): void;
  /** A slider was released. */
  onSettle(): void;
  /** Up by a positive number of places. */
  onMove(id: number, by: number): void;
  onRemove(id: number): void;
  onInvert(layer: Layer): void;
  onFollowEdges(layer: Layer): void;
}

/** Maximum width of a feather, in pixels of the mask. */
const MAX_FEATHER = 100;

/** The layers, the uppermost first, and the selected one's settings. */
export function LayerList(props: LayerListProps): JSX.Element {
  const { layers, selected, styles, canAdd } = props;
  const id = useId();
  return (
    <section class="layers" aria-labelledby={`${id}-title`}>
      <header>
        <h2 id={`${id}-title`}>{t('editor_layers')}</h2>
        <button type="button" class="button" disabled={!canAdd} onClick={props.onAdd}>
          {t('editor_add_layer')}
        </button>
      </header>
      <ol>
        {[...layers.list].reverse().map((layer) => (
          <li key={layer.id} class={layer === selected ? 'selected' : ''}>
            <button
              type="button"
              class="layer"
              aria-pressed={layer === selected}
              onClick={() => props.onSelect(layer.id)}
            >
              <MixStrip mix={layer.mix} styles={styles} />
              <span>{t('editor_layer', layer.id)}</span>
              <span class="name" dir="auto">
                {mixName(layer.mix, styles)}
              </span>
            </button>
            <IconButton
              icon={layer.isVisible ? 'eye' : 'hidden'}
              label={t('editor_visible', layer.id)}
              pressed={layer.isVisible}
              onClick={() => props.onChange({ ...layer, isVisible: !layer.isVisible })}
            />
          </li>
        ))}
      </ol>
      {selected && (
        <div class="layer-settings">
          <div class="setting">
            <label for={`${id}-opacity`}>{t('editor_opacity')}</label>
            <Range
              id={`${id}-opacity`}
              value={selected.opacity}
              onMove={(opacity) => props.onChange({ ...selected, opacity }, 'opacity')}
              onRelease={props.onSettle}
            />
            <output for={`${id}-opacity`}>{percent(selected.opacity)}</output>
          </div>
          <div class="setting">
            <label for={`${id}-feather`}>{t('editor_feather')}</label>
            <Range
              id={`${id}-feather`}
              value={selected.feather / MAX_FEATHER}
              text={String(Math.round(selected.feather))}
              onMove={(share) =>
                props.onChange({ ...selected, feather: share * MAX_FEATHER }, 'feather')
              }
              onRelease={props.onSettle}
            />
            <output for={`${id}-feather`}>{Math.round(selected.feather)}</output>
          </div>
          <div class="buttons">
            <IconButton
              icon="up"
              label={t('editor_raise')}
              disabled={layers.list.at(-1) === selected}
              onClick={() => props.onMove(selected.id, 1)}
            />
            <IconButton
              icon="down"
              label={t('editor_lower')}
              disabled={layers.list[0] === selected}
              onClick={() => props.onMove(selected.id, -1)}
            />
            <button type="button" class="button" onClick={() => props.onInvert(selected)}>
              {t('editor_invert')}
            </button>
            <button type="button" class="button" onClick={() => props.onFollowEdges(selected)}>
              {t('editor_follow_edges')}
            </button>
            <IconButton
              icon="remove"
              label={t('editor_remove_layer')}
              onClick={() => props.onRemove(selected.id)}
            />
          </div>
        </div>
      )}
    </section>
  );
}
