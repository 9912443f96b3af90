import { unpackBytes } from '../messages/bytes';
import { PasticheError } from '../messages/errors';
import type { EngineRequest, NetworkName, Urgency } from '../messages/messages';
import { parseManner, type Manner } from '../style/manner';
import { normaliseMix, type StyleMix } from '../style/mix';
import { WHOLE, type RegionMap } from './region-map';
import { MOST_REGIONS } from './regional-style';
import type { Box } from './tiles';

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
  /** Null: the mix is for the whole picture. */
  readonly regions: { readonly mixes: readonly StyleMix[]; readonly map: RegionMap } | null;
  readonly manner: Manner;
  readonly origin: { readonly x: number; readonly y: number };
  readonly file: boolean;
  readonly network: NetworkName;
  readonly stream: string | null;
  readonly steady: boolean;
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
  const { network = 'full', stream = null, steady = true } = message;
  const id = idIn(message);
  if (urgency !== 'preview' && urgency !== 'frame' && urgency !== 'refine') {
    throw malformed('the urgency is unknown');
  }
  if (network !== 'full' && network !== 'live') throw malformed('the network is unknown');
  if (!isSide(width) || !isSide(height)) {
    throw malformed(`sides must be whole numbers from 1 to ${LONGEST_SIDE}`);
  }
  if (typeof file !== 'boolean') throw malformed('"file" must be true or false');
  if (stream !== null && typeof stream !== 'string') throw malformed('"stream" must be a name');
  if (typeof steady !== 'boolean') throw malformed('"steady" must be true or false');
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
    mix: mixIn(message['mix']),
    regions: message['regions'] === undefined ? null : regionsIn(message['regions']),
    manner: parseManner(message['manner']),
    origin: originIn(message['origin'] ?? { x: 0, y: 0 }),
    file,
    network,
    stream,
    steady,
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

function regionsIn(regions: unknown): RestyleRequest['regions'] {
  if (!isRecord(regions)) throw malformed('the regions must be an object');
  const { mixes, width, height, shares } = regions;
  // One more is the request's own mix.
  if (!Array.isArray(mixes) || mixes.length < 1 || mixes.length >= MOST_REGIONS) {
    throw malformed(`there may be 1 to ${MOST_REGIONS - 1} regions`);
  }
  if (!isSide(width) || !isSide(height)) throw malformed('masks have a size in whole pixels');
  const unpacked = new Uint8Array(unpackPixels(shares));
  const texels = width * height;
  if (unpacked.length !== mixes.length * texels) throw malformed('the masks have another size');
  for (let at = 0; at < texels; at++) {
    let sum = 0;
    for (let i = at; i < unpacked.length; i += texels) sum += unpacked[i]!;
    if (sum > 255) throw malformed('the masks overlap');
  }
  const part = partIn(regions['part'] ?? WHOLE);
  return { mixes: mixes.map(mixIn), map: { width, height, shares: unpacked, part } };
}

function originIn(origin: unknown): RestyleRequest['origin'] {
  if (!isRecord(origin)) throw malformed('the origin must be an object');
  const { x, y } = origin;
  if (!isPlace(x) || !isPlace(y)) throw malformed('an origin is given in whole pixels');
  return { x, y };
}

function isPlace(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= LONGEST_SIDE;
}

function partIn(part: unknown): Box {
  if (!isRecord(part)) throw malformed('the part must be an object');
  const { x, y, width, height } = part;
  if (!isShare(x) || !isShare(y) || !isShare(width) || !isShare(height)) {
    throw malformed('a part is given in shares of the masks');
  }
  return { x, y, width, height };
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function mixIn(mix: unknown): StyleMix {
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
