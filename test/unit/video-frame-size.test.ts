import { describe, expect, it } from 'vitest';

import { canHaveDetails } from '../../src/core/geometry';
import { detailedSize, frameSize } from '../../src/page/videos/frame-size';

const HD = { width: 1920, height: 1080 };

describe('the size at which a frame is read for its details', () => {
  it('is that at which it is seen, within what a page has time for while it plays', () => {
    const inside = frameSize(HD, 129_600);
    expect(inside).toEqual({ width: 480, height: 272 });
    const seen = { width: 640, height: 360 };
    expect(detailedSize(HD, seen, inside, 'playing')).toEqual(seen);
    expect(detailedSize(HD, HD, inside, 'playing')).toEqual({ width: 856, height: 480 });
    expect(detailedSize(HD, HD, inside, 'still')).toEqual(HD);
  });

  it('is none where it is painted as large as that', () => {
    const inside = frameSize(HD, 230_400);
    expect(detailedSize(HD, { width: 640, height: 360 }, inside, 'playing')).toBeNull();
    expect(detailedSize(HD, { width: 320, height: 180 }, inside, 'still')).toBeNull();
  });

  it('is one that the engine takes, whatever the shape of the video', () => {
    for (const video of [HD, { width: 361, height: 641 }, { width: 1000, height: 40 }]) {
      for (const pixels of [14_400, 46_656, 129_600]) {
        const inside = frameSize(video, pixels);
        const read = detailedSize(video, video, inside, 'playing');
        if (read) expect(canHaveDetails(read, inside)).toBe(true);
      }
    }
  });
});
