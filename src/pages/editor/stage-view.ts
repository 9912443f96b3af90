import type { Size } from '../../core/geometry';
import type { Mask, Point } from '../../core/regions/mask';

/** The picture's transform on the stage: pixels of the picture to CSS pixels of the stage. */
interface View {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

/** Margin around a fitted picture, in CSS pixels. */
const MARGIN = 24;
const MAX_ZOOM = 16;
const MIN_ZOOM = 0.05;

/** Colour of the selected mask over the picture. */
const TINT = [255, 64, 129] as const;
const TINT_STRENGTH = 0.42;

/** Overlays on the picture. */
export interface Marks {
  /** Mask to tint; null for none. */
  readonly mask: Mask | null;
  /** A line in pixels of the mask, such as a lasso's. */
  readonly outline: readonly Point[] | null;
  /** Position of the keyboard's tool, or of the brush; in pixels of the mask. */
  readonly cursor: {
    readonly at: Point;
    readonly radius: number;
    readonly isCross: boolean;
  } | null;
}

/** Draws the picture and its overlays, panned and zoomed. */
export class StageView {
  private view: View = { scale: 1, x: 0, y: 0 };
  private isFitted = true;
  private picture: CanvasImageSource | null = null;
  private marks: Marks = { mask: null, outline: null, cursor: null };
  private readonly tint = document.createElement('canvas');
  private tinted: Mask | null = null;
  private frame = 0;
  private readonly sizes: ResizeObserver;

  /**
   * @param size The picture's, in its pixels.
   * @param masks Size of the masks, which are spread over the picture.
   */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly size: Size,
    private readonly masks: Size,
  ) {
    this.sizes = new ResizeObserver(() => {
      if (this.isFitted) this.fit();
      this.redraw();
    });
    this.sizes.observe(canvas);
    this.fit();
  }

  close(): void {
    this.sizes.disconnect();
    cancelAnimationFrame(this.frame);
  }

  show(picture: CanvasImageSource): void {
    this.picture = picture;
    this.redraw();
  }

  mark(marks: Partial<Marks>): void {
    this.marks = { ...this.marks, ...marks };
    this.redraw();
  }

  /** Centres the whole picture. */
  fit(): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const scale = Math.min(
      Math.max(1, width - 2 * MARGIN) / this.size.width,
      Math.max(1, height - 2 * MARGIN) / this.size.height,
    );
    this.view = {
      scale,
      x: (width - this.size.width * scale) / 2,
      y: (height - this.size.height * scale) / 2,
    };
    this.isFitted = true;
    this.redraw();
  }

  /** @param about Fixed point in CSS pixels of the stage; by default its centre. */
  zoom(factor: number, about?: Point): void {
    const { clientWidth, clientHeight } = this.canvas;
    const { x, y } = about ?? { x: clientWidth / 2, y: clientHeight / 2 };
    const scale = Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, this.view.scale * factor));
    const ratio = scale / this.view.scale;
    this.view = { scale, x: x - (x - this.view.x) * ratio, y: y - (y - this.view.y) * ratio };
    this.isFitted = false;
    this.redraw();
  }

  pan(dx: number, dy: number): void {
    this.view = { ...this.view, x: this.view.x + dx, y: this.view.y + dy };
    this.isFitted = false;
    this.redraw();
  }

  /** Converts CSS pixels of the stage to pixels of the mask. */
  toMask({ x, y }: Point): Point {
    return {
      x: ((x - this.view.x) / this.view.scale) * (this.masks.width / this.size.width),
      y: ((y - this.view.y) / this.view.scale) * (this.masks.height / this.size.height),
    };
  }

  /** CSS pixels per pixel of the mask. */
  get maskScale(): number {
    return (this.view.scale * this.size.width) / this.masks.width;
  }

  private redraw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    const { canvas, view, size } = this;
    const density = devicePixelRatio;
    const width = Math.max(1, Math.round(canvas.clientWidth * density));
    const height = Math.max(1, Math.round(canvas.clientHeight * density));
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const context = canvas.getContext('2d');
    if (!context) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    context.setTransform(density, 0, 0, density, 0, 0);
    context.translate(view.x, view.y);
    context.scale(view.scale, view.scale);
    context.imageSmoothingEnabled = view.scale * density < 3;
    if (this.picture) context.drawImage(this.picture, 0, 0, size.width, size.height);
    if (this.marks.mask) this.drawTint(context, this.marks.mask);
    context.scale(size.width / this.masks.width, size.height / this.masks.height);
    this.drawLines(context);
  }

  private drawTint(context: CanvasRenderingContext2D, mask: Mask): void {
    if (this.tinted !== mask) {
      this.tinted = mask;
      this.tint.width = mask.width;
      this.tint.height = mask.height;
      const pixels = new ImageData(mask.width, mask.height);
      for (const [i, value] of mask.data.entries()) {
        if (value === 0) continue;
        pixels.data.set(TINT, 4 * i);
        pixels.data[4 * i + 3] = value * TINT_STRENGTH;
      }
      this.tint.getContext('2d')?.putImageData(pixels, 0, 0);
    }
    context.drawImage(this.tint, 0, 0, this.size.width, this.size.height);
  }

  /** White lines with a dark outline, visible on every picture. */
  private drawLines(context: CanvasRenderingContext2D): void {
    const { outline, cursor } = this.marks;
    const paths: Path2D[] = [];
    if (outline && outline.length > 1) {
      const path = new Path2D();
      for (const { x, y } of outline) path.lineTo(x, y);
      paths.push(path);
    }
    if (cursor) {
      const { at, radius, isCross } = cursor;
      const path = new Path2D();
      path.arc(at.x, at.y, Math.max(radius, 1 / this.maskScale), 0, 2 * Math.PI);
      if (isCross) {
        const arm = 10 / this.maskScale;
        path.moveTo(at.x - arm, at.y);
        path.lineTo(at.x + arm, at.y);
        path.moveTo(at.x, at.y - arm);
        path.lineTo(at.x, at.y + arm);
      }
      paths.push(path);
    }
    for (const path of paths) {
      context.lineWidth = 3.5 / this.maskScale;
      context.strokeStyle = 'rgb(0 0 0 / 55%)';
      context.stroke(path);
      context.lineWidth = 1.5 / this.maskScale;
      context.strokeStyle = '#fff';
      context.stroke(path);
    }
  }
}
