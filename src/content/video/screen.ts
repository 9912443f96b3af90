/** Where the pastiches of a video are shown. */
import type { VideoSettings } from '../../storage/settings';
import type { Size } from '../fit';
import { SharpScreen } from './sharp-screen';

export interface Screen {
  readonly canvas: HTMLCanvasElement;
  /** Whether it can show nothing more, as the GPU has taken its memory back. */
  readonly isLost: boolean;
  /** Remembers the frame that is going to be painted; what it needs of it, it copies. */
  take(video: HTMLVideoElement, frame: ImageData): void;
  /**
   * Shows the pastiche of the frame that was taken last.
   * @param size In device pixels, at which it is seen.
   */
  show(pastiche: ImageData, size: Size): void;
  /** Gives back what it holds of the GPU. */
  close(): void;
}

export type Sharpness = VideoSettings['sharpness'];

/** The screen that is wanted, as far as the browser has it. */
export function createScreen(sharpness: Sharpness): Screen {
  const sharp = sharpness === 'never' ? null : SharpScreen.create(sharpness === 'always');
  return sharp ?? new PlainScreen();
}

/** Shows the pastiche as it is; the browser scales it. */
class PlainScreen implements Screen {
  readonly canvas = document.createElement('canvas');
  readonly isLost = false;
  private readonly context = this.canvas.getContext('2d', { alpha: false });

  take(): void {
    // The frame itself is not needed.
  }

  show(pastiche: ImageData): void {
    // A new size makes a new buffer, so it is set only if it is one.
    if (this.canvas.width !== pastiche.width) this.canvas.width = pastiche.width;
    if (this.canvas.height !== pastiche.height) this.canvas.height = pastiche.height;
    this.context?.putImageData(pastiche, 0, 0);
  }

  close(): void {
    // The browser's own memory goes with the canvas.
  }
}
