/** Records what a restyled video shows, with its sound where the page lets it be heard. */
import { ownBuffer } from '../../core/bytes';
import { PasticheError } from '../../protocol/errors';
import { seekable } from '../../media/webm';
import type { Box, Size } from '../../core/geometry';

/** A recording ends by itself at this size, in bytes: it is put in order in memory. */
export const MAX_BYTES = 250_000_000;

/** The longest side that is recorded, in pixels. */
const MAX_SIDE = 1280;

/** Bits per second and pixel: painted strokes are hard to compress. */
const BITS_PER_PIXEL = 6;

/** How often the recorder hands over what it has, in milliseconds. */
const STEP = 1000;

const TYPES = ['video/webm;codecs=vp9,opus', 'video/webm;codecs=vp8,opus', 'video/webm'];

export class Recorder {
  private readonly canvas = document.createElement('canvas');
  private readonly context = this.canvas.getContext('2d', { alpha: false });
  private readonly recorder: MediaRecorder;
  private readonly picture: MediaStreamTrack | undefined;
  private readonly capture: Pick<CanvasCaptureMediaStreamTrack, 'requestFrame'>;
  private readonly parts: Blob[] = [];
  private readonly began = performance.now();
  private size = 0;

  /**
   * Begins to record.
   * @param natural Size of the video. Recordings have one size, whatever size is painted.
   * @param onFull Called when the limit is reached; {@link finish} is to be called then.
   * @throws {PasticheError} `recording-failed` where the browser can't record.
   */
  constructor(video: HTMLVideoElement, natural: Size, onFull: () => void) {
    const scale = Math.min(1, MAX_SIDE / Math.max(natural.width, natural.height));
    // Encoders want even sides.
    this.canvas.width = 2 * Math.round((natural.width * scale) / 2);
    this.canvas.height = 2 * Math.round((natural.height * scale) / 2);
    try {
      const stream = this.canvas.captureStream(0);
      [this.picture] = stream.getVideoTracks();
      // Firefox still has it on the stream, where it was before it was the track's.
      const owner = this.picture && 'requestFrame' in this.picture ? this.picture : stream;
      this.capture = owner as CanvasCaptureMediaStreamTrack;
      for (const track of soundOf(video)) stream.addTrack(track);
      const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
      this.recorder = new MediaRecorder(stream, {
        ...(mimeType && { mimeType }),
        videoBitsPerSecond: BITS_PER_PIXEL * this.canvas.width * this.canvas.height,
      });
      this.recorder.addEventListener('dataavailable', ({ data }) => {
        this.parts.push(data);
        this.size += data.size;
        if (this.size > MAX_BYTES) onFull();
      });
      this.recorder.start(STEP);
    } catch (thrown) {
      throw PasticheError.from(thrown, 'recording-failed');
    }
  }

  /** Seconds since it began. */
  get seconds(): number {
    return (performance.now() - this.began) / 1000;
  }

  /** Bytes so far. */
  get bytes(): number {
    return this.size;
  }

  /**
   * Adds what is on the screen now.
   * @param at Where it lies over the picture, in shares of the picture's sides.
   */
  add(shown: HTMLCanvasElement, at: Box): void {
    const { width, height } = this.canvas;
    this.context?.drawImage(
      shown,
      at.x * width,
      at.y * height,
      at.width * width,
      at.height * height,
    );
    this.capture.requestFrame();
  }

  /**
   * Ends the recording.
   * @returns A WebM file that can be seeked in.
   * @throws {PasticheError} `recording-failed` where nothing was recorded.
   */
  async finish(): Promise<Blob> {
    if (this.recorder.state !== 'inactive') {
      await new Promise<void>((resolve) => {
        this.recorder.addEventListener('stop', () => resolve(), { once: true });
        this.recorder.stop();
      });
    }
    this.picture?.stop();
    try {
      const recorded = new Uint8Array(await ownBuffer(new Blob(this.parts)));
      return new Blob([seekable(recorded)], { type: 'video/webm' });
    } catch (thrown) {
      throw PasticheError.from(thrown, 'recording-failed');
    }
  }
}

interface CapturingVideo extends HTMLVideoElement {
  captureStream?(): MediaStream;
}

/** The sound's tracks; none where it may not be recorded, or the browser can't. */
function soundOf(video: CapturingVideo): MediaStreamTrack[] {
  try {
    if (video.srcObject instanceof MediaStream) return video.srcObject.getAudioTracks();
    return video.captureStream?.().getAudioTracks() ?? [];
  } catch {
    return [];
  }
}
