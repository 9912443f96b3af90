/**
 * A file on its way from a content script to the document of the extension that hands it to the
 * person: a page may be one that may not (`Content-Security-Policy: sandbox`, a sandboxed frame).
 */
import type { Bytes } from '../core/bytes';
import type { ErrorMessage } from './errors';

export const SAVE_PORT = 'save';

/** What is saved, and the endings that its names have. */
export const SAVED_TYPES: Readonly<Record<string, string>> = {
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/webp': '.webp',
  'video/webm': '.webm',
};

/** Larger files are not saved, in bytes. */
export const MAX_SAVED_PIXELS = 1e9;

/** So much of a file travels in one message, in bytes. */
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
  /** Instead of that: this document goes, because it may save no more; another one has to. */
  | { readonly type: 'save.again' }
  | { readonly type: 'save.more' }
  | { readonly type: 'save.done' }
  | { readonly type: 'save.failed'; readonly error: ErrorMessage };
