/** Maximum number of things that are remembered. */
export const MAX_KNOWN = 4;

/**
 * The last few things that were sent over a channel that keeps their order, by their id. Each end of
 * it has one, so both know what need not be sent again. Pure.
 */
export class Known<Value> {
  private readonly values = new Map<number, Value>();

  get(id: number): Value | undefined {
    return this.values.get(id);
  }

  /** Notes what is sent, or was received, and forgets the oldest. */
  add(id: number, value: Value): void {
    this.values.set(id, value);
    const [oldest] = this.values.keys();
    if (this.values.size > MAX_KNOWN && oldest !== undefined) this.values.delete(oldest);
  }
}
