/** Hands a file to the person: by the extension, whatever the page may do. */
import browser, { type Runtime } from 'webextension-polyfill';

import { download } from '../media/download';
import { askBackground, isContextGone } from '../protocol/background-client';
import { carriesBinary, ownBuffer, packBytes } from '../core/bytes';
import { PasticheError } from '../protocol/errors';
import { SAVE_PORT, SAVED_PART, type SaveReply, type SaveRequest } from '../protocol/saving';

/** How long the extension may take to answer, in milliseconds. */
const TIMEOUT_MS = 20_000;

/** A document that may save is asked for so often, after so many milliseconds, twice as many each time. */
const MAX_ATTEMPTS = 4;
const RENEWAL = 150;

/**
 * Saves a file under a name. A sandboxed page may not, and nothing tells whether a page is one; so
 * the extension does it. Where that is gone, the page has to.
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
      // The document that has just left is still listed for a moment.
      await new Promise((resolve) => setTimeout(resolve, RENEWAL * 2 ** attempt));
    }
  } catch (thrown) {
    throw PasticheError.from(thrown, 'save-failed');
  }
}

/** Returns false where that document may save no more, and another one has to. */
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
