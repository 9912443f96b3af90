/**
 * Keeps the engine's host alive where this browser can have one.
 *
 * Chrome: a service worker can't own a worker for long and has no canvas, so an offscreen document
 * does. Chrome promises one document at most and no lifetime: it is asked for anew before every
 * use, and whether it exists is asked of the browser, not remembered.
 * Firefox and Safari have no offscreen documents; their background page is a document and owns the
 * engine itself.
 */
export const ENGINE_DOCUMENT = 'offscreen.html';

/** Whether this browser has offscreen documents; where not, the background is a document itself. */
export function hasOffscreenDocuments(): boolean {
  return globalThis.chrome?.offscreen !== undefined;
}

let waking: Promise<void> | null = null;

/** Resolves when ports to the engine can be opened. */
export async function wakeEngine(): Promise<void> {
  if (!hasOffscreenDocuments()) return;
  // The browser lists a document before its script runs, so whoever comes second waits too.
  waking ??= createDocument().finally(() => {
    waking = null;
  });
  await waking;
}

/** Has the engine start before it is needed. */
export function wakeEngineAhead(): void {
  // Whoever needs it wakes it again, and hears of what went wrong.
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
