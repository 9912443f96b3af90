/** Reloads a video from another site so that its pixels can be read, if that site's server agrees. */

/** Timeout for the server's response, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** Videos whose attribute is ours, for their present source. */
const ours = new WeakSet<HTMLVideoElement>();

/**
 * Removes the attribute at the end, and when the page gives the video another source, before that is
 * loaded: it would not play at all if its server doesn't agree. What is loaded plays on.
 * @param signal Ends it.
 */
export function watchForOtherSource(video: HTMLVideoElement, signal: AbortSignal): void {
  const remove = (): void => {
    if (ours.delete(video)) video.crossOrigin = null;
  };
  const sources = new MutationObserver(remove);
  sources.observe(video, { attributeFilter: ['src'], childList: true });
  signal.addEventListener('abort', () => {
    sources.disconnect();
    remove();
  });
}

/** Whether reloading could help: a web address that was requested without CORS. */
export function canReload({ currentSrc, crossOrigin }: HTMLVideoElement): boolean {
  return crossOrigin === null && /^https?:/.test(currentSrc);
}

/**
 * Reloads the video with CORS; it continues at the same position. If the server doesn't allow it, the
 * video stays as it was.
 * @returns Whether its pixels can be read now.
 */
export async function reloadWithCors(video: HTMLVideoElement): Promise<boolean> {
  if (!(await isAllowed(video.currentSrc))) return false;
  if (await reload(video, 'anonymous')) {
    ours.add(video);
    return true;
  }
  // The server allows only its first byte; without CORS it could at least be watched.
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
    // A server without range support sends all of it.
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
    // Without a <source> the error event is the video's.
    on('error', false);
    setTimeout(() => resolve(false), TIMEOUT_MS);
    video.load();
  });
  listening.abort();
  if (!isLoaded) return false;
  // A live stream can't seek back.
  if (Number.isFinite(video.duration)) video.currentTime = currentTime;
  video.playbackRate = playbackRate;
  if (!paused) await video.play().catch(() => undefined);
  return true;
}
