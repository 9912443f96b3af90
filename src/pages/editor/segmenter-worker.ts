/** The worker behind `findMask`: one question, one answer. */
import { segmented, type SegmentRequest } from './segmenter';

self.addEventListener('message', ({ data }: MessageEvent<SegmentRequest>) => {
  self.postMessage(segmented(data));
});
