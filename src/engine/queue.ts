/** In which order requests are served. Pure. */
import type { Urgency } from '../messages/messages';

/** Previews first, whatever picture they are of; among equals the newest first. */
export class RequestQueue<T extends { readonly urgency: Urgency }> {
  private readonly waiting: T[] = [];

  get length(): number {
    return this.waiting.length;
  }

  add(request: T): void {
    this.waiting.push(request);
  }

  /** Takes the next request out of the queue; null if there is none. */
  take(): T | null {
    const preview = this.waiting.findLastIndex((request) => request.urgency === 'preview');
    const index = preview >= 0 ? preview : this.waiting.length - 1;
    return this.waiting.splice(index, 1)[0] ?? null;
  }

  /** Takes out every request that matches, and returns them. */
  remove(matches: (request: T) => boolean): T[] {
    const removed = this.waiting.filter(matches);
    const kept = this.waiting.filter((request) => !removed.includes(request));
    this.waiting.splice(0, Infinity, ...kept);
    return removed;
  }
}
