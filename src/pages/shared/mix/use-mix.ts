import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';

import { detach } from '../../../core/detach';
import { observeSettings, writeSettings } from '../../../storage/settings';
import { countUses } from '../../../storage/uses';
import type { RenderOptions, Recipe } from '../../../core/style/render-options';
import { keepKnownStyles, type StyleMix } from '../../../core/style/mix';
import type { NamedStyle } from '../../../words/style-names';
import { MixSaver } from './mix-saver';
import { reduceMix, startMix, strengthBase, type MixAction } from './mix-state';

/**
 * Maximum pause between two movements of a slider that count as one gesture, in milliseconds: several
 * presses of an arrow key are one step of undo.
 */
const GESTURE_PAUSE_MS = 1000;

export interface MixControls {
  readonly mix: StyleMix;
  readonly manner: RenderOptions;
  /** Mix and manner, the same object as long as neither changes. */
  readonly recipe: Recipe;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** Whether there is, or was, a mix that can be made stronger or weaker. */
  readonly hasStrength: boolean;
  /** Whether the last change could not be saved. */
  readonly saveFailed: boolean;
  /** Without them, they stay. */
  replace(mix: StyleMix, manner?: RenderOptions): void;
  undo(): void;
  redo(): void;
  /** Moves a style's slider to `share`, 0..1. */
  moveShare(style: string, share: number): void;
  /** Moves the slider of the whole mix to `strength`, 0..1. */
  moveStrength(strength: number): void;
  /** Changes one setting of the render options. */
  moveRenderOptions(control: keyof RenderOptions, manner: RenderOptions): void;
  /** Releases the slider. */
  release(): void;
}

/**
 * The current mix: shown at once, saved soon, and updated by other windows.
 * @param initial The mix and its render options in the settings.
 * @param styles The known styles.
 */
export function useMix(initial: Recipe, styles: readonly NamedStyle[]): MixControls {
  const [state, dispatch] = useReducer(reduceMix, startMix(initial));
  const [saveFailed, setSaveFailed] = useState(false);
  const saver = useMemo(
    () => new MixSaver(initial, (recipe) => writeSettings(recipe), setSaveFailed),
    [initial],
  );
  const gesture = useRef({ slider: '', id: 0, until: Infinity });

  const counted = useRef(new Set(Object.keys(initial.mix)));
  const { mix, manner } = state;
  const recipe = useMemo(() => ({ mix, manner }), [mix, manner]);

  // A layout effect, as a popup may be closed before the next frame.
  useLayoutEffect(() => saver.change(recipe), [saver, recipe]);
  useEffect(() => {
    const flush = (): void => saver.flush();
    // A popup gets no other event before it closes.
    window.addEventListener('pagehide', flush);
    const ids = styles.map(({ id }) => id);
    const stop = observeSettings((settings) => {
      const known = {
        mix: keepKnownStyles(settings.mix, ids),
        manner: settings.manner,
      };
      if (saver.isNews(known)) dispatch({ type: 'replace', ...known });
    });
    return () => {
      window.removeEventListener('pagehide', flush);
      stop();
    };
  }, [saver, styles]);

  const gestureOf = (slider: string): number => {
    const { id, until, ...last } = gesture.current;
    const goesOn = last.slider === slider && performance.now() < until;
    gesture.current = { slider, id: goesOn ? id : id + 1, until: Infinity };
    return gesture.current.id;
  };
  const act = (action: MixAction): void => dispatch(action);
  return {
    mix,
    manner,
    recipe,
    canUndo: state.past.length > 0,
    canRedo: state.future.length > 0,
    hasStrength: strengthBase(state) !== null,
    saveFailed,
    replace: (wanted, wantedManner) =>
      act({ type: 'replace', mix: wanted, ...(wantedManner && { manner: wantedManner }) }),
    undo: () => act({ type: 'undo' }),
    redo: () => act({ type: 'redo' }),
    moveShare: (style, share) =>
      act({ type: 'share', style, share, gesture: gestureOf(`share:${style}`) }),
    moveStrength: (strength) => act({ type: 'strength', strength, gesture: gestureOf('strength') }),
    moveRenderOptions: (control, wanted) =>
      act({ type: 'manner', manner: wanted, gesture: gestureOf(control) }),
    release: () => {
      const [kind, style] = gesture.current.slider.split(/:(.*)/s);
      // Counts a style once when it enters the mix, however often its slider is moved then.
      if (kind === 'share' && style && mix[style] && !counted.current.has(style)) {
        counted.current.add(style);
        detach(countUses([style]));
      }
      gesture.current.until = performance.now() + GESTURE_PAUSE_MS;
      saver.flush();
    },
  };
}
