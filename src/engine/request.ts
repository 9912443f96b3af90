/** Reading what a client sent: nothing of it is trusted. Pure. */
import { unpackBytes } from '../messages/bytes';
import type { EngineRequest } from '../messages/messages';
import { normaliseMix } from '../style/mix';

/** Longer sides than this are no pictures that a page shows. */
const LONGEST_SIDE = 20_000;

const LARGEST_AREA = 64e6;

export type CheckedRequest = Exclude<EngineRequest, { type: 'engine.restyle' }> | CheckedRestyle;

export type CheckedRestyle = Omit<Extract<EngineRequest, { type: 'engine.restyle' }>, 'pixels'> & {
  readonly pixels: ArrayBuffer;
  /** Whether the client sent, and so can receive, binary data. */
  readonly binary: boolean;
};

/**
 * A request as it may be worked on.
 * @throws {TypeError} that says what is wrong with the message.
 */
export function checkRequest(message: unknown): CheckedRequest {
  if (typeof message !== 'object' || message === null) throw new TypeError('not a request');
  const request = message as Record<string, unknown>;
  if (request['type'] === 'engine.status') return { type: 'engine.status' };
  const { type, id } = request;
  if (!isIntegerWithin(id, 0, Number.MAX_SAFE_INTEGER))
    throw new TypeError('a request needs an id');
  if (type === 'engine.cancel') return { type, id };
  if (type !== 'engine.restyle') throw new TypeError(`unknown request ${String(type)}`);
  const { width, height, urgency, file, mix } = request;
  if (!isIntegerWithin(width, 1, LONGEST_SIDE) || !isIntegerWithin(height, 1, LONGEST_SIDE)) {
    throw new TypeError(`not a size: ${String(width)}×${String(height)}`);
  }
  if (width * height > LARGEST_AREA) throw new TypeError(`too large: ${width}×${height}`);
  if (urgency !== 'preview' && urgency !== 'refine') throw new TypeError('unknown urgency');
  if (typeof mix !== 'object' || mix === null || Array.isArray(mix)) throw new TypeError('no mix');
  const pixels = unpackBytes(request['pixels']);
  if (pixels.byteLength !== 4 * width * height) {
    throw new TypeError(`${pixels.byteLength} bytes are not ${width}×${height} pixels`);
  }
  return {
    type,
    id,
    urgency,
    width,
    height,
    pixels,
    mix: normaliseMix(mix as Record<string, number>),
    file: file === true,
    binary: typeof request['pixels'] !== 'string',
  };
}

/** The id of a message that could not be read, so that its sender learns of it. */
export function idOf(message: unknown): number {
  const id = (message as { id?: unknown } | null)?.id;
  return isIntegerWithin(id, 0, Number.MAX_SAFE_INTEGER) ? id : -1;
}

function isIntegerWithin(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}
