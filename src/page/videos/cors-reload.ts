/**
 * Loads a video from another site again, in a way that lets its pixels be read, where that site's
 * server agrees.
 */

/** How long the server may take to answer, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** Videos whose attribute is ours, for the source that they play. */
const ours = new WeakSet<HTMLVideoElement>();

/**
 * Takes the attribute back when the page gives the video another source, before that is loaded: it
 * would not be shown at all where its server doesn't agree.
 * @param signal Ends it.
 */
export function watchForOtherSource(video: HTMLVideoElement, signal: AbortSignal): void {
  const sources = new MutationObserver(() => {
    if (ours.delete(video)) video.crossOrigin = null;
  });
  sources.observe(video, { attributeFilter: ['src'], childList: true });
  signal.addEventListener('abort', () => sources.disconnect());
}

/** Whether loading it again could help: an address of the web, asked for without CORS. */
export function canReload({ currentSrc, crossOrigin }: HTMLVideoElement): boolean {
  return crossOrigin === null && /^https?:/.test(currentSrc);
}

/**
 * Loads the video again with CORS; it goes on where it was. Where the server doesn't allow it, the
 * video is left alone.
 * @returns Whether its pixels can be read now.
 */
export async function reloadWithCors(video: HTMLVideoElement): Promise<boolean> {
  if (!(await isAllowed(video.currentSrc))) return false;
  if (await reload(video, 'anonymous')) {
    ours.add(video);
    return true;
  }
  // The server allows its first byte only; as it was before it could at least be watched.
  await reload(video, null);
  return false;
}

async function isAllowed(address: string): Promise<boolean> {
  try {
    const { body, ok } = await fetch(address, {
      mode: 'cors',
      credentials: 'omit',
      headers: { range: 'bytes=0-0' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    // A server that doesn't know ranges sends all of it.
    await body?.cancel();
    return ok;
  } catch {
    return false;
  }
}

async function reload(video: HTMLVideoElement, crossOrigin: string | null): Promise<boolean> {
  const { currentTime, paused, playbackRate } = video;
  video.crossOrigin = crossOrigin;
  const listening = new AbortController();
  const isLoaded = await new Promise<boolean>((resolve) => {
    const on = (type: string, result: boolean, target: EventTarget = video): void => {
      const options = { signal: listening.signal, capture: true };
      target.addEventListener(type, () => resolve(result), options);
    };
    on('loadeddata', true);
    // Without a <source> it is the video that fails.
    on('error', false);
    setTimeout(() => resolve(false), TIMEOUT_MS);
    video.load();
  });
  listening.abort();
  if (!isLoaded) return false;
  // A live stream has no place to go back to.
  if (Number.isFinite(video.duration)) video.currentTime = currentTime;
  video.playbackRate = playbackRate;
  if (!paused) await video.play().catch(() => undefined);
  return true;
}
