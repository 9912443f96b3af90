import { animate } from '../dom/element';

/** Duration of a pulse, in milliseconds, and maximum number of pulses. */
const PERIOD = 1600;
const MAX = 200;

/** Visible pulses, and their keyframes. */
const live = new Map<Animation, Keyframe[]>();
let isHidden = false;

/** Hides every pulse for a capture of the screen, or shows them again. Returns whether there are any. */
export function hidePulses(hide: boolean): boolean {
  isHidden = hide;
  for (const [animation, frames] of live) setFrames(animation, hide ? [] : frames);
  return live.size > 0;
}

function setFrames({ effect }: Animation, frames: Keyframe[]): void {
  if (effect instanceof KeyframeEffect) effect.setKeyframes(frames);
}

/**
 * Shows that a picture is in progress: a quiet outline within the element's own edge, which appears
 * and disappears. An outline neither moves the page nor, unlike opacity or a filter, changes the
 * stacking order.
 * @returns A function that ends it.
 */
export function pulse(element: Element): () => void {
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const lit = { outline: '3px solid rgb(242 177 52 / 80%)', outlineOffset: '-3px' };
  const unlit = { ...lit, outlineColor: 'rgb(242 177 52 / 10%)' };
  const frames = isStill ? [lit, lit] : [unlit, lit, unlit];
  const animation = animate(element, isHidden ? [] : frames, {
    duration: PERIOD,
    iterations: MAX,
    // A few steps per second: the network needs the cores more.
    easing: 'steps(12)',
  });
  live.set(animation, frames);
  return () => {
    live.delete(animation);
    // A script may wait for the element's animations: they finish, and are not cancelled.
    animation.finish();
  };
}
