/** The times of a frame's stages, from the page to the network and back. */
import { quantileOf } from './statistics.mjs';

/** @typedef {import('../../src/protocol/engine').FrameTimes} FrameTimes */

/** In the order in which a frame goes through them. */
export const STAGES = /** @type {const} */ ([
  'grab',
  'transport',
  'queue',
  'pre',
  'run',
  'post',
  'draw',
]);

/**
 * Milliseconds of the page's own thread.
 * @param {FrameTimes} frame
 */
export function pageTime({ grab, draw }) {
  return grab + draw;
}

/**
 * Milliseconds of everything but the network.
 * @param {FrameTimes} frame
 */
export function withoutNetwork(frame) {
  return STAGES.reduce((sum, stage) => sum + (stage === 'run' ? 0 : frame[stage]), 0);
}

/**
 * The median of every stage.
 * @param {readonly FrameTimes[]} frames
 * @returns {Record<string, number>}
 */
export function medianStages(frames) {
  return Object.fromEntries(
    STAGES.map((stage) => [
      stage,
      quantileOf(
        frames.map((frame) => frame[stage]),
        0.5,
      ),
    ]),
  );
}
