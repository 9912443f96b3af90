/** Saves a file for the user, through the extension, whatever the page may do. */
import browser, { type Runtime } from 'webextension-polyfill';

import { download } from '../media/download';
import { askBackground, isContextGone } from '../protocol/background-client';
import { carriesBinary, ownBuffer, packBytes } from '../core/bytes';
import { PasticheError } from '../protocol/errors';
import { SAVE_PORT, SAVED_PART, type SaveReply, type SaveRequest } from '../protocol/saving';

/** Timeout for a reply of the extension, in milliseconds. */
const TIMEOUT_MS = 20_000;

/**
 * Maximum number of attempts to find a document that may save, and the first delay between them in
 * milliseconds, which doubles each time.
 */
const MAX_ATTEMPTS = 4;
const RENEWAL = 150;

/**
 * Saves a file under a name. A sandboxed page can't, and there is no way to tell whether a page is
 * sandboxed; so the extension does it. If the extension is gone, the page has to.
 * @throws {PasticheError} `save-failed`.
 */
export async function saveFile(file: Blob, name: string): Promise<void> {
  if (isContextGone()) {
    download(file, name);
    return;
  }
  try {
    for (let attempt = 0; ; attempt++) {
      await askBackground({ type: 'background.wake-engine' });
      if (await send(file, name)) return;
      if (attempt === MAX_ATTEMPTS) throw new PasticheError('save-failed', 'no document saves it');
      // A document that has just gone is still listed for a moment.
      await new Promise((resolve) => setTimeout(resolve, RENEWAL * 2 ** attempt));
    }
  } catch (thrown) {
    throw PasticheError.from(thrown, 'save-failed');
  }
}

/** Returns false if that document can no longer save, and another one has to. */
async function send(file: Blob, name: string): Promise<boolean> {
  const port = browser.runtime.connect({ name: SAVE_PORT });
  try {
    const hello = await answer(port);
    if (hello.type === 'save.again') return false;
    const binary = hello.type === 'save.hello' && carriesBinary(hello.probe);
    for (let at = 0; at < file.size; at += SAVED_PART) {
      const part = await ownBuffer(file.slice(at, at + SAVED_PART));
      await ask(port, { type: 'save.part', data: packBytes(part, binary) });
    }
    await ask(port, { type: 'save.end', name, mime: file.type.replace(/;.*$/, '') });
    return true;
  } finally {
    port.disconnect();
  }
}

function ask(port: Runtime.Port, request: SaveRequest): Promise<SaveReply> {
  const reply = answer(port);
  port.postMessage(request);
  return reply;
}

/** The next message on a port. */
function answer(port: Runtime.Port): Promise<SaveReply> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      port.onMessage.removeListener(onMessage);
      port.onDisconnect.removeListener(onDisconnect);
    };
    const onMessage = (message: unknown): void => {
      end();
      const reply = message as SaveReply;
      if (reply.type === 'save.failed') reject(PasticheError.fromMessage(reply.error));
      else resolve(reply);
    };
    const onDisconnect = (): void => {
      end();
      reject(new PasticheError('save-failed', 'nobody listens'));
    };
    const timer = setTimeout(onDisconnect, TIMEOUT_MS);
    port.onMessage.addListener(onMessage);
    port.onDisconnect.addListener(onDisconnect);
  });
}
