import * as v from 'valibot';

import { engineRequest } from '../../protocol/engine';
import { PasticheError } from '../../protocol/errors';

/** A request of a client, checked, with what it left to its defaults. */
export type CheckedRequest = v.InferOutput<typeof engineRequest>;

export type RestyleRequest = Extract<CheckedRequest, { type: 'engine.restyle' }>;

/**
 * Reads a message from a client's port.
 * @throws {PasticheError} `unexpected`, with what is wrong, if it isn't an engine request.
 * @throws {TypeError} for bytes in no base64.
 */
export function parseEngineRequest(message: unknown): CheckedRequest {
  const result = v.safeParse(engineRequest, message);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue) ?? 'the request';
  throw new PasticheError('unexpected', `${path}: ${issue.message}`);
}

/** The id for an answer to a malformed message; −1 if the message has none. */
export function idOfMessage(message: unknown): number {
  return v.is(v.object({ id: v.pipe(v.number(), v.safeInteger()) }), message) ? message.id : -1;
}
