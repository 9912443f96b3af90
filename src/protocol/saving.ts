/**
 * Messages that take a file from a content script to the extension's document that saves it: a page may
 * not be allowed to (`Content-Security-Policy: sandbox`, a sandboxed frame).
 */
import type { Bytes } from '../core/bytes';
import type { ErrorMessage } from './errors';

export const SAVE_PORT = 'save';

/** Types of saved files, with their extensions. */
export const SAVED_TYPES: Readonly<Record<string, string>> = {
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/webp': '.webp',
  'video/webm': '.webm',
};

/** Maximum size of a saved file, in bytes. */
export const MAX_SAVED_BYTES = 1e9;

/** Size of the parts in which a file is sent, in bytes. */
export const SAVED_PART = 4e6;

/** Every part is answered before the next one is sent. */
export type SaveRequest =
  | { readonly type: 'save.part'; readonly data: Bytes }
  | { readonly type: 'save.end'; readonly name: string; readonly mime: string };

export type SaveReply =
  | {
      /** First message on every port. */
      readonly type: 'save.hello';
      /** See {@link Bytes}: tells whether this port carries binary data. */
      readonly probe: Uint8Array;
    }
  /** Instead of that: this document closes, because it may save no more; another one has to. */
  | { readonly type: 'save.again' }
  | { readonly type: 'save.more' }
  | { readonly type: 'save.done' }
  | { readonly type: 'save.failed'; readonly error: ErrorMessage };
