import type { JSX } from 'preact';
import { useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';

import { detach } from '../../core/detach';
import { PasticheError, type ErrorCode } from '../../protocol/errors';
import {
  changed,
  redone,
  settled,
  startHistory,
  undone,
  type History,
} from '../../core/regions/history';
import { alongEdges } from '../../core/regions/segment';
import {
  MAX_LAYERS,
  movedLayer,
  newLayer,
  withLayer,
  withoutLayer,
  type Layer,
  type Layers,
} from '../../core/regions/layers';
import { inverted, type Mask, type Point } from '../../core/regions/mask';
import type { Tool, ToolSettings } from '../../core/regions/tools';
import type { StyleOrder } from '../../storage/settings';
import type { Uses } from '../../storage/uses';
import type { Recipe } from '../../core/style/render-options';
import { errorSentence, t } from '../../words/i18n';
import { IconButton } from '../shared/icon-button';
import { RenderControls } from '../shared/mix/render-controls';
import { PreviewPainter } from '../shared/preview-painter';
import type { NamedStyle } from '../../words/style-names';
import { KeepActions } from './keep-actions';
import { LayerList } from './layer-list';
import { LayerMix } from './layer-mix';
import { PicturePainter, type Painting } from './painting';
import type { EditedPicture } from './picture';
import { findMask, type Wanted } from './segmenter';
import { Stage } from './stage';
import { Toolbar } from './toolbar';

/** The picture's place on a page, to which the result can be applied. */
export interface PagePlace {
  readonly tabId: number;
  readonly frameId: number;
  readonly source: string;
  readonly isVideo: boolean;
}

interface EditorPageProps {
  readonly picture: EditedPicture;
  readonly place: PagePlace | null;
  readonly styles: readonly NamedStyle[];
  /** The current mix and its render options. */
  readonly initial: Recipe;
  readonly uses: Uses;
  readonly order: StyleOrder;
}

type Change =
  | { readonly type: 'change'; readonly painting: Painting; readonly gesture: string | null }
  | { readonly type: 'settle' | 'undo' | 'redo' };

function reduce(history: History<Painting>, change: Change): History<Painting> {
  switch (change.type) {
    case 'change':
      return changed(history, change.painting, change.gesture);
    case 'settle':
      return settled(history);
    case 'undo':
      return undone(history);
    case 'redo':
      return redone(history);
  }
}

/** Maximum movement of a click, in shares of the picture; anything longer draws a box. */
const CLICK = 0.01;

/** A picture, the tools that draw masks on it, and its layers. */
export function EditorPage(props: EditorPageProps): JSX.Element {
  const { picture, styles } = props;
  const [history, dispatch] = useReducer(reduce, startHistory(firstPainting(props)));
  const { state: painting } = history;
  const { layers, manner } = painting;
  const [selectedId, setSelectedId] = useState<number | null>(1);
  const selected = layers.list.find(({ id }) => id === selectedId) ?? layers.list.at(-1) ?? null;
  const [tool, setTool] = useState<Tool>('brush');
  const [settings, setSettings] = useState<ToolSettings>({
    radius: Math.max(2, Math.round(Math.max(layers.width, layers.height) / 24)),
    hardness: 0.6,
    effect: 'add',
  });
  const [showsMask, setShowsMask] = useState(false);
  const [isHeld, setIsHeld] = useState(false);
  const [isSearching, setIsSearching] = useState(false);
  const look = useLook(picture, painting);

  const change = (next: Partial<Painting>, gesture: string | null = null): void =>
    dispatch({ type: 'change', painting: { ...painting, ...next }, gesture });
  const changeLayers = (next: Layers, gesture: string | null = null): void =>
    change({ layers: next }, gesture);
  const changeLayer = (layer: Layer, gesture: string | null = null): void =>
    changeLayers(withLayer(layers, layer), gesture);
  const setMask = (mask: Mask, gesture: string | null = null): void => {
    if (selected) changeLayer({ ...selected, mask }, gesture);
  };
  const addLayer = (mix = props.initial.mix): void => {
    const layer = newLayer(layers, mix);
    changeLayers({ ...layers, list: [...layers.list, layer] });
    setSelectedId(layer.id);
  };

  // A search ends later, when there may be other layers.
  const latest = useRef({ selected, setMask });
  latest.current = { selected, setMask };
  const find = async (wanted: Wanted): Promise<void> => {
    const { selected: into } = latest.current;
    if (!into || isSearching) return;
    setIsSearching(true);
    try {
      const found = await findMask(picture.small, wanted);
      const now = latest.current;
      if (now.selected?.id === into.id) {
        now.setMask(added(now.selected.mask, found, settings.effect));
      }
    } catch {
      look.fail('unexpected');
    }
    setIsSearching(false);
  };
  const findAt = (from: Point, to: Point): void => {
    const isClick = Math.hypot(from.x - to.x, from.y - to.y) < CLICK;
    detach(find(isClick ? { kind: 'object', place: from } : { kind: 'box', box: [from, to] }));
  };

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      const key = event.key.toLowerCase();
      if (key !== 'z' && key !== 'y') return;
      // A text field has its own undo.
      if (event.target instanceof HTMLInputElement && event.target.type === 'search') return;
      dispatch({ type: key === 'y' || event.shiftKey ? 'redo' : 'undo' });
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);

  const original = useMemo(() => canvasOf(picture.pixels), [picture]);
  return (
    <>
      <Toolbar
        tool={tool}
        settings={settings}
        canSearch={selected !== null && !isSearching}
        onTool={setTool}
        onSettings={setSettings}
        onSubject={() => detach(find({ kind: 'subject' }))}
      />
      <Stage
        picture={picture}
        shown={isHeld ? original : (look.canvas ?? original)}
        mask={selected?.mask ?? null}
        showsMask={showsMask}
        tool={tool}
        settings={settings}
        onMask={setMask}
        onFind={findAt}
        onResize={(radius) => setSettings({ ...settings, radius })}
        onTool={setTool}
      />
      <aside>
        <header>
          <h1>{t('editor_title')}</h1>
          <IconButton
            icon="undo"
            label={t('popup_undo')}
            disabled={history.past.length === 0}
            onClick={() => dispatch({ type: 'undo' })}
          />
          <IconButton
            icon="redo"
            label={t('popup_redo')}
            disabled={history.future.length === 0}
            onClick={() => dispatch({ type: 'redo' })}
          />
        </header>
        <p class="hint" role="status">
          {isSearching
            ? t('editor_searching')
            : look.error
              ? errorSentence(look.error)
              : look.isWorking
                ? t('page_working')
                : t(
                    selected
                      ? tool === 'object'
                        ? 'editor_object_help'
                        : 'editor_hint'
                      : 'editor_no_layer',
                  )}
        </p>
        <div class="looks">
          <label class="check">
            <input
              type="checkbox"
              checked={showsMask}
              onChange={({ currentTarget }) => setShowsMask(currentTarget.checked)}
            />
            {t('editor_show_mask')}
          </label>
          <button
            type="button"
            class="button"
            aria-pressed={isHeld}
            onPointerDown={() => setIsHeld(true)}
            onPointerUp={() => setIsHeld(false)}
            onPointerLeave={() => setIsHeld(false)}
            onKeyDown={({ key }) => (key === ' ' || key === 'Enter') && setIsHeld(true)}
            onKeyUp={() => setIsHeld(false)}
            onBlur={() => setIsHeld(false)}
          >
            {t('editor_hold')}
          </button>
        </div>
        <LayerList
          layers={layers}
          selected={selected}
          styles={styles}
          canAdd={layers.list.length < MAX_LAYERS}
          onSelect={setSelectedId}
          onAdd={() => addLayer()}
          onChange={changeLayer}
          onSettle={() => dispatch({ type: 'settle' })}
          onMove={(id, by) => changeLayers(movedLayer(layers, id, by))}
          onRemove={(id) => changeLayers(withoutLayer(layers, id))}
          onInvert={(layer) => changeLayer({ ...layer, mask: inverted(layer.mask) })}
          onFollowEdges={(layer) =>
            changeLayer({ ...layer, mask: alongEdges(layer.mask, picture.small) })
          }
        />
        <LayerMix
          picture={picture}
          key={selected?.id ?? 'base'}
          mix={selected?.mix ?? layers.base}
          title={selected ? t('editor_layer', selected.id) : t('editor_base')}
          styles={styles}
          uses={props.uses}
          order={props.order}
          onMix={(mix, gesture) =>
            selected
              ? changeLayer({ ...selected, mix }, gesture)
              : changeLayers({ ...layers, base: mix }, gesture)
          }
          onRelease={() => dispatch({ type: 'settle' })}
        />
        <div class="whole">
          <RenderControls
            manner={manner}
            disabled={false}
            onMove={(control, wanted) => change({ manner: wanted }, control)}
            onRelease={() => dispatch({ type: 'settle' })}
          />
        </div>
        <KeepActions picture={picture} painting={painting} place={props.place} styles={styles} />
      </aside>
    </>
  );
}

/** One layer with the current mix over the original, so that the first stroke shows an effect. */
function firstPainting({ picture, initial }: EditorPageProps): Painting {
  const { width, height } = picture.small;
  const empty: Layers = { width, height, base: {}, list: [] };
  return {
    layers: { ...empty, list: [newLayer(empty, initial.mix)] },
    manner: initial.manner,
  };
}

function added(mask: Mask, found: Mask, effect: ToolSettings['effect']): Mask {
  const data = mask.data.map((value, i) =>
    effect === 'add' ? Math.max(value, found.data[i]!) : Math.min(value, 255 - found.data[i]!),
  );
  return { ...mask, data };
}

interface ShownLook {
  /** Null until there is one. */
  readonly canvas: OffscreenCanvas | null;
  readonly isWorking: boolean;
  readonly error: ErrorCode | null;
  fail(error: ErrorCode): void;
}

/** The newest preview of the painting. */
function useLook(picture: EditedPicture, painting: Painting): ShownLook {
  const [canvas, setCanvas] = useState<OffscreenCanvas | null>(null);
  const [isWorking, setIsWorking] = useState(false);
  const [error, setError] = useState<ErrorCode | null>(null);
  const painter = useMemo(() => {
    const engine = new PicturePainter(picture);
    const looks = new PreviewPainter<Painting, ImageData>(
      async (look, wanted, signal) => {
        const painted = await engine.paint(look, wanted, signal);
        if (look === 'fine') setIsWorking(false);
        return painted;
      },
      (pixels) => {
        setCanvas(canvasOf(pixels));
        setError(null);
      },
      (thrown) => {
        setIsWorking(false);
        setError(PasticheError.from(thrown).code);
      },
    );
    return { engine, looks };
  }, [picture]);
  useEffect(() => {
    setIsWorking(true);
    painter.looks.show(painting);
  }, [painter, painting]);
  useEffect(
    () => () => {
      painter.looks.stop();
      painter.engine.close();
    },
    [painter],
  );
  return { canvas, isWorking, error, fail: setError };
}

function canvasOf(pixels: ImageData): OffscreenCanvas {
  const canvas = new OffscreenCanvas(pixels.width, pixels.height);
  canvas.getContext('2d')?.putImageData(pixels, 0, 0);
  return canvas;
}
