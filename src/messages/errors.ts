/** What can go wrong, as a person would name it. Each has a sentence `error_<code>` in _locales. */
export const ERROR_CODES = [
  'cancelled',
  'engine-crashed',
  'engine-unavailable',
  'extension-updated',
  'fetch-failed',
  'frame-forbidden',
  'image-broken',
  'image-empty',
  'image-gone',
  'image-not-found',
  'image-too-large',
  'model-missing',
  'page-forbidden',
  'pixels-blocked',
  'recording-failed',
  'style-unknown',
  'unexpected',
  'video-blocked',
  'video-not-found',
  'video-protected',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** An error as it travels between contexts. */
export interface ErrorMessage {
  readonly code: ErrorCode;
  /** For the developer; never shown alone. */
  readonly detail: string;
}

/** An error that survives the journey between contexts and has a sentence for the person. */
export class PasticheError extends Error {
  override readonly name = 'PasticheError';

  constructor(
    readonly code: ErrorCode,
    detail = '',
    options?: ErrorOptions,
  ) {
    super(detail || code, options);
  }

  /** Anything thrown, as a PasticheError; what isn't one becomes `fallback`. */
  static from(thrown: unknown, fallback: ErrorCode = 'unexpected'): PasticheError {
    if (thrown instanceof PasticheError) return thrown;
    const detail = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
    return new PasticheError(fallback, detail, { cause: thrown });
  }

  /** An error message received from another context; malformed ones become `unexpected`. */
  static fromMessage(message: unknown): PasticheError {
    const { code, detail } = (message ?? {}) as Partial<Record<'code' | 'detail', unknown>>;
    const known = ERROR_CODES.find((candidate) => candidate === code);
    return new PasticheError(known ?? 'unexpected', typeof detail === 'string' ? detail : '');
  }

  toMessage(): ErrorMessage {
    return { code: this.code, detail: this.message };
  }
}
