/** Finds subjects and objects in a worker, as the page's thread must follow the brush. */
import {
  alongEdges,
  segmentObject,
  segmentSubject,
  SEGMENT_SIDE,
  type Picture,
} from '../../core/regions/segment';
import type { Mask, Point } from '../../core/regions/mask';

/** Target of a search: the subject, the content of a box, or the object at a point. In shares. */
export type Wanted =
  | { readonly kind: 'subject' }
  | { readonly kind: 'box'; readonly box: readonly [Point, Point] }
  | { readonly kind: 'object'; readonly place: Point };

export interface SegmentRequest {
  /** At the size of the mask to make. */
  readonly picture: Picture;
  /** The same, with its longer side at most {@link SEGMENT_SIDE}. */
  readonly small: Picture;
  readonly wanted: Wanted;
}

/** Answers a request; for the worker. */
export function segmented({ picture, small, wanted }: SegmentRequest): Mask {
  const placed = ({ x, y }: Point): Point => ({ x: x * small.width, y: y * small.height });
  switch (wanted.kind) {
    case 'subject':
      return alongEdges(segmentSubject(small), picture);
    case 'box':
      return alongEdges(
        segmentSubject(small, [placed(wanted.box[0]), placed(wanted.box[1])]),
        picture,
      );
    case 'object':
      return alongEdges(segmentObject(small, placed(wanted.place)), picture);
  }
}

/** Timeout of the worker in milliseconds. */
const TIMEOUT_MS = 20_000;

/** Asks a worker, which ends after its answer. Rejects if it fails. */
export async function findMask(picture: ImageData, wanted: Wanted): Promise<Mask> {
  const scale = Math.min(1, SEGMENT_SIDE / Math.max(picture.width, picture.height));
  const size = {
    resizeWidth: Math.max(1, Math.round(picture.width * scale)),
    resizeHeight: Math.max(1, Math.round(picture.height * scale)),
  };
  const bitmap = await createImageBitmap(picture, { ...size, resizeQuality: 'high' });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no 2d canvas');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const small = context.getImageData(0, 0, canvas.width, canvas.height);
  const worker = new Worker('editor-segmenter.js', { type: 'module' });
  try {
    return await new Promise<Mask>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the segmenter is stuck')), TIMEOUT_MS);
      worker.addEventListener('message', ({ data }: MessageEvent<Mask>) => {
        clearTimeout(timer);
        resolve(data);
      });
      worker.addEventListener('error', ({ message }) => reject(new Error(message)));
      worker.postMessage({ picture: plain(picture), small: plain(small), wanted });
    });
  } finally {
    worker.terminate();
  }
}

function plain({ width, height, data }: ImageData): Picture {
  return { width, height, data: new Uint8ClampedArray(data) };
}
