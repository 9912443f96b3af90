/** An undo history. Pure: states are never changed, only replaced. */

/** Maximum number of steps that can be undone; masks are copied for each. */
const MAX_STEPS = 60;

export interface History<State> {
  readonly state: State;
  readonly past: readonly State[];
  readonly future: readonly State[];
  /** Consecutive changes with the same gesture are one step. */
  readonly gesture: string | null;
}

export function startHistory<State>(state: State): History<State> {
  return { state, past: [], future: [], gesture: null };
}

/**
 * Adds a state.
 * @param gesture Name of a continuing movement, such as of one slider; null for a separate step.
 */
export function changed<State>(
  history: History<State>,
  state: State,
  gesture: string | null,
): History<State> {
  if (state === history.state) return history;
  const goesOn = gesture !== null && gesture === history.gesture;
  const past = goesOn ? history.past : [...history.past, history.state].slice(-MAX_STEPS);
  return { state, past, future: [], gesture };
}

/** Ends the gesture: the next change is a separate step, whatever its gesture. */
export function settled<State>(history: History<State>): History<State> {
  return { ...history, gesture: null };
}

export function undone<State>({ state, past, future }: History<State>): History<State> {
  const before = past.at(-1);
  if (before === undefined) return { state, past, future, gesture: null };
  return { state: before, past: past.slice(0, -1), future: [state, ...future], gesture: null };
}

export function redone<State>({ state, past, future }: History<State>): History<State> {
  const [next] = future;
  if (next === undefined) return { state, past, future, gesture: null };
  return { state: next, past: [...past, state], future: future.slice(1), gesture: null };
}
