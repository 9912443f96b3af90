import * as v from 'valibot';

/** Any object that is no list. */
export const record = v.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'an object is needed',
);
