/** Records a restyled video, with its sound if the page allows it. */
import { ownBuffer } from '../../core/bytes';
import { PasticheError } from '../../protocol/errors';
import { seekable } from '../../media/webm';
import type { Box, Size } from '../../core/geometry';

/** Maximum size of a recording, in bytes, after which it ends: it is made seekable in memory. */
export const MAX_BYTES = 250_000_000;

/** Maximum length of a recording's longer side, in pixels. */
const MAX_SIDE = 1280;

/** Bits per second and pixel: painted strokes are hard to compress. */
const BITS_PER_PIXEL = 6;

/** Interval between the recorder's chunks, in milliseconds. */
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
   * Starts recording.
   * @param natural Size of the video. Recordings have one size, whatever the painted one.
   * @param onFull Called when the limit is reached; {@link finish} must be called then.
   * @throws {PasticheError} `recording-failed` if the browser can't record.
   */
  constructor(video: HTMLVideoElement, natural: Size, onFull: () => void) {
    const scale = Math.min(1, MAX_SIDE / Math.max(natural.width, natural.height));
    // Encoders require even sides.
    this.canvas.width = 2 * Math.round((natural.width * scale) / 2);
    this.canvas.height = 2 * Math.round((natural.height * scale) / 2);
    try {
      const stream = this.canvas.captureStream(0);
      [this.picture] = stream.getVideoTracks();
      // Firefox still has the method on the stream, as in an earlier standard.
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

  /** Seconds since it started. */
  get seconds(): number {
    return (performance.now() - this.began) / 1000;
  }

  /** Bytes so far. */
  get bytes(): number {
    return this.size;
  }

  /**
   * Adds the present picture on the screen.
   * @param at Its box over the video, in fractions of the video's sides.
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
   * @returns A seekable WebM file.
   * @throws {PasticheError} `recording-failed` if nothing was recorded.
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

/** The audio tracks; none if the page or the browser doesn't allow recording them. */
function soundOf(video: CapturingVideo): MediaStreamTrack[] {
  try {
    if (video.srcObject instanceof MediaStream) return video.srcObject.getAudioTracks();
    return video.captureStream?.().getAudioTracks() ?? [];
  } catch {
    return [];
  }
}
