/**
 * Starts the engine's host, and keeps it running where the browser allows that.
 *
 * Chrome: a service worker can't own a worker for long and has no canvas, so an offscreen document
 * does. Chrome allows one such document and guarantees no lifetime: the extension asks for it before
 * every use, and asks the browser whether it exists rather than remembering.
 * Firefox and Safari have no offscreen documents; their background page is a document and owns the
 * engine itself.
 */
export const ENGINE_DOCUMENT = 'offscreen.html';

/** Whether this browser has offscreen documents; if not, the background is a document itself. */
export function hasOffscreenDocuments(): boolean {
  return globalThis.chrome?.offscreen !== undefined;
}

let waking: Promise<void> | null = null;

/** Resolves when ports to the engine can be opened. */
export async function wakeEngine(): Promise<void> {
  if (!hasOffscreenDocuments()) return;
  // The browser lists a document before its script runs, so later callers wait for it too.
  waking ??= createDocument().finally(() => {
    waking = null;
  });
  await waking;
}

/** Starts the engine before it is needed. */
export function wakeEngineAhead(): void {
  // A later call that needs the engine wakes it again, and gets the error.
  wakeEngine().catch(() => undefined);
}

async function createDocument(): Promise<void> {
  const contexts = await chrome.runtime.getContexts({
    contextTypes: ['OFFSCREEN_DOCUMENT'],
  });
  if (contexts.length > 0) return;
  const { offscreen } = chrome;
  await offscreen.createDocument({
    url: ENGINE_DOCUMENT,
    reasons: ['WORKERS'],
    justification: 'Runs the neural network that paints pictures, in a worker.',
  });
}
