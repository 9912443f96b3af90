/** The painted things of this page, and which of them the user means. */
import type { PaintedKind } from '../protocol/messages';
import type { Canvases } from './canvases/canvases';
import { elementsAt, isRendered } from './dom/dom';
import { allIn, isAttached, matches, rectOf } from './dom/element';
import { firefoxMenuElement, type Pictures } from './find/find';
import { elementOf, type Candidate } from './find/picker';
import type { Restyler } from './pictures/restyler';
import type { Picture } from './show/picture';

export class PaintedThings {
  /** The painted things where the last menu was opened, the topmost first. */
  private lastUnder: readonly Candidate[] = [];

  constructor(
    private readonly pictures: Pictures,
    private readonly restyler: Restyler,
    private readonly canvases: Canvases,
  ) {}

  get kind(): PaintedKind {
    if (this.canvases.isAny) return 'canvases';
    return this.restyler.hasPainted() ? 'pictures' : 'nothing';
  }

  /** The topmost painted thing of an element. */
  at(element: Element): Candidate | null {
    if (element instanceof HTMLCanvasElement && this.canvases.has(element)) {
      return { kind: 'canvas', canvas: element };
    }
    const picture = this.pictures.allAt(element).find((one) => this.restyler.isPainted(one));
    return picture ? { kind: 'picture', picture } : null;
  }

  /** Remembers the painted things where a menu opens, as the page may change while it is open. */
  onMenu({ clientX: x, clientY: y }: MouseEvent, target: Element | null): void {
    this.lastUnder = [];
    if (this.kind === 'nothing') return;
    const touched = elementsAt(x, y).map((element) => this.at(element));
    // The stacking order of elements that let clicks through is unknown.
    const untouched = this.restyler.painted().filter(({ place }) => {
      const { left, right, top, bottom } = rectOf(place);
      return left <= x && x < right && top <= y && y < bottom && isRendered(place);
    });
    // A menu opened with a key belongs to the focused element, such as a link around a picture.
    const isFocused = target !== null && target === document.activeElement;
    const inside = isFocused && !matches(target, ':root, body') ? allIn(target, '*') : [];
    this.lastUnder = [
      ...touched,
      ...untouched.map((picture) => ({ kind: 'picture', picture }) as const),
      ...inside.map((element) => this.at(element)),
    ].filter((one) => one !== null);
  }

  /**
   * The painted thing where the last menu was opened.
   * @param id Firefox: id of the element on which it was opened.
   */
  under(id?: number): Candidate | null {
    const element = id === undefined ? null : firefoxMenuElement(id);
    const named = element && this.at(element);
    const isStill = (one: Candidate): boolean =>
      isAttached(elementOf(one)) && this.at(elementOf(one)) !== null;
    return named ?? this.lastUnder.find(isStill) ?? null;
  }

  /** The clicked one of several painted copies if it is known, otherwise any; null if none is painted. */
  oneOf(
    found: readonly Picture[] | HTMLCanvasElement,
    lastClicked: Element | null,
  ): Candidate | null {
    if (found instanceof HTMLCanvasElement) return this.at(found);
    const painted = found.filter((picture) => this.restyler.isPainted(picture));
    const picture =
      painted.find(({ element }) => element === lastClicked) ??
      painted.find(({ isShown }) => isShown) ??
      painted[0];
    return picture ? { kind: 'picture', picture } : null;
  }
}
