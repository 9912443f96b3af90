import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';

import { detach } from '../../../core/detach';
import { observeSettings, writeSettings } from '../../../storage/settings';
import { countUses } from '../../../storage/uses';
import type { Manner, Recipe } from '../../../core/style/manner';
import { keepKnownStyles, type StyleMix } from '../../../core/style/mix';
import type { NamedStyle } from '../../../words/style-names';
import { MixSaver } from './mix-saver';
import { reduceMix, startMix, strengthBase, type MixAction } from './mix-state';

/**
 * How soon a slider must move again after it was let go, in milliseconds, for both movements to be
 * one: several presses of an arrow key are one step of undo.
 */
const GESTURE_PAUSE_MS = 1000;

export interface MixControls {
  readonly mix: StyleMix;
  readonly manner: Manner;
  /** Both, the same object as long as nothing changes. */
  readonly recipe: Recipe;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** Whether there is, or was, something to be painted more or less strongly. */
  readonly hasStrength: boolean;
  /** Whether the last change could not be saved. */
  readonly saveFailed: boolean;
  /** Where no manner is given, it stays. */
  replace(mix: StyleMix, manner?: Manner): void;
  undo(): void;
  redo(): void;
  /** A style's slider moves to `share`, 0..1. */
  moveShare(style: string, share: number): void;
  /** The slider of the whole mix moves to `strength`, 0..1. */
  moveStrength(strength: number): void;
  /** What `control` sets of the manner changes. */
  moveManner(control: keyof Manner, manner: Manner): void;
  /** The slider was let go. */
  release(): void;
}

/**
 * The current mix: shown at once, saved soon, and following what other windows save.
 * @param initial The mix and its manner as they were read from the settings.
 * @param styles The styles that a mix may have.
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

  // Not a common effect: a popup may be closed before the next frame.
  useLayoutEffect(() => saver.change(recipe), [saver, recipe]);
  useEffect(() => {
    const flush = (): void => saver.flush();
    // A popup gets no other goodbye.
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
    moveManner: (control, wanted) =>
      act({ type: 'manner', manner: wanted, gesture: gestureOf(control) }),
    release: () => {
      const [kind, style] = gesture.current.slider.split(/:(.*)/s);
      // A style that comes into the mix, however often its slider is moved then.
      if (kind === 'share' && style && mix[style] && !counted.current.has(style)) {
        counted.current.add(style);
        detach(countUses([style]));
      }
      gesture.current.until = performance.now() + GESTURE_PAUSE_MS;
      saver.flush();
    },
  };
}
