import { attributeOf, setAttribute, styleOf } from './element';

/** Temporary inline style declarations on an element of the page. */
export class InlineStyle {
  private readonly attribute: string | null;
  private readonly previous: { name: string; value: string; priority: string }[] = [];
  private ours = '';

  constructor(private readonly element: HTMLElement) {
    this.attribute = attributeOf(element, 'style');
  }

  /** Sets a declaration with `!important` and remembers the previous one. */
  set(name: string, value: string): void {
    const style = styleOf(this.element);
    if (!this.previous.some((declaration) => declaration.name === name)) {
      const priority = style.getPropertyPriority(name);
      this.previous.push({ name, value: style.getPropertyValue(name), priority });
    }
    style.setProperty(name, value, 'important');
    this.ours = style.cssText;
  }

  /**
   * Removes the declarations: the attribute gets exactly its previous value or, if the page has
   * changed it since, keeps the page's changes.
   */
  restore(): void {
    const style = styleOf(this.element);
    if (style.cssText !== this.ours) {
      for (const { name, value, priority } of this.previous) {
        style.setProperty(name, value, priority);
      }
    } else setAttribute(this.element, 'style', this.attribute);
    this.previous.length = 0;
  }
}
