import * as v from 'valibot';

import { unpackBytes } from '../../core/bytes';
import {
  engineRequest,
  type EngineRequest,
  type NetworkName,
  type Priority,
} from '../../protocol/engine';
import { PasticheError } from '../../protocol/errors';
import type { Regions } from '../../protocol/fields';
import { PLAIN_MANNER, type Manner } from '../../core/style/manner';
import { normaliseMix, type StyleMix } from '../../core/style/mix';
import { canHaveDetails } from '../worker/details';
import type { Size } from '../../core/geometry';
import { WHOLE, type RegionMap } from '../../core/regions/region-map';

/** A checked restyle request with its pixels unpacked. */
export interface RestyleRequest {
  readonly type: 'engine.restyle';
  readonly id: number;
  readonly priority: Priority;
  readonly width: number;
  readonly height: number;
  /** RGBA, 4·width·height bytes. */
  readonly pixels: ArrayBuffer;
  readonly mix: StyleMix;
  /** Null: one mix for the whole picture. */
  readonly regions: { readonly mixes: readonly StyleMix[]; readonly map: RegionMap } | null;
  readonly manner: Manner;
  readonly origin: { readonly x: number; readonly y: number };
  readonly file: boolean | 'webp' | 'address';
  readonly network: NetworkName;
  readonly stream: string | null;
  readonly steady: boolean;
  /** Size at which it is painted, if not its own. */
  readonly inside: Size | null;
  /** Whether the pixels came as binary data, so that the answer's may, too. */
  readonly binary: boolean;
}

type CheckedRequest = RestyleRequest | Exclude<EngineRequest, { type: 'engine.restyle' }>;

/**
 * Parses a message from a client's port.
 * @throws {PasticheError} `unexpected`, naming the fault, if it isn't an engine request.
 */
export function parseEngineRequest(message: unknown): CheckedRequest {
  const result = v.safeParse(engineRequest, message);
  if (!result.success) {
    const [issue] = result.issues;
    throw malformed(`${v.getDotPath(issue) ?? 'the request'}: ${issue.message}`);
  }
  const { output } = result;
  return output.type === 'engine.restyle' ? unpacked(output) : output;
}

/** The id for an answer to a malformed message; −1 if the message has none. */
export function idOfMessage(message: unknown): number {
  return v.is(v.object({ id: v.pipe(v.number(), v.safeInteger()) }), message) ? message.id : -1;
}

function unpacked(request: Extract<EngineRequest, { type: 'engine.restyle' }>): RestyleRequest {
  const { width, height, mix, regions, inside = null } = request;
  const pixels = bufferOf(request.pixels);
  if (pixels.byteLength !== 4 * width * height) {
    throw malformed(`${width}×${height} pixels don't have ${pixels.byteLength} bytes`);
  }
  if (inside && !canHaveDetails({ width, height }, inside)) {
    throw malformed('a frame must be larger than inside, and of groups of 4 pixels');
  }
  return {
    manner: PLAIN_MANNER,
    origin: { x: 0, y: 0 },
    network: 'full',
    stream: null,
    steady: true,
    ...request,
    inside,
    pixels,
    mix: normaliseMix(mix),
    regions: regions ? unpackedRegions(regions) : null,
    binary: typeof request.pixels !== 'string',
  };
}

function unpackedRegions({
  mixes,
  width,
  height,
  shares,
  part = WHOLE,
}: Regions): RestyleRequest['regions'] {
  const unpackedShares = new Uint8Array(bufferOf(shares));
  const texels = width * height;
  if (unpackedShares.length !== mixes.length * texels) {
    throw malformed('the masks have another size');
  }
  for (let at = 0; at < texels; at++) {
    let sum = 0;
    for (let i = at; i < unpackedShares.length; i += texels) sum += unpackedShares[i]!;
    if (sum > 255) throw malformed('the masks overlap');
  }
  return {
    mixes: mixes.map(normaliseMix),
    map: { width, height, shares: unpackedShares, part },
  };
}

function bufferOf(bytes: ArrayBuffer | string): ArrayBuffer {
  try {
    return unpackBytes(bytes);
  } catch (thrown) {
    throw PasticheError.from(thrown, 'unexpected');
  }
}

function malformed(detail: string): PasticheError {
  return new PasticheError('unexpected', detail);
}
