import type { Priority } from '../../protocol/messages';

/** The part of a request that the queue uses. */
export interface Queued {
  readonly client: object;
  /** Unique within the client. */
  readonly id: number;
  readonly priority: Priority;
}

/**
 * Requests that wait for the engine. Previews come before refinements, so that every picture is
 * painted once before any is refined; among equals the newest comes first, as it is the one that the
 * user is looking at. Video frames come in between, and take turns.
 */
export class RequestQueue<T extends Queued> {
  /** In the order of arrival. */
  private waiting: T[] = [];

  get size(): number {
    return this.waiting.length;
  }

  add(request: T): void {
    this.waiting.push(request);
  }

  /** Takes the next request; undefined if none waits. */
  take(): T | undefined {
    const preview = this.waiting.findLastIndex(({ priority }) => priority === 'preview');
    const frame = this.waiting.findIndex(({ priority }) => priority === 'frame');
    const [request] = this.waiting.splice(preview >= 0 ? preview : frame, 1);
    return request;
  }

  /** Removes a request, if it still waits. */
  cancel(client: object, id: number): void {
    this.waiting = this.waiting.filter((other) => other.client !== client || other.id !== id);
  }

  /** Removes every request of a client that has gone. */
  cancelAll(client: object): void {
    this.waiting = this.waiting.filter((other) => other.client !== client);
  }
}
