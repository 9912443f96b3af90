import * as v from 'valibot';

/** Errors that the user can understand. Each has a message `error_<code>` in _locales. */
export const ERROR_CODES = [
  'animation-too-long',
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
  'not-restyled',
  'page-forbidden',
  'page-resists',
  'picture-differs',
  'picture-edited',
  'pixels-blocked',
  'recording-failed',
  'save-failed',
  'storage-full',
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

const receivedError = v.fallback(
  v.object({
    code: v.fallback(v.picklist(ERROR_CODES), 'unexpected'),
    detail: v.fallback(v.string(), ''),
  }),
  { code: 'unexpected', detail: '' },
);

/** An error that can be sent between contexts and has a message for the user. */
export class PasticheError extends Error {
  override readonly name = 'PasticheError';

  constructor(
    readonly code: ErrorCode,
    detail = '',
    options?: ErrorOptions,
  ) {
    super(detail || code, options);
  }

  /** Converts anything thrown; anything unknown becomes `fallback`. */
  static from(thrown: unknown, fallback: ErrorCode = 'unexpected'): PasticheError {
    if (thrown instanceof PasticheError) return thrown;
    const detail = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
    // IndexedDB says QuotaExceededError, storage.local a sentence with "quota" in it; of a full disk
    // Chrome says FILE_ERROR_NO_SPACE, Firefox NS_ERROR_FILE_NO_DEVICE_SPACE.
    if (/quota|no_(?:device_)?space|no space left/i.test(detail)) {
      return new PasticheError('storage-full', detail, { cause: thrown });
    }
    return new PasticheError(fallback, detail, { cause: thrown });
  }

  /** An error message received from another context; malformed ones become `unexpected`. */
  static fromMessage(message: unknown): PasticheError {
    const { code, detail } = v.parse(receivedError, message);
    return new PasticheError(code, detail);
  }

  toMessage(): ErrorMessage {
    return { code: this.code, detail: this.message };
  }
}
