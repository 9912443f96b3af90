import * as v from 'valibot';

/** Length of a style vector. */
export const STYLE_DIM = 128;

/** A painting whose style the network knows. */
export interface Style {
  /** Stable id, such as `starry-night`. */
  readonly id: string;
  readonly title: string;
  readonly artist: string;
  /** As displayed: `1889`, `c. 1831`. */
  readonly year: string;
  /** The style encoder's output for the painting: {@link STYLE_DIM} numbers. */
  readonly vector: Float32Array;
}

/** Styles with vectors for one network. */
export interface StyleSet {
  /** Id of the style space. A network understands the vectors of its own style space only. */
  readonly styleSpace: string;
  readonly styles: readonly Style[];
}

const styleVector = v.pipe(
  v.custom<number[]>(
    (value) => Array.isArray(value) && value.length === STYLE_DIM && value.every(Number.isFinite),
    `a vector must have ${STYLE_DIM} finite numbers`,
  ),
  v.transform((numbers) => Float32Array.from(numbers)),
);

const style = v.object({
  id: v.string(),
  title: v.string(),
  artist: v.string(),
  year: v.string(),
  vector: styleVector,
});

const styleSet = v.object({
  styleSpace: v.string(),
  styles: v.pipe(
    v.array(style),
    v.check(
      (styles) => new Set(styles.map(({ id }) => id)).size === styles.length,
      'two styles have the same id',
    ),
  ),
});

/**
 * Reads the contents of `models/styles.json`.
 * @throws {TypeError} that names the fault, if it is not a style set.
 */
export function parseStyleSet(json: unknown): StyleSet {
  const result = v.safeParse(styleSet, json);
  if (result.success) return result.output;
  const [{ message, path = [] }] = result.issues;
  const at = path.map(({ key, value }) => (v.is(named, value) ? `"${value.id}"` : String(key)));
  throw new TypeError(`a style set is wrong at ${at.join('.') || 'all'}: ${message}`);
}

const named = v.object({ id: v.string() });
