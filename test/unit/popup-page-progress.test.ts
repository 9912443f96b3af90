import { expect, test } from 'vitest';

import { canRestore, progressOf } from '../../src/pages/palette/page-progress';
import type { PageStatus, WholePageStatus } from '../../src/protocol/messages';

const frame = (page: WholePageStatus | null): PageStatus => ({
  type: 'page.status',
  pictures: [],
  videos: [],
  page,
});

test('the frames of a page are counted together', () => {
  const one = { state: 'following', total: 4, done: 3, failed: 1, blockedOrigins: ['a'] } as const;
  const two = { state: 'working', total: 2, done: 0, failed: 0, blockedOrigins: [] } as const;
  expect(progressOf([frame(one), frame(null), frame(two)])).toEqual({
    state: 'working',
    total: 6,
    done: 3,
    failed: 1,
    blockedOrigins: ['a'],
  });
  expect(progressOf([frame(null)])).toBeNull();
});

test('there is something to restore as long as something is painted or followed', () => {
  const stopped = { state: 'stopped', total: 0, done: 0, failed: 0, blockedOrigins: [] } as const;
  expect(canRestore([frame(null), frame(stopped)])).toBe(false);
  expect(canRestore([frame({ ...stopped, state: 'following' })])).toBe(true);
});
