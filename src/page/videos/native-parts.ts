/** Watches the visibility of the browser's own controls and captions on a video. */
import { CONTROLS, freeParts, type Caption, type Free } from './strips';

/**
 * Time for which the controls stay after the last pointer movement or key press, while the video
 * plays. Focus alone doesn't keep them. Milliseconds.
 */
const CONTROLS_STAY = 3500;

/**
 * Calls back with the parts to leave free, whenever they change.
 * @param signal Ends it.
 */
export function watchNativeParts(
  video: HTMLVideoElement,
  onChange: (free: Free) => void,
  signal: AbortSignal,
): void {
  let moved = Number.NEGATIVE_INFINITY;
  /** The controls stay while the pointer is on them. */
  let isOnControls = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const update = (): void => {
    clearTimeout(timer);
    if (signal.aborted) return;
    const left = moved + CONTROLS_STAY - performance.now();
    const hasControls = video.controls && (video.paused || left > 0 || isOnControls);
    const box = { width: video.clientWidth, height: video.clientHeight };
    onChange(freeParts(hasControls, captionsOf(video), box, widthOf));
    if (left > 0) timer = setTimeout(update, left);
  };
  const showControls = (): void => {
    moved = performance.now();
    update();
  };
  const onPointer = (event: PointerEvent): void => {
    const isGone = event.type === 'pointerleave';
    isOnControls = !isGone && event.offsetY > video.clientHeight - CONTROLS;
    moved = isGone ? Number.NEGATIVE_INFINITY : performance.now();
    update();
  };
  const options = { signal, passive: true };
  for (const type of ['pointermove', 'pointerdown', 'pointerleave'] as const) {
    video.addEventListener(type, onPointer, options);
  }
  for (const type of ['focus', 'keydown'] as const) {
    video.addEventListener(type, showControls, options);
  }
  // When full screen begins or ends, the controls appear by themselves.
  document.addEventListener('fullscreenchange', showControls, options);
  for (const type of ['play', 'pause', 'ended', 'loadedmetadata']) {
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

const pen = new OffscreenCanvas(1, 1).getContext('2d');

function widthOf(text: string, fontSize: number): number {
  if (!pen) return Infinity;
  pen.font = `${fontSize}px sans-serif`;
  return pen.measureText(text).width;
}
