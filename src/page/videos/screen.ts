/** Shows the pastiches of a video. */
import type { Box, Size } from '../../core/geometry';
import { SharpScreen } from './sharp-screen';

/** To the right and down. */
export interface Shift {
  readonly x: number;
  readonly y: number;
}

export interface Screen {
  readonly canvas: HTMLCanvasElement;
  /** Whether it can't show anything any more, as the GPU has reclaimed its memory. */
  readonly isLost: boolean;
  /** Whether pastiches should include the details of their frames. */
  readonly wantsDetails: boolean;
  /**
   * Remembers a frame that is going to be painted, and the one before it, by copying the necessary
   * parts.
   * @returns The number to pass to {@link show} with its pastiche.
   */
  take(video: HTMLVideoElement, frame: ImageData): number;
  /**
   * Shows a pastiche.
   * @param frame The number that {@link take} has returned.
   * @param size Its size on the screen, in device pixels.
   * @param shift Offset of its scene to the right and down from its pixels, a fraction of a pixel;
   *   null if it includes the details of its frame, without an offset.
   * @returns The resulting box of the canvas over the picture, in fractions of the picture's sides.
   */
  show(pastiche: ImageData, frame: number, size: Size, shift: Shift | null): Box;
  /** Releases its GPU resources. */
  close(): void;
}

/**
 * Creates a screen.
 * @param sharp Whether pastiches should have the details of their frames: added by a graphics card, or
 *   by the engine if there is none.
 * @param gpu Whether a graphics card may be used.
 */
export function createScreen(sharp: boolean, gpu = true): Screen {
  return (sharp && gpu ? SharpScreen.create() : null) ?? new PlainScreen(sharp);
}

/**
 * Shows the pastiche as it is, scaled by the browser; with a rim of one pixel if it may be offset by a
 * fraction, so that it covers the picture.
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

  /** Every assignment allocates a new buffer, so the size is set only if it changes. */
  private resize(width: number, height: number): void {
    const { canvas } = this;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
  }

  close(): void {
    // The browser releases the memory with the canvas.
  }
}
