/** The mix on the palette and how it got there. Pure: what a slider, a button or undo makes of it. */
import { normaliseMix, strengthOf, type StyleMix } from '../src/style/mix';

export interface MixState {
  readonly mix: StyleMix;
  /** Earlier mixes, the oldest first. */
  readonly past: readonly StyleMix[];
  /** Mixes that were undone, the one undone last first. */
  readonly future: readonly StyleMix[];
  /** The movement of a slider that is going on. */
  readonly gesture: Gesture | null;
}

interface Gesture {
  readonly id: number;
  /** The mix that the movement began with, so that moving back gives back what was pushed away. */
  readonly base: StyleMix;
}

export type MixAction =
  /** A style's slider stands at `share`, 0..1. Actions of one gesture are one step of undo. */
  | {
      readonly type: 'share';
      readonly style: string;
      readonly share: number;
      readonly gesture: number;
    }
  /** The slider of the whole mix stands at `strength`, 0..1. */
  | { readonly type: 'strength'; readonly strength: number; readonly gesture: number }
  | { readonly type: 'replace'; readonly mix: StyleMix }
  | { readonly type: 'undo' }
  | { readonly type: 'redo' };

/** Steps that can be undone. */
const LONGEST_PAST = 100;

/** The state of a palette that was just opened. */
export function startMix(mix: StyleMix): MixState {
  return { mix, past: [], future: [], gesture: null };
}

/** The state after an action; the same object where nothing changes. */
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
    case 'replace':
      return sameMix(action.mix, state.mix) ? state : step(state, action.mix, null);
    case 'undo': {
      const mix = state.past.at(-1);
      if (!mix) return state;
      const future = [state.mix, ...state.future];
      return { mix, past: state.past.slice(0, -1), future, gesture: null };
    }
    case 'redo': {
      const [mix, ...future] = state.future;
      return mix ? { mix, past: [...state.past, state.mix], future, gesture: null } : state;
    }
  }
}

/**
 * The mix with one style at `share` (0..1). Room is taken from the original first; where that is
 * not enough, the other styles shrink in proportion.
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

/** The mix scaled so that `strength` (0..1) of the picture is painted. An empty mix stays empty. */
export function withStrength(mix: StyleMix, strength: number): StyleMix {
  const total = strengthOf(mix);
  if (total === 0) return mix;
  const scale = Math.min(Math.max(strength, 0), 1) / total;
  return normaliseMix(
    Object.fromEntries(Object.entries(mix).map(([id, weight]) => [id, weight * scale])),
  );
}

/** Whether two mixes paint the same. */
export function sameMix(a: StyleMix, b: StyleMix): boolean {
  const ids = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...ids].every((id) => Math.abs((a[id] ?? 0) - (b[id] ?? 0)) < 1e-6);
}

/**
 * What the strength is the strength of: the mix or, where that is the original alone, the last one
 * that wasn't; null where there never was any.
 */
export function strengthBase({ mix, past }: MixState): StyleMix | null {
  return [...past, mix].findLast((candidate) => strengthOf(candidate) > 0) ?? null;
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
  return going ? { ...state, mix } : step(state, mix, gesture);
}

function step(state: MixState, mix: StyleMix, gesture: Gesture | null): MixState {
  const past = [...state.past, state.mix].slice(-LONGEST_PAST);
  return { mix, past, future: [], gesture };
}
