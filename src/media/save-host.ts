/** Saves files of content scripts in the name of the extension. */
import browser, { type Runtime } from 'webextension-polyfill';

import { unpackBytes } from '../core/bytes';
import { PasticheError } from '../protocol/errors';
import { MAX_SAVED_BYTES, SAVE_PORT, SAVED_TYPES, type SaveReply } from '../protocol/saving';
import { tidyFileName } from '../core/file-name';
import { download } from './download';

/**
 * Chrome lets a document without clicks download ten files; for the next one it would ask the user, in
 * a document that nobody sees.
 */
const MAX_SAVED = 10;

let saved = 0;

/**
 * Listens from its return on.
 * @param leave Closes this document, if another one can replace it.
 */
export function serveSaving(leave?: () => void): void {
  browser.runtime.onConnect.addListener((port) => {
    if (port.name !== SAVE_PORT || port.sender?.id !== browser.runtime.id) return;
    if (!leave || saved < MAX_SAVED) {
      accept(port);
      return;
    }
    const again: SaveReply = { type: 'save.again' };
    port.postMessage(again);
    leave();
  });
}

function accept(port: Runtime.Port): void {
  const parts: ArrayBuffer[] = [];
  let size = 0;
  const reply = (message: SaveReply): void => port.postMessage(message);
  port.onMessage.addListener((message: unknown) => {
    try {
      const { type, data, name, mime } = (message ?? {}) as Record<string, unknown>;
      if (type === 'save.part') {
        const part = unpackBytes(data);
        size += part.byteLength;
        if (size > MAX_SAVED_BYTES) throw new PasticheError('save-failed', 'too large a file');
        parts.push(part);
        reply({ type: 'save.more' });
      } else if (type === 'save.end' && typeof name === 'string' && typeof mime === 'string') {
        const ending = SAVED_TYPES[mime];
        // A compromised page process may have pictures and videos saved, but nothing else.
        if (!ending) throw new PasticheError('save-failed', `not saved: ${mime}`);
        saved += 1;
        download(new Blob(parts, { type: mime }), tidyFileName(name, ending));
        reply({ type: 'save.done' });
      }
    } catch (thrown) {
      parts.length = 0;
      reply({ type: 'save.failed', error: PasticheError.from(thrown, 'save-failed').toMessage() });
    }
  });
  reply({ type: 'save.hello', probe: new Uint8Array(1) });
}
