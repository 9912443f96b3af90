/** What schemas everywhere are made of and used by. */
import * as v from 'valibot';

/** Any object that is no list. */
export const record = v.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'an object is needed',
);

/** The type of what a schema lets through; nothing in a message is ever changed. */
export type Checked<Schema extends v.GenericSchema> = Immutable<v.InferOutput<Schema>>;

/** The type of what it takes: what has a default may be missing. */
export type Given<Schema extends v.GenericSchema> = Immutable<v.InferInput<Schema>>;

type Immutable<T> = T extends ArrayBuffer | ArrayBufferView
  ? T
  : T extends object
    ? { readonly [K in keyof T]: Immutable<T[K]> }
    : T;

/** A message that is checked, or null. */
export function checked<Schema extends v.GenericSchema>(
  schema: Schema,
  message: unknown,
): v.InferOutput<Schema> | null {
  const result = v.safeParse(schema, message);
  return result.success ? result.output : null;
}
