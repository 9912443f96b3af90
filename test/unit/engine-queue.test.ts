import { beforeEach, describe, expect, it } from 'vitest';

import { RequestQueue, type Queued } from '../../src/engine/host/queue';

const page = { name: 'page' };
const popup = { name: 'popup' };

describe('RequestQueue', () => {
  let queue: RequestQueue<Queued>;

  beforeEach(() => {
    queue = new RequestQueue();
    queue.add({ client: page, id: 1, priority: 'refine' });
    queue.add({ client: page, id: 2, priority: 'preview' });
    queue.add({ client: popup, id: 1, priority: 'preview' });
    queue.add({ client: popup, id: 3, priority: 'refine' });
  });

  const drain = (): string[] => {
    const order: string[] = [];
    for (let next = queue.take(); next; next = queue.take()) {
      order.push(`${(next.client as typeof page).name} ${next.id}`);
    }
    return order;
  };

  it('gives previews first, and the newest first among equals', () => {
    expect(queue.size).toBe(4);
    expect(drain()).toEqual(['popup 1', 'page 2', 'popup 3', 'page 1']);
    expect(queue.size).toBe(0);
  });

  it('forgets one request of one client', () => {
    queue.cancel(page, 1);
    queue.cancel(page, 77);
    expect(drain()).toEqual(['popup 1', 'page 2', 'popup 3']);
  });

  it('forgets all requests of a client', () => {
    queue.cancelAll(popup);
    expect(drain()).toEqual(['page 2', 'page 1']);
  });
});
