/** Maximum number of remembered values. */
export const MAX_KNOWN = 4;

/**
 * The last values that were sent over an ordered channel, by id. Each end has one, so that both agree
 * on the values that need not be sent again. Pure.
 */
export class Known<Value> {
  private readonly values = new Map<number, Value>();

  get(id: number): Value | undefined {
    return this.values.get(id);
  }

  /** Adds a value that was sent or received, and forgets the oldest one. */
  add(id: number, value: Value): void {
    this.values.set(id, value);
    const [oldest] = this.values.keys();
    if (this.values.size > MAX_KNOWN && oldest !== undefined) this.values.delete(oldest);
  }
}
