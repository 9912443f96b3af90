/** Length of a style vector. */
export const STYLE_DIM = 128;

/** A painting that the network can paint like. */
export interface Style {
  /** Stable id, such as `starry-night`. */
  readonly id: string;
  readonly title: string;
  readonly artist: string;
  /** As it is shown: `1889`, `c. 1831`. */
  readonly year: string;
  /** What the style encoder made of the painting: {@link STYLE_DIM} numbers. */
  readonly vector: Float32Array;
}

/** Styles whose vectors belong to one network. */
export interface StyleSet {
  /** Id of the style space. Vectors of one space mean nothing to a network of another. */
  readonly styleSpace: string;
  readonly styles: readonly Style[];
}

/**
 * Reads the contents of `models/styles.json`.
 * @throws {TypeError} that names what is wrong, if it is not a style set.
 */
export function parseStyleSet(json: unknown): StyleSet {
  if (!isRecord(json) || typeof json['styleSpace'] !== 'string' || !Array.isArray(json['styles'])) {
    throw new TypeError('a style set needs "styleSpace" and "styles"');
  }
  const styles = json['styles'].map(parseStyle);
  if (new Set(styles.map((style) => style.id)).size !== styles.length) {
    throw new TypeError('two styles of the set have the same id');
  }
  return { styleSpace: json['styleSpace'], styles };
}

function parseStyle(json: unknown): Style {
  if (!isRecord(json)) throw new TypeError('a style must be an object');
  const { id, title, artist, year, vector } = json;
  if (
    typeof id !== 'string' ||
    typeof title !== 'string' ||
    typeof artist !== 'string' ||
    typeof year !== 'string'
  ) {
    throw new TypeError('a style needs id, title, artist and year');
  }
  if (
    !Array.isArray(vector) ||
    vector.length !== STYLE_DIM ||
    !vector.every((value) => Number.isFinite(value))
  ) {
    throw new TypeError(`the vector of style "${id}" must have ${STYLE_DIM} finite numbers`);
  }
  return { id, title, artist, year, vector: Float32Array.from(vector) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
