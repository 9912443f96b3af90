/** Watches when the browser's own controls and captions are to be seen on a video. */
import { freeStrips, type Caption, type Strips } from './strips';

/** So long after the last movement of the pointer the controls stay. Milliseconds. */
const CONTROLS_STAY = 3500;

/**
 * Calls back with the strips to leave free, whenever they change.
 * @param signal Ends it.
 */
export function watchNativeParts(
  video: HTMLVideoElement,
  onChange: (strips: Strips) => void,
  signal: AbortSignal,
): void {
  let moved = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const update = (): void => {
    clearTimeout(timer);
    if (signal.aborted) return;
    const left = moved + CONTROLS_STAY - performance.now();
    const hasControls = video.controls && (video.paused || left > 0 || video.matches(':focus'));
    onChange(freeStrips(hasControls, captionsOf(video), video.clientHeight));
    if (left > 0) timer = setTimeout(update, left);
  };
  const onPointer = (event: PointerEvent): void => {
    moved = event.type === 'pointerleave' ? Number.NEGATIVE_INFINITY : performance.now();
    update();
  };
  const options = { signal, passive: true };
  // In full screen the controls come up by themselves first, and on the way back too.
  const onFullScreen = (): void => {
    moved = performance.now();
    update();
  };
  document.addEventListener('fullscreenchange', onFullScreen, options);
  video.addEventListener('pointermove', onPointer, options);
  video.addEventListener('pointerdown', onPointer, options);
  video.addEventListener('pointerleave', onPointer, options);
  for (const type of ['play', 'pause', 'ended', 'focus', 'blur', 'loadedmetadata']) {
    video.addEventListener(type, update, options);
  }
  const watchTrack = (track: TextTrack): void =>
    track.addEventListener('cuechange', update, options);
  for (const track of video.textTracks) watchTrack(track);
  video.textTracks.addEventListener(
    'addtrack',
    ({ track }) => {
      if (track) watchTrack(track);
    },
    options,
  );
  video.textTracks.addEventListener('change', update, options);
  const attributes = new MutationObserver(update);
  attributes.observe(video, { attributeFilter: ['controls'] });
  const sizes = new ResizeObserver(update);
  sizes.observe(video);
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    attributes.disconnect();
    sizes.disconnect();
  });
  update();
}

function captionsOf(video: HTMLVideoElement): Caption[] {
  return [...video.textTracks]
    .filter(({ mode }) => mode === 'showing')
    .flatMap(({ activeCues }) => [...(activeCues ?? [])])
    .filter((cue) => cue instanceof VTTCue);
}
