/** Where the pastiches of a video are shown. */
import type { Box, Size } from '../../core/geometry';
import { SharpScreen } from './sharp-screen';

/** To the right and down. */
export interface Shift {
  readonly x: number;
  readonly y: number;
}

export interface Screen {
  readonly canvas: HTMLCanvasElement;
  /** Whether it can show nothing more, as the GPU has taken its memory back. */
  readonly isLost: boolean;
  /** Whether pastiches are to come with the details of their frames. */
  readonly wantsDetails: boolean;
  /**
   * Remembers a frame that is going to be painted, and the one before it; what it needs of them, it
   * copies.
   * @returns What {@link show} is to be given with its pastiche.
   */
  take(video: HTMLVideoElement, frame: ImageData): number;
  /**
   * Shows a pastiche.
   * @param frame What {@link take} has returned.
   * @param size In device pixels, at which it is seen.
   * @param shift So much of a pixel its scene lies to the right and below of its pixels; null where
   *   it has the details of its frame, and lies as that does.
   * @returns Where the canvas is to lie over the picture for that, in shares of the picture's sides.
   */
  show(pastiche: ImageData, frame: number, size: Size, shift: Shift | null): Box;
  /** Gives back what it holds of the GPU. */
  close(): void;
}

/**
 * Makes a screen.
 * @param sharp Whether pastiches are to have the details of their frames: a graphics card lays them
 *   over, or the engine where there is none.
 * @param gpu Whether there may be a graphics card.
 */
export function createScreen(sharp: boolean, gpu = true): Screen {
  return (sharp && gpu ? SharpScreen.create() : null) ?? new PlainScreen(sharp);
}

/**
 * Shows the pastiche as it is, and the browser scales it; if that may lie beside the picture by a
 * fraction, with a rim of one pixel, so that it covers it.
 */
class PlainScreen implements Screen {
  readonly canvas = document.createElement('canvas');
  readonly isLost = false;
  private readonly context = this.canvas.getContext('2d', { alpha: false });

  constructor(readonly wantsDetails: boolean) {}

  take(): number {
    return 0;
  }

  show(pastiche: ImageData, _frame: number, _size: Size, shift: Shift | null): Box {
    const { context } = this;
    const { width, height } = pastiche;
    const rim = shift ? 1 : 0;
    this.resize(width + 2 * rim, height + 2 * rim);
    context?.putImageData(pastiche, rim, rim);
    if (!shift) return { x: 0, y: 0, width: 1, height: 1 };
    const { x, y } = shift;
    context?.putImageData(pastiche, 0, 1, 0, 0, 1, height);
    context?.putImageData(pastiche, 2, 1, width - 1, 0, 1, height);
    context?.putImageData(pastiche, 1, 0, 0, 0, width, 1);
    context?.putImageData(pastiche, 1, 2, 0, height - 1, width, 1);
    return {
      x: (x - 1) / width,
      y: (y - 1) / height,
      width: (width + 2) / width,
      height: (height + 2) / height,
    };
  }

  /** A new size makes a new buffer, so it is set only if it is one. */
  private resize(width: number, height: number): void {
    const { canvas } = this;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
  }

  close(): void {
    // The browser's own memory goes with the canvas.
  }
}
