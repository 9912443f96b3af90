/** The palette's mix and its history. Pure: a reducer of actions of sliders, buttons and undo. */
import {
  sameRenderOptions,
  type RenderOptions,
  type Recipe,
} from '../../../core/style/render-options';
import { normaliseMix, strengthOf, type StyleMix } from '../../../core/style/mix';

export interface MixState extends Recipe {
  /** Earlier recipes, the oldest first. */
  readonly past: readonly Recipe[];
  /** Undone recipes, the last undone first. */
  readonly future: readonly Recipe[];
  /** The current movement of a slider. */
  readonly gesture: Gesture | null;
}

interface Gesture {
  readonly id: number;
  /** The mix before the movement, so that moving back restores the other shares. */
  readonly base: StyleMix;
}

export type MixAction =
  /** Sets a style's slider to `share`, 0..1. Actions of one gesture are one step of undo. */
  | {
      readonly type: 'share';
      readonly style: string;
      readonly share: number;
      readonly gesture: number;
    }
  /** Sets the strength of the whole mix, 0..1. */
  | { readonly type: 'strength'; readonly strength: number; readonly gesture: number }
  /** Sets the render options; the mix stays. */
  | { readonly type: 'manner'; readonly manner: RenderOptions; readonly gesture: number }
  /** Without them, they stay. */
  | { readonly type: 'replace'; readonly mix: StyleMix; readonly manner?: RenderOptions }
  | { readonly type: 'undo' }
  | { readonly type: 'redo' };

/** Maximum number of steps that can be undone. */
const MAX_PAST = 100;

/** The state of a newly opened palette. */
export function startMix({ mix, manner }: Recipe): MixState {
  return { mix, manner, past: [], future: [], gesture: null };
}

/** The state after an action; the same object if nothing changes. */
export function reduceMix(state: MixState, action: MixAction): MixState {
  switch (action.type) {
    case 'share':
      return move(state, action.gesture, state.mix, (base) =>
        withShare(base, action.style, action.share),
      );
    case 'strength': {
      const base = strengthBase(state);
      if (!base) return state;
      return move(state, action.gesture, base, (from) => withStrength(from, action.strength));
    }
    case 'manner': {
      const { manner } = action;
      if (sameRenderOptions(manner, state.manner)) return state;
      // All but the first action of a gesture belong to its step.
      if (state.gesture?.id === action.gesture) return { ...state, manner };
      return step(state, { mix: state.mix, manner }, { id: action.gesture, base: state.mix });
    }
    case 'replace': {
      const wanted = { mix: action.mix, manner: action.manner ?? state.manner };
      return sameRecipe(wanted, state) ? state : step(state, wanted, null);
    }
    case 'undo': {
      const before = state.past.at(-1);
      if (!before) return state;
      const future = [recipeOf(state), ...state.future];
      return { ...before, past: state.past.slice(0, -1), future, gesture: null };
    }
    case 'redo': {
      const [after, ...future] = state.future;
      if (!after) return state;
      return { ...after, past: [...state.past, recipeOf(state)], future, gesture: null };
    }
  }
}

/**
 * The mix with one style at `share` (0..1). The original gives way first; if that is not enough, the
 * other styles shrink in proportion.
 */
export function withShare(mix: StyleMix, style: string, share: number): StyleMix {
  const wanted = Math.min(Math.max(share, 0), 1);
  const others = Object.fromEntries(Object.entries(mix).filter(([id]) => id !== style));
  const room = 1 - wanted;
  const taken = strengthOf(others);
  const scale = taken > room ? room / taken : 1;
  const scaled = Object.entries(others).map(([id, weight]) => [id, weight * scale] as const);
  return normaliseMix({ ...Object.fromEntries(scaled), [style]: wanted });
}

/** The mix scaled to `strength` (0..1). An empty mix stays empty. */
export function withStrength(mix: StyleMix, strength: number): StyleMix {
  const total = strengthOf(mix);
  if (total === 0) return mix;
  const scale = Math.min(Math.max(strength, 0), 1) / total;
  return normaliseMix(
    Object.fromEntries(Object.entries(mix).map(([id, weight]) => [id, weight * scale])),
  );
}

/** Whether two mixes paint alike. */
export function sameMix(a: StyleMix, b: StyleMix): boolean {
  const ids = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...ids].every((id) => Math.abs((a[id] ?? 0) - (b[id] ?? 0)) < 1e-6);
}

/** Whether two recipes paint alike. */
export function sameRecipe(a: Recipe, b: Recipe): boolean {
  return sameMix(a.mix, b.mix) && sameRenderOptions(a.manner, b.manner);
}

/**
 * The mix that the strength slider scales: the current one or, if that is empty, the last one that
 * wasn't; null if there was none.
 */
export function strengthBase({ mix, past }: MixState): StyleMix | null {
  const mixes = [...past.map((before) => before.mix), mix];
  return mixes.findLast((candidate) => strengthOf(candidate) > 0) ?? null;
}

function move(
  state: MixState,
  id: number,
  start: StyleMix,
  change: (base: StyleMix) => StyleMix,
): MixState {
  const going = state.gesture?.id === id ? state.gesture : null;
  const gesture = going ?? { id, base: start };
  const mix = change(gesture.base);
  if (sameMix(mix, state.mix)) return state;
  return going ? { ...state, mix } : step(state, { mix, manner: state.manner }, gesture);
}

function step(state: MixState, { mix, manner }: Recipe, gesture: Gesture | null): MixState {
  const past = [...state.past, recipeOf(state)].slice(-MAX_PAST);
  return { mix, manner, past, future: [], gesture };
}

function recipeOf({ mix, manner }: MixState): Recipe {
  return { mix, manner };
}
