/** Building blocks of schemas. */
import * as v from 'valibot';

/** Any object but an array. */
export const record = v.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'an object is needed',
);

/** The type that a schema accepts; messages are never modified. */
export type Checked<Schema extends v.GenericSchema> = Immutable<v.InferOutput<Schema>>;

/** The type of what it takes: what has a default may be missing. */
export type Given<Schema extends v.GenericSchema> = Immutable<v.InferInput<Schema>>;

type Immutable<T> = T extends ArrayBuffer | ArrayBufferView
  ? T
  : T extends object
    ? { readonly [K in keyof T]: Immutable<T[K]> }
    : T;

/** The message if it matches the schema, or null. */
export function checked<Schema extends v.GenericSchema>(
  schema: Schema,
  message: unknown,
): v.InferOutput<Schema> | null {
  const result = v.safeParse(schema, message);
  return result.success ? result.output : null;
}
