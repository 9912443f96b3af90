import { describe, expect, it } from 'vitest';

import { parseSource } from '../../src/pages/camera/source';

describe('parseSource', () => {
  it.each([12, 2 ** 31 - 1])('takes tab %d', (id) => {
    expect(parseSource(`?tab=${id}`)).toEqual({ kind: 'tab', id });
  });

  it.each(['', '?tab=', '?tab=-1', '?tab=1.5', '?tab=12a', '?tab=99999999999'])(
    "takes a camera for '%s'",
    (search) => {
      expect(parseSource(search)).toEqual({ kind: 'camera' });
    },
  );
});
