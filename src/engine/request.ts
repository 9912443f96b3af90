import { unpackBytes } from '../messages/bytes';
import { PasticheError } from '../messages/errors';
import type { EngineRequest, Urgency } from '../messages/messages';
import { normaliseMix, type StyleMix } from '../style/mix';

/** Longest side of a picture, in pixels. */
const LONGEST_SIDE = 20_000;

/** A request to restyle, as the host works with it: checked, its pixels unpacked. */
export interface RestyleRequest {
  readonly type: 'engine.restyle';
  readonly id: number;
  readonly urgency: Urgency;
  readonly width: number;
  readonly height: number;
  /** RGBA, 4·width·height bytes. */
  readonly pixels: ArrayBuffer;
  readonly mix: StyleMix;
  readonly file: boolean;
  /** Whether the pixels came as binary data, and the answer's may go so. */
  readonly binary: boolean;
}

type CheckedRequest = RestyleRequest | Exclude<EngineRequest, { type: 'engine.restyle' }>;

/**
 * Reads a message from a client's port.
 * @throws {PasticheError} `unexpected`, with what is wrong, if it isn't an engine request.
 */
export function parseEngineRequest(message: unknown): CheckedRequest {
  if (!isRecord(message)) throw malformed('the request is not an object');
  switch (message['type']) {
    case 'engine.status':
      return { type: 'engine.status' };
    case 'engine.cancel':
      return { type: 'engine.cancel', id: idIn(message) };
    case 'engine.restyle':
      return parseRestyle(message);
    default:
      throw malformed(`there is no request "${String(message['type'])}"`);
  }
}

/** The id that an answer to a malformed message can bear; −1 if the message has none. */
export function idOfMessage(message: unknown): number {
  return isRecord(message) && isId(message['id']) ? message['id'] : -1;
}

function parseRestyle(message: Record<string, unknown>): RestyleRequest {
  const { urgency, width, height, pixels, file } = message;
  const id = idIn(message);
  if (urgency !== 'preview' && urgency !== 'refine') throw malformed('the urgency is unknown');
  if (!isSide(width) || !isSide(height)) {
    throw malformed(`sides must be whole numbers from 1 to ${LONGEST_SIDE}`);
  }
  if (typeof file !== 'boolean') throw malformed('"file" must be true or false');
  const unpacked = unpackPixels(pixels);
  if (unpacked.byteLength !== 4 * width * height) {
    throw malformed(`${width}×${height} pixels don't have ${unpacked.byteLength} bytes`);
  }
  return {
    type: 'engine.restyle',
    id,
    urgency,
    width,
    height,
    pixels: unpacked,
    mix: mixIn(message),
    file,
    binary: typeof pixels !== 'string',
  };
}

function unpackPixels(pixels: unknown): ArrayBuffer {
  try {
    return unpackBytes(pixels);
  } catch (thrown) {
    throw PasticheError.from(thrown, 'unexpected');
  }
}

function mixIn({ mix }: Record<string, unknown>): StyleMix {
  if (!isRecord(mix)) throw malformed('the mix must be an object');
  const weights: Record<string, number> = {};
  for (const [id, weight] of Object.entries(mix)) {
    if (typeof weight !== 'number' || !(weight >= 0 && weight <= 1)) {
      throw malformed(`the weight of style "${id}" must be from 0 to 1`);
    }
    weights[id] = weight;
  }
  return normaliseMix(weights);
}

function idIn(message: Record<string, unknown>): number {
  if (!isId(message['id'])) throw malformed('the id must be a whole number');
  return message['id'];
}

function isId(id: unknown): id is number {
  return Number.isSafeInteger(id);
}

function isSide(side: unknown): side is number {
  return Number.isInteger(side) && (side as number) >= 1 && (side as number) <= LONGEST_SIDE;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(detail: string): PasticheError {
  return new PasticheError('unexpected', detail);
}
