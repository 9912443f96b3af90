/** The effects of tools on a mask, from pointer down to pointer up. Pure. */
import {
  brushLine,
  copyOf,
  fillEllipse,
  fillGradient,
  fillPolygon,
  fillRectangle,
  type Effect,
  type Mask,
  type Point,
} from './mask';

/** Tools that draw a mask, as opposed to those that find or move something. */
export const MARKING_TOOLS = [
  'brush',
  'eraser',
  'rectangle',
  'ellipse',
  'lasso',
  'gradient',
] as const;

export type MarkingTool = (typeof MARKING_TOOLS)[number];

/** All tools, in the order of the toolbar. `object` finds what is clicked or framed. */
export const TOOLS = [...MARKING_TOOLS, 'object', 'hand'] as const;

export type Tool = (typeof TOOLS)[number];

export function isMarking(tool: Tool): tool is MarkingTool {
  return MARKING_TOOLS.some((marking) => marking === tool);
}

export interface Touch extends Point {
  /** Pressure of a pen, 0..1; 1 for a mouse or a finger. */
  readonly pressure: number;
}

export interface ToolSettings {
  /** Radius of the brush, in pixels of the mask. */
  readonly radius: number;
  /** 0..1 */
  readonly hardness: number;
  /** Effect of shapes; a brush always adds, an eraser takes away. */
  readonly effect: Effect;
}

/** One use of a tool. */
export class Gesture {
  private readonly marked: Mask;
  private readonly touches: Touch[];

  constructor(
    readonly before: Mask,
    readonly tool: MarkingTool,
    private readonly settings: ToolSettings,
    start: Touch,
  ) {
    this.marked = copyOf(before);
    this.touches = [start];
    if (this.isBrush) this.brush(start, start);
  }

  moveTo(touch: Touch): void {
    const last = this.touches.at(-1)!;
    if (this.isBrush) this.brush(last, touch);
    if (this.tool === 'lasso' || this.touches.length === 1) this.touches.push(touch);
    else this.touches[this.touches.length - 1] = touch;
  }

  /** The mask as if the tool were lifted now; a new object each time. */
  get mask(): Mask {
    if (!this.isBrush) {
      this.marked.data.set(this.before.data);
      this.fill(this.marked);
    }
    return { ...this.marked };
  }

  /** The line drawn so far, to be shown; null for a brush. */
  get outline(): readonly Point[] | null {
    if (this.isBrush) return null;
    const [from, to] = [this.touches[0]!, this.touches.at(-1)!];
    if (this.tool === 'ellipse') return ellipse(from, to);
    if (this.tool !== 'rectangle') return this.touches;
    return [from, { x: to.x, y: from.y }, to, { x: from.x, y: to.y }, from];
  }

  private get isBrush(): boolean {
    return this.tool === 'brush' || this.tool === 'eraser';
  }

  private brush(from: Touch, to: Touch): void {
    const { radius, hardness } = this.settings;
    const effect = this.tool === 'brush' ? 'add' : 'erase';
    brushLine(this.marked, effect, from, to, { radius: radius * to.pressure, hardness });
  }

  private fill(mask: Mask): void {
    const { effect } = this.settings;
    const [from, to] = [this.touches[0]!, this.touches.at(-1)!];
    if (this.tool === 'lasso') fillPolygon(mask, effect, this.touches);
    else if (this.tool === 'rectangle') fillRectangle(mask, effect, from, to);
    else if (this.tool === 'ellipse') fillEllipse(mask, effect, from, to);
    else fillGradient(mask, effect, from, to);
  }
}

function ellipse(a: Point, b: Point): Point[] {
  const steps = 48;
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = (2 * Math.PI * i) / steps;
    return {
      x: (a.x + b.x) / 2 + (Math.cos(angle) * (b.x - a.x)) / 2,
      y: (a.y + b.y) / 2 + (Math.sin(angle) * (b.y - a.y)) / 2,
    };
  });
}
