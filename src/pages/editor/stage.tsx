import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import type { Mask, Point } from '../../core/regions/mask';
import {
  Gesture,
  isMarking,
  type Tool,
  type ToolSettings,
  type Touch,
} from '../../core/regions/tools';
import { percent, t } from '../../words/i18n';
import type { EditedPicture } from './picture';
import { StageView } from './stage-view';

interface StageProps {
  readonly picture: EditedPicture;
  /** The pastiche, or the original. */
  readonly shown: CanvasImageSource;
  /** Mask of the selected layer; null if there is none. */
  readonly mask: Mask | null;
  /** Whether to tint the mask even when no tool is in use. */
  readonly showsMask: boolean;
  readonly tool: Tool;
  readonly settings: ToolSettings;
  /** The mask has changed during the gesture of this name. */
  onMask(mask: Mask, gesture: string): void;
  /** The search tool was used on a point, or around a box. In shares of the picture. */
  onFind(from: Point, to: Point): void;
  onResize(radius: number): void;
  /** A key has selected another tool. */
  onTool(tool: Tool): void;
}

/** Step of an arrow key in CSS pixels; with Shift, it is one. */
const KEY_STEP = 12;
const ZOOM_STEP = 1.25;

const TOOL_KEYS: Readonly<Record<string, Tool>> = {
  b: 'brush',
  e: 'eraser',
  r: 'rectangle',
  o: 'ellipse',
  l: 'lasso',
  g: 'gradient',
  w: 'object',
  h: 'hand',
};

/** The picture, large, under the tools. */
export function Stage(props: StageProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const control = useRef<StageControl | null>(null);
  const [spoken, setSpoken] = useState('');
  const { picture, shown, mask, showsMask, tool, settings } = props;

  useEffect(() => {
    if (!canvas.current) return undefined;
    const made = new StageControl(canvas.current, picture, () => latest.current, setSpoken);
    control.current = made;
    return () => made.close();
  }, [picture]);
  useEffect(() => control.current?.view.show(shown), [shown, picture]);
  useEffect(() => control.current?.update(), [mask, showsMask, tool, settings, picture]);

  return (
    <section class="stage" aria-label={t('editor_stage')}>
      <canvas
        ref={canvas}
        tabIndex={0}
        role="application"
        aria-label={t('editor_canvas', t(`editor_tool_${tool}`))}
        aria-describedby="stage-keys"
        class={tool === 'hand' ? 'hand' : ''}
      />
      <p id="stage-keys" class="visually-hidden">
        {t('editor_keys')}
      </p>
      <p class="visually-hidden" role="status">
        {spoken}
      </p>
      <div class="zoom">
        <button type="button" class="button" onClick={() => control.current?.view.zoom(ZOOM_STEP)}>
          +<span class="visually-hidden">{t('editor_zoom_in')}</span>
        </button>
        <button
          type="button"
          class="button"
          onClick={() => control.current?.view.zoom(1 / ZOOM_STEP)}
        >
          −<span class="visually-hidden">{t('editor_zoom_out')}</span>
        </button>
        <button type="button" class="button" onClick={() => control.current?.view.fit()}>
          {t('editor_fit')}
        </button>
      </div>
    </section>
  );
}

/** Translates mouse, pen, fingers and keys into movements of the tool. */
class StageControl {
  readonly view: StageView;
  private readonly abort = new AbortController();
  private readonly fingers = new Map<number, Point>();
  private gesture: Gesture | null = null;
  /** Corners of the box to search, in pixels of the mask. */
  private finding: { from: Point; to: Point } | null = null;
  private isPanning = false;
  private gestures = 0;
  /** Position of the keyboard's tool, in pixels of the mask; null while the pointer leads. */
  private cursor: Point | null = null;
  private hover: Point | null = null;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly picture: EditedPicture,
    private readonly props: () => StageProps,
    private readonly speak: (sentence: string) => void,
  ) {
    this.view = new StageView(canvas, picture.size, picture.small);
    const { signal } = this.abort;
    canvas.addEventListener('pointerdown', (event) => this.down(event), { signal });
    canvas.addEventListener('pointermove', (event) => this.move(event), { signal });
    canvas.addEventListener('pointerup', (event) => this.up(event), { signal });
    canvas.addEventListener('pointercancel', (event) => this.cancel(event), { signal });
    canvas.addEventListener('pointerleave', () => this.leave(), { signal });
    canvas.addEventListener('wheel', (event) => this.wheel(event), { signal, passive: false });
    canvas.addEventListener('keydown', (event) => this.key(event), { signal });
    canvas.addEventListener('blur', () => this.leave(), { signal });
  }

  close(): void {
    this.abort.abort();
    this.view.close();
  }

  /** Updates the overlays for the present mask and tool. */
  update(): void {
    const { mask, showsMask, tool, settings } = this.props();
    const isBrush = tool === 'brush' || tool === 'eraser';
    const at = this.cursor ?? this.hover;
    const shownBrush = at && (isBrush || this.cursor);
    this.view.mark({
      mask: showsMask || this.gesture ? mask : null,
      outline: this.gesture?.outline ?? (this.finding && boxOf(this.finding)),
      cursor: shownBrush
        ? { at, radius: isBrush ? settings.radius : 0, isCross: this.cursor !== null }
        : null,
    });
  }

  private placeOf({ offsetX, offsetY }: MouseEvent): Point {
    return { x: offsetX, y: offsetY };
  }

  private touchOf(event: PointerEvent): Touch {
    const pressure = event.pointerType === 'pen' ? Math.max(0.05, event.pressure) : 1;
    return { ...this.view.toMask(this.placeOf(event)), pressure };
  }

  private down(event: PointerEvent): void {
    this.canvas.setPointerCapture(event.pointerId);
    this.cursor = null;
    if (event.pointerType === 'touch') this.fingers.set(event.pointerId, this.placeOf(event));
    if (this.fingers.size > 1) {
      // With a second finger, the first was meant to move the picture, not to paint.
      this.withdraw();
      return;
    }
    const { tool } = this.props();
    if (tool === 'hand' || event.button === 1) this.isPanning = true;
    else if (event.button === 0) this.begin(this.touchOf(event));
  }

  private move(event: PointerEvent): void {
    if (this.fingers.size > 1) {
      this.pinch(event);
      return;
    }
    this.hover = event.pointerType === 'touch' ? null : this.view.toMask(this.placeOf(event));
    if (this.isPanning) this.view.pan(event.movementX, event.movementY);
    else if (this.gesture) {
      for (const part of event.getCoalescedEvents()) this.gesture.moveTo(this.touchOf(part));
      this.gesture.moveTo(this.touchOf(event));
      this.tell();
    } else if (this.finding) this.finding.to = this.view.toMask(this.placeOf(event));
    this.update();
  }

  private up(event: PointerEvent): void {
    this.fingers.delete(event.pointerId);
    this.isPanning = false;
    this.end();
  }

  private cancel(event: PointerEvent): void {
    this.fingers.delete(event.pointerId);
    this.isPanning = false;
    this.withdraw();
  }

  private leave(): void {
    this.hover = null;
    if (document.activeElement !== this.canvas) this.cursor = null;
    this.update();
  }

  /** Starts a gesture. */
  private begin(touch: Touch): void {
    const { tool, mask, settings } = this.props();
    this.gestures += 1;
    if (tool === 'object') this.finding = { from: touch, to: touch };
    else if (mask && isMarking(tool)) {
      this.gesture = new Gesture(mask, tool, settings, touch);
      this.tell();
    }
    this.update();
  }

  private tell(): void {
    const { gesture } = this;
    // A lasso encloses something only when it is closed.
    if (gesture && gesture.tool !== 'lasso') {
      this.props().onMask(gesture.mask, `gesture ${this.gestures}`);
    }
  }

  /** Ends the gesture. */
  private end(): void {
    const { gesture, finding } = this;
    this.gesture = null;
    this.finding = null;
    if (gesture?.tool === 'lasso') this.props().onMask(gesture.mask, `gesture ${this.gestures}`);
    if (finding) {
      const { width, height } = this.picture.small;
      const share = ({ x, y }: Point): Point => ({ x: x / width, y: y / height });
      this.props().onFind(share(finding.from), share(finding.to));
    }
    this.update();
  }

  private withdraw(): void {
    const before = this.gesture?.before;
    this.gesture = null;
    this.finding = null;
    if (before) this.props().onMask(before, `gesture ${this.gestures}`);
    this.update();
  }

  private pinch(event: PointerEvent): void {
    const before = [...this.fingers.values()];
    this.fingers.set(event.pointerId, this.placeOf(event));
    const now = [...this.fingers.values()];
    const [a, b] = [middleOf(before), middleOf(now)];
    this.view.pan(b.x - a.x, b.y - a.y);
    this.view.zoom(spanOf(now) / Math.max(1, spanOf(before)), b);
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    // A pinch on a touchpad arrives as a wheel event with Ctrl.
    if (event.ctrlKey || event.metaKey) {
      this.view.zoom(Math.exp(-event.deltaY / 200), this.placeOf(event));
    } else this.view.pan(-event.deltaX, -event.deltaY);
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const tool = TOOL_KEYS[event.key.toLowerCase()];
    const { settings, onTool, onResize } = this.props();
    if (tool) onTool(tool);
    else if (event.key === '[') onResize(Math.max(1, settings.radius / ZOOM_STEP));
    else if (event.key === ']') onResize(settings.radius * ZOOM_STEP);
    else if (event.key === '+' || event.key === '=') this.view.zoom(ZOOM_STEP);
    else if (event.key === '-') this.view.zoom(1 / ZOOM_STEP);
    else if (event.key === '0') this.view.fit();
    else if (event.key.startsWith('Arrow')) this.steer(event.key, event.shiftKey);
    else if (event.key === ' ' || event.key === 'Enter') this.press();
    else if (event.key === 'Escape') this.withdraw();
    else return;
    event.preventDefault();
  }

  /** Moves the tool by an arrow key, or the picture if the tool is the hand. */
  private steer(key: string, isFine: boolean): void {
    const step = isFine ? 1 : KEY_STEP;
    const dx = key === 'ArrowLeft' ? -step : key === 'ArrowRight' ? step : 0;
    const dy = key === 'ArrowUp' ? -step : key === 'ArrowDown' ? step : 0;
    if (this.props().tool === 'hand') {
      this.view.pan(-dx, -dy);
      return;
    }
    const { width, height } = this.picture.small;
    const from = this.cursor ?? { x: width / 2, y: height / 2 };
    const scale = this.view.maskScale;
    this.cursor = {
      x: Math.min(width, Math.max(0, from.x + dx / scale)),
      y: Math.min(height, Math.max(0, from.y + dy / scale)),
    };
    const { x, y } = this.cursor;
    if (this.gesture) {
      this.gesture.moveTo({ x, y, pressure: 1 });
      this.tell();
    } else if (this.finding) this.finding.to = this.cursor;
    this.update();
    this.speak(t('editor_at', percent(x / width), percent(y / height)));
  }

  /** Space starts a gesture, and ends it the next time. */
  private press(): void {
    const { width, height } = this.picture.small;
    this.cursor ??= { x: width / 2, y: height / 2 };
    if (this.gesture || this.finding) {
      this.end();
      this.speak(t('editor_lifted'));
    } else {
      this.begin({ ...this.cursor, pressure: 1 });
      this.speak(t('editor_set_down'));
    }
  }
}

function boxOf({ from, to }: { from: Point; to: Point }): Point[] {
  return [from, { x: to.x, y: from.y }, to, { x: from.x, y: to.y }, from];
}

function middleOf(points: readonly Point[]): Point {
  const sum = points.reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y }), { x: 0, y: 0 });
  return { x: sum.x / points.length, y: sum.y / points.length };
}

function spanOf(points: readonly Point[]): number {
  const [a, b] = [points[0]!, points[1] ?? points[0]!];
  return Math.hypot(a.x - b.x, a.y - b.y);
}
