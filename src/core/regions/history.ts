/** What was done, so that it can be undone. Pure: states are never changed, only replaced. */

/** So many steps can be taken back; masks are copied for each. */
const MAX_STEPS = 60;

export interface History<State> {
  readonly state: State;
  readonly past: readonly State[];
  readonly future: readonly State[];
  /** Changes with the same name, one right after the other, are one step. */
  readonly gesture: string | null;
}

export function startHistory<State>(state: State): History<State> {
  return { state, past: [], future: [], gesture: null };
}

/**
 * Another state.
 * @param gesture Name of the movement that goes on, such as of one slider; null for a step of its
 *   own.
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

/** The next change is a step of its own, whatever its name. */
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
