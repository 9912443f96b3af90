/** The natural sizes of pictures, and of their pastiches. */
import type { Size } from '../../core/geometry';
import type { Picture } from './picture';
import type { ContentImage } from '../read/read';
import type { Pastiche } from './seal';

/** The natural size in CSS pixels, which an element knows better than its file. */
export function naturalIn(picture: Picture, content: ContentImage): Size {
  const known = picture.naturalSize();
  if (known.width > 0 && known.height > 0) return known;
  return {
    width: content.natural.width / content.part.width,
    height: content.natural.height / content.part.height,
  };
}

/** The natural size that a pastiche must have on a picture, in CSS pixels. */
export function naturalOf(picture: Picture, { natural }: Pick<Pastiche, 'natural'>): Size {
  const known = picture.naturalSize();
  if (known.width === 0 || known.height === 0) {
    return { width: natural.width / picture.density, height: natural.height / picture.density };
  }
  // The element's size is in whole numbers; the file's sides have the exact ratio.
  const height = (known.width * natural.height) / natural.width;
  return Math.abs(height - known.height) < 1 ? { width: known.width, height } : known;
}

export function largest(sizes: readonly Size[]): Size {
  return sizes.reduce((a, b) => (b.width * b.height > a.width * a.height ? b : a), {
    width: 1,
    height: 1,
  });
}

export function sameSize(a: Size, b: Size): boolean {
  return Math.abs(a.width - b.width) < 0.5 && Math.abs(a.height - b.height) < 0.5;
}
